"""Glue job erase_raw: lines of a batch's people out of raw objects; or, with verify, a count of what is left anywhere.

Arguments (``--key value``): erase_request (path of the request object), raw_path, events_path, quarantine_path,
subjects_path, fact_path, users_path, privacy_path, state_path, reports_path, pseudonym_secret_arn, subject_secret_arn;
optional archive_path, verify (false), scan_all (false), metrics_namespace (Clickstream), team, environment and pipeline
(metric dimensions), JOB_RUN_ID.

bronze_to_silver must have located the batch: only the raw objects that it names are read, all of them with scan_all.
What stays of an object are its bytes; older versions of it are deleted for good. Numbers of a rewrite are those of the
batch: of what an earlier, killed run has written it noted the numbers below reports_path.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from clickstream_jobs.archive_store import S3ObjectStore
from clickstream_jobs.ending import failing_in_one_line
from clickstream_jobs.erase_raw_run import JOB, EraseRawRun, EraseRawSettings
from clickstream_jobs.files import Files
from clickstream_jobs.job_args import Arguments
from clickstream_jobs.privacy import read_key
from clickstream_jobs.raw_store import S3RawStore
from clickstream_jobs.report import emit_report, put_metrics
from clickstream_jobs.spark_session import build_session
from clickstream_jobs.verification import Places


def read_settings(arguments: Arguments) -> EraseRawSettings:
    """Settings of the run; problems are collected in ``arguments`` for its ``finish``."""
    return EraseRawSettings(
        run_id=arguments.run_id(),
        request=arguments.text("erase_request"),
        raw_path=arguments.path("raw_path"),
        state_path=arguments.path("state_path"),
        privacy_path=arguments.path("privacy_path"),
        notes_path=f"{arguments.path('reports_path')}{JOB}/notes/",
        places=Places(
            events=arguments.path("events_path"),
            quarantine=arguments.path("quarantine_path"),
            subjects=arguments.path("subjects_path"),
            fact_clicks=arguments.path("fact_path"),
            dim_users=arguments.path("users_path"),
            archive=arguments.path("archive_path") if arguments.given("archive_path") else None,
        ),
        verify=arguments.choice("verify", ["true", "false"], "false") == "true",
        scan_all=arguments.choice("scan_all", ["true", "false"], "false") == "true",
    )


def metrics(report: dict[str, Any]) -> dict[str, tuple[float, str]]:
    """CloudWatch metrics of a report: {name: (value, unit)}."""
    if report["mode"] == "verify":
        return {
            "ErasureRowsLeft": (sum(report["found"].values()), "Count"),
            "VerifySeconds": (report["seconds"], "Seconds"),
        }
    return {
        "ErasedLines": (report["lines"]["removed"], "Count"),
        "RewrittenObjects": (report["objects"]["rewritten"] + report["objects"]["removed"], "Count"),
        "EraseRawSeconds": (report["seconds"], "Seconds"),
    }


def run(argv: Sequence[str]) -> dict[str, Any]:
    """Run the job with these arguments and return its report."""
    import boto3  # here, so that the module can be imported where there is no AWS SDK

    arguments = Arguments(argv)
    settings = read_settings(arguments)
    reports_path = arguments.path("reports_path")
    namespace = arguments.text("metrics_namespace", "Clickstream")
    dimensions = arguments.dimensions()
    secret_arns = arguments.text("pseudonym_secret_arn"), arguments.text("subject_secret_arn")
    arguments.finish()
    secrets = boto3.client("secretsmanager")
    key, subject_key = (read_key(secrets, arn) for arn in secret_arns)
    spark = build_session(JOB)
    s3 = boto3.client("s3")
    store = S3RawStore(urlsplit(settings.raw_path).netloc, s3.meta.region_name, s3.meta.endpoint_url)
    report = EraseRawRun(spark, settings, store, S3ObjectStore(s3), key, subject_key).execute()
    emit_report(Files(spark), reports_path, JOB, settings.run_id, report)
    put_metrics(boto3.client("cloudwatch"), namespace, dimensions, metrics(report))
    return report


def main(argv: Sequence[str]) -> None:
    """Run; a failure ends with one line on stderr and exit status 1."""
    with failing_in_one_line(JOB):
        run(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
