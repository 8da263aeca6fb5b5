"""Builds raw events and runs of bronze_to_silver on file paths."""

from __future__ import annotations

import copy
import gzip
import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from clickstream_jobs.bookmark import ManifestBookmark
from clickstream_jobs.files import Files
from clickstream_jobs.hashing import table_hash
from clickstream_jobs.publish import read_partitions
from clickstream_jobs.quality import Bounds
from clickstream_jobs.silver import SilverRun
from clickstream_jobs.silver_settings import Privacy, SilverSettings
from clickstream_jobs.tables import Target, load_table
from fakes import FakeCatalog
from pyspark.sql import DataFrame, SparkSession

AS_OF = datetime(2026, 3, 10, 12, tzinfo=timezone.utc)
KEY = b"a key of twenty-five bytes"
SUBJECT_KEY = b"a key of the subjects' own"
BOUNDS = Bounds(AS_OF, 365, {"USD": Decimal(1), "EUR": Decimal("1.1")})


def event_id(number: int) -> str:
    """A UUID that is the same for the same number."""
    return str(uuid.UUID(int=number + (1 << 100)))


def event(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A good purchase; `changes` replace fields, `product__price=…` a nested one, a value of `...` removes it."""
    made: dict[str, Any] = {
        "event_id": event_id(number),
        "event_type": "purchase",
        "event_timestamp": "2026-03-10T10:00:00.123456Z",
        "user_id": f"u{number}",
        "anonymous_id": f"a{number}",
        "session_id": "s1",
        "page_url": "https://shop.example/thanks",
        "referrer": "https://shop.example/cart",
        "product": {"id": "p1", "category": "toys.games", "brand": "acme", "price": 19.99, "quantity": 2},
        "order": {"id": f"o{number}", "amount": 39.98, "currency": "USD"},
        "device": {"type": "mobile", "os": "android", "browser": "firefox"},
        "geo": {"country": "DE", "region": "BE", "city": "Berlin"},
        "user": {
            "email": "Ann@Example.org ",
            "name": "Ann Ö",
            "signup_date": "2025-01-31",
            "country": "DE",
            "tier": "gold",
        },
        "schema_version": "1",
    }
    made = copy.deepcopy(made)
    for path, value in changes.items():
        parent, _, field = path.partition("__")
        holder = made[parent] if field else made
        name = field or parent
        if value is ...:
            del holder[name]
        else:
            holder[name] = value
    return made


def line(made: dict[str, Any]) -> bytes:
    """The event as one JSON line without its end."""
    return json.dumps(made, ensure_ascii=False).encode("utf-8")


class Lake:
    """A raw folder, a catalog and runs of the job on them."""

    def __init__(self, spark: SparkSession, folder: Path, erasure: bool = False) -> None:
        """:param erasure: with suppression list and index."""
        self.spark = spark
        self.folder = folder
        self.catalog = FakeCatalog()
        self.runs = 0
        self.settings = SilverSettings(
            run_id="r0",
            silver_database="silver",
            raw_path=f"{folder}/raw/events/",
            events_path=f"{folder}/silver/events/",
            quarantine_path=f"{folder}/silver/quarantine/",
            state_path=f"{folder}/state/",
            temp_path=f"{folder}/temp/",
            bounds=BOUNDS,
            quality_gate_percent=0,
            privacy=Privacy(f"{folder}/silver/privacy/", f"{folder}/silver/subjects/") if erasure else None,
        )

    def land(self, name: str, lines: Sequence[bytes], hour: str = "2026/03/10/10") -> Path:
        """Writes lines, gzip when the name ends in .gz."""
        text = b"".join(one + b"\n" for one in lines)
        return self.land_bytes(name, gzip.compress(text, mtime=0) if name.endswith(".gz") else text, hour)

    def land_bytes(self, name: str, content: bytes, hour: str = "2026/03/10/10") -> Path:
        """Writes a file as it is."""
        year, month, day, at = hour.split("/")
        path = self.folder / f"raw/events/year={year}/month={month}/day={day}/hour={at}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def state(self, path: str, value: dict[str, Any] | None = None) -> Path:
        """An object below the state path, written when a value is given; deleted by whoever takes the path."""
        at = self.folder / "state" / path
        if value is not None:
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_text(json.dumps(value))
        return at

    def job(self, option: str = "enable", **changes: Any) -> SilverRun:
        """The next run."""
        self.runs += 1
        settings = replace(self.settings, **{"run_id": f"r{self.runs}", **changes})
        return SilverRun(self.spark, settings, self.catalog, self.bookmark(option), KEY, SUBJECT_KEY)

    def bookmark(self, option: str = "enable") -> ManifestBookmark:
        """The bookmark as a run opens it."""
        state_file = f"{self.folder}/state/bronze_to_silver.json"
        return ManifestBookmark(Files(self.spark), self.settings.raw_path, state_file, option)

    def run(self, option: str = "enable", **changes: Any) -> dict[str, Any]:
        """Report of the next run."""
        return self.job(option, **changes).execute()

    def table(self, name: str) -> DataFrame:
        """Published rows."""
        return read_partitions(
            self.spark, self.catalog, Target("silver", load_table(name), f"{self.folder}/silver/{name}")
        )

    def events(self) -> dict[str, dict[str, Any]]:
        """Published events by event_id."""
        return {row["event_id"]: row.asDict() for row in self.table("events").collect()}

    def hashes(self) -> tuple[str, str]:
        """Row hashes of events and quarantine."""
        return table_hash(self.table("events")), table_hash(self.table("quarantine"))
