"""Raw files -> bronze_to_silver -> silver_to_gold on file paths, with one catalog for both jobs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from clickstream_jobs.gold import GoldRun, GoldSettings
from clickstream_jobs.hashing import table_hash
from clickstream_jobs.publish import read_partitions, read_table
from clickstream_jobs.tables import Target, load_table
from pyspark.sql import DataFrame, SparkSession
from silver_data import BOUNDS, Lake, event, line


class Pipeline:
    """Both jobs on one folder; a gold run follows each silver run."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.raw = Lake(spark, folder)
        self.raw.catalog.set_table_location("gold", "dim_users", f"{folder}/gold/dim_users/")
        self.settings = GoldSettings(
            run_id="",
            silver_database="silver",
            gold_database="gold",
            fact_path=f"{folder}/gold/fact_clicks/",
            users_path=f"{folder}/gold/dim_users/",
            sales_path=f"{folder}/gold/daily_sales/",
            state_path=f"{folder}/state/",
            currencies=BOUNDS.currencies,
        )

    def run(self, bookmark: str = "enable") -> tuple[dict[str, Any], dict[str, Any]]:
        silver = self.raw.run()
        settings = replace(self.settings, run_id=f"g{self.raw.runs}", bookmark=bookmark)
        return silver, GoldRun(self.raw.spark, settings, self.raw.catalog).execute()

    def table(self, name: str) -> DataFrame:
        target = Target("gold", load_table(name), f"{self.raw.folder}/gold/{name}")
        read = read_table if name == "dim_users" else read_partitions
        return read(self.raw.spark, self.raw.catalog, target)

    def hashes(self) -> list[str]:
        return [table_hash(self.table(name)) for name in ("fact_clicks", "dim_users", "daily_sales")]


def order(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"order__amount": amount, "order__currency": currency}


def test_raw_files_become_the_star_schema_whatever_order_they_arrive_in(spark: SparkSession, tmp_path: Path) -> None:
    view = {"event_type": "product_view", "order": ..., "user_id": "ann"}
    evening = [
        line(event(1, event_timestamp="2026-03-08T23:50:00Z", user={"tier": "silver"}, **view)),
        line(event(2, event_timestamp="2026-03-09T00:55:00+01:00", **view | {"user": {"tier": "gold"}})),
        line(event(2, event_timestamp="2026-03-09T00:55:00+01:00", **view | {"user": {"tier": "gold"}})),
        line(event(3, event_type="teleport")),
        b"not json",
    ]
    night = [
        line(event(4, event_timestamp="2026-03-09T00:05:00Z", user_id="ann", user=..., **order("1000.01"))),
        line(event(5, event_timestamp="2026-03-10T09:00:00Z", user_id="bob", **order("10.05", "EUR"))),
        line(event(6, event_timestamp="2026-03-10T09:00:00Z", user_id=None, anonymous_id="v", session_id=None)),
    ]
    one, other = Pipeline(spark, tmp_path / "one"), Pipeline(spark, tmp_path / "other")
    one.raw.land("evening.json.gz", evening)
    one.raw.land("night.json", night)
    silver, gold = one.run()
    assert [silver[name] for name in ("read", "accepted", "quarantined", "duplicates")] == [8, 5, 2, 1]
    assert (gold["fact_rows"], gold["users"], gold["dates"]) == (5, 2, ["2026-03-08", "2026-03-09", "2026-03-10"])
    # 1000.01 + 10.05 EUR at 1.1 (11.055, half up) + the 39.98 of event 6
    assert gold["revenue"] == str(Decimal("1000.01") + Decimal("11.06") + Decimal("39.98"))

    facts = {row["event_id"][-1]: row for row in one.table("fact_clicks").collect()}
    assert [facts[n]["event_in_session"] for n in "124"] == [1, 2, 3]
    assert {facts[n]["session_key"] for n in "124"} == {facts["1"]["session_key"]}
    assert (facts["1"]["session_revenue"], facts["1"]["session_converted"]) == (Decimal("1000.01"), True)
    assert {row["user_id"]: row["tier"] for row in one.table("dim_users").collect()} == {"ann": "gold", "bob": "gold"}

    other.raw.land("night.json", night)
    _, first = other.run()
    assert first["fact_rows"] == 3
    other.raw.land("evening.json.gz", evening)
    _, second = other.run()
    # Both evening events lie on the 8th, so the 9th is recomputed as its neighbour and the 10th is left alone.
    assert second["dates"] == ["2026-03-08", "2026-03-09"]
    assert other.hashes() == one.hashes()

    before = one.hashes()
    assert one.run()[1]["fact_rows"] == 0
    assert one.run(bookmark="disable")[1]["fact_rows"] == 5
    assert one.hashes() == before
