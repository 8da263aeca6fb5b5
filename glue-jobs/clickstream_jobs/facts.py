"""Rows of ``fact_clicks``: one a silver event, with revenue in USD and the metrics of its session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .sessions import SESSION_INPUT, with_sessions
from .tables import TableSpec, conform, require_columns

_SCALE = 10


def _rate(currencies: Mapping[str, Decimal]) -> Column:
    """USD per unit of the event's ``order_currency``, null where none is configured."""
    rate: Column | None = None
    for code in sorted(currencies):
        value = F.lit(format(currencies[code], "f")).cast(f"decimal(20,{_SCALE})")
        is_code = F.col("order_currency") == code
        rate = F.when(is_code, value) if rate is None else rate.when(is_code, value)
    return rate if rate is not None else F.lit(None).cast(f"decimal(20,{_SCALE})")


def with_revenue(events: DataFrame, currencies: Mapping[str, Decimal]) -> DataFrame:
    """Add ``revenue``: USD, decimal(14,2), half a cent rounds up.

    0 for all but purchases, and for a purchase without an amount. Null where an amount cannot be told in USD (a
    currency without a rate, or a product beyond 12 digits): the job refuses to publish those, since 0 would be a
    silent loss. Revenue is counted per accepted event: an ``order_id`` seen in two purchase events with different
    event ids counts twice, because nothing in the data tells a producer's retry from a second charge of the order;
    retries that keep their ``event_id`` were removed in silver.

    :param currencies: USD per unit of each currency code.
    """
    require_columns(events, ["event_type", "order_amount", "order_currency"], "with_revenue")
    earns = (F.col("event_type") == "purchase") & F.col("order_amount").isNotNull()
    # The product is decimal(35,12), exact, so the only rounding is the one to cents (HALF_UP in Spark's decimals).
    usd = F.round(F.col("order_amount").cast("decimal(14,2)") * _rate(currencies), 2)
    return (
        events.withColumn("_usd", usd)
        .withColumn(
            "revenue",
            F.when(earns, F.expr("try_cast(_usd AS decimal(14,2))")).otherwise(F.lit(0).cast("decimal(14,2)")),
        )
        .drop("_usd")
    )


def filter_dates(rows: DataFrame, dates: Iterable[date]) -> DataFrame:
    """Keep the rows whose ``event_date`` is one of ``dates``."""
    require_columns(rows, ["event_date"], "filter_dates")
    return rows.where(F.col("event_date").isin(sorted(dates)))


def fact_clicks(
    events: DataFrame, currencies: Mapping[str, Decimal], timeout_minutes: int, spec: TableSpec
) -> DataFrame:
    """Rows of ``fact_clicks`` of every event given, in the columns and types of the table's ``spec``."""
    priced = with_revenue(events, currencies)
    # with_sessions moves rows whole: what the table does not have (extras, source file) is left behind before.
    needed = priced.select(*(name for name in priced.columns if name in {*spec.names, *SESSION_INPUT}))
    return conform(with_sessions(needed, timeout_minutes), spec)
