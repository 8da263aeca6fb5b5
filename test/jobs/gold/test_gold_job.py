"""Whole gold runs on file paths: incremental equals full, repeats change nothing, failures publish nothing.

Over 300 lines, because all of it shares the lake and the events built at its top.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import silver_to_gold
from clickstream_jobs import gold
from clickstream_jobs.days import Days
from clickstream_jobs.errors import CatalogError, ConservationError
from clickstream_jobs.gold import RevenueError
from fakes import FakeCatalog, FakeCloudWatch
from gold_data import Lake, at, event, purchase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

D1, D2, D3, D4, D5 = (date(2026, 1, day) for day in range(1, 6))


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, str(tmp_path))


def three_days() -> list[dict[str, Any]]:
    return [
        event("a", "2026-01-01 23:50", user_tier="gold"),
        event("b", "2026-01-02 00:05", product_category="shoes"),
        purchase("c", "2026-01-02 00:10", "100.25", product_category="shoes", product_quantity=2),
        event("d", "2026-01-03 12:00", user_id=None, anonymous_id="v"),
        purchase("e", "2026-01-03 12:05", "50.00", user_id="u2", user_tier="silver"),
    ]


def dates_of(rows: list[dict[str, Any]]) -> set[date]:
    return {row["event_date"] for row in rows}


def test_an_empty_silver_is_a_success_with_zeros(lake: Lake) -> None:
    report = lake.run()
    assert (report["dates"], report["fact_rows"], report["users"], report["revenue"]) == ([], 0, 0, "0.00")
    assert (report["read"], report["newest_event"]) == (0, None)


def test_repeats_change_no_row_and_old_folders_are_swept(lake: Lake) -> None:
    lake.put(three_days(), dates_of(three_days()))
    lake.run(run_id="old")
    before, places = lake.hashes(), lake.catalog.partitions("g", "fact_clicks")
    second = lake.run()
    assert (second["dates"], second["fact_rows"], second["users"], second["sales_rows"]) == ([], 0, 0, 0)
    assert lake.catalog.partitions("g", "fact_clicks") == places
    third = lake.run(run_id="young", bookmark="disable")
    assert (third["fact_rows"], third["users"]) == (5, 2)
    assert lake.hashes() == before
    assert list(Path(lake.folder, "gold").rglob("run=old")), "a query may still read it: the grace period is 24 hours"
    lake.run(run_id="new", bookmark="disable", sweep_grace_hours=0)
    assert {folder.name for folder in Path(lake.folder, "gold").rglob("run=*")} == {"run=new"}
    assert lake.hashes() == before


def test_a_moved_date_recomputes_itself_and_its_neighbours(lake: Lake) -> None:
    rows = [event(f"e{i}", f"2026-01-0{i} 23:50") for i in range(1, 6)]
    lake.put(rows, dates_of(rows))
    lake.run()
    places = lake.catalog.partitions("g", "fact_clicks")
    lake.put([rows[2], purchase("late", "2026-01-03 00:10", "5.00")], [D3])
    report = lake.run()
    assert report["dates"] == ["2026-01-02", "2026-01-03", "2026-01-04"]
    assert (report["fact_rows"], report["users"], report["revenue"]) == (4, 1, "5.00")
    now = lake.catalog.partitions("g", "fact_clicks")
    assert {day for day in now if now[day] != places[day]} == {D2, D3, D4}
    evening = next(row for row in lake.table("fact_clicks").collect() if row["event_id"] == "e2")
    assert (evening["is_exit"], evening["session_events"], evening["session_converted"]) == (False, 2, True)


def test_a_backfill_recomputes_its_dates_and_leaves_the_rest_to_the_next_run(lake: Lake) -> None:
    rows = [event(f"e{i}", f"2026-01-0{i} 23:50") for i in range(1, 6)]
    lake.put(rows, dates_of(rows))
    lake.run()
    lake.put([purchase("p2", "2026-01-02 12:00", "2.00")], [D2])
    lake.put([purchase("p5", "2026-01-05 12:00", "5.00")], [D5])
    report = lake.run(dates=Days(D5, D5))
    assert (report["mode"], report["from_date"], report["to_date"]) == ("backfill", "2026-01-05", "2026-01-05")
    assert (report["dates"], report["revenue"]) == (["2026-01-04", "2026-01-05"], "5.00")
    assert (report["read"], report["fact_rows"], report["newest_event"]) == (2, 2, "2026-01-05T12:00:00.000Z")
    assert lake.run()["dates"] == ["2026-01-01", "2026-01-02", "2026-01-03"]
    incremental = lake.hashes()
    lake.run(bookmark="disable")
    assert lake.hashes() == incremental


def test_an_erased_date_leaves_gold(lake: Lake) -> None:
    rows = three_days()
    lake.put(rows, dates_of(rows))
    lake.run()
    lake.put([], [D3])
    report = lake.run()
    assert report["dates"] == ["2026-01-02"]
    assert set(lake.catalog.partitions("g", "fact_clicks")) == {D1, D2}
    assert set(lake.catalog.partitions("g", "daily_sales")) == {D1, D2}
    assert [row["user_id"] for row in lake.table("dim_users").collect()] == ["u1"]
    lake.put([], [D1, D2])
    assert lake.run()["fact_rows"] == 0
    assert {name: value.split(":")[0] for name, value in lake.hashes().items()} == {
        "fact_clicks": "0",
        "dim_users": "0",
        "daily_sales": "0",
    }


def test_an_event_that_moved_to_an_earlier_date_takes_the_user_with_it(lake: Lake) -> None:
    """Silver keeps the earliest of two rows with one event_id: a late duplicate can take a row from another date."""
    keep = event("k", "2026-01-01 08:00")
    lake.put([keep, event("x", "2026-01-05 10:00", user_tier="t")], [D1, D5])
    lake.run()
    lake.put([keep, event("x", "2026-01-01 09:00", user_tier="t")], [D1, D5])
    lake.run()
    incremental = lake.hashes()
    user = lake.table("dim_users").collect()[0]
    assert user["last_seen_ts"] == user["attributes_ts"]
    lake.run(bookmark="disable")
    assert lake.hashes() == incremental


def test_a_batch_at_a_time_gives_the_same_rows_in_few_files(lake: Lake) -> None:
    start = at("2026-01-01 00:00")
    rows = [event(f"e{i}", start + timedelta(hours=5 * i), session_id="s") for i in range(15)]
    rows += [event(f"f{i}", start + timedelta(minutes=20 * i), user_id=f"u{i}") for i in range(200)]
    lake.put(rows, dates_of(rows))
    lake.run()
    for table in ("fact_clicks", "daily_sales"):
        for location in lake.catalog.partitions("g", table).values():
            assert len(list(Path(location.removeprefix("file:")).glob("*.parquet"))) == 1
    whole = lake.hashes()
    lake.run(bookmark="disable", batch_dates=1)
    assert lake.hashes() == whole


def test_a_run_that_dies_while_publishing_is_repeated_to_the_same_rows(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = three_days()
    lake.put(rows[:3], dates_of(rows))
    lake.run()
    lake.put(rows, dates_of(rows))
    real, moves = FakeCatalog._check, []
    for step in (1, 2, 3):  # facts, sales and users are moved one after the other

        def dying(catalog: FakeCatalog, step: int = step) -> None:
            moves.append(1)
            if len(moves) == step:
                raise CatalogError("the connection broke")
            real(catalog)

        moves.clear()
        monkeypatch.setattr(FakeCatalog, "_check", dying)
        with pytest.raises(CatalogError):
            lake.run()
    monkeypatch.undo()
    assert lake.run()["fact_rows"] == 5
    assert lake.run()["fact_rows"] == 0
    repeated = lake.hashes()
    lake.run(bookmark="disable")
    assert lake.hashes() == repeated


def test_a_lost_row_is_not_published(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.put(three_days(), dates_of(three_days()))
    real: Callable[..., Any] = gold.filter_dates
    monkeypatch.setattr(gold, "filter_dates", lambda rows, days: real(rows, days).where("event_id <> 'd'"))
    with pytest.raises(ConservationError, match="2026-01-03: silver has 2 rows, fact_clicks would have 1"):
        lake.run()
    assert lake.catalog.partitions("g", "fact_clicks") == {}


def test_a_purchase_without_a_rate_is_not_published_as_zero(lake: Lake) -> None:
    rows = [purchase(f"e{i}", "2026-01-01 10:00", "5.00", code) for i, code in enumerate(["XXX", None, "USD"])]
    lake.put(rows, [D1])
    with pytest.raises(RevenueError, match="currencies of purchases: XXX, none; known are USD"):
        lake.run()
    assert lake.catalog.partitions("g", "fact_clicks") == {}


QUARTERS = st.integers(0, 5 * 24 * 4 - 1)
DRAWN = st.lists(
    st.tuples(
        QUARTERS,
        st.sampled_from(["u1", "u2", None]),
        st.sampled_from([None, None, "s1"]),
        st.sampled_from(["page_view", "purchase", "product_view"]),
        st.sampled_from([None, "x", "y"]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DRAWN, st.integers(0, 300))
def test_any_split_into_runs_gives_the_gold_of_one_run(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, drawn: list[Any], first: int
) -> None:
    """Events arrive in any order over three silver runs, a gold run after each; one lake gets all of them at once."""
    rows: list[tuple[int, dict[str, Any]]] = []
    for i, (quarter, user, sid, kind, tier, wave) in enumerate(drawn):
        money = {"order_amount": Decimal(i), "order_currency": "USD"} if kind == "purchase" else {}
        when = at("2026-01-01 00:00") + timedelta(minutes=15 * quarter)
        row = event(f"e{i}", when, user_id=user, session_id=sid, event_type=kind, user_tier=tier, **money)
        rows.append((wave, row))
    for i in range(100):  # a bot whose unbroken activity crosses midnights, filled in out of order
        when = at("2026-01-01 00:00") + timedelta(minutes=15 * first + 25 * i)
        rows.append((i % 3, event(f"b{i}", when, user_id="bot")))
    everything = [row for _, row in rows]

    once = Lake(spark, str(tmp_path_factory.mktemp("once")))
    once.put(everything, dates_of(everything))
    once.run()
    step_by_step = Lake(spark, str(tmp_path_factory.mktemp("steps")))
    for wave in range(3):
        touched = dates_of([row for number, row in rows if number == wave])
        if touched:
            known = [row for number, row in rows if number <= wave and row["event_date"] in touched]
            step_by_step.put(known, touched)
        step_by_step.run()
    assert step_by_step.hashes() == once.hashes()


def arguments(lake: Lake, **changed: str) -> list[str]:
    given = {
        "JOB_NAME": "gold",
        "JOB_RUN_ID": "jr_7",
        "silver_database": "s",
        "gold_database": "g",
        "fact_path": lake.settings.fact_path,
        "users_path": lake.settings.users_path,
        "sales_path": lake.settings.sales_path,
        "state_path": lake.settings.state_path,
        "reports_path": f"{lake.folder}/reports/",
        "currencies": '{"USD":1}',
        "team": "growth",
        "environment": "dev",
        "pipeline": "clickstream-dev",
    } | changed
    return [token for key, value in given.items() for token in (f"--{key}", value)]


@pytest.fixture
def entry(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> tuple[Lake, FakeCloudWatch]:
    """The entry script with this lake's catalog in place of Glue's."""
    import boto3

    watch = FakeCloudWatch()
    monkeypatch.setattr(boto3, "client", lambda service: {"cloudwatch": watch, "glue": None}[service])
    monkeypatch.setattr(silver_to_gold, "GlueCatalog", lambda client: lake.catalog)
    return lake, watch


def test_a_first_run_builds_all_of_gold_and_reports_it(
    entry: tuple[Lake, FakeCloudWatch], capsys: pytest.CaptureFixture[str]
) -> None:
    lake, watch = entry
    lake.put(three_days(), dates_of(three_days()))
    silver_to_gold.main(arguments(lake))
    report = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert json.loads(Path(lake.folder, "reports/silver_to_gold/jr_7.json").read_text()) == report
    assert report.pop("seconds") > 0
    assert report == {
        "job": "silver_to_gold",
        "run_id": "jr_7",
        "mode": "new",
        "dates": ["2026-01-01", "2026-01-02", "2026-01-03"],
        "read": 5,
        "fact_rows": 5,
        "users": 2,
        "sales_rows": 3,
        "revenue": "150.25",
        "newest_event": "2026-01-03T12:05:00.000Z",
    }
    facts = {row["event_id"]: row for row in lake.table("fact_clicks").collect()}
    assert (facts["a"]["session_events"], facts["a"]["session_revenue"]) == (3, Decimal("100.25"))
    assert {str(row["event_date"]) for row in facts.values()} == {"2026-01-01", "2026-01-02", "2026-01-03"}
    assert {row["user_id"]: row["tier"] for row in lake.table("dim_users").collect()} == {"u1": "gold", "u2": "silver"}
    assert sum(row["revenue"] for row in lake.table("daily_sales").collect()) == Decimal("150.25")
    call = watch.calls[0]
    assert call["Namespace"] == "Clickstream"
    data: Any = call["MetricData"]
    assert {d["MetricName"]: d["Value"] for d in data if d["MetricName"] != "GoldSeconds"} == {
        "GoldDates": 3.0,
        "FactRows": 5.0,
        "Users": 2.0,
        "SalesRows": 3.0,
        "RevenueUsd": 150.25,
    }
    assert data[0]["Dimensions"] == [
        {"Name": name, "Value": value}
        for name, value in (("Environment", "dev"), ("Pipeline", "clickstream-dev"), ("Team", "growth"))
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"fact_path": ""}, "--fact_path is missing"),
        ({"currencies": "{}"}, "--currencies is '{}'"),
        ({"session_timeout_minutes": "0"}, "--session_timeout_minutes is '0'"),
        ({"job-bookmark-option": "on"}, "--job-bookmark-option is 'on'"),
        ({"to_date": "2026-01-02"}, "--to_date needs --from_date"),
    ],
)
def test_bad_arguments_end_with_one_line(
    entry: tuple[Lake, FakeCloudWatch], changed: dict[str, str], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        silver_to_gold.main(arguments(entry[0], **changed))
    assert message in str(ended.value.code)
    assert "\n" not in str(ended.value.code)


def test_a_folder_that_is_gone_ends_with_one_line(
    entry: tuple[Lake, FakeCloudWatch], capsys: pytest.CaptureFixture[str]
) -> None:
    lake, _ = entry
    lake.catalog.set_partitions("s", "events", {D1: f"{lake.folder}/silver/events/event_date=2026-01-01/run=gone"})
    with pytest.raises(SystemExit) as ended:
        silver_to_gold.main(arguments(lake))
    assert "run=gone" in str(ended.value.code)
    assert "\n" not in str(ended.value.code)
    assert "Traceback" not in capsys.readouterr().err
