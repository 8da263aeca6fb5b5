"""Quality rules as data. A row that breaks one is quarantined with the ids of all it breaks, most severe first.

Expressions are Spark SQL, true where the rule is broken, over the columns of parse.py (text) and `with_typed` (typed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

EVENT_TYPES = (
    "page_view",
    "product_view",
    "search",
    "add_to_cart",
    "remove_from_cart",
    "checkout",
    "purchase",
)

# Events from a clock slightly ahead are real; the bound.
CLOCK_SKEW = timedelta(minutes=5)
# An event is one to three KB. Longer lines are memory for every task that meets one, so they are not parsed.
MAX_LINE_BYTES = 1024 * 1024
# What the columns decimal(12,2) and decimal(14,2) of events.json hold.
MAX_PRICE = Decimal("9999999999.99")
MAX_AMOUNT = Decimal("999999999999.99")
# Above it an entry is a typing error or a test rather than a basket.
MAX_QUANTITY = 10_000

SEVERITIES = ("critical", "major", "minor")

_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$"
_EMAIL = r"^[^@\\s]+@[^@\\s.]+([.][^@\\s.]+)+$"
# Exponents are bounded: a decimal of 1e-999999999 takes gigabytes to round.
_NUMBER = r"^[+-]?([0-9]{1,30}([.][0-9]{0,60})?|[.][0-9]{1,60})([eE][+-]?[0-9]{1,2})?$"


@dataclass(frozen=True)
class Rule:
    """One quality rule; `broken` is Spark SQL, null counts as not broken. `unreadable`: nothing else can be judged."""

    id: str
    severity: str
    description: str
    broken: str
    unreadable: bool = False


@dataclass(frozen=True)
class Bounds:
    """What the rules compare with, fixed for a run."""

    as_of: datetime
    retention_days: int
    currencies: Mapping[str, Decimal]

    def parameters(self) -> dict[str, str]:
        """SQL literals for the placeholders of the rules."""

        def instant(value: datetime) -> str:
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"

        return {
            "newest": instant(self.as_of + CLOCK_SKEW),
            "oldest": instant(self.as_of - timedelta(days=self.retention_days)),
            "currencies": ", ".join(f"'{code}'" for code in sorted(self.currencies)),
            "event_types": ", ".join(f"'{name}'" for name in EVENT_TYPES),
            "uuid": _UUID,
            "email": _EMAIL,
            "max_line_bytes": str(MAX_LINE_BYTES),
            "max_price": f"{MAX_PRICE}BD",
            "max_amount": f"{MAX_AMOUNT}BD",
            "max_quantity": str(MAX_QUANTITY),
        }


RULES: tuple[Rule, ...] = (
    Rule(
        "truncated_file",
        "critical",
        "the gzip stream of the file is cut or damaged here; lines before are kept",
        "cut",
        unreadable=True,
    ),
    Rule(
        "line_too_long",
        "critical",
        "the line is longer than 1 MiB",
        "octet_length(line) > {max_line_bytes}",
        unreadable=True,
    ),
    Rule("encoding", "critical", "the line is not valid UTF-8", "not valid_utf8", unreadable=True),
    Rule("corrupt_json", "critical", "the line is not exactly one JSON object", "not json_ok", unreadable=True),
    Rule("structure", "critical", "product, order, device, geo or user is not an object", "not structure_ok"),
    Rule("duplicate_keys", "critical", "an object names a field twice", "not keys_ok"),
    Rule("missing_event_id", "major", "event_id is missing", "event_id is null"),
    Rule("invalid_event_id", "major", "event_id is not a UUID", "not event_id rlike '{uuid}'"),
    Rule("missing_event_type", "major", "event_type is missing", "event_type is null"),
    Rule("unknown_event_type", "major", "event_type is none of the known ones", "event_type not in ({event_types})"),
    Rule("missing_event_timestamp", "major", "event_timestamp is missing", "event_timestamp is null"),
    Rule(
        "invalid_event_timestamp",
        "major",
        "event_timestamp is not an ISO 8601 instant with seconds and zone",
        "event_timestamp is not null and event_ts is null",
    ),
    Rule(
        "event_in_future", "major", "the event is more than 5 minutes after the run's as-of time", "event_ts > {newest}"
    ),
    Rule(
        "event_too_old",
        "major",
        "the event is older than the retention before the run's as-of time",
        "event_ts < {oldest}",
    ),
    Rule(
        "missing_visitor",
        "major",
        "user_id and anonymous_id are both missing",
        "user_id is null and anonymous_id is null",
    ),
    Rule(
        "purchase_without_order",
        "major",
        "a purchase has no order id or no amount",
        "event_type = 'purchase' and (order_id is null or order_amount is null)",
    ),
    Rule(
        "invalid_amount",
        "major",
        "order.amount is not a number from 0 to the column's maximum",
        "order_amount is not null and not coalesce(amount_number between 0 and {max_amount}, false)",
    ),
    Rule(
        "unknown_currency",
        "major",
        "order.currency is missing beside an amount, or is not accepted",
        "(order_amount is not null or order_currency is not null)"
        " and not coalesce(upper(order_currency) in ({currencies}), false)",
    ),
    Rule(
        "invalid_price",
        "major",
        "product.price is not a number from 0 to the column's maximum",
        "product_price is not null and not coalesce(price_number between 0 and {max_price}, false)",
    ),
    Rule(
        "invalid_quantity",
        "major",
        "product.quantity is not a whole number from 1 to 10,000",
        "product_quantity is not null and not coalesce("
        "quantity_number between 1 and {max_quantity} and quantity_number = floor(quantity_number), false)",
    ),
    Rule(
        "invalid_email",
        "minor",
        "user.email does not have the form of an e-mail address",
        "user_email is not null and not user_email rlike '{email}'",
    ),
    Rule(
        "invalid_signup_date",
        "minor",
        "user.signup_date is not an ISO 8601 date",
        "user_signup_date is not null and signup_date is null",
    ),
)


def number(name: str) -> Column:
    """The column's text as decimal(38,10), null where it is no plain finite number (NaN, Infinity, 1e400, words)."""
    return F.expr(f"case when `{name}` rlike '{_NUMBER}' then try_cast(`{name}` as decimal(38,10)) end")


def with_typed(df: DataFrame) -> DataFrame:
    """Adds `event_ts`, `price_number`, `quantity_number`, `amount_number`, `signup_date`; lower-cases `event_id`.

    Regular expressions come before the casts, since Spark also reads `2026` and `T10:00` as instants.
    """
    return df.withColumns(
        {
            "event_id": F.lower("event_id"),
            "event_ts": F.expr(
                f"case when event_timestamp rlike '{_INSTANT}' then try_cast(event_timestamp as timestamp) end"
            ),
            "price_number": number("product_price"),
            "quantity_number": number("product_quantity"),
            "amount_number": number("order_amount"),
            "signup_date": F.expr(
                f"case when user_signup_date rlike '{_DATE}' then try_cast(user_signup_date as date) end"
            ),
        }
    )


def with_rule_ids(df: DataFrame, bounds: Bounds) -> DataFrame:
    """Adds `rule_ids`: ids of the broken rules, most severe first, null for a good row.

    An unreadable line has that one id only: its missing fields are not news.
    """
    parameters = bounds.parameters()

    def broken(rule: Rule) -> Column:
        return F.expr(f"coalesce({rule.broken.format(**parameters)}, false)")

    first_unreadable = F.coalesce(*[F.when(broken(rule), F.lit(rule.id)) for rule in RULES if rule.unreadable])
    judged = sorted((rule for rule in RULES if not rule.unreadable), key=lambda rule: SEVERITIES.index(rule.severity))
    # Few rows break a rule: the list of ids, which Spark interprets, is only made for those.
    any_broken = reduce(or_, [broken(rule) for rule in judged])
    ids = F.filter(F.array(*[F.when(broken(rule), F.lit(rule.id)) for rule in judged]), lambda x: x.isNotNull())
    rows = df.withColumn("_unreadable", first_unreadable)
    return rows.withColumn(
        "rule_ids", F.when(F.col("_unreadable").isNotNull(), F.array("_unreadable")).when(any_broken, ids)
    ).drop("_unreadable")


def quality_metrics(whose: str | None = None) -> list[Column]:
    """Aggregates for one Observation: `read`, `quarantined`, `newest_event` (epoch microseconds), `event_dates` of
    the good rows and `landing_dates` of the bad ones (ISO, joined by commas), a count a rule id.

    :param whose: column that is not null in suppressed rows, which count as `read` and `suppressed` and as nothing
        else; `suppressed_files` has a line `<whose>,<source file>` for each of their files then.
    """
    rule_ids = F.col("rule_ids")
    bad, good = rule_ids.isNotNull(), rule_ids.isNull()
    if whose is not None:
        kept = F.col(whose).isNull()
        bad, good, rule_ids = bad & kept, good & kept, F.when(kept, rule_ids)
    counts = [F.sum(F.when(F.array_contains(rule_ids, rule.id), 1).otherwise(0)).alias(rule.id) for rule in RULES]
    return [
        F.count(F.lit(1)).alias("read"),
        F.sum(F.when(bad, 1).otherwise(0)).alias("quarantined"),
        # As a number: the driver would turn a timestamp into a datetime of its own time zone.
        F.max(F.when(good, F.unix_micros("event_ts"))).alias("newest_event"),
        _dates(good, "event_date").alias("event_dates"),
        _dates(bad, "landing_date").alias("landing_dates"),
        *counts,
        *([] if whose is None else _suppressed(whose)),
    ]


def _suppressed(whose: str) -> list[Column]:
    files = F.collect_set(F.when(F.col(whose).isNotNull(), F.concat_ws(",", whose, "source_file")))
    return [
        F.sum(F.when(F.col(whose).isNotNull(), 1).otherwise(0)).alias("suppressed"),
        F.array_join(files, "\n").alias("suppressed_files"),
    ]


def _dates(which: Column, name: str) -> Column:
    # As one text: an observed array would reach Python as a Scala object.
    return F.array_join(F.collect_set(F.when(which, F.col(name).cast("string"))), ",")


def quality_score(read: int, quarantined: int) -> float:
    """Percent of rows that break no rule, 100 for no rows at all; four decimals."""
    return 100.0 if read == 0 else round(100.0 * (read - quarantined) / read, 4)
