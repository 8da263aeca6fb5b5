"""Revenue, fact rows and daily sales."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from clickstream_jobs.errors import TableError
from clickstream_jobs.facts import fact_clicks, filter_dates, with_revenue
from clickstream_jobs.sales import daily_sales
from clickstream_jobs.tables import load_table
from gold_data import event, purchase, silver
from pyspark.sql import Row, SparkSession

RATES = {"USD": Decimal(1), "EUR": Decimal("1.125"), "JPY": Decimal("0.00667"), "BHD": Decimal("2.65")}


AMOUNTS = [
    ("1000.00", "USD", "1000.00"),
    ("10.00", "EUR", "11.25"),
    ("0.04", "EUR", "0.05"),  # 0.045: half up, where banker's rounding says 0.04
    ("100.00", "JPY", "0.67"),
    ("999999999999.99", "USD", "999999999999.99"),
    (None, "USD", "0.00"),
    (None, None, "0.00"),
    ("5.00", "XXX", None),  # no rate: not 0, the job refuses it
    ("5.00", None, None),
    ("999999999999.99", "BHD", None),  # does not fit
]


def test_revenue_of_a_purchase(spark: SparkSession) -> None:
    purchases = [
        purchase(f"e{i}", "2026-01-01 10:00", amount, currency) for i, (amount, currency, _) in enumerate(AMOUNTS)
    ]
    rows = with_revenue(silver(spark, purchases), RATES)
    assert dict(rows.dtypes)["revenue"] == "decimal(14,2)"
    found = {row["event_id"]: row["revenue"] for row in rows.collect()}
    for i, (_, _, expected) in enumerate(AMOUNTS):
        assert found[f"e{i}"] == (None if expected is None else Decimal(expected)), AMOUNTS[i]


def test_only_purchases_earn(spark: SparkSession) -> None:
    money = {"order_amount": Decimal("9.00"), "order_currency": "USD", "order_id": "o"}
    types = ["page_view", "product_view", "search", "add_to_cart", "remove_from_cart", "checkout", None]
    rows = [event(f"e{i}", "2026-01-01 10:00", event_type=kind, **money) for i, kind in enumerate(types)]
    assert {row["revenue"] for row in with_revenue(silver(spark, rows), RATES).collect()} == {Decimal("0.00")}


def test_one_order_in_two_events_counts_per_event(spark: SparkSession) -> None:
    rows = [purchase(i, "2026-01-01 10:00", "5.00", order_id="o1") for i in "ab"]
    assert sum(row["revenue"] for row in with_revenue(silver(spark, rows), RATES).collect()) == Decimal("10.00")


def test_facts_have_the_columns_of_their_table(spark: SparkSession) -> None:
    spec = load_table("fact_clicks")
    rows = [event("a", "2026-01-01 10:00", device_type="mobile"), purchase("b", "2026-01-01 10:01", "7.50")]
    facts = fact_clicks(silver(spark, rows), RATES, 30, spec)
    assert facts.dtypes == [(c.name, c.type) for c in spec.columns + spec.partition_keys]
    found = {row["event_id"]: row for row in facts.collect()}
    assert (found["a"]["device_type"], found["a"]["revenue"], found["a"]["session_revenue"]) == (
        "mobile",
        Decimal("0.00"),
        Decimal("7.50"),
    )


def test_missing_columns_are_named(spark: SparkSession) -> None:
    with pytest.raises(TableError, match="order_amount"):
        with_revenue(silver(spark, []).drop("order_amount"), RATES)
    with pytest.raises(TableError, match="event_date"):
        filter_dates(silver(spark, []).drop("event_date"), [])
    with pytest.raises(TableError, match="session_key"):
        daily_sales(silver(spark, []), load_table("daily_sales"))


def sales(spark: SparkSession, rows: list[dict[str, Any]]) -> list[Row]:
    facts = fact_clicks(silver(spark, rows), RATES, 30, load_table("fact_clicks"))
    found = daily_sales(facts, load_table("daily_sales")).collect()
    return sorted(found, key=lambda row: (row["event_date"], row["product_category"], row["device_type"]))


def test_daily_sales_of_one_group(spark: SparkSession) -> None:
    group = {"product_category": "shoes", "device_type": "mobile"}
    rows = [
        event("a", "2026-01-01 10:00", event_type="product_view", **group),
        event("b", "2026-01-01 10:01", event_type="product_view", **group),
        event("c", "2026-01-01 10:02", event_type="add_to_cart", **group),
        purchase("d", "2026-01-01 10:03", "10.00", "EUR", product_quantity=3, **group),
        purchase("e", "2026-01-01 10:04", "1.00", product_quantity=None, **group),
        event("f", "2026-01-01 10:05", event_type="product_view", user_id="u2", product_quantity=9, **group),
        event("g", "2026-01-01 12:00", user_id="u2", **group),
    ]
    assert [row.asDict() for row in sales(spark, rows)] == [
        {
            "product_category": "shoes",
            "device_type": "mobile",
            "sessions": 3,
            "product_views": 3,
            "add_to_carts": 1,
            "purchases": 2,
            "units": 3,
            "revenue": Decimal("12.25"),
            "converting_sessions": 1,
            "conversion_rate": 1 / 3,
            "event_date": rows[0]["event_date"],
        }
    ]


def test_a_session_counts_once_in_each_of_its_groups_and_nulls_are_unknown(spark: SparkSession) -> None:
    rows = [
        event("a", "2026-01-01 10:00", product_category="shoes"),
        event("b", "2026-01-01 10:01", product_category=None, device_type="tablet"),
        event("c", "2026-01-01 10:02", product_category=" ", device_type="tablet"),
        purchase("d", "2026-01-01 10:03", "2.00", product_category="shoes"),
    ]
    found = [
        (
            row["product_category"],
            row["device_type"],
            row["sessions"],
            row["converting_sessions"],
            row["conversion_rate"],
        )
        for row in sales(spark, rows)
    ]
    assert found == [("shoes", "unknown", 1, 1, 1.0), ("unknown", "tablet", 1, 0, 0.0)]


def test_a_session_across_midnight_counts_on_both_dates(spark: SparkSession) -> None:
    rows = [event("a", "2026-01-01 23:59"), purchase("b", "2026-01-02 00:01", "3.00")]
    found = [(str(r["event_date"]), r["sessions"], r["converting_sessions"], r["revenue"]) for r in sales(spark, rows)]
    assert found == [("2026-01-01", 1, 0, Decimal("0.00")), ("2026-01-02", 1, 1, Decimal("3.00"))]


def test_no_facts_no_sales(spark: SparkSession) -> None:
    assert sales(spark, []) == []
