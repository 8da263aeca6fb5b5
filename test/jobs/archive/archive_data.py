"""A gold layer of old dates, an object store on a folder, and ways to break both at a chosen step."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from clickstream_jobs.archive import ArchiveRun, ArchiveSettings
from clickstream_jobs.archive_manifest import Manifest, read_manifests
from clickstream_jobs.archive_store import ALWAYS, Digest, StoredObject
from clickstream_jobs.files import Files
from clickstream_jobs.hashing import table_hash
from clickstream_jobs.publish import read_locations
from clickstream_jobs.tables import Target, load_table
from gold_data import Lake, event, purchase
from pyspark.sql import SparkSession

#: Ten days after D1, with a warm window of 7: D1 and D2 are past it, D3 is its last day.
NOW = datetime(2026, 1, 11, 3, tzinfo=timezone.utc)
D1, D2, D3, D4 = (date(2026, 1, day) for day in (2, 3, 4, 5))


class KilledError(BaseException):
    """Not an Exception: nothing in the job may catch it, as nothing catches a kill."""


class FolderStore:
    """ObjectStore on plain files; classes, checksums and restores are kept beside them."""

    def __init__(self) -> None:
        self.classes: dict[str, str] = {}
        self.restored: dict[str, datetime] = {}
        self.copies: list[str] = []
        self.digests = 0
        #: Kills the job before the copy of this number (1 is the first).
        self.kill_at_copy = 0
        #: Damages the bytes of every copy, as a faulty disk would.
        self.damage = False

    def digest(self, uri: str) -> Digest:
        self.digests += 1
        found = self._path(uri).read_bytes()
        return Digest(len(found), base64.b64encode(hashlib.sha256(found).digest()).decode(), f"v{len(found)}")

    def describe(self, uri: str) -> StoredObject | None:
        path = self._path(uri)
        if not path.exists():
            return None
        storage_class = self.classes.get(str(path), "STANDARD")
        until = self.restored.get(str(path)) if storage_class in ("GLACIER", "DEEP_ARCHIVE") else ALWAYS
        content = path.read_bytes()
        return StoredObject(
            len(content), base64.b64encode(hashlib.sha256(content).digest()).decode(), storage_class, until
        )

    def copy(self, source: str, version: str, target: str, storage_class: str) -> None:
        self.copies.append(target)
        if len(self.copies) == self.kill_at_copy:
            raise KilledError
        content = self._path(source).read_bytes()
        assert version == f"v{len(content)}"
        path = self._path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content[:-1] + b"?" if self.damage else content)
        self.classes[str(path)] = storage_class

    @staticmethod
    def _path(uri: str) -> Path:
        return Path(uri.removeprefix("file:"))


class ColdLake:
    """A lake whose gold has four old dates and one warm one, and the archive job on it."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder, self.store = spark, folder, FolderStore()
        self.lake = Lake(spark, str(folder))
        self.catalog = self.lake.catalog
        self.settings = ArchiveSettings(
            run_id="",
            gold_database="g",
            fact_path=f"{folder}/gold/fact_clicks/",
            archive_path=f"{folder}/gold/archive/",
            as_of=NOW,
            warm_days=7,
            sweep_grace_hours=0,
        )
        self._runs = 0

    def fill(self) -> None:
        """Put four dates into silver and gold by a run of the gold job."""
        rows = [row for day in (D1, D2, D3, D4) for row in rows_of(day)]
        self.lake.put(rows, [D1, D2, D3, D4])
        self.lake.run()

    def fill_from(self, other: ColdLake) -> None:
        """Take what a filled lake has: copying folders takes a hundredth of a gold run."""
        shutil.copytree(other.folder, self.folder, dirs_exist_ok=True)
        for database, table in (("s", "events"), ("g", "fact_clicks"), ("g", "daily_sales")):
            there = other.catalog.partitions(database, table)
            self.catalog.set_partitions(database, table, {day: self._here(other, at) for day, at in there.items()})
        users = other.catalog.table_location("g", "dim_users")
        self.catalog.set_table_location("g", "dim_users", self._here(other, users))
        for state in Path(self.folder, "state").glob("*.json"):
            state.write_text(self._here(other, state.read_text()))
            state.with_name(f".{state.name}.crc").unlink()  # Hadoop's checksum of the text before
        self.lake._runs = other.lake._runs  # the next run must not write into a folder that is there

    def _here(self, other: ColdLake, text: str) -> str:
        return text.replace(str(other.folder), str(self.folder))

    def run(self, **settings: Any) -> dict[str, Any]:
        """One run of the archive job; returns its report."""
        self._runs += 1
        given = replace(self.settings, **({"run_id": f"a{self._runs}"} | settings))
        return ArchiveRun(self.spark, given, self.catalog, self.store, lambda: NOW).execute()

    def facts(self) -> dict[date, str]:
        """Registered dates of fact_clicks."""
        return self.catalog.partitions("g", "fact_clicks")

    def fact_hash(self, day: date) -> str:
        """Row hash of one registered date of fact_clicks."""
        target = Target("g", load_table("fact_clicks"), self.settings.fact_path)
        return table_hash(read_locations(self.spark, target, {day: self.facts()[day]}))

    def archive_hash(self, day: date) -> str:
        """Row hash of one date as its manifest's folder holds it."""
        target = Target("g", load_table("fact_clicks_restored"), f"{self.settings.archive_path}fact_clicks")
        return table_hash(read_locations(self.spark, target, {day: self.manifests()[day].location}))

    def manifests(self) -> dict[date, Manifest]:
        return read_manifests(Files(self.spark), f"{self.settings.archive_path}manifests/fact_clicks")

    def archived_files(self) -> list[str]:
        """Data files below the archive, relative to it."""
        base = Path(self.settings.archive_path, "fact_clicks")
        return sorted(str(path.relative_to(base)) for path in base.rglob("*.parquet"))

    def split(self, day: date) -> None:
        """Make two files of the date's one, as a large gold run would."""
        folder = Path(self.facts()[day])
        (file,) = folder.glob("*.parquet")
        rows = self.spark.read.parquet(str(file))
        parts = self.folder / "parts"
        rows.repartition(2).write.parquet(str(parts))
        for number, part in enumerate(sorted(parts.glob("*.parquet"))):
            shutil.copy(part, folder / f"part-{number}.snappy.parquet")
        file.unlink()
        shutil.rmtree(parts)


def rows_of(day: date) -> list[dict[str, Any]]:
    """Three events of a date, one of them a purchase of 10 USD a day of the month."""
    text = day.isoformat()
    return [
        event(f"a{day.day}", f"{text} 10:00", product_category="shoes"),
        event(f"b{day.day}", f"{text} 10:05", product_category="shoes"),
        purchase(f"c{day.day}", f"{text} 10:10", f"{day.day}0.00", product_category="shoes", product_quantity=1),
    ]


def later(days: int) -> datetime:
    """The clock of a run some days after NOW."""
    return NOW + timedelta(days=days)


def iso(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in days]
