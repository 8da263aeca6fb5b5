"""Staged rows into the tables of silver: merge, check, publish; and what is swept afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .catalog import Catalog
from .dedupe import without_duplicates
from .errors import ConservationError
from .publish import move_partitions, read_locations, rows_more, sweep, write_partitions
from .raw import landing_date
from .silver_settings import SilverSettings
from .staging import Staged
from .tables import Target, load_table
from .transform import bad_rows, good_rows

JOB = "bronze_to_silver"
_GENERATION = "_generation"


@dataclass(frozen=True)
class Written:
    """Folders of a table that are written and checked, but not published."""

    target: Target
    #: Dates whose partition changes; those without a folder lose it.
    touched: list[date]
    folders: dict[date, str]
    #: Rows that the table gets.
    added: int = 0
    #: Rows that it has already, under the same event_id.
    duplicates: int = 0


class SilverTables:
    """Events and quarantine of one stack, and the folder for staged rows."""

    def __init__(self, spark: SparkSession, settings: SilverSettings, catalog: Catalog) -> None:
        self._spark = spark
        self._settings = settings
        self._catalog = catalog
        self.events = Target(settings.silver_database, load_table("events"), settings.events_path)
        self.quarantine = Target(settings.silver_database, load_table("quarantine"), settings.quarantine_path)
        self._staging = Target(settings.silver_database, load_table("events"), f"{settings.temp_path}{JOB}/")
        #: Folder for this run's staged rows.
        self.staging_folder = f"{self._staging.base}/run={settings.run_id}"

    def publish(self, written: Written) -> None:
        """Moves the partitions of one table."""
        move_partitions(self._catalog, written.target, written.touched, written.folders)

    # --- quarantine -----------------------------------------------------------------------------------------------

    def quarantined(self, dates: Iterable[date] | None = None) -> dict[date, str]:
        """Locations of the quarantine's partitions."""
        return self._catalog.partitions(self.quarantine.database, self.quarantine.spec.name, dates)

    def replace_quarantine(self, staged: Staged, sources: list[str]) -> Written:
        """The quarantined rows of these files are now the staged ones; other files' rows of the same dates stay."""
        target = self.quarantine
        present = self.quarantined({landing_date(source) for source in sources})
        if not present and not staged["quarantined"]:
            return Written(target, [], {})
        files = F.broadcast(self._spark.createDataFrame([(source,) for source in sources], "source_file string"))
        stale = read_locations(self._spark, target, present).join(files, "source_file", "left_semi")
        replaced = stale.select(target.spec.partition_column).distinct().collect() if present else []
        touched = sorted(staged.dates("landing_dates") | {row[0] for row in replaced})
        before = {day: present[day] for day in touched if day in present}
        others = read_locations(self._spark, target, before).join(files, "source_file", "left_anti")
        return self.write_quarantine(staged, others, touched)

    def write_quarantine(self, staged: Staged, others: DataFrame, touched: list[date]) -> Written:
        """The staged bad rows beside `others`, all rows of the touched dates that stay."""
        target = self.quarantine
        new = bad_rows(staged.rows, target.spec)
        written = write_partitions(new.unionByName(others), target, self._settings.run_id, touched)
        added = rows_more(self._spark, target, written, others) if touched else 0
        if added != staged["quarantined"]:
            raise ConservationError(
                f"{staged['quarantined']} rows broke a rule but {added} were written to quarantine; "
                "nothing was published, run the job again"
            )
        return Written(target, touched, written, added)

    # --- events ---------------------------------------------------------------------------------------------------

    def event_dates(self) -> set[date]:
        """Dates of the events table."""
        return set(self._catalog.partitions(self.events.database, self.events.spec.name))

    def merge_events(self, staged: Staged, whole_files: bool) -> Written:
        """The staged good rows merged into the partitions that they touch, after conservation is proven.

        :param whole_files: the staged rows are all lines of their files, so a row that came from one of these files
            before is an older reading of one of these lines.
        """
        target = self.events
        new = good_rows(staged.rows, target.spec)
        dates = staged.dates("event_dates")
        written = Written(target, [], {})
        if dates:
            present = self._catalog.partitions(target.database, target.spec.name)
            touched = sorted(dates | self._conflicting_neighbours(new, dates, present))
            before = read_locations(self._spark, target, {day: present[day] for day in touched if day in present})
            both, generation = self._with_generation(new, before, whole_files)
            with without_duplicates(both, generation) as (kept, removed):
                folders = write_partitions(kept, target, self._settings.run_id, touched)
                duplicates = removed()
            # Counts of Parquet footers: what is there, whatever the plan believes that it wrote.
            added = rows_more(self._spark, target, folders, before)
            written = Written(target, touched, folders, added, duplicates)
        _check_conservation(staged, written)
        return written

    @staticmethod
    def _with_generation(new: DataFrame, before: DataFrame, whole_files: bool) -> tuple[DataFrame, str | None]:
        if not whole_files:
            return new.unionByName(before), None
        both = new.withColumn(_GENERATION, F.lit(0)).unionByName(before.withColumn(_GENERATION, F.lit(1)))
        return both, _GENERATION

    def _conflicting_neighbours(self, new: DataFrame, dates: set[date], present: dict[date, str]) -> set[date]:
        """Published dates near `dates` that hold an event_id of `new`: they are merged too."""
        window = range(-self._settings.dedupe_window_days, self._settings.dedupe_window_days + 1)
        near = {day + timedelta(days=offset) for day in dates for offset in window} - dates
        locations = {day: present[day] for day in near if day in present}
        if not locations:
            return set()
        rows = read_locations(self._spark, self.events, locations).select("event_id", self.events.spec.partition_column)
        found = rows.join(new.select("event_id"), "event_id", "left_semi").select(rows[1]).distinct().collect()
        return {row[0] for row in found}

    # --- afterwards -----------------------------------------------------------------------------------------------

    def sweep(self, *others: Target, grace_hours: float | None = None) -> int:
        """Deletes old run folders that nothing refers to, of `others` too; returns how many."""
        grace, swept = self._settings.sweep_grace_hours if grace_hours is None else grace_hours, 0
        for target in (self.events, self.quarantine, self._staging, *others):
            kept: Iterable[str] = ()
            if target is not self._staging:
                kept = self._catalog.partitions(target.database, target.spec.name).values()
            for folder in sweep(self._spark, target, kept, grace):
                swept += 1
                print(f"swept {folder}, which no partition refers to", file=sys.stderr, flush=True)
        return swept


def _check_conservation(staged: Staged, events: Written) -> None:
    others = staged["quarantined"] + staged["suppressed"] + staged["late"]
    if staged["read"] != events.added + events.duplicates + others:
        raise ConservationError(
            f"read {staged['read']} differs from accepted {events.added} + quarantined {staged['quarantined']} + "
            f"duplicates {events.duplicates} + suppressed {staged['suppressed']} + late {staged['late']}; no event was "
            "published, run the job again"
        )
