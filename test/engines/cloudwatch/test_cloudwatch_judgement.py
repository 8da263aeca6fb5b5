"""M of N and missing data: the tables of the user guide, and a plain model for everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_engines.cloudwatch.alarms.judgement import EXTRA_PERIODS, MISSING_DATA, judge

STAY = None
A, OK, UNKNOWN = "ALARM", "OK", "INSUFFICIENT_DATA"

# User guide, "Configuring how CloudWatch alarms treat missing data": data points of the evaluation range, oldest first
# (0 within the threshold, X breaching, - missing), how many are made up, and the state with missing data as `missing`,
# `ignore`, `breaching`, `notBreaching`.
THREE_OF_THREE = [
    ("0 - X - X", 0, (OK, OK, OK, OK)),
    ("- - - - 0", 2, (OK, OK, OK, OK)),
    ("- - - - -", 3, (UNKNOWN, STAY, A, OK)),
    ("0 X X - X", 0, (A, A, A, A)),
    ("- - X - -", 2, (A, STAY, A, OK)),
]
TWO_OF_THREE = [
    ("0 - X - X", 0, (A, A, A, A)),
    ("0 0 X 0 X", 0, (A, A, A, A)),
    ("0 - X - -", 1, (OK, OK, A, OK)),
    ("- - - - 0", 2, (OK, OK, A, OK)),
    ("- - - X -", 2, (A, STAY, A, OK)),
]
POINTS = {"0": 0.0, "X": 1.0, "-": None}


@pytest.mark.parametrize(
    ("to_alarm", "row"), [*[(3, row) for row in THREE_OF_THREE], *[(2, row) for row in TWO_OF_THREE]]
)
def test_the_tables_of_the_guide(to_alarm: int, row: tuple[str, int, tuple[str | None, ...]]) -> None:
    picture, filled, states = row
    points = [POINTS[sign] for sign in picture.split()]
    for treatment, state in zip(("missing", "ignore", "breaching", "notBreaching"), states, strict=True):
        found = judge(points, lambda value: value > 0, to_alarm, 3, treatment)
        assert found.state == state, treatment
        if treatment in ("breaching", "notBreaching") and filled:
            assert found.filled == filled


def test_a_single_breach_is_no_alarm_before_it_is_as_old_as_it_would_have_to_last() -> None:
    for picture, state in (("- - - - X", STAY), ("- - - X -", STAY), ("- - X - -", A)):
        points = [POINTS[sign] for sign in picture.split()]
        assert judge(points, lambda value: value > 0, 3, 3, "missing").state == state, picture


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[float | None], int, int, str]:
    periods = draw(st.integers(1, 6))
    to_alarm = draw(st.integers(1, periods))
    size = periods + EXTRA_PERIODS
    points = draw(st.lists(st.sampled_from([0.0, 1.0, None]), min_size=size, max_size=size))
    return points, to_alarm, periods, draw(st.sampled_from(MISSING_DATA))


def model(points: list[float | None], to_alarm: int, periods: int, treatment: str) -> str | None:
    """The guide's words, one after the other, without regard to speed or elegance."""
    retrieved = [(age, value) for age, value in enumerate(reversed(points), 1) if value is not None]
    recent = retrieved[:periods]
    breaching = sum(1 for _, value in recent if value > 0)
    good = len(recent) - breaching
    if len(retrieved) >= periods:
        # "the value you set for how to treat missing data is not needed and is ignored"
        return A if breaching >= to_alarm else OK
    absent = periods - len(recent)
    if treatment == "breaching":
        return A if breaching + absent >= to_alarm else OK
    if treatment == "notBreaching":
        return A if breaching >= to_alarm else OK
    if breaching >= to_alarm:
        return A
    if good > 0:
        return OK
    if treatment == "ignore":
        return STAY
    if not recent:
        return UNKNOWN
    # "the oldest available breaching datapoint is at least as old as Datapoints to Alarm, and all others are breaching
    # or missing"
    return A if max(age for age, _ in recent) >= to_alarm else STAY


@given(cases())
def test_any_data_points_give_what_the_guide_says(case: tuple[list[float | None], int, int, str]) -> None:
    points, to_alarm, periods, treatment = case
    assert judge(points, lambda value: value > 0, to_alarm, periods, treatment).state == model(*case)


@given(cases())
def test_a_further_breach_never_heals(case: tuple[list[float | None], int, int, str]) -> None:
    points, to_alarm, periods, treatment = case
    worse = [1.0 if value == 0.0 else value for value in points]
    if judge(points, lambda value: value > 0, to_alarm, periods, treatment).state == A:
        assert judge(worse, lambda value: value > 0, to_alarm, periods, treatment).state == A
