"""The state that data points give a metric alarm.

CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data" and "Avoiding premature transitions to
alarm state". AWS looks back over more periods than it evaluates and does not publish how many; the guide's examples
have two more, which is what is done here. A real data point anywhere in that range counts before any missing one does:
an alarm of N periods that treats missing data as breaching goes off when N + 2 periods are empty, not N.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Periods looked at beyond EvaluationPeriods.
EXTRA_PERIODS = 2

MISSING_DATA = ("missing", "ignore", "breaching", "notBreaching")


@dataclass(frozen=True)
class Judgement:
    """`state`: None to stay as it is. `evaluated`: places of the data points that decided, oldest first."""

    state: str | None
    evaluated: tuple[int, ...]
    #: How many data points were made up for missing ones.
    filled: int = 0


def judge(
    points: Sequence[float | None],
    breaches: Callable[[float], bool],
    to_alarm: int,
    periods: int,
    missing: str,
) -> Judgement:
    """`points`: the evaluation range, oldest first, None where there is none; `to_alarm` of `periods` must breach."""
    real = [place for place, value in enumerate(points) if value is not None][-periods:]
    bad = [place for place in real if breaches(points[place])]  # type: ignore[arg-type]
    evaluated, lacking = tuple(real), periods - len(real)
    if len(bad) >= to_alarm:
        return Judgement("ALARM", evaluated)
    if lacking == 0:
        return Judgement("OK", evaluated)
    if missing == "breaching":
        return Judgement("ALARM" if len(bad) + lacking >= to_alarm else "OK", evaluated, lacking)
    if missing == "notBreaching" or len(bad) < len(real):
        return Judgement("OK", evaluated, lacking)
    if missing == "ignore":
        return Judgement(None, evaluated, lacking)
    if not real:
        return Judgement("INSUFFICIENT_DATA", evaluated, lacking)
    # Everything known breaches, but it is too little: it suffices once the oldest of it is old enough.
    age = len(points) - bad[0]
    return Judgement("ALARM" if age >= to_alarm else None, evaluated, lacking)
