"""``dim_users``: SCD Type 1, one row a user; of all events that carry attributes the latest one's stand.

"Latest" is by ``(event_ts, event_id)``, a total order, so a late event never overwrites newer attributes and the
order in which runs see the events does not matter. The attributes of an event replace all earlier ones together:
mixing the tier of one event with the country of another would describe a user that never existed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .tables import require_columns

#: Column of dim_users -> column of events that it comes from.
ATTRIBUTES = {
    "email_hash": "user_email_hash",
    "name_hash": "user_name_hash",
    "signup_date": "user_signup_date",
    "country": "user_country",
    "tier": "user_tier",
}
#: Columns of events that this module reads.
EVENT_COLUMNS = ["event_id", "event_ts", "user_id", *ATTRIBUTES.values()]
_COLUMNS = ["user_id", *ATTRIBUTES, "first_seen_ts", "last_seen_ts", "attributes_ts", "attributes_event_id"]
_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)


def user_states(events: DataFrame) -> DataFrame:
    """One row a user of ``events``, in the columns of dim_users; events without ``user_id`` are visitors, not users."""
    require_columns(events, EVENT_COLUMNS, "user_states")
    carries = F.coalesce(*(F.col(source).cast("string") for source in ATTRIBUTES.values())).isNotNull()
    carried = F.struct(
        F.col("event_ts").alias("attributes_ts"),
        F.col("event_id").alias("attributes_event_id"),
        *(F.col(source).alias(name) for name, source in ATTRIBUTES.items()),
    )
    grouped = (
        events.where(F.trim(F.col("user_id")) != "")
        .groupBy("user_id")
        .agg(
            F.min("event_ts").alias("first_seen_ts"),
            F.max("event_ts").alias("last_seen_ts"),
            F.max(F.when(carries, carried)).alias("_carried"),
        )
    )
    return grouped.select("user_id", "first_seen_ts", "last_seen_ts", "_carried.*").select(*_COLUMNS)


def with_merged_users(existing: DataFrame, seen: DataFrame, touched: Iterable[date]) -> DataFrame:
    """Merge the users of the touched dates into the existing ones; exact where ``stale`` is false.

    A merge alone can only grow: it never learns that the event a row came from is gone (erased, or replaced by an
    earlier duplicate with the same ``event_id``). That can be seen, though: a first, last or attribute event of the
    existing row lies on a touched date, and the touched date has no such event any more. Those rows are marked
    ``stale``; the caller computes them from all silver dates. Every other row equals a full recomputation, since
    what it keeps comes from a date that did not change, or is in the touched dates again.

    :param existing: dim_users as the last run left it.
    :param seen: ``user_states`` of the touched dates as they are now.
    :param touched: the dates of ``seen``, and those that silver has no longer.
    :returns: the columns of dim_users and ``stale``.
    """
    require_columns(existing, _COLUMNS, "with_merged_users")
    require_columns(seen, _COLUMNS, "with_merged_users")
    days = sorted((day - _EPOCH).days for day in touched)

    def whole(rows: DataFrame, name: str) -> DataFrame:
        return rows.select("user_id", F.struct(*(c for c in _COLUMNS if c != "user_id")).alias(name))

    def on_touched(name: str) -> Column:
        day = F.floor(F.unix_micros(F.col(name)) / F.lit(_DAY)).cast("long")
        return F.coalesce(day.isin(days), F.lit(False))

    def key(side: str) -> Column:
        at = F.col(f"{side}.attributes_ts")
        return F.when(at.isNotNull(), F.struct(at.alias("ts"), F.col(f"{side}.attributes_event_id").alias("id")))

    both = whole(existing, "old").join(whole(seen, "new"), "user_id", "full_outer")
    # The new side wins ties: the event is the same, its attributes may have been corrected.
    newer = F.coalesce(key("new") >= key("old"), key("old").isNull())
    lost_first = on_touched("old.first_seen_ts") & ~F.coalesce(
        F.col("new.first_seen_ts") <= F.col("old.first_seen_ts"), F.lit(False)
    )
    lost_last = on_touched("old.last_seen_ts") & ~F.coalesce(
        F.col("new.last_seen_ts") >= F.col("old.last_seen_ts"), F.lit(False)
    )
    lost_attributes = on_touched("old.attributes_ts") & ~newer
    attributes = (*ATTRIBUTES, "attributes_ts", "attributes_event_id")
    return both.select(
        "user_id",
        F.least("old.first_seen_ts", "new.first_seen_ts").alias("first_seen_ts"),
        F.greatest("old.last_seen_ts", "new.last_seen_ts").alias("last_seen_ts"),
        *(F.when(newer, F.col(f"new.{n}")).otherwise(F.col(f"old.{n}")).alias(n) for n in attributes),
        (lost_first | lost_last | lost_attributes).alias("stale"),
    ).select(*_COLUMNS, "stale")


def filter_users(events: DataFrame, users: DataFrame) -> DataFrame:
    """Keep the events of the users named in ``users.user_id``."""
    require_columns(events, ["user_id"], "filter_users")
    return events.join(users.select("user_id"), "user_id", "left_semi")
