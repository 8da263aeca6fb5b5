"""Write a class-data archive of the JVM, so that later Spark runs map their classes instead of loading 20,000 of them.

Usage: python archive_spark_classes.py ARCHIVE CLASSPATH_DIR, with CLICKSTREAM_SPARK_JARS and JAVA_HOME set. The JVM
writes the archive when it ends; what it holds is what was loaded until then, so both jobs run on a few events, from and
to the emulator, exactly as the local Glue runner would run them.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "local-cloud" / "engines"), str(ROOT / "glue-jobs")]

from local_engines.glue import spark_conf  # noqa: E402
from local_engines.ministack import MiniStack  # noqa: E402

BUCKET = "warm-up"
REGION = "us-east-1"


class MemoryCatalog:
    """The catalog of two runs."""

    def __init__(self) -> None:
        self.locations: dict[str, dict[date, str]] = {}
        self.tables: dict[str, str] = {}

    def partitions(self, database: str, table: str, dates: Iterable[date] | None = None) -> dict[date, str]:
        found = self.locations.get(table, {})
        return dict(found) if dates is None else {day: found[day] for day in set(dates) & set(found)}

    def set_partitions(self, database: str, table: str, locations: Mapping[date, str]) -> None:
        self.locations.setdefault(table, {}).update(locations)

    def remove_partitions(self, database: str, table: str, dates: Iterable[date]) -> None:
        for day in dates:
            self.locations.get(table, {}).pop(day, None)

    def table_location(self, database: str, table: str) -> str:
        return self.tables.get(table, f"s3://{BUCKET}/gold/{table}/")

    def set_table_location(self, database: str, table: str, location: str) -> None:
        self.tables[table] = location


def events(hour: int) -> bytes:
    """Lines of every kind that the jobs tell apart: good, sent twice, late, corrupt, with unknown fields."""
    lines: list[str] = []
    for number in range(20):
        event: dict[str, Any] = {
            "event_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{hour}/{number}")),
            "event_type": "purchase" if number % 5 == 0 else "product_view",
            "event_timestamp": f"2026-03-{9 + number % 2:02d}T{hour:02d}:{number:02d}:00.5Z",
            "user_id": f"u{number % 3}",
            "session_id": "s" if number % 2 else None,
            "product": {"id": "p", "category": "a.b", "brand": "c", "price": 9.5, "quantity": 1},
            "order": {"id": f"o{hour}-{number}", "amount": 9.5, "currency": "USD"} if number % 5 == 0 else None,
            "device": {"type": "mobile", "os": "a", "browser": "b"},
            "user": {"email": "a@example.org", "name": "n", "signup_date": "2026-01-01", "country": "DE", "tier": "t"},
            "surprise": {"x": number},
        }
        lines.append(json.dumps(event))
    return gzip.compress("\n".join([*lines, lines[0], "{cut", '{"event_id":"x","product":1}']).encode())


def run_jobs(spark: Any) -> None:
    """bronze_to_silver and silver_to_gold, twice: the second time something exists to merge with."""
    from clickstream_jobs.bookmark import ManifestBookmark
    from clickstream_jobs.files import Files
    from clickstream_jobs.gold import GoldRun, GoldSettings
    from clickstream_jobs.quality import Bounds
    from clickstream_jobs.report import emit_report
    from clickstream_jobs.silver import SilverRun, SilverSettings

    root = f"s3://{BUCKET}/"
    catalog = MemoryCatalog()
    s3 = boto3.client("s3")
    bounds = Bounds(datetime(2026, 3, 11, tzinfo=timezone.utc), 365, {"USD": Decimal(1)})
    for number in (1, 2):
        s3.put_object(
            Bucket=BUCKET, Key=f"events/year=2026/month=03/day=09/hour=1{number}/a.json.gz", Body=events(10 + number)
        )
        silver = SilverSettings(
            run_id=f"r{number}",
            silver_database="silver",
            raw_path=f"{root}events/",
            events_path=f"{root}silver/events/",
            quarantine_path=f"{root}silver/quarantine/",
            state_path=f"{root}state/",
            temp_path=f"{root}tmp/",
            bounds=bounds,
            quality_gate_percent=0,
        )
        gold = GoldSettings(
            run_id=f"r{number}",
            silver_database="silver",
            gold_database="gold",
            fact_path=f"{root}gold/fact_clicks/",
            users_path=f"{root}gold/dim_users/",
            sales_path=f"{root}gold/daily_sales/",
            state_path=f"{root}state/",
        )
        bookmark = ManifestBookmark(Files(spark), silver.raw_path, f"{root}state/silver.json", "enable")
        report = SilverRun(spark, silver, catalog, bookmark, b"k" * 32).execute()
        emit_report(Files(spark), f"{root}reports/", "bronze_to_silver", silver.run_id, report)
        GoldRun(spark, gold, catalog).execute()


def main(archive: str, class_path_folder: str) -> None:
    """Run Spark under -XX:ArchiveClassesAtExit and wait until its JVM has written the archive."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        emulator = MiniStack(work / "emulator", REGION, "000000000000")
        try:
            settings = spark_conf.spark_settings(emulator.url, REGION, work, spark_conf.jars_folder(), {})
            options = settings["spark.driver.extraJavaOptions"]
            settings["spark.driver.extraJavaOptions"] = f"{options} -XX:ArchiveClassesAtExit={archive}"
            os.environ.update(spark_conf.write_conf(work / "conf", settings, Path(class_path_folder)))
            os.environ.update(
                AWS_ENDPOINT_URL=emulator.url,
                AWS_DEFAULT_REGION=REGION,
                AWS_ACCESS_KEY_ID="test",
                AWS_SECRET_ACCESS_KEY="test",
                SPARK_LOCAL_IP="127.0.0.1",
            )
            boto3.client("s3").create_bucket(Bucket=BUCKET)
            from clickstream_jobs.spark_session import build_session

            spark = build_session("archive-classes")
            jvm = spark.sparkContext._gateway.proc
            run_jobs(spark)
            spark.stop()
            # The gateway's end of the pipe: the JVM ends by itself when it is closed.
            jvm.stdin.close()
            jvm.wait(timeout=300)
        finally:
            emulator.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
