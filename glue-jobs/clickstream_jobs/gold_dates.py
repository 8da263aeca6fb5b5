"""Which dates the gold job recomputes, and which it has to read for that. Plain Python, no Spark.

The reach of a session decides both. By the rules of ``sessions.py`` a session lies within two consecutive UTC
dates, and whether it crosses a midnight is decided by the rows of the two dates around that midnight alone. So the
gold rows of date D are a function of the silver rows of D-1, D and D+1, and of nothing else. Therefore:

* a change of silver date T can change gold dates T-1, T and T+1: these are recomputed;
* recomputing date R needs silver dates R-1, R and R+1: these are read (``with_neighbours`` of what is recomputed).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .days import Days

#: Dates on each side of a date that a session can reach (see ``sessions.py``).
SESSION_REACH_DAYS = 1


@dataclass(frozen=True)
class GoldDates:
    """What one run has to do; every list is sorted."""

    #: Silver dates that are new, rewritten or gone since the last run.
    touched: tuple[date, ...]
    #: Dates whose gold rows are computed again (silver has them now).
    recompute: tuple[date, ...]
    #: Dates that silver has no longer: they leave gold.
    drop: tuple[date, ...]


def touched_dates(silver: Mapping[date, str], done: Mapping[date, str]) -> set[date]:
    """Dates whose silver partition is not the one of the last run.

    Silver never changes a folder in place: a rewritten partition has another location, so comparing locations is
    complete, and costs one catalog listing.

    :param silver: location of each silver partition now.
    :param done: the same at the end of the last gold run; empty for a first run.
    """
    changed = {day for day, location in silver.items() if done.get(day) != location}
    return changed | (set(done) - set(silver))


def with_neighbours(dates: Iterable[date], days: int = SESSION_REACH_DAYS) -> set[date]:
    """The dates and all those at most ``days`` before or after one of them."""
    reached: set[date] = set()
    for day in dates:
        for offset in range(-days, days + 1):
            try:
                reached.add(day + timedelta(days=offset))
            except OverflowError:  # the calendar ends at 0001-01-01 and 9999-12-31; nothing lies beyond
                continue
    return reached


def plan_dates(
    silver: Mapping[date, str], done: Mapping[date, str], gold: Iterable[date], days: Days | None = None
) -> GoldDates:
    """Plan one run.

    :param silver: location of each silver partition now.
    :param done: the same at the end of the last gold run.
    :param gold: dates that gold has a partition for; those that silver lacks are dropped, also when the record of
        the last run was lost.
    :param days: the dates to compute again whether they moved or not, and no others; None for those that moved.
    """
    orphans = set(gold) - set(silver)
    touched = touched_dates(silver, done) | orphans
    if days is not None:
        orphans = {day for day in orphans if day in days}
        touched = {day for day in silver if day in days} | {day for day in touched if day in days}
    recompute = with_neighbours(touched) & set(silver)
    return GoldDates(
        touched=tuple(sorted(touched)),
        recompute=tuple(sorted(recompute)),
        drop=tuple(sorted(orphans)),
    )


def batches(dates: Iterable[date], size: int) -> list[list[date]]:
    """The dates in order, at most ``size`` at a time: a backfill of a year must not become one shuffle."""
    ordered = sorted(dates)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
