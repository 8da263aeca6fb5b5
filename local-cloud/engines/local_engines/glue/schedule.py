"""AWS cron expressions as Glue's triggers take them: six fields, UTC.

No kept library reads AWS's dialect (day of week 1-7 from Sunday, `?`, year field), so this is a small evaluator of
the documented grammar: developer guide, "Time-based schedules for jobs and crawlers", 2026-11.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

from ..errors import AwsError

_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
#: Field name, lowest, highest, names, wildcards beside , - * / .
_FIELDS: tuple[tuple[str, int, int, dict[str, int], str], ...] = (
    ("minutes", 0, 59, {}, ""),
    ("hours", 0, 23, {}, ""),
    ("day-of-month", 1, 31, {}, "?LW"),
    ("month", 1, 12, _MONTHS, ""),
    ("day-of-week", 1, 7, _DAYS, "?L#"),
    ("year", 1970, 2199, {}, ""),
)
#: Glue refuses schedules that can fire more often.
_MIN_GAP_MINUTES = 5


def _invalid(expression: str, rule: str) -> AwsError:
    return AwsError(
        "InvalidInputException",
        f"Schedule {expression!r}: {rule}. Write cron(minutes hours day-of-month month day-of-week year), "
        "for example cron(10 * * * ? *)",
    )


@dataclass(frozen=True)
class Schedule:
    """A parsed expression; `next_after` gives its next minute."""

    expression: str
    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    years: frozenset[int]
    day_matches: Callable[[date], bool]

    def next_after(self, moment: datetime) -> datetime | None:
        """The first firing strictly after `moment` (UTC), or None when there is none before the year 2200."""
        start = moment.astimezone(timezone.utc).replace(second=0, microsecond=0) + timedelta(minutes=1)
        day = start.date()
        while day.year <= max(self.years):
            if day.year not in self.years:
                day = date(day.year + 1, 1, 1)
            elif day.month not in self.months:
                day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
            elif not self.day_matches(day) or (found := self._in_day(day, start)) is None:
                day += timedelta(days=1)
            else:
                return found
        return None

    def _in_day(self, day: date, start: datetime) -> datetime | None:
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=timezone.utc)
                if moment >= start:
                    return moment
        return None


def parse_schedule(expression: str, service: str = "Glue", shortest: int = _MIN_GAP_MINUTES) -> Schedule:
    """The schedule of `cron(…)`.

    :param shortest: minutes that must lie between two firings for the service.
    :raises AwsError: InvalidInputException that names the field and its rule. `rate(…)` is refused as well: Glue's
        triggers take cron only.
    """
    match = re.fullmatch(r"cron\(\s*(.*?)\s*\)", expression)
    if match is None:
        rule = "Glue triggers take no rate()" if expression.startswith("rate(") else "it is not a cron() expression"
        raise _invalid(expression, rule)
    fields = match.group(1).upper().split()
    if len(fields) != len(_FIELDS):
        raise _invalid(expression, f"it has {len(fields)} fields instead of 6")
    dom, dow = fields[2], fields[4]
    if (dom == "?") == (dow == "?"):
        raise _invalid(expression, "exactly one of day-of-month and day-of-week must be ?")
    values = {
        _FIELDS[index][0]: _values(expression, text, index) for index, text in enumerate(fields) if index not in (2, 4)
    }
    matches = _day_of_month(expression, dom) if dow == "?" else _day_of_week(expression, dow)
    minutes = sorted(values["minutes"])
    if len(minutes) > 1:
        wrap = 60 - minutes[-1] + minutes[0] if len(values["hours"]) > 1 else 60
        gap = min(wrap, *(after - before for before, after in pairwise(minutes)))
        if gap < shortest:
            raise _invalid(expression, f"it fires every {gap} minutes and {service}'s shortest period is {shortest}")
    return Schedule(expression, frozenset(minutes), values["hours"], values["month"], values["year"], matches)


def _values(expression: str, text: str, index: int) -> frozenset[int]:
    """Numbers that a field allows: lists of *, n, a-b, each with an optional /step."""
    name, low, high, names, _ = _FIELDS[index]

    def number(part: str) -> int:
        value = names.get(part, int(part) if part.isdigit() else -1)
        if not low <= value <= high:
            raise _invalid(expression, f"{part} in {name} is not from {low} to {high}")
        return value

    found: set[int] = set()
    for part in text.split(","):
        body, slash, step_text = part.partition("/")
        if slash and not (step_text.isdigit() and int(step_text) > 0):
            raise _invalid(expression, f"the step in {part} of {name} must be a positive number")
        step = int(step_text) if slash else 1
        if body == "*":
            first, last = low, high
        elif "-" in body:
            left, _, right = body.partition("-")
            first, last = number(left), number(right)
        else:
            first = number(body)
            last = high if slash else first
        if first <= last:
            found.update(range(first, last + 1, step))
        else:
            # FRI-MON wraps around the end of the field.
            found.update(low + (value - low) % (high - low + 1) for value in range(first, last + high - low + 2, step))
    return frozenset(found)


def _last_day(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _day_of_month(expression: str, text: str) -> Callable[[date], bool]:
    if text == "L":
        return lambda day: day.day == _last_day(day)
    if match := re.fullmatch(r"(\d{1,2})W", text):
        wanted = min(_values(expression, match.group(1), 2))
        return lambda day: day.day == _nearest_weekday(day, min(wanted, _last_day(day)))
    if text == "LW":
        return lambda day: day.day == _nearest_weekday(day, _last_day(day))
    allowed = _values(expression, text, 2)
    return lambda day: day.day in allowed


def _nearest_weekday(month: date, wanted: int) -> int:
    """The Monday-to-Friday day closest to `wanted`, inside its month."""
    weekday = date(month.year, month.month, wanted).weekday()
    if weekday == 5:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 6:
        return wanted + 1 if wanted < _last_day(month) else wanted - 2
    return wanted


def _day_of_week(expression: str, text: str) -> Callable[[date], bool]:
    def number(day: date) -> int:
        return day.isoweekday() % 7 + 1

    if text == "L":
        return lambda day: number(day) == _DAYS["SAT"]
    if match := re.fullmatch(r"(\w+?)L", text):
        last = min(_values(expression, match.group(1), 4))
        return lambda day: number(day) == last and day.day > _last_day(day) - 7
    if match := re.fullmatch(r"(\w+)#([1-5])", text):
        nth_day, nth = min(_values(expression, match.group(1), 4)), int(match.group(2))
        return lambda day: number(day) == nth_day and (day.day - 1) // 7 + 1 == nth
    allowed = _values(expression, text, 4)
    return lambda day: number(day) in allowed
