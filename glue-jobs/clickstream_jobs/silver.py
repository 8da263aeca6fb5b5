"""One run of bronze_to_silver: stage, quarantine, gate, merge, check, publish, commit.

The raw objects are read once: judged rows are staged as Parquet, since the dates they touch must be known before the
partitions to merge with can be read, and reading staged columns again is cheaper than parsing JSON again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from .bookmark import Bookmark
from .catalog import Catalog
from .dedupe import RANK, with_duplicate_rank
from .errors import ConservationError, QualityGateError, ReadError
from .files import Files
from .publish import move_partitions, read_locations, sweep, write_partitions
from .quality import RULES, Bounds, quality_metrics, quality_score
from .raw import SourceKeys, landing_date, read_lines
from .salvage import find_damaged, read_damaged
from .tables import Target, load_table
from .transform import bad_rows, good_rows, with_judged_events

JOB = "bronze_to_silver"


@dataclass(frozen=True)
class SilverSettings:
    """Arguments of a run, checked by the entry script."""

    run_id: str
    silver_database: str
    raw_path: str
    events_path: str
    quarantine_path: str
    #: Folder for staged rows, deleted when the run ends.
    temp_path: str
    bounds: Bounds
    #: Percent of rows without a violation that a run needs to publish.
    quality_gate_percent: float = 95
    #: False: a run under the gate fails; True: it publishes all the same and says so.
    publish_low_quality: bool = False
    #: Days around the touched dates in which an event_id must be unique too: a retry may be stamped after midnight.
    dedupe_window_days: int = 1
    #: Age from which run folders that nothing refers to are deleted, hours.
    sweep_grace_hours: float = 24


@dataclass(frozen=True)
class Staged:
    """Judged rows of a run, and what one pass over them counted."""

    rows: DataFrame
    counts: dict[str, Any]

    def __getitem__(self, name: str) -> int:
        return int(self.counts.get(name) or 0)


class SilverRun:
    """One run; `execute` returns the report."""

    def __init__(
        self, spark: SparkSession, settings: SilverSettings, catalog: Catalog, bookmark: Bookmark, key: bytes
    ) -> None:
        self._spark = spark
        self._settings = settings
        self._catalog = catalog
        self._bookmark = bookmark
        self._key = key
        self._files = Files(spark)
        self._keys = SourceKeys(self._files, settings.raw_path)
        self._events = Target(settings.silver_database, load_table("events"), settings.events_path)
        self._quarantine = Target(settings.silver_database, load_table("quarantine"), settings.quarantine_path)
        self._staging = Target(settings.silver_database, load_table("events"), f"{settings.temp_path}{JOB}/")

    def execute(self) -> dict[str, Any]:
        """The whole run. JobError for what is expected to go wrong; events and bookmark are untouched then."""
        started = time.monotonic()
        paths = self._bookmark.new_files()
        if not paths:
            return self._report(started, 0, None, 0, 0, [])
        folder = f"{self._staging.base}/run={self._settings.run_id}"
        try:
            staged = self._stage(paths, folder)
            self._publish_quarantine(staged, paths)
            self._gate(staged)
            accepted, duplicates, dates = self._publish_events(staged)
        finally:
            self._files.delete(folder)
        self._bookmark.commit()
        self._sweep()
        return self._report(started, len(paths), staged, accepted, duplicates, dates)

    # --- read and judge -------------------------------------------------------------------------------------------

    def _stage(self, paths: list[str], folder: str) -> Staged:
        try:
            return self._write_staged(read_lines(self._spark, paths, self._keys), folder)
        except (PySparkException, Py4JError) as cause:
            damaged = self._find_damaged(paths, cause)
            print(
                f"{len(damaged)} damaged gzip files, read up to the damage: {', '.join(sorted(damaged)[:5])}",
                file=sys.stderr,
                flush=True,
            )
        whole = [path for path in paths if self._keys.key(path) not in damaged]
        rest = [path for path in paths if self._keys.key(path) in damaged]
        lines = read_lines(self._spark, whole, self._keys).unionByName(read_damaged(self._spark, rest, self._keys))
        return self._write_staged(lines, folder)

    def _find_damaged(self, paths: list[str], cause: Exception) -> set[str]:
        """Damaged files behind a failed read; ReadError when there is none, so the failure is another one."""
        try:
            damaged = find_damaged(self._spark, paths, self._keys)
        except (PySparkException, Py4JError):
            damaged = set()
        if not damaged:
            text = " ".join(str(cause).split("JVM stacktrace")[0].split())[:500]
            raise ReadError(
                f"{len(paths)} raw objects below {self._settings.raw_path} cannot be read: {text}; "
                "nothing was published, run the job again"
            ) from cause
        return damaged

    def _write_staged(self, lines: DataFrame, folder: str) -> Staged:
        observed = Observation(f"quality {folder}")
        judged = with_judged_events(lines, self._settings.bounds, self._key, self._events.spec)
        self._files.delete(folder)
        judged.observe(observed, *quality_metrics()).write.parquet(folder)
        return Staged(self._spark.read.schema(judged.schema).parquet(folder), observed.get)

    def _gate(self, staged: Staged) -> None:
        score = quality_score(staged["read"], staged["quarantined"])
        gate = self._settings.quality_gate_percent
        if score >= gate:
            return
        text = (
            f"quality score {score:g} % is under the gate of {gate:g} %: {staged['quarantined']} of {staged['read']} "
            f"rows are in quarantine ({self._rules_text(staged)})"
        )
        if not self._settings.publish_low_quality:
            raise QualityGateError(
                f"{text}; no event was published and the files stay new. Fix the producer, or run with "
                "--on_low_quality publish"
            )
        print(f"warning: {text}; published since --on_low_quality is publish", file=sys.stderr, flush=True)

    # --- quarantine -----------------------------------------------------------------------------------------------

    def _publish_quarantine(self, staged: Staged, paths: Iterable[str]) -> None:
        """Replaces the quarantined rows of the files read; other files' rows of the same landing dates stay."""
        target = self._quarantine
        sources = sorted({self._keys.key(path) for path in paths})
        present = self._catalog.partitions(
            target.database, target.spec.name, {landing_date(source) for source in sources}
        )
        if not present and not staged["quarantined"]:
            return
        files = F.broadcast(self._spark.createDataFrame([(source,) for source in sources], "source_file string"))
        new = bad_rows(staged.rows, target.spec)
        stale = read_locations(self._spark, target, present).join(files, "source_file", "left_semi")
        column = target.spec.partition_column
        touched = sorted(row[0] for row in new.select(column).union(stale.select(column)).distinct().collect())
        if not touched:
            return
        before = {day: present[day] for day in touched if day in present}
        others = read_locations(self._spark, target, before).join(files, "source_file", "left_anti")
        written = write_partitions(new.unionByName(others), target, self._settings.run_id, touched)
        added = read_locations(self._spark, target, written).count() - others.count()
        if added != staged["quarantined"]:
            raise ConservationError(
                f"{staged['quarantined']} rows broke a rule but {added} were written to quarantine; "
                "nothing was published, run the job again"
            )
        move_partitions(self._catalog, target, touched, written)

    # --- events ---------------------------------------------------------------------------------------------------

    def _publish_events(self, staged: Staged) -> tuple[int, int, list[date]]:
        """Merges good rows into the touched partitions; (accepted, duplicates, touched dates)."""
        target = self._events
        new = good_rows(staged.rows, target.spec)
        column = target.spec.partition_column
        dates = {row[0] for row in new.select(column).distinct().collect()}
        accepted = duplicates = 0
        touched: list[date] = []
        written: dict[date, str] = {}
        if dates:
            present = self._catalog.partitions(target.database, target.spec.name)
            touched = sorted(dates | self._conflicting_neighbours(new, dates, present))
            before = read_locations(self._spark, target, {day: present[day] for day in touched if day in present})
            observed = Observation(f"duplicates {self._settings.run_id}")
            ranked = with_duplicate_rank(new.unionByName(before))
            ranked = ranked.observe(observed, F.sum(F.when(F.col(RANK) > 1, 1).otherwise(0)).alias("duplicates"))
            kept = ranked.where(F.col(RANK) == 1).drop(RANK)
            written = write_partitions(kept, target, self._settings.run_id, touched)
            duplicates = int(observed.get["duplicates"] or 0)
            # Counts of Parquet footers: what is there, whatever the plan believes that it wrote.
            accepted = read_locations(self._spark, target, written).count() - before.count()
        self._check_conservation(staged, accepted, duplicates)
        move_partitions(self._catalog, target, touched, written)
        return accepted, duplicates, touched

    def _conflicting_neighbours(self, new: DataFrame, dates: set[date], present: dict[date, str]) -> set[date]:
        """Published dates near `dates` that hold an event_id of `new`: they are merged too."""
        window = range(-self._settings.dedupe_window_days, self._settings.dedupe_window_days + 1)
        near = {day + timedelta(days=offset) for day in dates for offset in window} - dates
        locations = {day: present[day] for day in near if day in present}
        if not locations:
            return set()
        rows = read_locations(self._spark, self._events, locations).select(
            "event_id", self._events.spec.partition_column
        )
        found = rows.join(new.select("event_id"), "event_id", "left_semi").select(rows[1]).distinct().collect()
        return {row[0] for row in found}

    def _check_conservation(self, staged: Staged, accepted: int, duplicates: int) -> None:
        if staged["read"] != accepted + staged["quarantined"] + duplicates:
            raise ConservationError(
                f"read {staged['read']} differs from accepted {accepted} + quarantined {staged['quarantined']} + "
                f"duplicates {duplicates}; no event was published, run the job again"
            )

    # --- afterwards -----------------------------------------------------------------------------------------------

    def _sweep(self) -> None:
        for target in (self._events, self._quarantine, self._staging):
            kept: Iterable[str] = ()
            if target is not self._staging:
                kept = self._catalog.partitions(target.database, target.spec.name).values()
            for folder in sweep(self._spark, target, kept, self._settings.sweep_grace_hours):
                print(f"swept {folder}, which no partition refers to", file=sys.stderr, flush=True)

    @staticmethod
    def _by_rule(staged: Staged) -> dict[str, int]:
        return {rule.id: staged[rule.id] for rule in RULES if staged[rule.id]}

    def _rules_text(self, staged: Staged) -> str:
        counts = sorted(self._by_rule(staged).items(), key=lambda pair: (-pair[1], pair[0]))
        return ", ".join(f"{rule} {count}" for rule, count in counts)

    def _report(
        self, started: float, files: int, staged: Staged | None, accepted: int, duplicates: int, dates: list[date]
    ) -> dict[str, Any]:
        found = staged or Staged(self._spark.range(0).toDF("none"), {})
        newest = found.counts.get("newest_event")
        return {
            "job": JOB,
            "run_id": self._settings.run_id,
            "files": files,
            "read": found["read"],
            "accepted": accepted,
            "quarantined": found["quarantined"],
            "duplicates": duplicates,
            "quality_score": quality_score(found["read"], found["quarantined"]),
            "by_rule": self._by_rule(found),
            "dates": [day.isoformat() for day in dates],
            "newest_event": None if newest is None else _utc_text(newest),
            "seconds": round(time.monotonic() - started, 3),
        }


def _utc_text(microseconds: int) -> str:
    instant = datetime.fromtimestamp(microseconds / 1_000_000, timezone.utc)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
