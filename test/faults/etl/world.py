"""A pipeline on a folder: what has landed, the three jobs on it, and what their tables must hold.

The tables are read by DuckDB from the folders that the catalog names, so what is checked does not pass through the
jobs' own code.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from archive_data import FolderStore
from clickstream_jobs.archive import ArchiveRun, ArchiveSettings
from clickstream_jobs.archive_manifest import read_manifests
from clickstream_jobs.catalog import GlueCatalog
from clickstream_jobs.days import Days
from clickstream_jobs.files import Files
from clickstream_jobs.gold import GoldRun, GoldSettings
from clickstream_jobs.publish import sweep
from clickstream_jobs.silver_settings import ANY_RULE, Replay
from clickstream_jobs.tables import Target, load_table
from glue_store import GlueStore
from inputs import Producer, RawObject, good_objects, ids, utc
from pyspark.sql import SparkSession
from silver_data import BOUNDS, Lake

START = utc("2026-03-10 12:00")
#: Partitioned tables by database; dim_users beside them has none.
TABLES = {"silver": ("events", "quarantine"), "gold": ("fact_clicks", "daily_sales")}
WARM_DAYS = 1


@dataclass(frozen=True)
class Account:
    """What the published tables hold against what landed: ids by what is wrong with them."""

    lost: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    #: Ids that no accepted line has, or rows of quarantine too many or too few.
    invented: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lost or self.duplicated or self.invented)


class World:
    """One pipeline; `settings` of all jobs sweep without grace, so that whatever is left over shows."""

    def __init__(self, spark: SparkSession, folder: Path, seed: int, late_events_daily: bool = False) -> None:
        self.spark, self.folder, self.late_events_daily = spark, folder, late_events_daily
        self.producer = Producer(random.Random(seed), START)
        self.glue = GlueStore()
        self.catalog = GlueCatalog(self.glue)
        self.lake = Lake(spark, folder)
        self.lake.catalog = self.catalog
        self.lake.settings = replace(self.lake.settings, sweep_grace_hours=0)
        self.store = FolderStore()
        self.runs = 0
        for database, names in TABLES.items():
            for name in names:
                self.glue.create_table(database, name, f"{folder}/{database}/{name}/")
        self.glue.create_table("gold", "dim_users", f"{folder}/gold/dim_users/")
        self.glue.create_table("gold", "fact_clicks_restored", f"{folder}/gold/archive/fact_clicks/")

    # --- what happens -------------------------------------------------------------------------------------------------

    def land(self, kinds: Iterable[str] = ()) -> None:
        """Lands good events, and objects of these kinds."""
        for one in [*good_objects(self.producer), *(made for kind in kinds for made in self.producer.make(kind))]:
            self.lake.land_bytes(one.name, one.content, one.hour)

    def pass_time(self, hours: int) -> None:
        """The clock of all jobs and producers goes on."""
        self.producer.now += timedelta(hours=hours)

    def silver(self, **settings: Any) -> dict[str, Any]:
        """One run of bronze_to_silver; its report must add up."""
        option = settings.pop("option", "enable")
        bounds = replace(BOUNDS, as_of=self.producer.now)
        report = self.lake.run(option, bounds=bounds, **{"late_events_daily": self.late_events_daily, **settings})
        self.runs += 1
        parts = ("accepted", "quarantined", "duplicates", "suppressed", "late")
        assert report["read"] == sum(report[part] for part in parts), report
        return report

    def backfill(self) -> dict[str, Any]:
        """Silver reads every raw file again."""
        return self.silver(dates=self._landing_days())

    def replay(self) -> dict[str, Any]:
        """Silver judges all of quarantine again."""
        return self.silver(replay=Replay(ANY_RULE, self._landing_days()))

    def gold(self, **settings: Any) -> dict[str, Any]:
        """One run of silver_to_gold."""
        self.runs += 1
        base = f"{self.folder}/gold"
        given = GoldSettings(
            run_id=f"g{self.runs}",
            silver_database="silver",
            gold_database="gold",
            fact_path=f"{base}/fact_clicks/",
            users_path=f"{base}/dim_users/",
            sales_path=f"{base}/daily_sales/",
            state_path=f"{self.folder}/state/",
            currencies=BOUNDS.currencies,
            sweep_grace_hours=0,
        )
        return GoldRun(self.spark, replace(given, **settings), self.catalog).execute()

    def archive(self) -> dict[str, Any]:
        """One run of archive_gold."""
        self.runs += 1
        given = ArchiveSettings(
            run_id=f"a{self.runs}",
            gold_database="gold",
            fact_path=f"{self.folder}/gold/fact_clicks/",
            archive_path=f"{self.folder}/gold/archive/",
            as_of=self.producer.now,
            warm_days=WARM_DAYS,
            sweep_grace_hours=0,
        )
        return ArchiveRun(self.spark, given, self.catalog, self.store, lambda: self.producer.now).execute()

    def _landing_days(self) -> Days:
        return Days(START.date() - timedelta(days=3), self.producer.now.date())

    # --- what must hold -----------------------------------------------------------------------------------------------

    def expected(self) -> set[str]:
        """Event ids of all landed lines that are good now."""
        return {one for landed in self.producer.landed for one in ids(landed.lines, self.producer.now)}

    def waiting(self) -> set[str]:
        """Event ids of the objects whose late events wait for the next day's first run."""
        state = self.folder / "state/bronze_to_silver.late.json"
        files = json.loads(state.read_text())["files"] if state.exists() else []
        sources = {path[path.rindex("/events/") + 1 :] for path in files}
        objects = [one for one in self.producer.landed if _source(one) in sources]
        return {one for landed in objects for one in ids(landed.lines, self.producer.now)}

    def silver_account(self) -> Account:
        """Events against what landed and does not wait, and the number of quarantined rows of each object."""
        found = self.event_ids("silver", "events")
        expected = self.expected() - (self.waiting() - set(found))
        return _account(expected, found, self._quarantine_faults())

    def gold_account(self) -> Account:
        """Facts, in the warehouse or in the archive, against silver's events; users and sales against the facts."""
        events = self.event_ids("silver", "events")
        return _account(set(events), self.event_ids("gold", "fact_clicks"))

    def event_ids(self, database: str, table: str) -> list[str]:
        """Event ids of all published rows; of facts also those that are in the archive only."""
        return [row[0] for row in self._rows(self._folders(database, table).values(), "event_id")]

    def hashes(self) -> dict[str, str]:
        """Hash of the published rows of each table, whatever their order and files."""
        found = {name: self._hash(self._folders(db, name)) for db, names in TABLES.items() for name in names}
        users = self.catalog.table_location("gold", "dim_users")
        return found | ({"dim_users": self._hash({START.date(): users})} if "/run=" in users else {})

    def sweep(self) -> None:
        """What the next run of each job sweeps."""
        for database, names in TABLES.items():
            for name in names:
                kept = self.catalog.partitions(database, name).values()
                sweep(self.spark, Target(database, load_table(name), f"{self.folder}/{database}/{name}/"), kept, 0)
        users = Target("gold", load_table("dim_users"), f"{self.folder}/gold/dim_users/")
        sweep(self.spark, users, [self.catalog.table_location("gold", "dim_users")], 0)
        staging = Target("silver", load_table("events"), f"{self.folder}/temp/bronze_to_silver/")
        sweep(self.spark, staging, (), 0)

    def leftovers(self) -> list[str]:
        """Data files that no table, and no manifest of the archive, refers to."""
        kept = [str(self._here(at)) for db, names in TABLES.items() for name in names for at in self._all(db, name)]
        kept.append(str(self._here(self.catalog.table_location("gold", "dim_users"))))
        kept += [str(self._here(at)) for at in self._archived().values()]
        files = [path for path in self.folder.rglob("*.parquet") if "raw" not in path.relative_to(self.folder).parts]
        return sorted(str(path) for path in files if str(path.parent) not in kept)

    def _quarantine_faults(self) -> tuple[str, ...]:
        rows = self._rows(self._folders("silver", "quarantine").values(), "source_file")
        found: dict[str, int] = {}
        for (source,) in rows:
            found[source] = found.get(source, 0) + 1
        wanted = {_source(one): len([line for line in one.lines if not line.good(self.producer.now)])
                  for one in self.producer.landed}  # fmt: skip
        different = {source for source in {*found, *wanted} if found.get(source, 0) != wanted.get(source, 0)}
        return tuple(
            f"quarantine of {source}: {found.get(source, 0)} rows, {wanted.get(source, 0)} bad lines"
            for source in sorted(different)
        )

    def _all(self, database: str, table: str) -> Iterable[str]:
        return self.catalog.partitions(database, table).values()

    def _folders(self, database: str, table: str) -> dict[date, Path]:
        found = {day: self._here(at) for day, at in self.catalog.partitions(database, table).items()}
        if table != "fact_clicks":
            return found
        # A date is in fact_clicks with all its rows, or in the archive with all of them.
        return {day: self._here(at) for day, at in self._archived().items()} | found

    def _archived(self) -> dict[date, str]:
        manifests = read_manifests(Files(self.spark), f"{self.folder}/gold/archive/manifests/fact_clicks")
        return {day: manifest.location for day, manifest in manifests.items()}

    def _rows(self, folders: Iterable[Path], columns: str) -> list[tuple[Any, ...]]:
        files = [str(file) for folder in folders for file in _data_files(folder)]
        if not files:
            return []
        with duckdb.connect() as connection:
            return connection.execute(
                f"SELECT {columns} FROM read_parquet(?, hive_partitioning=false) t", [files]
            ).fetchall()

    def _hash(self, folders: dict[date, Any]) -> str:
        one = "SELECT md5(string_agg(row, '|' ORDER BY row)) FROM (SELECT md5(t::VARCHAR) AS row FROM t)"
        parts = []
        for day, folder in sorted(folders.items()):
            files = [str(file) for file in _data_files(self._here(str(folder)))]
            source = "t AS (FROM read_parquet(?, hive_partitioning=false, union_by_name=true))"
            with duckdb.connect() as connection:
                found = connection.execute(f"WITH {source} {one}", [files]).fetchone() if files else None
            parts.append(f"{day}={found and found[0]}")
        return ",".join(parts)

    @staticmethod
    def _here(location: str) -> Path:
        return Path(location.removeprefix("file:"))


def _source(landed: RawObject) -> str:
    year, month, day, hour = landed.hour.split("/")
    return f"events/year={year}/month={month}/day={day}/hour={hour}/{landed.name}"


def _data_files(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.glob("*.parquet") if not path.name.startswith((".", "_")))
    assert found, f"{folder} is in the catalog and holds no file"
    return found


def _account(expected: set[str], found: list[str], wrong: tuple[str, ...] = ()) -> Account:
    twice = sorted({one for one in found if found.count(one) > 1})
    invented = sorted(set(found) - expected)
    return Account(tuple(sorted(expected - set(found))), tuple(twice), (*invented, *wrong))


#: Work of one job.
Work = Callable[[], dict[str, Any]]
