"""Glue job archive_gold: dates of fact_clicks past the warm window -> objects of a Glacier class, by the day.

Arguments (``--key value``): gold_database, fact_path, archive_path, reports_path; optional as_of (now), warm_days (90),
storage_class (GLACIER_IR, GLACIER or DEEP_ARCHIVE; default GLACIER_IR), max_dates (31), sweep_grace_hours (24),
metrics_namespace (Clickstream), team, environment and pipeline (metric dimensions), JOB_RUN_ID.

For one run: erase_request (path of a request object), which needs privacy_path and pseudonym_secret_arn: archives the
batch's dates that gold has computed anew, and deletes what they were before (archive_erasure.py).

daily_sales and dim_users stay as they are: they are small, and answer for archived dates too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from clickstream_jobs.archive import JOB, ArchiveRun, ArchiveSettings
from clickstream_jobs.archive_erasure import ArchiveErasure
from clickstream_jobs.archive_store import MINIMUM_STORAGE_DAYS, S3ObjectStore
from clickstream_jobs.catalog import GlueCatalog
from clickstream_jobs.ending import failing_in_one_line
from clickstream_jobs.files import Files
from clickstream_jobs.job_args import Arguments
from clickstream_jobs.located import require_located
from clickstream_jobs.privacy import read_key
from clickstream_jobs.report import emit_report, put_metrics
from clickstream_jobs.spark_session import build_session
from clickstream_jobs.subjects import read_batch
from pyspark.sql import SparkSession

#: S3 answers CopyObject when the copy is complete; a gigabyte takes longer than boto3's usual minute on a bad day.
_READ_TIMEOUT_SECONDS = 900


def read_settings(arguments: Arguments) -> ArchiveSettings:
    """Settings of the run; problems are collected in ``arguments`` for its ``finish``."""
    return ArchiveSettings(
        run_id=arguments.run_id(),
        gold_database=arguments.text("gold_database"),
        fact_path=arguments.path("fact_path"),
        archive_path=arguments.path("archive_path"),
        as_of=arguments.instant("as_of"),
        warm_days=int(arguments.number("warm_days", 1, 3650, "90")),
        storage_class=arguments.choice("storage_class", list(MINIMUM_STORAGE_DAYS), "GLACIER_IR"),
        max_dates=int(arguments.number("max_dates", 1, 3650, "31")),
        sweep_grace_hours=arguments.number("sweep_grace_hours", 0, 8760, "24"),
    )


def read_erasure(spark: SparkSession, request: tuple[str, str], key: bytes) -> ArchiveErasure:
    """The batch of (path of the request object, privacy path); JobError before bronze_to_silver has located it."""
    files, (path, privacy_path) = Files(spark), request
    batch = read_batch(files, path)
    return ArchiveErasure(spark, batch, require_located(files, privacy_path, batch), key)


def metrics(report: dict[str, Any]) -> dict[str, tuple[float, str]]:
    """CloudWatch metrics of a report: {name: (value, unit)}."""
    return {
        "ArchivedDates": (len(report["dates"]), "Count"),
        "ArchivedRows": (report["rows"], "Count"),
        "ArchivedBytes": (report["bytes"], "Bytes"),
        "ArchiveDatesLeft": (report["left"], "Count"),
        "ArchiveSeconds": (report["seconds"], "Seconds"),
    }


def run(argv: Sequence[str]) -> dict[str, Any]:
    """Run the job with these arguments and return its report."""
    import boto3  # here, so that the module can be imported where there is no AWS SDK
    from botocore.config import Config

    arguments = Arguments(argv)
    settings = read_settings(arguments)
    reports_path = arguments.path("reports_path")
    namespace = arguments.text("metrics_namespace", "Clickstream")
    dimensions = arguments.dimensions()
    request, secret_arn = None, ""
    if arguments.given("erase_request"):
        request = arguments.text("erase_request"), arguments.path("privacy_path")
        secret_arn = arguments.text("pseudonym_secret_arn")
    arguments.finish()
    spark = build_session(JOB)
    s3 = boto3.client("s3", config=Config(read_timeout=_READ_TIMEOUT_SECONDS, retries={"mode": "standard"}))
    erasure = None
    if request is not None:
        erasure = read_erasure(spark, request, read_key(boto3.client("secretsmanager"), secret_arn))
    catalog = GlueCatalog(boto3.client("glue"))
    report = ArchiveRun(spark, settings, catalog, S3ObjectStore(s3), erasure=erasure).execute()
    emit_report(Files(spark), reports_path, JOB, settings.run_id, report)
    put_metrics(boto3.client("cloudwatch"), namespace, dimensions, metrics(report))
    return report


def main(argv: Sequence[str]) -> None:
    """Run; a failure ends with one line on stderr and exit status 1."""
    with failing_in_one_line(JOB, "the date stays in fact_clicks, run silver_to_gold again"):
        run(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
