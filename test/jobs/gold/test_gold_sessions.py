"""Sessions: exact cases of every rule, then random events against the reference in gold_data.py."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from clickstream_jobs.errors import TableError
from clickstream_jobs.facts import with_revenue
from clickstream_jobs.sessions import with_sessions, with_user_key
from gold_data import event, purchase, reference_sessions, silver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import Row, SparkSession

USD = {"USD": Decimal(1)}


def sessions(spark: SparkSession, rows: list[dict[str, Any]], timeout: int = 30) -> dict[str, Row]:
    found = with_sessions(with_revenue(silver(spark, rows), USD), timeout).collect()
    assert len(found) == len(rows)
    return {row["event_id"]: row for row in found}


def grouped(found: dict[str, Row]) -> list[list[str]]:
    """Event ids of each session in order; sessions in the order of their first event's id."""
    by_key: dict[str, list[Row]] = {}
    for row in found.values():
        by_key.setdefault(row["session_key"], []).append(row)
    return sorted(
        [r["event_id"] for r in sorted(rows, key=lambda r: r["event_in_session"])] for rows in by_key.values()
    )


def test_metrics_of_one_session(spark: SparkSession) -> None:
    found = sessions(
        spark,
        [
            event("a", "2026-01-01 10:00:00"),
            event("b", "2026-01-01 10:00:10.5", event_type="add_to_cart"),
            purchase("c", "2026-01-01 10:20:00", "19.99"),
            purchase("d", "2026-01-01 10:30:00", "0.02"),
        ],
    )
    a, b, d = found["a"], found["b"], found["d"]
    assert [found[i]["event_in_session"] for i in "abcd"] == [1, 2, 3, 4]
    assert (a["dwell_seconds"], b["dwell_seconds"], d["dwell_seconds"]) == (10.5, 1189.5, None)
    assert (a["is_entry"], a["is_exit"], b["is_entry"], b["is_exit"], d["is_exit"]) == (True, False, False, False, True)
    for row in found.values():
        assert row["session_start_ts"] == a["event_ts"]
        assert (row["session_seconds"], row["session_events"]) == (1800.0, 4)
        assert (row["session_converted"], row["session_revenue"]) == (True, Decimal("20.01"))
        assert (row["session_key"], row["user_key"]) == (a["session_key"], "u1")
        assert len(row["session_key"]) == 32


def test_a_derived_session_is_cut_after_the_timeout_not_at_it(spark: SparkSession) -> None:
    rows = [event("a", "2026-01-01 10:00"), event("b", "2026-01-01 10:30"), event("c", "2026-01-01 11:00:00.000001")]
    assert grouped(sessions(spark, rows)) == [["a", "b"], ["c"]]
    assert grouped(sessions(spark, rows, timeout=29)) == [["a"], ["b"], ["c"]]


def test_a_session_of_one_event(spark: SparkSession) -> None:
    row = sessions(spark, [event("a", "2026-01-01 10:00")])["a"]
    assert (row["event_in_session"], row["session_events"], row["session_seconds"]) == (1, 1, 0.0)
    assert (row["is_entry"], row["is_exit"], row["dwell_seconds"]) == (True, True, None)
    assert (row["session_converted"], row["session_revenue"]) == (False, Decimal("0.00"))


def test_events_at_one_instant_are_ordered_by_id(spark: SparkSession) -> None:
    rows = [event(i, "2026-01-01 10:00") for i in "cab"]
    found = sessions(spark, rows)
    assert [found[i]["event_in_session"] for i in "abc"] == [1, 2, 3]
    assert (found["a"]["dwell_seconds"], found["a"]["is_entry"], found["c"]["is_exit"]) == (0.0, True, True)


def test_a_producer_session_ignores_gaps_and_is_scoped_by_user(spark: SparkSession) -> None:
    rows = [
        event("a", "2026-01-01 08:00", session_id="1"),
        event("b", "2026-01-01 20:00", session_id="1"),
        event("c", "2026-01-01 20:00", session_id="1", user_id="u2"),
        event("d", "2026-01-01 20:00"),
    ]
    assert grouped(sessions(spark, rows)) == [["a", "b"], ["c"], ["d"]]


def test_user_key_is_the_user_else_the_visitor(spark: SparkSession) -> None:
    rows = [
        event("a", "2026-01-01 10:00", user_id="u", anonymous_id="v"),
        event("b", "2026-01-01 10:00", user_id=None, anonymous_id="v"),
        event("c", "2026-01-01 10:00", user_id=" ", anonymous_id="v"),
        event("d", "2026-01-01 10:00", user_id=None),
        event("e", "2026-01-01 10:00", user_id="", anonymous_id=""),
    ]
    found = {row["event_id"]: row["user_key"] for row in with_user_key(silver(spark, rows)).collect()}
    assert found == {"a": "u", "b": "v", "c": "v", "d": None, "e": None}


def test_strangers_are_sessions_of_one_unless_a_session_id_ties_them(spark: SparkSession) -> None:
    nobody = {"user_id": None, "anonymous_id": None}
    rows = [
        event("a", "2026-01-01 10:00", **nobody),
        event("b", "2026-01-01 10:01", **nobody),
        event("c", "2026-01-01 10:02", session_id="s", **nobody),
        event("d", "2026-01-01 10:03", session_id="s", **nobody),
        event("e", "2026-01-01 10:04", session_id=" ", **nobody),
    ]
    assert grouped(sessions(spark, rows)) == [["a"], ["b"], ["c", "d"], ["e"]]


def test_a_session_goes_on_across_midnight(spark: SparkSession) -> None:
    rows = [event("a", "2026-01-01 23:50"), event("b", "2026-01-02 00:10"), event("c", "2026-01-02 00:45")]
    found = sessions(spark, rows)
    assert grouped(found) == [["a", "b"], ["c"]]
    assert (found["a"]["session_events"], found["b"]["session_seconds"]) == (2, 1200.0)


MIDNIGHTS = [
    ("2026-01-01 06:00", "2026-01-02 05:59", True),
    ("2026-01-01 05:59", "2026-01-02 00:01", False),  # began before the turn: a whole day already
    ("2026-01-01 23:00", "2026-01-02 06:00", False),  # comes back in the morning: a new visit
    ("2026-01-01 23:00", "2026-01-03 00:01", False),  # not the next date
]


def test_midnight_rule_of_producer_sessions(spark: SparkSession) -> None:
    rows = [
        event(f"{i}-{side}", when, session_id=f"s{i}")
        for i, (first, second, _) in enumerate(MIDNIGHTS)
        for side, when in enumerate((first, second))
    ]
    found = sessions(spark, rows)
    for i, (_, _, joined) in enumerate(MIDNIGHTS):
        same = found[f"{i}-0"]["session_key"] == found[f"{i}-1"]["session_key"]
        assert same is joined, MIDNIGHTS[i]


def test_no_session_is_longer_than_24_hours(spark: SparkSession) -> None:
    rows = [
        event(i, when, session_id="s")
        for i, when in zip(
            "abcd", ["2026-01-01 10:00", "2026-01-02 01:00", "2026-01-02 10:00", "2026-01-02 10:00:01"], strict=True
        )
    ]
    found = sessions(spark, rows)
    assert grouped(found) == [["a", "b", "c"], ["d"]]
    assert found["a"]["session_seconds"] == 86400.0


def test_a_late_first_event_does_not_rename_a_producer_session(spark: SparkSession) -> None:
    later = event("b", "2026-01-01 10:10", session_id="s")
    before = sessions(spark, [later])["b"]["session_key"]
    assert sessions(spark, [later, event("a", "2026-01-01 10:00", session_id="s")])["b"]["session_key"] == before


def test_keys_of_similar_ids_differ(spark: SparkSession) -> None:
    rows = [
        event("1", "2026-01-01 10:00", user_id="a", session_id="bc"),
        event("2", "2026-01-01 10:00", user_id="ab", session_id="c"),
        event("3", "2026-01-01 10:00", user_id="a", session_id='b","c'),
    ]
    assert len({row["session_key"] for row in sessions(spark, rows).values()}) == 3


def test_no_rows_and_a_missing_column(spark: SparkSession) -> None:
    assert sessions(spark, []) == {}
    with pytest.raises(TableError, match="revenue"):
        with_sessions(silver(spark, []))


def test_one_shuffle_and_no_join(spark: SparkSession) -> None:
    rows = with_sessions(with_revenue(silver(spark, [event("a", "2026-01-01 10:00")]), USD))
    plan = rows._jdf.queryExecution().executedPlan().toString()
    assert plan.count("Exchange hashpartitioning") == 1
    assert "Join" not in plan
    assert "Python" not in plan


MINUTES = st.integers(0, 4 * 24 * 12).map(lambda n: 5 * n)
DRAWN = st.lists(
    st.tuples(MINUTES, st.sampled_from(["u1", "u2", None]), st.sampled_from([None, "s1", "s2"])), max_size=60
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DRAWN, st.integers(0, 900), st.integers(1, 400))
def test_random_events_give_the_sessions_of_the_reference(
    spark: SparkSession, drawn: list[tuple[int, str | None, str | None]], first: int, length: int
) -> None:
    start = event("x", "2026-01-01 00:00")["event_ts"]
    rows = [
        event(f"e{i}", start + timedelta(minutes=minute), user_id=user, session_id=sid)
        for i, (minute, user, sid) in enumerate(drawn)
    ]
    for bot, sid in (("b1", None), ("b2", "s")):  # unbroken for up to 3 days
        rows += [
            event(f"{bot}-{i}", start + timedelta(minutes=first + 11 * i), user_id=bot, session_id=sid)
            for i in range(length)
        ]
    expected = reference_sessions(rows)
    found = sessions(spark, rows)
    assert grouped(found) == sorted(list(members) for members in {session.members for session in expected.values()})
    for event_id, row in found.items():
        assert row["event_in_session"] == expected[event_id].position
        assert row["session_events"] == len(expected[event_id].members)
