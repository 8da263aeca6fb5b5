"""Glue job bronze_to_silver: raw JSON lines -> events (clean, deduplicated, pseudonymised) and quarantine.

Arguments (``--key value``): silver_database, raw_path, events_path, quarantine_path, state_path, reports_path,
pseudonym_secret_arn; optional TempDir (staging; below state_path when missing), as_of (now), retention_days (365),
quality_gate_percent (90), on_low_quality (fail | publish), late_events (each-run | daily), currencies ('{"USD":1}'),
dedupe_window_days (1), sweep_grace_hours (24), job-bookmark-option, metrics_namespace (Clickstream), team, environment
and pipeline (metric dimensions), JOB_NAME, JOB_RUN_ID; privacy_path, subjects_path and subject_secret_arn, all three or
none: the suppression list, the index of people, and the key of the hashes in both.

For one run, none of which moves the bookmark:

* from_date, to_date (from_date): backfill, reads all raw files that landed on these UTC dates;
* replay_rule (a rule's id, or * for any), replay_from, replay_to (replay_from), replay_file (any source_file): judges
  quarantined rows of these landing dates again;
* erase_request (path of a request object): takes its people out of events, quarantine and the index, and reads no raw
  file, but names those that no run has read (silver_erasure.py).

Hours held below state_path are not read, released ones are read as a whole, and mappings rename fields (holds.py,
mappings.py). With late_events daily, events of dates that are over are merged once a day (late.py).
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
from clickstream_jobs.partition_eraser import S3Copier
from clickstream_jobs.privacy import read_key
from clickstream_jobs.quality import RULES, Bounds
from clickstream_jobs.report import emit_report, put_metrics
from clickstream_jobs.silver import JOB, SilverRun
from clickstream_jobs.silver_erasure import SilverErasure
from clickstream_jobs.silver_settings import ANY_RULE, Privacy, Replay, SilverSettings
from clickstream_jobs.spark_session import build_session, is_glue
from pyspark.sql import SparkSession


def read_settings(arguments: Arguments) -> SilverSettings:
    """Settings of the run; problems are collected in ``arguments`` for its ``finish``."""
    state_path = arguments.path("state_path")
    # Who reads everything again has no new files, and wants no date to wait.
    reads_all = bookmark_option(arguments) == "disable"
    late_events = arguments.choice("late_events", ["each-run", "daily"], "each-run")
    return SilverSettings(
        run_id=arguments.run_id(),
        silver_database=arguments.text("silver_database"),
        raw_path=arguments.path("raw_path"),
        events_path=arguments.path("events_path"),
        quarantine_path=arguments.path("quarantine_path"),
        state_path=state_path,
        temp_path=arguments.path("TempDir", f"{state_path}temp/"),
        bounds=Bounds(
            as_of=arguments.instant("as_of"),
            retention_days=int(arguments.number("retention_days", 1, 36500, "365")),
            currencies=arguments.currencies(),
        ),
        quality_gate_percent=arguments.number("quality_gate_percent", 0, 100, "90"),
        publish_low_quality=arguments.choice("on_low_quality", ["fail", "publish"], "fail") == "publish",
        late_events_daily=late_events == "daily" and not reads_all,
        dedupe_window_days=int(arguments.number("dedupe_window_days", 0, 31, "1")),
        sweep_grace_hours=arguments.number("sweep_grace_hours", 0, 8760, "24"),
        dates=arguments.days("from_date", "to_date"),
        replay=read_replay(arguments),
        privacy=read_privacy(arguments),
        erase_request=read_erase_request(arguments),
    )


def read_privacy(arguments: Arguments) -> Privacy | None:
    """Where erasure keeps its lists, None for a pipeline without it."""
    if not arguments.given("privacy_path", "subjects_path", "subject_secret_arn", "erase_request"):
        return None
    arguments.text("subject_secret_arn")
    return Privacy(arguments.path("privacy_path"), arguments.path("subjects_path"))


def read_erase_request(arguments: Arguments) -> str | None:
    """Path of the request object; a run that erases does nothing else."""
    if not arguments.given("erase_request"):
        return None
    if arguments.given("from_date", "replay_rule", "replay_from"):
        arguments.refuse("--erase_request reads neither raw files nor lines to judge again; give it alone")
    return arguments.text("erase_request")


def read_replay(arguments: Arguments) -> Replay | None:
    """The replay that the arguments ask for, None for a run that reads raw files."""
    days = arguments.days("replay_from", "replay_to")
    asked = arguments.given("replay_rule", "replay_from", "replay_to", "replay_file")
    if not asked:
        return None
    rules = [ANY_RULE, *(rule.id for rule in RULES)]
    rule = arguments.choice("replay_rule", rules, "")
    file = arguments.text("replay_file") if arguments.given("replay_file") else None
    if days is None and not arguments.given("replay_from"):
        arguments.refuse("--replay_from is missing; give the first landing date to replay, as 2026-01-31")
    if arguments.given("from_date", "to_date"):
        arguments.refuse("--from_date reads raw files and --replay_rule quarantine; give one of them")
    return None if days is None else Replay(rule, days, file)


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
    if report["mode"] == "erase":
        return {"SilverSeconds": (report["seconds"], "Seconds")}
    values: dict[str, tuple[float, str]] = {
        "FilesRead": (report["files"], "Count"),
        "FilesHeld": (report["held_files"], "Count"),
        "RowsRead": (report["read"], "Count"),
        "RowsAccepted": (report["accepted"] + report["late_accepted"], "Count"),
        "RowsQuarantined": (report["quarantined"], "Count"),
        "RowsDuplicate": (report["duplicates"] + report["late_duplicates"], "Count"),
        "RowsSuppressed": (report["suppressed"], "Count"),
        "SilverSeconds": (report["seconds"], "Seconds"),
    }
    # A run without rows has neither a quality nor a newest event: a made-up 100 or 0 would hide that nothing arrives.
    # Those of old dates and of quarantine say nothing about what arrives either.
    if report["mode"] != "new":
        return values
    if report["read"]:
        values["QualityScore"] = (report["quality_score"], "Percent")
    if report["newest_event"]:
        newest = datetime.fromisoformat(report["newest_event"].replace("Z", "+00:00"))
        values["NewestEventAge"] = (max(0.0, (as_of - newest).total_seconds()), "Seconds")
    return values


def rule_metrics(report: dict[str, Any]) -> dict[str, dict[str, tuple[float, str]]]:
    """Metrics of each rule that a row of new data broke, {rule: {name: (value, unit)}}; the dashboard shows them."""
    if report["mode"] != "new":
        return {}
    return {rule: {"RowsByRule": (rows, "Count")} for rule, rows in report["by_rule"].items() if rows}


def run(argv: Sequence[str]) -> dict[str, Any]:
    """Run the job with these arguments and return its report."""
    import boto3  # here, so that the module can be imported where there is no AWS SDK

    arguments = Arguments(argv)
    settings = read_settings(arguments)
    reports_path = arguments.path("reports_path")
    secret_arn = arguments.text("pseudonym_secret_arn")
    namespace = arguments.text("metrics_namespace", "Clickstream")
    dimensions = arguments.dimensions()
    arguments.finish()
    secrets = boto3.client("secretsmanager")
    key = read_key(secrets, secret_arn)
    subject_key = b"" if settings.privacy is None else read_key(secrets, arguments.text("subject_secret_arn"))
    spark = build_session(JOB)
    catalog = GlueCatalog(boto3.client("glue"))
    bookmark = open_bookmark(spark, argv, settings)
    if settings.erase_request is None:
        report = SilverRun(spark, settings, catalog, bookmark, key, subject_key).execute()
    else:
        copier = S3Copier(boto3.client("s3"))
        report = SilverErasure(spark, settings, catalog, bookmark, copier, key, subject_key).execute()
    emit_report(Files(spark), reports_path, JOB, settings.run_id, report)
    cloudwatch = boto3.client("cloudwatch")
    put_metrics(cloudwatch, namespace, dimensions, metrics(report, settings.bounds.as_of))
    for rule, values in rule_metrics(report).items():
        put_metrics(cloudwatch, namespace, {**dimensions, "Rule": rule}, values)
    return report


def main(argv: Sequence[str]) -> None:
    """Run; a failure ends with one line on stderr and exit status 1."""
    with failing_in_one_line(JOB):
        run(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
