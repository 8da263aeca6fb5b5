"""Glue job bronze_to_silver: raw JSON lines -> events (clean, deduplicated, pseudonymised) and quarantine.

Arguments (``--key value``): silver_database, raw_path, events_path, quarantine_path, state_path, reports_path,
pseudonym_secret_arn; optional TempDir (staging; below state_path when missing), as_of (now), retention_days (365),
quality_gate_percent (95), on_low_quality (fail | publish), currencies ('{"USD":1}'), dedupe_window_days (1),
sweep_grace_hours (24), job-bookmark-option, metrics_namespace (Clickstream), team and environment (metric dimensions),
JOB_NAME, JOB_RUN_ID.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clickstream_jobs.bookmark import Bookmark, GlueBookmark, ManifestBookmark
from clickstream_jobs.catalog import GlueCatalog
from clickstream_jobs.ending import failing_in_one_line
from clickstream_jobs.files import Files
from clickstream_jobs.job_args import Arguments, bookmark_option, parse_pairs
from clickstream_jobs.privacy import read_key
from clickstream_jobs.quality import Bounds
from clickstream_jobs.report import emit_report, put_metrics
from clickstream_jobs.silver import JOB, SilverRun, SilverSettings
from clickstream_jobs.spark_session import build_session, is_glue
from pyspark.sql import SparkSession


def read_settings(arguments: Arguments) -> SilverSettings:
    """Settings of the run; problems are collected in ``arguments`` for its ``finish``."""
    state_path = arguments.path("state_path")
    return SilverSettings(
        run_id=arguments.run_id(),
        silver_database=arguments.text("silver_database"),
        raw_path=arguments.path("raw_path"),
        events_path=arguments.path("events_path"),
        quarantine_path=arguments.path("quarantine_path"),
        temp_path=arguments.path("TempDir", f"{state_path}temp/"),
        bounds=Bounds(
            as_of=arguments.instant("as_of"),
            retention_days=int(arguments.number("retention_days", 1, 36500, "365")),
            currencies=arguments.currencies(),
        ),
        quality_gate_percent=arguments.number("quality_gate_percent", 0, 100, "95"),
        publish_low_quality=arguments.choice("on_low_quality", ["fail", "publish"], "fail") == "publish",
        dedupe_window_days=int(arguments.number("dedupe_window_days", 0, 31, "1")),
        sweep_grace_hours=arguments.number("sweep_grace_hours", 0, 8760, "24"),
    )


def open_bookmark(spark: SparkSession, argv: Sequence[str], settings: SilverSettings) -> Bookmark:
    """Glue's own bookmark on AWS Glue, the manifest of the same meaning elsewhere."""
    arguments = Arguments(argv)
    if is_glue(spark):
        from awsglue.context import GlueContext
        from awsglue.job import Job

        context = GlueContext(spark.sparkContext)
        job = Job(context)
        job.init(arguments.text("JOB_NAME", JOB), parse_pairs(argv))
        return GlueBookmark(context, job, settings.raw_path)
    state_file = f"{arguments.path('state_path')}{JOB}.json"
    return ManifestBookmark(Files(spark), settings.raw_path, state_file, bookmark_option(arguments))


def metrics(report: dict[str, Any], as_of: datetime) -> dict[str, tuple[float, str]]:
    """CloudWatch metrics of a report: {name: (value, unit)}."""
    values: dict[str, tuple[float, str]] = {
        "FilesRead": (report["files"], "Count"),
        "RowsRead": (report["read"], "Count"),
        "RowsAccepted": (report["accepted"], "Count"),
        "RowsQuarantined": (report["quarantined"], "Count"),
        "RowsDuplicate": (report["duplicates"], "Count"),
        "SilverSeconds": (report["seconds"], "Seconds"),
    }
    # A run without rows has neither a quality nor a newest event: a made-up 100 or 0 would hide that nothing arrives.
    if report["read"]:
        values["QualityScore"] = (report["quality_score"], "Percent")
    if report["newest_event"]:
        newest = datetime.fromisoformat(report["newest_event"].replace("Z", "+00:00"))
        values["NewestEventAge"] = (max(0.0, (as_of - newest).total_seconds()), "Seconds")
    return values


def run(argv: Sequence[str]) -> dict[str, Any]:
    """Run the job with these arguments and return its report."""
    import boto3  # here, so that the module can be imported where there is no AWS SDK

    arguments = Arguments(argv)
    settings = read_settings(arguments)
    reports_path = arguments.path("reports_path")
    secret_arn = arguments.text("pseudonym_secret_arn")
    namespace = arguments.text("metrics_namespace", "Clickstream")
    dimensions = {
        "Team": arguments.text("team", "unknown"),
        "Environment": arguments.text("environment", "unknown"),
    }
    bookmark_option(arguments)
    arguments.finish()
    key = read_key(boto3.client("secretsmanager"), secret_arn)
    spark = build_session(JOB)
    bookmark = open_bookmark(spark, argv, settings)
    report = SilverRun(spark, settings, GlueCatalog(boto3.client("glue")), bookmark, key).execute()
    emit_report(Files(spark), reports_path, JOB, settings.run_id, report)
    put_metrics(boto3.client("cloudwatch"), namespace, dimensions, metrics(report, settings.bounds.as_of))
    return report


def main(argv: Sequence[str]) -> None:
    """Run; a failure ends with one line on stderr and exit status 1."""
    with failing_in_one_line(JOB):
        run(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
