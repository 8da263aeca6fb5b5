"""Silver events for the gold tests, and a second, plain Python reading of the session rules to compare with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from clickstream_jobs.gold import GoldRun, GoldSettings
from clickstream_jobs.hashing import table_hash
from clickstream_jobs.publish import publish_partitioned, read_partitions, read_table
from clickstream_jobs.tables import Target, load_table
from fakes import FakeCatalog
from pyspark.sql import DataFrame, SparkSession

EVENTS = load_table("events")


def at(text: str) -> datetime:
    """UTC instant of `2026-01-01 23:50[:00]`."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def event(event_id: str, when: str | datetime, **columns: Any) -> dict[str, Any]:
    """A silver row: a page view of user u1 unless told otherwise; columns not given are null."""
    moment = at(when) if isinstance(when, str) else when
    row: dict[str, Any] = dict.fromkeys(EVENTS.names)
    row |= {"event_id": event_id, "event_type": "page_view", "event_ts": moment, "user_id": "u1"}
    row |= {"source_file": "events/f.json.gz", "event_date": moment.date()}
    unknown = set(columns) - set(row)
    assert not unknown, f"no such column of events: {unknown}"
    return row | columns


def purchase(event_id: str, when: str | datetime, amount: str | None, currency: str | None = "USD", **columns: Any):
    """A purchase of one order of its own."""
    money = None if amount is None else Decimal(amount)
    order = {"order_id": f"o-{event_id}", "order_amount": money, "order_currency": currency}
    return event(event_id, when, **({"event_type": "purchase"} | order | columns))


def silver(spark: SparkSession, rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """The rows as a DataFrame of the events table."""
    names = EVENTS.names
    return spark.createDataFrame([tuple(row[name] for name in names) for row in rows], EVENTS.ddl)


class Lake:
    """A silver and a gold layer on a folder, with an in-memory catalog."""

    def __init__(self, spark: SparkSession, folder: str, **settings: Any) -> None:
        self.spark, self.folder, self.catalog = spark, folder, FakeCatalog()
        self.catalog.set_table_location("g", "dim_users", f"{folder}/gold/dim_users/")
        self.settings = GoldSettings(
            run_id="",
            silver_database="s",
            gold_database="g",
            fact_path=f"{folder}/gold/fact_clicks/",
            users_path=f"{folder}/gold/dim_users/",
            sales_path=f"{folder}/gold/daily_sales/",
            state_path=f"{folder}/state/",
        )
        self.settings = replace(self.settings, **settings)
        self._runs = 0

    def put(self, rows: Iterable[Mapping[str, Any]], dates: Iterable[date]) -> None:
        """Publish `rows` as all that silver has of `dates`, as a bronze_to_silver run does."""
        self._runs += 1
        target = Target("s", EVENTS, f"{self.folder}/silver/events/")
        publish_partitioned(silver(self.spark, rows), target, f"s{self._runs}", self.catalog, sorted(set(dates)))

    def run(self, **settings: Any) -> dict[str, Any]:
        """One run of the gold job; returns its report."""
        self._runs += 1
        given = replace(self.settings, **({"run_id": f"g{self._runs}"} | settings))
        return GoldRun(self.spark, given, self.catalog).execute()

    def table(self, name: str) -> DataFrame:
        """Published rows of a gold table."""
        target = Target("g", load_table(name), f"{self.folder}/gold/{name}/")
        if name == "dim_users":
            return read_table(self.spark, self.catalog, target)
        return read_partitions(self.spark, self.catalog, target)

    def hashes(self) -> dict[str, str]:
        """Row hash of every gold table."""
        return {name: table_hash(self.table(name)) for name in ("fact_clicks", "dim_users", "daily_sales")}


@dataclass(frozen=True)
class Session:
    """What the reference says about the session of an event."""

    members: tuple[str, ...]
    position: int


def reference_sessions(rows: Iterable[Mapping[str, Any]], timeout_minutes: int = 30) -> dict[str, Session]:
    """{event_id: Session}: the rules of sessions.py, written as a loop over the events of one owner."""
    groups: dict[tuple[str, str, str | None], list[Mapping[str, Any]]] = {}
    for row in rows:
        owner, sid = row["user_id"] or row["anonymous_id"], row["session_id"]
        lone = owner is None and sid is None
        groups.setdefault(("e" if lone else "u", row["event_id"] if lone else owner or "", sid), []).append(row)
    found: dict[str, Session] = {}
    for (_, _, sid), members in groups.items():
        members.sort(key=lambda row: (row["event_ts"], row["event_id"]))
        pieces: list[list[Mapping[str, Any]]] = []
        for row in members:
            gap = row["event_ts"] - pieces[-1][-1]["event_ts"] if pieces else None
            same_day = gap is not None and row["event_ts"].date() == pieces[-1][-1]["event_ts"].date()
            active = gap is not None and (sid is not None or gap <= timedelta(minutes=timeout_minutes))
            if same_day and active:
                pieces[-1].append(row)
            else:
                pieces.append([row])
        sessions: list[list[Mapping[str, Any]]] = []
        for index, piece in enumerate(pieces):
            if index and _crosses(pieces[index - 1], piece, sid, timeout_minutes):
                began = pieces[index - 1][0]["event_ts"]
                in_time = [row for row in piece if row["event_ts"] - began <= timedelta(hours=24)]
                sessions[-1] += in_time
                if piece[len(in_time) :]:
                    sessions.append(piece[len(in_time) :])
            else:
                sessions.append(list(piece))
        for session in sessions:
            ids = tuple(row["event_id"] for row in session)
            found |= {event_id: Session(ids, place) for place, event_id in enumerate(ids, 1)}
    return found


def _crosses(before: list[Mapping[str, Any]], after: list[Mapping[str, Any]], sid: str | None, minutes: int) -> bool:
    end, start, began = before[-1]["event_ts"], after[0]["event_ts"], before[0]["event_ts"]
    next_day = start.date() - end.date() == timedelta(days=1)
    active = sid is not None or start - end <= timedelta(minutes=minutes)
    return next_day and active and began.hour >= 6 and start.hour < 6
