"""Which dates a gold run recomputes: exact cases, and the theorem that makes incremental runs right."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from clickstream_jobs.days import Days
from clickstream_jobs.files import Files
from clickstream_jobs.gold_dates import batches, plan_dates, touched_dates, with_neighbours
from clickstream_jobs.gold_state import StateError, read_state, write_state
from gold_data import event, reference_sessions
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

D = [date(2026, 1, day) for day in range(1, 11)]


def test_nothing_moved_touches_nothing() -> None:
    plan = plan_dates({D[0]: "a"}, {D[0]: "a"}, [D[0]])
    assert (plan.touched, plan.recompute, plan.drop) == ((), (), ())


def test_new_moved_and_gone_partitions_are_touched() -> None:
    assert touched_dates({D[0]: "a", D[1]: "b2", D[2]: "c"}, {D[0]: "a", D[1]: "b", D[5]: "e"}) == {D[1], D[2], D[5]}


def test_neighbours_are_recomputed_where_silver_has_them() -> None:
    silver = {D[0]: "a", D[1]: "b", D[2]: "c2", D[4]: "e"}
    plan = plan_dates(silver, {**silver, D[2]: "c"}, silver)
    assert plan.touched == (D[2],)
    assert plan.recompute == (D[1], D[2])


def test_a_date_that_left_silver_leaves_gold_and_its_neighbours_are_recomputed() -> None:
    silver = {D[0]: "a", D[2]: "c", D[3]: "d"}
    plan = plan_dates(silver, {**silver, D[1]: "b"}, [D[0], D[1], D[2], D[3]])
    assert (plan.recompute, plan.drop) == ((D[0], D[2]), (D[1],))


def test_an_orphan_in_gold_is_dropped_even_when_the_record_was_lost() -> None:
    plan = plan_dates({D[0]: "a"}, {D[0]: "a"}, [D[0], D[5]])
    assert (plan.touched, plan.drop, plan.recompute) == ((D[5],), (D[5],), ())


def test_a_backfill_touches_its_dates_only_moved_or_not() -> None:
    silver = dict.fromkeys(D[:6], "same")
    done = {**silver, D[0]: "old", D[7]: "gone"}
    plan = plan_dates(silver, done, [*D[:6], D[7], D[9]], Days(D[2], D[3]))
    assert (plan.touched, plan.recompute, plan.drop) == ((D[2], D[3]), (D[1], D[2], D[3], D[4]), ())
    plan = plan_dates(silver, done, [*D[:6], D[7], D[9]], Days(D[6], D[8]))
    assert (plan.touched, plan.recompute, plan.drop) == ((D[7],), (), (D[7],))


def test_the_calendar_ends_are_no_error() -> None:
    assert with_neighbours([date.min, date.max]) == {
        date.min,
        date.min + timedelta(days=1),
        date.max,
        date.max - timedelta(days=1),
    }


def test_batches_keep_order_and_lose_nothing() -> None:
    assert batches([D[2], D[0], D[1]], 2) == [[D[0], D[1]], [D[2]]]
    assert batches([], 2) == []


MINUTES = st.integers(0, 6 * 24 * 60).map(lambda minute: minute - minute % 5)
ROWS = st.lists(
    st.tuples(MINUTES, st.sampled_from(["u1", "u2", None]), st.sampled_from([None, "s1", "s2"])), max_size=40
)


@settings(max_examples=300, deadline=None)
@given(ROWS, st.lists(st.integers(0, 6 * 24 * 12), max_size=3), st.integers(10, 700))
def test_sessions_of_a_date_depend_on_its_neighbours_only(
    drawn: list[tuple[int, str | None, str | None]], chains: list[int], length: int
) -> None:
    """The claim of gold_dates.py, on the reference: dates further away never change a date's sessions."""
    start = event("x", "2026-01-01 00:00")["event_ts"]
    rows = [
        event(f"e{i}", start + timedelta(minutes=minute), user_id=user, session_id=sid)
        for i, (minute, user, sid) in enumerate(drawn)
    ]
    for chain, first in enumerate(chains):  # unbroken activity, up to days long: what breaks naive caps
        rows += [
            event(f"c{chain}-{i}", start + timedelta(minutes=5 * first + 12 * i), user_id=f"bot{chain}")
            for i in range(length)
        ]
    everything = reference_sessions(rows)
    for day in {row["event_date"] for row in rows}:
        near = [row for row in rows if abs((row["event_date"] - day).days) <= 1]
        local = reference_sessions(near)
        for row in near:
            if row["event_date"] == day:
                assert local[row["event_id"]] == everything[row["event_id"]]


def test_state_survives_a_round_trip_and_honours_the_bookmark_option(spark: SparkSession, tmp_path: Path) -> None:
    files, path = Files(spark), f"{tmp_path}/state/"
    assert read_state(files, path, "job", "enable") == {}
    write_state(files, path, "job", "pause", {D[0]: "a"})
    write_state(files, path, "job", "disable", {D[0]: "a"})
    assert read_state(files, path, "job", "enable") == {}
    write_state(files, path, "job", "enable", {D[0]: "a"})
    assert read_state(files, path, "job", "pause") == {D[0]: "a"}
    assert read_state(files, path, "job", "disable") == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format":2,"silver":{}}', '{"format":1,"silver":{"x":"y"}}'])
def test_a_damaged_state_is_named_not_guessed(spark: SparkSession, tmp_path: Path, text: str) -> None:
    Files(spark).write_text(f"{tmp_path}/job.json", text)
    with pytest.raises(StateError, match="delete it to recompute"):
        read_state(Files(spark), str(tmp_path), "job", "enable")
