"""AWS cron: expected firings were worked out by hand from the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_engines.errors import AwsError
from local_engines.glue.schedule import parse_schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("cron(10 * * * ? *)", "2026-11-23T23:10:00", "2026-11-24T00:10:00"),
        ("cron(10 * * * ? *)", "2026-11-23T23:09:59", "2026-11-23T23:10:00"),
        ("cron(0/15 8-10 ? * MON-FRI *)", "2026-11-20T10:45:00", "2026-11-23T08:00:00"),
        ("cron(30 2 L * ? *)", "2028-02-01T00:00:00", "2028-02-29T02:30:00"),
        ("cron(0 0 31 * ? *)", "2026-11-01T00:00:00", "2026-12-31T00:00:00"),
        ("cron(0 0 15W * ? *)", "2026-11-01T00:00:00", "2026-11-16T00:00:00"),
        ("cron(0 0 1W * ? *)", "2026-07-31T12:00:00", "2026-08-03T00:00:00"),
        ("cron(0 0 LW * ? *)", "2026-10-01T00:00:00", "2026-10-30T00:00:00"),
        ("cron(0 12 ? * 6L *)", "2026-11-01T00:00:00", "2026-11-27T12:00:00"),
        ("cron(0 12 ? * 2#3 *)", "2026-11-01T00:00:00", "2026-11-16T12:00:00"),
        ("cron(0 0 ? * 1 *)", "2026-11-23T00:00:00", "2026-11-29T00:00:00"),
        ("cron(0 0 ? * FRI-SUN *)", "2026-11-23T00:00:00", "2026-11-27T00:00:00"),
        ("cron(0 6 1 JAN,JUL ? 2027-2028)", "2026-11-23T00:00:00", "2027-01-01T06:00:00"),
        ("cron(5 0 29 2 ? *)", "2026-03-01T00:00:00", "2028-02-29T00:05:00"),
    ],
)
def test_next_firing(expression: str, after: str, expected: str) -> None:
    assert parse_schedule(expression).next_after(at(after)) == at(expected)


def test_a_schedule_that_is_over_never_fires() -> None:
    assert parse_schedule("cron(0 0 1 1 ? 2020)").next_after(at("2026-01-01T00:00:00")) is None


def test_local_times_are_read_as_utc() -> None:
    zone = timezone(timedelta(hours=2))
    moment = datetime(2026, 11, 23, 1, 30, tzinfo=zone)
    assert parse_schedule("cron(0 0 * * ? *)").next_after(moment) == at("2026-11-23T00:00:00")


@pytest.mark.parametrize(
    ("expression", "rule"),
    [
        ("rate(5 minutes)", "Glue triggers take no rate()"),
        ("10 * * * ? *", "not a cron() expression"),
        ("cron(10 * * * *)", "5 fields instead of 6"),
        ("cron(10 * * * * *)", "exactly one of day-of-month and day-of-week"),
        ("cron(10 * ? * ? *)", "exactly one of day-of-month and day-of-week"),
        ("cron(60 * * * ? *)", "60 in minutes is not from 0 to 59"),
        ("cron(0 24 * * ? *)", "24 in hours is not from 0 to 23"),
        ("cron(0 0 32 * ? *)", "32 in day-of-month is not from 1 to 31"),
        ("cron(0 0 * 13 ? *)", "13 in month is not from 1 to 12"),
        ("cron(0 0 ? * FOO *)", "FOO in day-of-week"),
        ("cron(0 0 * * ? 1969)", "1969 in year"),
        ("cron(0/0 * * * ? *)", "the step in 0/0 of minutes must be a positive number"),
        ("cron(* * * * ? *)", "every 1 minutes and Glue's shortest period is 5"),
        ("cron(58,2 * * * ? *)", "every 4 minutes"),
    ],
)
def test_what_glue_refuses_is_refused_with_the_rule(expression: str, rule: str) -> None:
    with pytest.raises(AwsError) as caught:
        parse_schedule(expression)
    assert caught.value.code == "InvalidInputException"
    assert rule in caught.value.message
    assert expression in caught.value.message


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    offset=st.timedeltas(timedelta(0), timedelta(days=30_000)),
)
def test_a_daily_schedule_fires_once_in_the_next_day(minute: int, hour: int, offset: timedelta) -> None:
    moment = at("2020-01-01T00:00:00") + offset
    following = parse_schedule(f"cron({minute} {hour} * * ? *)").next_after(moment)
    assert following is not None
    assert moment < following <= moment + timedelta(days=1)
    assert (following.hour, following.minute, following.second) == (hour, minute, 0)
