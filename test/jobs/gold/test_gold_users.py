"""dim_users: latest wins, in any order; what is gone is noticed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from clickstream_jobs.errors import TableError
from clickstream_jobs.tables import conform, load_table
from clickstream_jobs.users import filter_users, user_states, with_merged_users
from gold_data import at, event, silver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

DAY1, DAY2, DAY3 = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)


def states(spark: SparkSession, rows: Iterable[dict[str, Any]]) -> DataFrame:
    return conform(user_states(silver(spark, rows)), load_table("dim_users"))


def by_user(rows: DataFrame) -> dict[str, dict[str, Any]]:
    return {row["user_id"]: row.asDict() for row in rows.collect()}


def test_the_latest_event_with_attributes_wins_whole(spark: SparkSession) -> None:
    rows = [
        event("a", "2026-01-01 10:00", user_country="DE", user_tier="gold", user_email_hash="e1"),
        event("b", "2026-01-01 11:00", user_tier="silver"),
        event("c", "2026-01-01 12:00"),
    ]
    user = by_user(states(spark, rows))["u1"]
    assert (user["tier"], user["country"], user["email_hash"]) == ("silver", None, None)
    assert user["attributes_event_id"] == "b"
    seen = {row["event_id"]: row["event_ts"] for row in silver(spark, rows).collect()}
    assert (user["first_seen_ts"], user["last_seen_ts"], user["attributes_ts"]) == (seen["a"], seen["c"], seen["b"])


def test_a_tie_is_broken_by_the_event_id(spark: SparkSession) -> None:
    rows = [event(i, "2026-01-01 10:00", user_tier=f"t{i}") for i in "bca"]
    assert by_user(states(spark, rows))["u1"]["tier"] == "tc"


def test_every_attribute_alone_counts_as_attributes(spark: SparkSession) -> None:
    values = {
        "user_email_hash": "e",
        "user_name_hash": "n",
        "user_signup_date": DAY1,
        "user_country": "c",
        "user_tier": "t",
    }
    rows = [event(f"e{i}", "2026-01-01 10:00", user_id=name, **{name: v}) for i, (name, v) in enumerate(values.items())]
    found = by_user(states(spark, rows))
    for column, value in values.items():
        assert found[column][column.removeprefix("user_")] == value
        assert found[column]["attributes_event_id"] is not None


def test_a_user_without_attributes_and_visitors(spark: SparkSession) -> None:
    rows = [
        event("a", "2026-01-01 10:00"),
        event("b", "2026-01-01 10:00", user_id=None),
        event("c", "2026-01-01 10:00", user_id=" "),
    ]
    found = by_user(states(spark, rows))
    assert list(found) == ["u1"]
    assert (found["u1"]["attributes_ts"], found["u1"]["attributes_event_id"], found["u1"]["tier"]) == (None, None, None)


def test_a_late_event_never_overwrites_newer_attributes(spark: SparkSession) -> None:
    existing = states(spark, [event("b", "2026-01-02 10:00", user_tier="new")])
    seen = states(spark, [event("a", "2026-01-01 10:00", user_tier="old")])
    user = by_user(with_merged_users(existing, seen, [DAY1]))["u1"]
    assert (user["tier"], user["attributes_event_id"], user["stale"]) == ("new", "b", False)
    assert user["first_seen_ts"] < user["last_seen_ts"]


def test_an_event_without_attributes_keeps_the_old_ones(spark: SparkSession) -> None:
    existing = states(spark, [event("a", "2026-01-01 10:00", user_tier="gold")])
    seen = states(spark, [event("b", "2026-01-02 10:00")])
    user = by_user(with_merged_users(existing, seen, [DAY2]))["u1"]
    assert (user["tier"], user["stale"]) == ("gold", False)


def test_users_on_one_side_only_are_kept(spark: SparkSession) -> None:
    existing = states(spark, [event("a", "2026-01-01 10:00", user_id="old", user_tier="t")])
    seen = states(spark, [event("b", "2026-01-02 10:00", user_id="new")])
    found = by_user(with_merged_users(existing, seen, [DAY2]))
    assert {name: row["stale"] for name, row in found.items()} == {"old": False, "new": False}
    assert (found["old"]["tier"], found["new"]["tier"]) == ("t", None)


TOUCHED_AGAIN = [
    (["2026-01-01 10:00", "2026-01-01 12:00"], False),  # all still there
    (["2026-01-01 11:00", "2026-01-01 12:00"], True),  # the first event is gone
    (["2026-01-01 10:00", "2026-01-01 11:00"], True),  # the last event is gone
    ([], True),  # all are gone
    (["2026-01-01 09:00", "2026-01-01 13:00"], False),  # wider than before: nothing can be missing
]


def test_what_left_a_touched_date_is_noticed(spark: SparkSession) -> None:
    before = [
        event(f"o{i}{hour}", f"2026-01-01 {hour}:00", user_id=f"u{i}")
        for i in range(len(TOUCHED_AGAIN))
        for hour in (10, 12)
    ]
    now = [event(f"n{i}{when}", when, user_id=f"u{i}") for i, (times, _) in enumerate(TOUCHED_AGAIN) for when in times]
    existing = states(spark, before)
    found = by_user(with_merged_users(existing, states(spark, now), [DAY1]))
    assert {name: row["stale"] for name, row in found.items()} == {
        f"u{i}": stale for i, (_, stale) in enumerate(TOUCHED_AGAIN)
    }
    # The same rows are no news when another date was touched.
    found = by_user(with_merged_users(existing, states(spark, []), [DAY2]))
    assert {row["stale"] for row in found.values()} == {False}


def test_attributes_that_left_a_touched_date_are_noticed(spark: SparkSession) -> None:
    existing = states(spark, [event("a", "2026-01-01 10:00", user_tier="gold")])
    seen = states(spark, [event("a", "2026-01-01 10:00")])
    assert by_user(with_merged_users(existing, seen, [DAY1]))["u1"]["stale"] is True


def test_corrected_attributes_of_the_same_event_are_taken(spark: SparkSession) -> None:
    existing = states(spark, [event("a", "2026-01-01 10:00", user_tier="gold")])
    seen = states(spark, [event("a", "2026-01-01 10:00", user_tier="platinum")])
    user = by_user(with_merged_users(existing, seen, [DAY1]))["u1"]
    assert (user["tier"], user["stale"]) == ("platinum", False)


def test_missing_columns_are_named(spark: SparkSession) -> None:
    with pytest.raises(TableError, match="user_tier"):
        user_states(silver(spark, []).drop("user_tier"))
    with pytest.raises(TableError, match="tier"):
        with_merged_users(states(spark, []).drop("tier"), states(spark, []), [])


EVENTS = st.lists(
    st.tuples(st.integers(0, 3 * 24 * 4 - 1), st.sampled_from(["u1", "u2"]), st.sampled_from([None, "x", "y"])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS, st.data())
def test_any_order_and_any_loss_gives_what_a_full_computation_gives(
    spark: SparkSession, drawn: list[tuple[int, str, str | None]], data: st.DataObject
) -> None:
    rows = [
        event(f"e{i}", at("2026-01-01 00:00") + timedelta(minutes=15 * quarter), user_id=user, user_tier=tier)
        for i, (quarter, user, tier) in enumerate(drawn)
    ]
    before = data.draw(st.lists(st.sampled_from(rows), unique_by=lambda row: row["event_id"]), label="before")
    after = data.draw(st.lists(st.sampled_from(rows), unique_by=lambda row: row["event_id"]), label="after")
    days = {DAY1, DAY2, DAY3}

    def of(some: list[dict[str, Any]], day: date) -> list[str]:
        return sorted(row["event_id"] for row in some if row["event_date"] == day)

    touched = {day for day in days if of(before, day) != of(after, day)}
    seen = states(spark, [row for row in after if row["event_date"] in touched])
    merged = with_merged_users(states(spark, before), seen, touched)
    stale = merged.where("stale")
    exact = merged.where("NOT stale").drop("stale")
    result = exact.unionByName(user_states(filter_users(silver(spark, after), stale)))
    assert by_user(result) == by_user(states(spark, after))
    if all(row in after for row in before):  # silver that only grows needs no second look
        assert by_user(stale) == {}
