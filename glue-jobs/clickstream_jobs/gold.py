"""One run of silver_to_gold: plan, write, check, publish, record. Everything that touches storage goes through the
shared modules (publish, catalog, files), everything that computes is in facts, sessions, sales and users."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .catalog import Catalog
from .days import Days
from .errors import CatalogError, ConservationError, JobError
from .facts import fact_clicks, filter_dates
from .files import Files
from .gold_dates import GoldDates, batches, plan_dates, with_neighbours
from .gold_state import read_state, write_state
from .instants import utc_text
from .publish import move_partitions, read_locations, read_table, sweep, write_partitions, write_table
from .sales import daily_sales
from .tables import Target, load_table
from .users import filter_users, user_states, with_merged_users

JOB = "silver_to_gold"
#: Dates computed in one shuffle. A month keeps the two neighbour dates read twice at 6 % and bounds the disk a
#: backfill needs; an hourly run has three dates.
BATCH_DATES = 31


class RevenueError(JobError):
    """Purchases whose amount cannot be told in USD."""


@dataclass(frozen=True)
class GoldSettings:
    """Arguments of a run, checked by the entry script."""

    run_id: str
    silver_database: str
    gold_database: str
    fact_path: str
    users_path: str
    sales_path: str
    state_path: str
    #: USD per unit of each currency.
    currencies: Mapping[str, Decimal] = field(default_factory=lambda: {"USD": Decimal(1)})
    #: Minutes of inactivity that cut a session without a producer's id.
    session_timeout_minutes: int = 30
    #: Age from which run folders that nothing refers to are deleted, hours.
    sweep_grace_hours: float = 24
    #: enable, pause or disable.
    bookmark: str = "enable"
    #: Backfill: compute these dates again, and no others but their neighbours.
    dates: Days | None = None
    batch_dates: int = BATCH_DATES


class GoldRun:
    """One run; ``execute`` returns the report."""

    def __init__(self, spark: SparkSession, settings: GoldSettings, catalog: Catalog) -> None:
        self._spark = spark
        self._settings = settings
        self._catalog = catalog
        self._files = Files(spark)
        self._facts = Target(settings.gold_database, load_table("fact_clicks"), settings.fact_path)
        self._sales = Target(settings.gold_database, load_table("daily_sales"), settings.sales_path)
        self._users = Target(settings.gold_database, load_table("dim_users"), settings.users_path)
        self._events = load_table("events")
        self._silver: dict[date, str] = {}

    def execute(self) -> dict[str, Any]:
        """Bring gold in line with silver.

        Order: fact, sales and user folders are written, then checked, then published, then recorded; a run that
        dies before the record repeats the same work and ends in the same rows.

        :returns: the report of the contract: counts, revenue and newest event of the recomputed dates, ``users`` of the
            whole dimension; zeros when nothing in silver moved. ``read`` counts the rows of silver, ``fact_rows`` those
            written from them: the run refuses to publish where they differ on any date.
        :raises JobError: before anything is published.
        """
        started = time.monotonic()
        settings = self._settings
        self._silver = self._catalog.partitions(settings.silver_database, self._events.name)
        done = read_state(self._files, settings.state_path, JOB, settings.bookmark)
        plan = plan_dates(self._silver, done, self._gold_dates(), settings.dates)
        counts = {"read": 0, "fact_rows": 0, "users": 0, "sales_rows": 0, "revenue": "0.00", "newest_event": None}
        if plan.touched:
            counts = self._recompute(plan)
            write_state(self._files, settings.state_path, JOB, settings.bookmark, self._now_done(plan, done))
            self._sweep()
        return {
            "job": JOB,
            "run_id": settings.run_id,
            "mode": "new" if settings.dates is None else "backfill",
            **({} if settings.dates is None else settings.dates.report()),
            "dates": [day.isoformat() for day in plan.recompute],
            **counts,
            "seconds": round(time.monotonic() - started, 3),
        }

    def _now_done(self, plan: GoldDates, done: Mapping[date, str]) -> Mapping[date, str]:
        """What gold matches after this run: all of silver, or what it matched before and the dates of a backfill."""
        if self._settings.dates is None:
            return self._silver
        untouched = {day: location for day, location in done.items() if day not in plan.touched}
        return untouched | {day: self._silver[day] for day in plan.touched if day in self._silver}

    def _gold_dates(self) -> set[date]:
        # Both tables: a run killed between moving one and the other leaves them with different dates.
        tables = (self._facts, self._sales)
        return {day for target in tables for day in self._catalog.partitions(target.database, target.spec.name)}

    def _read_silver(self, dates: Iterable[date]) -> DataFrame:
        locations = {day: self._silver[day] for day in sorted(set(dates) & set(self._silver))}
        marker = f"/{self._events.partition_column}="
        odd = [location for location in locations.values() if marker not in location]
        if odd:
            raise CatalogError(
                f"partition location {odd[0]} of {self._settings.silver_database}.{self._events.name} is not "
                f"<table>{marker}<date>/run=<id>; register the partition that bronze_to_silver wrote"
            )
        base = next(iter(locations.values())).split(marker, 1)[0] if locations else self._settings.fact_path
        return read_locations(self._spark, Target(self._settings.silver_database, self._events, base), locations)

    def _recompute(self, plan: GoldDates) -> dict[str, Any]:
        # The users need silver alone: written beside the facts, they use what the facts' small last tasks leave idle.
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="users") as pool:
            users_job = pool.submit(self._write_users, plan)
            facts_written = self._write_facts(plan)
            # What was written is read again: the check covers the write then, and nothing is computed twice.
            facts = read_locations(self._spark, self._facts, facts_written)
            checked = self._check(plan, facts)
            sales_written = write_partitions(
                daily_sales(facts, self._sales.spec), self._sales, self._settings.run_id, plan.recompute
            )
            sales_rows = read_locations(self._spark, self._sales, sales_written).count()
            users_written, users = users_job.result()

        days = sorted({*plan.recompute, *plan.drop})
        move_partitions(self._catalog, self._facts, days, facts_written)
        move_partitions(self._catalog, self._sales, days, sales_written)
        self._catalog.set_table_location(self._users.database, self._users.spec.name, users_written)
        return {**checked, "users": users, "sales_rows": sales_rows}

    def _write_facts(self, plan: GoldDates) -> dict[date, str]:
        settings, written = self._settings, {}
        for days in batches(plan.recompute, settings.batch_dates):
            events = self._read_silver(with_neighbours(days))
            rows = fact_clicks(events, settings.currencies, settings.session_timeout_minutes, self._facts.spec)
            written |= write_partitions(filter_dates(rows, days), self._facts, settings.run_id, days)
        return written

    def _write_users(self, plan: GoldDates) -> tuple[str, int]:
        folder = write_table(self._users_rows(plan), self._users, self._settings.run_id)
        return folder, self._spark.read.schema(self._users.spec.ddl).parquet(folder).count()

    def _check(self, plan: GoldDates, facts: DataFrame) -> dict[str, Any]:
        """Rows, revenue and newest event of the recomputed dates, after conservation is proven date by date."""
        no_money = F.lit(None).cast("decimal(14,2)")
        silver_side = self._read_silver(plan.recompute).select(
            "event_date",
            F.lit(0).alias("gold"),
            no_money.alias("revenue"),
            F.lit(0).alias("unknown"),
            F.lit(None).cast("string").alias("currency"),
            F.lit(None).cast("long").alias("at"),
        )
        unknown = F.col("revenue").isNull() | F.col("session_revenue").isNull()
        gold_side = facts.select(
            "event_date",
            F.lit(1).alias("gold"),
            "revenue",
            unknown.cast("int").alias("unknown"),
            F.when(F.col("revenue").isNull(), F.coalesce("order_currency", F.lit("none"))).alias("currency"),
            # As a number: the driver would turn a timestamp into a datetime of its own time zone.
            F.unix_micros("event_ts").alias("at"),
        )
        found = (
            silver_side.unionByName(gold_side)
            .groupBy("event_date")
            .agg(
                F.sum(F.lit(1) - F.col("gold")).alias("silver"),
                F.sum("gold").alias("gold"),
                F.sum("revenue").alias("revenue"),
                F.sum("unknown").alias("unknown"),
                F.collect_set("currency").alias("currencies"),
                F.max("at").alias("newest"),
            )
            .orderBy("event_date")
            .collect()
        )
        different = [row for row in found if row["silver"] != row["gold"]]
        if different:
            day = different[0]
            raise ConservationError(
                f"{day['event_date']}: silver has {day['silver']} rows, fact_clicks would have {day['gold']} "
                f"({len(different)} such date(s)); nothing was published, run the job again and report it if it stays"
            )
        unknown_rows = sum(row["unknown"] for row in found)
        if unknown_rows:
            codes = sorted({code for row in found for code in row["currencies"]})
            raise RevenueError(
                f"{unknown_rows} row(s) have no revenue in USD, currencies of purchases: {', '.join(codes)}; known are "
                f"{', '.join(sorted(self._settings.currencies))}, and 12 digits before the point; add the rate to "
                "--currencies and run again (nothing was published)"
            )
        revenue = sum((row["revenue"] or Decimal(0) for row in found), Decimal("0.00"))
        newest = max((row["newest"] for row in found if row["newest"] is not None), default=None)
        return {
            "read": sum(row["silver"] for row in found),
            "fact_rows": sum(row["gold"] for row in found),
            "revenue": str(revenue),
            "newest_event": None if newest is None else utc_text(newest),
        }

    def _users_rows(self, plan: GoldDates) -> DataFrame:
        seen = user_states(self._read_silver(plan.touched))
        if set(self._silver) <= set(plan.touched):
            return seen  # every event was read: what the dimension said before does not matter
        existing = read_table(self._spark, self._catalog, self._users)
        merged = with_merged_users(existing, seen, plan.touched)
        stale = merged.where("stale").select("user_id")
        exact = merged.where("NOT stale").drop("stale")
        if not stale.take(1):
            return exact
        # Rare (erasure, an event replaced by its earlier duplicate): only these users are read from all dates.
        return exact.unionByName(user_states(filter_users(self._read_silver(self._silver), stale)))

    def _sweep(self) -> None:
        for target in (self._facts, self._sales):
            used = self._catalog.partitions(target.database, target.spec.name).values()
            sweep(self._spark, target, used, self._settings.sweep_grace_hours)
        used_users = [self._catalog.table_location(self._users.database, self._users.spec.name)]
        sweep(self._spark, self._users, used_users, self._settings.sweep_grace_hours)
