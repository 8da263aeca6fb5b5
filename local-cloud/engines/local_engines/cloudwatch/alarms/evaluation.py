"""Evaluates metric alarms: which data points, which state, and the reason in CloudWatch's words."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ..clock import as_text, floor
from ..metrics import statistics
from ..metrics.store import MetricStore
from .judgement import EXTRA_PERIODS, Judgement, judge
from .model import Alarm

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
#: As the reason names a treatment.
_TREATMENTS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


@dataclass(frozen=True)
class Verdict:
    """`state`: None to stay as it is."""

    state: str | None
    reason: str
    reason_data: str


def evaluate(alarm: Alarm, store: MetricStore, now: float) -> Verdict:
    """The alarm's state by what is stored. A running minute is not looked at: its statistics may still change.

    Periods end at the last whole minute, those below a minute at the last ten seconds (user guide, "Evaluating an
    alarm": the window slides with each evaluation).
    """
    settings, periods = alarm.settings, int(alarm.settings["EvaluationPeriods"])
    slots, points = _points(alarm, store, now, periods + EXTRA_PERIODS)
    threshold, comparison = float(settings["Threshold"]), settings["ComparisonOperator"]
    judgement = judge(
        points,
        lambda value: COMPARISONS[comparison](value, threshold),
        _to_alarm(settings),
        periods,
        treatment(alarm),
    )
    reason = _reason(alarm, judgement, points, slots)
    return Verdict(judgement.state, reason, _reason_data(alarm, store, judgement, points, slots, now))


def is_warm(alarm: Alarm, store: MetricStore, now: float) -> bool:
    """Whether the warm-up is over: its time, or earlier when each period of the evaluation window has data.

    API reference, "WarmUpConfiguration"; OnlyStartEvaluatingAfterWarmUpPeriodEnds excludes the earlier end.
    """
    given = alarm.settings.get("WarmUpConfiguration")
    if given is None or now >= alarm.created + 60 * given["WarmUpPeriodDurationInMinutes"]:
        return True
    if given.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds", False):
        return False
    _, points = _points(alarm, store, now, int(alarm.settings["EvaluationPeriods"]))
    return all(point is not None for point in points)


def _points(alarm: Alarm, store: MetricStore, now: float, count: int) -> tuple[list[float], list[float | None]]:
    """Beginnings of the last periods, oldest first, and the watched value of each."""
    assert alarm.queries is not None
    queries, period = alarm.queries, alarm.queries.period
    end = floor(now, 10 if period < 60 else 60)
    slots = [end - number * period for number in range(count, 0, -1)]
    watched = queries.watched()
    values = queries.evaluate(store, {period: slots})
    (series,) = queries.series_of(watched, values[watched.id], slots)
    return slots, [series.get(slot) for slot in slots]


def treatment(alarm: Alarm) -> str:
    """How the alarm treats missing data; AWS ignores it for DynamoDB's metrics, whatever is asked for."""
    assert alarm.queries is not None
    if any(key.namespace == "AWS/DynamoDB" for key in alarm.queries.keys):
        return "ignore"
    return str(alarm.settings.get("TreatMissingData") or "missing")


def _to_alarm(settings: dict[str, Any]) -> int:
    return int(settings.get("DatapointsToAlarm") or settings["EvaluationPeriods"])


def _reason(alarm: Alarm, judgement: Judgement, points: Sequence[float | None], slots: Sequence[float]) -> str:
    settings = alarm.settings
    if judgement.state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_count(judgement.filled, 'datapoint')} {_was(judgement.filled)} unknown."
    made_up = ""
    if judgement.filled and treatment(alarm) in _TREATMENTS:
        made_up = (
            f"{_count(judgement.filled, 'missing datapoint')} {_was(judgement.filled)} treated as "
            f"[{_TREATMENTS[treatment(alarm)]}]"
        )
    if not judgement.evaluated:
        none = f"no datapoints were received for {_count(int(settings['EvaluationPeriods']), 'period')}"
        return f"Threshold Crossed: {none}{f' and {made_up}' if made_up else ''}."
    breaches, threshold = COMPARISONS[settings["ComparisonOperator"]], float(settings["Threshold"])
    alarming = judgement.state == "ALARM"
    shown = [
        place
        for place in judgement.evaluated
        if breaches(points[place], threshold) == alarming  # type: ignore[arg-type]
    ]
    listed = ", ".join(f"{points[place]} ({_moment(slots[place])})" for place in reversed(shown))
    periods, to_alarm = int(settings["EvaluationPeriods"]), _to_alarm(settings)
    turn = (to_alarm, "OK -> ALARM") if alarming else (periods - to_alarm + 1, "ALARM -> OK")
    return (
        f"Threshold Crossed: {len(shown)} out of the last {periods} datapoints [{listed}] {_was(len(shown))} "
        f"{'' if alarming else 'not '}{_WORDS[settings['ComparisonOperator']]} the threshold ({threshold}) "
        f"(minimum {_count(turn[0], 'datapoint')} for {turn[1]} transition)"
        f"{f' and {made_up}' if made_up else ''}."
    )


def _reason_data(
    alarm: Alarm,
    store: MetricStore,
    judgement: Judgement,
    points: Sequence[float | None],
    slots: Sequence[float],
    now: float,
) -> str:
    assert alarm.queries is not None
    period, evaluated = alarm.queries.period, judgement.evaluated
    watched = alarm.queries.watched()
    counts: dict[float, list[Any]] = {}
    if watched.key is not None:
        counts = statistics.by_slot(store, watched.key, slots, period, watched.unit)
    data: dict[str, Any] = {"version": "1.0", "queryDate": as_text(now)}
    if evaluated:
        data["startDate"] = as_text(slots[evaluated[0]])
    if watched.key is not None:
        data["statistic"] = watched.statistic
    data |= {
        "period": period,
        "recentDatapoints": [points[place] for place in evaluated],
        "threshold": float(alarm.settings["Threshold"]),
        "evaluatedDatapoints": [
            {
                "timestamp": as_text(slots[place]),
                **({"sampleCount": sum(one.count for one in counts[slots[place]])} if slots[place] in counts else {}),
                "value": points[place],
            }
            for place in reversed(evaluated)
        ],
    }
    return json.dumps(data)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%d/%m/%y %H:%M:%S")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
