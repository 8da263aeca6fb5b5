"""Reads again whatever may hold rows of a batch's people, and counts those that do.

Tables are read by their folders, not by the catalog: a folder that nothing refers to holds bytes all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .archive_store import ObjectStore
from .files import Files
from .located import Located
from .mappings import FieldMapping
from .marks import Mark, mark_quarantine, mark_table
from .matching import WHOSE, Listed
from .subjects import Batch, keyed_hash
from .tables import load_table

#: Dates on each side of a located landing date whose raw objects are read too: a retry may land after midnight.
LANDING_REACH_DAYS = 1


@dataclass(frozen=True)
class Places:
    """Folders of the tables; each ends with a slash."""

    events: str
    quarantine: str
    subjects: str
    fact_clicks: str
    dim_users: str
    #: None for a pipeline without an archive.
    archive: str | None = None


@dataclass
class Findings:
    """What one class of bytes holds."""

    #: Rows or lines read.
    read: int = 0
    #: {request: rows or lines of its person}
    found: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Rows or lines of all people."""
        return sum(self.found.values())


class TableVerification:
    """Counts rows of people in the tables of silver and gold, and in the archive."""

    def __init__(self, spark: SparkSession, places: Places, batch: Batch, key: bytes, subject_key: bytes) -> None:
        self._spark, self._places, self._batch = spark, places, batch
        self._files = Files(spark)
        self._people = batch.by_silver_value(key)
        self._subject_key = subject_key

    def tables(self, listed: Listed, mappings: Iterable[FieldMapping]) -> dict[str, Findings]:
        """Findings by class of bytes, without raw and archive."""
        places = self._places
        return {
            "silver": self._count("events", [places.events], mark_table("events", self._people)),
            "quarantine": self._count("quarantine", [places.quarantine], mark_quarantine(listed, mappings)),
            "subjects": self._count("subjects", [places.subjects], self._mark_index()),
            "gold_facts": self._count("fact_clicks", [places.fact_clicks], mark_table("fact_clicks", self._people)),
            "gold_users": self._count("dim_users", [places.dim_users], mark_table("dim_users", self._people)),
        }

    def archive(self, store: ObjectStore, dates: Iterable[date], now: datetime) -> tuple[Findings, list[date]]:
        """Findings of these dates, whatever folders they have; and the dates with objects that need a restore."""
        if self._places.archive is None:
            return Findings(), []
        base, readable, closed = f"{self._places.archive}fact_clicks/", [], []
        for day in sorted(dates):
            paths = [info.path for info in self._files.list_files(f"{base}event_date={day.isoformat()}") if info.size]
            states = [store.describe(path) for path in paths]
            if all(one is not None and one.readable_until is not None and one.readable_until > now for one in states):
                readable += paths
            else:
                closed.append(day)
        mark = mark_table("fact_clicks", self._people)
        return self._count("fact_clicks", readable, mark, base), closed

    def _mark_index(self) -> Mark:
        hashes = {keyed_hash(self._subject_key, who): request for who, request in self._people.items()}

        def mark(rows: DataFrame) -> DataFrame:
            listed = self._spark.createDataFrame(sorted(hashes.items()), f"_hash string, {WHOSE} string")
            return rows.join(F.broadcast(listed), rows["subject_hash"] == listed["_hash"], "left").drop("_hash")

        return mark

    def _count(self, table: str, paths: list[str], mark: Mark, base: str | None = None) -> Findings:
        spec = load_table(table)
        present = [path for path in paths if any(True for _ in self._files.list_files(path))]
        if not present:
            return Findings()
        # The files know no partition column; a table without one has run folders alone.
        reader = self._spark.read.schema(spec.ddl).option("basePath", base or paths[0])
        rows = mark(reader.parquet(*present).select(*spec.data_names))
        counts: Mapping[str | None, int] = {
            row[WHOSE]: row["n"] for row in rows.groupBy(WHOSE).agg(F.count(F.lit(1)).alias("n")).collect()
        }
        return Findings(sum(counts.values()), {who: n for who, n in counts.items() if who is not None})


def landing_days(located: Located) -> list[date]:
    """Landing dates whose raw objects are read, sorted."""
    reach = range(-LANDING_REACH_DAYS, LANDING_REACH_DAYS + 1)
    return sorted({day + timedelta(days=offset) for day in located.landing_dates for offset in reach})


def utc_now() -> datetime:
    """The clock that ends restored copies."""
    return datetime.now(timezone.utc)
