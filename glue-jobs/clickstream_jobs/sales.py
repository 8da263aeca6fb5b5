"""Rows of ``daily_sales``: the materialised form of the most common query, one row a day, category and device."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .tables import TableSpec, conform, require_columns

#: Stands for a missing category or device, so that no group is lost in an inner join or an equality filter.
UNKNOWN = "unknown"
_INPUT = [
    "event_date",
    "event_type",
    "session_key",
    "product_category",
    "device_type",
    "product_quantity",
    "revenue",
]


def _group(name: str) -> Column:
    return F.coalesce(F.when(F.trim(F.col(name)) != "", F.col(name)), F.lit(UNKNOWN)).alias(name)


def _count(event_type: str) -> Column:
    return F.sum(F.when(F.col("event_type") == event_type, 1).otherwise(0))


def daily_sales(facts: DataFrame, spec: TableSpec) -> DataFrame:
    """Aggregate facts by event date, product category and device type.

    A session counts once in every group that it has an event in, so ``sessions`` does not add up across groups or
    dates. ``units`` adds the known quantities of purchases. Two steps (by session, then by group) instead of two
    distinct counts, which would copy every row for each.

    :param facts: rows of ``fact_clicks`` of whole dates.
    :param spec: the table, from its table file.
    """
    require_columns(facts, _INPUT, "daily_sales")
    bought = F.col("event_type") == "purchase"
    group = ("event_date", "product_category", "device_type")
    by_session = facts.groupBy(
        "event_date", _group("product_category"), _group("device_type"), F.col("session_key")
    ).agg(
        _count("product_view").alias("product_views"),
        _count("add_to_cart").alias("add_to_carts"),
        _count("purchase").alias("purchases"),
        F.sum(F.when(bought, F.coalesce(F.col("product_quantity"), F.lit(0))).otherwise(0)).alias("units"),
        F.sum("revenue").alias("revenue"),
    )
    by_group = by_session.groupBy(*group).agg(
        F.count(F.lit(1)).alias("sessions"),
        F.sum("product_views").alias("product_views"),
        F.sum("add_to_carts").alias("add_to_carts"),
        F.sum("purchases").alias("purchases"),
        F.sum("units").alias("units"),
        F.sum("revenue").alias("revenue"),
        F.sum(F.when(F.col("purchases") > 0, 1).otherwise(0)).alias("converting_sessions"),
    )
    rated = by_group.withColumn(
        "conversion_rate", F.col("converting_sessions").cast("double") / F.col("sessions").cast("double")
    )
    return conform(rated, spec)
