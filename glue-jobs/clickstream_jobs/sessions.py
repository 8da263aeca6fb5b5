"""Sessions: which events belong together, and the metrics of each event within its session.

The rules (all times UTC):

1. **Owner.** A session belongs to a ``user_key``: ``user_id``, else ``anonymous_id``. A producer's ``session_id`` is
   scoped by it, so that two users whose producers count "1", "2", "3" never share a session. Events with neither id
   keep a null ``user_key``: with a ``session_id`` they are sessions of that id; without one nothing ties them to any
   other event, and each is a session of its own (never one giant session of all strangers).
2. **Producer session.** Events of one owner with one ``session_id`` are one session within a date, whatever the gaps.
   **Derived session.** An owner's events without ``session_id`` are cut where more than the timeout (30 minutes)
   passes between two of them.
3. **Midnight.** A session goes on across midnight if it began at 06:00 or later and goes on before 06:00 of the very
   next date (a derived one also within its timeout); else midnight cuts it.
4. **Length.** No session is longer than 24 hours: a later event begins a new one.

Rule 3 is what makes incremental runs exact. What continues past midnight begins its date before 06:00, hence does
not continue past the next midnight: a session lies within two dates, and the cut at a midnight depends on the rows
of the two dates around it, not on how far back an unbroken chain (a bot, a tab never closed) goes. Without such a
rule any cap on the length depends on where the chain began, and a late event could move every cut after it.
``gold_dates.py`` builds on this. Rule 4 keeps the reach: it only cuts within the second date.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from .tables import require_columns

#: Minutes of inactivity that end a session without a producer's id (issue 3; the usual web analytics value).
DEFAULT_SESSION_TIMEOUT_MINUTES = 30
#: Hour of the UTC day from which on a session may cross the next midnight, and before which it must go on after it.
DAY_TURN_HOUR = 6
#: Longest session, hours.
MAX_SESSION_HOURS = 24

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
#: Columns that with_sessions reads.
SESSION_INPUT = ["event_id", "event_type", "event_ts", "revenue", "user_id", "anonymous_id", "session_id"]
#: Columns that with_sessions adds besides ``user_key``.
METRICS = (
    "session_key",
    "event_in_session",
    "dwell_seconds",
    "session_start_ts",
    "session_seconds",
    "session_events",
    "is_entry",
    "is_exit",
    "session_converted",
    "session_revenue",
)


def _given(name: str) -> Column:
    """The id, null where the producer sent an empty or blank one."""
    return F.when(F.trim(F.col(name)) != "", F.col(name))


def with_user_key(events: DataFrame) -> DataFrame:
    """Add ``user_key``: ``user_id``, else ``anonymous_id``, null where both are null or blank."""
    require_columns(events, ["user_id", "anonymous_id"], "with_user_key")
    return events.withColumn("user_key", F.coalesce(_given("user_id"), _given("anonymous_id")))


def with_sessions(events: DataFrame, timeout_minutes: int = DEFAULT_SESSION_TIMEOUT_MINUTES) -> DataFrame:
    """Add the session key and metrics to each event; one shuffle, no join, no Python per row.

    Complete only for dates whose neighbours are in ``events`` too (``gold_dates.py``): filter the result to them.

    :param events: silver events with ``revenue`` (``facts.with_revenue``).
    :param timeout_minutes: inactivity that cuts a session without a producer's id, minutes.
    :returns: ``events`` with ``user_key``, ``session_key`` (32 hex digits), ``event_in_session`` (1-based, ordered by
        ``event_ts, event_id``), ``dwell_seconds`` (null for the last event), ``session_start_ts``,
        ``session_seconds``, ``session_events``, ``is_entry``, ``is_exit``, ``session_converted``,
        ``session_revenue`` (decimal(14,2), null where it does not fit).
    """
    require_columns(events, SESSION_INPUT, "with_sessions")
    keyed = with_user_key(events)
    # What no window reads travels as one column: each window then copies a block of bytes, instead of projecting
    # (and compiling the projection of) some forty columns.
    packed = keyed.select(
        F.struct(*keyed.columns).alias("_row"),
        F.col("event_id").alias("_id"),
        F.unix_micros("event_ts").alias("_at"),
        F.col("user_key").alias("_user"),
        _given("session_id").alias("_sid"),
        (F.col("event_type") == "purchase").alias("_bought"),
        F.col("revenue").alias("_usd"),
    )
    numbered = _with_session_number(packed, timeout_minutes)
    return _with_metrics(numbered).select("_row.*", *METRICS)


def _with_session_number(rows: DataFrame, timeout_minutes: int) -> DataFrame:
    """Add ``_session``, the number of the session within (owner, producer id).

    Every window here has the same keys and the same order, so all of them share one shuffle and one sort.
    """
    # A lone event owns itself: one partition of all strangers would be one giant task.
    owner = F.coalesce(
        F.concat(F.lit("u"), F.col("_user")),
        F.when(F.col("_sid").isNotNull(), F.lit("s")),
        F.concat(F.lit("e"), F.col("_id")),
    )
    owned = rows.withColumns({"_owner": owner, "_day": F.floor(F.col("_at") / F.lit(_DAY)).cast("long")})
    by_owner = Window.partitionBy("_owner", "_sid").orderBy("_at", "_id")
    so_far = by_owner.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    before = by_owner.rowsBetween(Window.unboundedPreceding, -1)

    active = F.col("_sid").isNotNull() | (F.col("_at") - F.col("_previous_at") <= F.lit(timeout_minutes * 60 * _SECOND))
    previous_day = F.floor(F.col("_previous_at") / F.lit(_DAY)).cast("long")
    # A piece is a session's part within one date.
    piece = F.col("_previous_at").isNull() | (previous_day != F.col("_day")) | ~active
    pieces = owned.withColumn("_previous_at", F.lag("_at").over(by_owner)).withColumn("_piece", piece)

    turn = F.lit(DAY_TURN_HOUR * 3600 * _SECOND)
    previous_piece_at = F.last(F.when(F.col("_piece"), F.col("_at")), ignorenulls=True).over(before)
    crosses = (
        (F.col("_day") == previous_day + 1)
        & active
        & (F.col("_previous_piece_at") - previous_day * F.lit(_DAY) >= turn)
        & (F.col("_at") - F.col("_day") * F.lit(_DAY) < turn)
    )
    begun = pieces.withColumn("_previous_piece_at", previous_piece_at).withColumn(
        "_begins", F.col("_piece") & ~F.coalesce(crosses, F.lit(False))
    )

    began_at = F.last(F.when(F.col("_begins"), F.col("_at")), ignorenulls=True).over(so_far)
    # Rule 4, at most once a session, since it spans less than 48 hours: the event too late, whose previous was not.
    limit = F.col("_began_at") + F.lit(MAX_SESSION_HOURS * 3600 * _SECOND)
    too_long = F.coalesce((F.col("_at") > limit) & (F.col("_previous_at") <= limit), F.lit(False))
    starts = (F.col("_begins") | too_long).cast("long")
    return begun.withColumn("_began_at", began_at).withColumn("_session", F.sum(starts).over(so_far))


def _with_metrics(numbered: DataFrame) -> DataFrame:
    """Add METRICS; no further shuffle, since the rows of a session are together already."""
    session = Window.partitionBy("_owner", "_sid", "_session")
    ordered = session.orderBy("_at", "_id")
    first_id = F.first("_id").over(ordered.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    measured = numbered.withColumns(
        {
            "event_in_session": F.row_number().over(ordered),
            "_next_at": F.lead("_at").over(ordered),
            "_first_id": first_id,
            "_first_at": F.min("_at").over(session),
            "_last_at": F.max("_at").over(session),
            "session_events": F.count(F.lit(1)).over(session).cast("int"),
            "session_converted": F.coalesce(F.max("_bought").over(session), F.lit(False)),
            "_session_usd": F.sum("_usd").over(session),
        }
    )
    # A producer's session is known by its id and first date (one at most begins on a date), so a late first event
    # does not rename it; a derived one by its first event. JSON keeps ("a","bc") and ("ab","c") apart.
    user, sid = F.col("_user").alias("user"), F.col("_sid").alias("session")
    first_day = F.floor(F.col("_first_at") / F.lit(_DAY)).cast("long").alias("day")
    by_id = F.to_json(F.struct(user, sid, first_day))
    by_first = F.to_json(F.struct(user, F.col("_first_at").alias("at"), F.col("_first_id").alias("event")))
    identity = F.when(F.col("_sid").isNotNull(), by_id).otherwise(by_first)
    return measured.withColumns(
        {
            # 128 bits of SHA-256: no collision to expect below 10^18 sessions, at half the bytes a row.
            "session_key": F.substring(F.sha2(identity, 256), 1, 32),
            "dwell_seconds": (F.col("_next_at") - F.col("_at")) / F.lit(float(_SECOND)),
            "session_start_ts": F.timestamp_micros(F.col("_first_at")),
            "session_seconds": (F.col("_last_at") - F.col("_first_at")) / F.lit(float(_SECOND)),
            "is_entry": F.col("event_in_session") == 1,
            "is_exit": F.col("event_in_session") == F.col("session_events"),
            "session_revenue": F.expr("try_cast(_session_usd AS decimal(14,2))"),
        }
    )
