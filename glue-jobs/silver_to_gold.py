"""Glue job silver_to_gold: clean events -> fact_clicks, dim_users, daily_sales.

Arguments (``--key value``): silver_database, gold_database, fact_path, users_path, sales_path, state_path,
reports_path; optional currencies ('{"USD":1}', USD per unit), session_timeout_minutes (30), sweep_grace_hours (24),
job-bookmark-option, metrics_namespace (Clickstream), team, environment and pipeline (metric dimensions), JOB_RUN_ID;
from_date and to_date (from_date) for a backfill.

Only the silver partitions that moved since the last run, and the dates next to them, are recomputed. To compute all
of gold again (after a change of rates or of the timeout, say) run once with ``--job-bookmark-option
job-bookmark-disable``. A backfill recomputes the UTC dates from from_date to to_date, whether they moved or not, and
the dates next to them, which a session can cross; other dates that moved wait for the next run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from clickstream_jobs.catalog import GlueCatalog
from clickstream_jobs.ending import failing_in_one_line
from clickstream_jobs.files import Files
from clickstream_jobs.gold import JOB, GoldRun, GoldSettings
from clickstream_jobs.job_args import Arguments, bookmark_option
from clickstream_jobs.report import emit_report, put_metrics
from clickstream_jobs.sessions import DEFAULT_SESSION_TIMEOUT_MINUTES
from clickstream_jobs.spark_session import build_session


def read_settings(arguments: Arguments) -> GoldSettings:
    """Settings of the run; problems are collected in ``arguments`` for its ``finish``."""
    return GoldSettings(
        run_id=arguments.run_id(),
        silver_database=arguments.text("silver_database"),
        gold_database=arguments.text("gold_database"),
        fact_path=arguments.path("fact_path"),
        users_path=arguments.path("users_path"),
        sales_path=arguments.path("sales_path"),
        state_path=arguments.path("state_path"),
        currencies=arguments.currencies(),
        session_timeout_minutes=int(
            arguments.number("session_timeout_minutes", 1, 1440, str(DEFAULT_SESSION_TIMEOUT_MINUTES))
        ),
        sweep_grace_hours=arguments.number("sweep_grace_hours", 0, 8760, "24"),
        bookmark=bookmark_option(arguments),
        dates=arguments.days("from_date", "to_date"),
    )


def metrics(report: dict[str, Any]) -> dict[str, tuple[float, str]]:
    """CloudWatch metrics of a report: {name: (value, unit)}."""
    return {
        "GoldDates": (len(report["dates"]), "Count"),
        "FactRows": (report["fact_rows"], "Count"),
        "Users": (report["users"], "Count"),
        "SalesRows": (report["sales_rows"], "Count"),
        "RevenueUsd": (float(report["revenue"]), "None"),
        "GoldSeconds": (report["seconds"], "Seconds"),
    }


def run(argv: Sequence[str]) -> dict[str, Any]:
    """Run the job with these arguments and return its report."""
    import boto3  # here, so that the module can be imported where there is no AWS SDK

    arguments = Arguments(argv)
    settings = read_settings(arguments)
    reports_path = arguments.path("reports_path")
    namespace = arguments.text("metrics_namespace", "Clickstream")
    dimensions = arguments.dimensions()
    arguments.finish()
    spark = build_session(JOB)
    report = GoldRun(spark, settings, GlueCatalog(boto3.client("glue"))).execute()
    emit_report(Files(spark), reports_path, JOB, settings.run_id, report)
    put_metrics(boto3.client("cloudwatch"), namespace, dimensions, metrics(report))
    return report


def main(argv: Sequence[str]) -> None:
    """Run; a failure ends with one line on stderr and exit status 1."""
    with failing_in_one_line(JOB, "nothing was published, run bronze_to_silver again"):
        run(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
