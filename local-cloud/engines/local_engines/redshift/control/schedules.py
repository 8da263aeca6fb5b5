"""Schedules of Redshift: at() and cron() of scheduled actions, rate() and cron() of snapshot schedules.

Sources: API reference, "ScheduledAction"; management guide, "Automated snapshot schedules" (2026-11).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ...errors import AwsError
from ...glue.schedule import Schedule, parse_schedule
from .store import as_moment

#: Scheduled actions must be at least so far apart, minutes.
_SHORTEST = 60
_SHOWN = 3


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidSchedule", message)


def next_action(schedule: str, after: datetime) -> datetime | None:
    """When a scheduled action runs next, strictly after `after`; None for never again.

    :raises AwsError: InvalidSchedule.
    """
    match = re.fullmatch(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)\)", schedule)
    if match is not None:
        try:
            moment = as_moment(match.group(1))
        except ValueError as error:
            raise _invalid(f"Schedule {schedule}: {error}. Write at(yyyy-mm-ddThh:mm:ss)") from error
        return moment if moment > after else None
    if not schedule.startswith("cron("):
        raise _invalid(
            f"Schedule {schedule} must be at(yyyy-mm-ddThh:mm:ss) or "
            "cron(minutes hours day-of-month month day-of-week year)"
        )
    return _cron(schedule).next_after(after)


def next_actions(schedule: str, after: datetime, end: datetime | None) -> list[datetime]:
    """The next few, up to `end`."""
    found: list[datetime] = []
    moment = next_action(schedule, after)
    while moment is not None and len(found) < _SHOWN and (end is None or moment <= end):
        found.append(moment)
        moment = next_action(schedule, moment)
    return found


def _cron(schedule: str) -> Schedule:
    try:
        return parse_schedule(schedule, "Redshift", _SHORTEST)
    except AwsError as error:
        raise _invalid(error.message) from error


def check_snapshot_schedule(definitions: list[str]) -> None:
    """`rate(n hours)` or `cron(minutes hours day-of-week)`, snapshots 1 to 24 hours apart.

    :raises AwsError: InvalidSchedule, or ScheduleDefinitionTypeUnsupported where both kinds are mixed.
    """
    if not definitions:
        raise _invalid("ScheduleDefinitions must have at least one definition, for example rate(12 hours)")
    kinds = {definition.split("(", 1)[0] for definition in definitions}
    if len(kinds) > 1:
        raise AwsError("ScheduleDefinitionTypeUnsupported", "rate() and cron() cannot be in one snapshot schedule")
    if kinds == {"rate"} and len(definitions) > 1:
        raise AwsError("ScheduleDefinitionTypeUnsupported", "a snapshot schedule can have one rate()")
    for definition in definitions:
        if (rate := re.fullmatch(r"rate\((\d+) hours?\)", definition)) is not None:
            if not 1 <= int(rate.group(1)) <= 24:
                raise _invalid(f"Schedule {definition}: snapshots must be from 1 to 24 hours apart")
        else:
            _check_snapshot_cron(definition)


def _check_snapshot_cron(definition: str) -> None:
    fields = re.fullmatch(r"cron\((\S+) (\S+) (\S+)\)", definition)
    if fields is None:
        raise _invalid(f"Schedule {definition} must be like rate(12 hours) or cron(30 12 *)")
    minutes, hours, days = fields.groups()
    # The same grammar as the long form; the day of the week stands alone.
    _cron(f"cron({minutes} {hours} ? * {days} *)" if days not in ("*", "?") else f"cron({minutes} {hours} * * ? *)")


def next_snapshots(definitions: list[str], after: datetime) -> list[datetime]:
    """When the schedule's next snapshots are due."""
    found: list[datetime] = []
    for definition in definitions:
        if (rate := re.fullmatch(r"rate\((\d+) hours?\)", definition)) is not None:
            found += [after + timedelta(hours=int(rate.group(1)) * number) for number in range(1, _SHOWN + 1)]
        else:
            minutes, hours, days = definition[5:-1].split(" ")
            week = f"? * {days}" if days not in ("*", "?") else "* * ?"
            found += next_actions(f"cron({minutes} {hours} {week} *)", after, None)
    return sorted(found)[:_SHOWN]
