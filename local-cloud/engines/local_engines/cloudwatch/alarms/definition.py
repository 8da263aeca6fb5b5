"""What PutMetricAlarm and PutCompositeAlarm take (API reference, pages of these names)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import invalid, refusal
from ..metrics import statistics
from ..metrics.queries import Queries, check_period
from .evaluation import COMPARISONS
from .judgement import MISSING_DATA
from .model import ACTIONS
from .rule import Rule, parse

#: Longest span of all evaluated periods, seconds: with periods below an hour, and above.
_DAY, _WEEK = 86_400, 604_800
#: Members that need services which the local target has not.
_NOT_HERE = ("EvaluationCriteria", "EvaluationInterval", "ThresholdMetricId")
_OF_ONE_METRIC = ("Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")


def check_metric_alarm(body: Mapping[str, Any], region: str, account: str) -> Queries:
    """The metrics of the alarm. Raises AwsError for what AWS or the local target refuses."""
    for name in _NOT_HERE:
        if body.get(name) is not None:
            raise invalid(f"{name} is not supported by the local target")
    if (body.get("EvaluationWindow") or {}).get("WallClockWindow") is not None:
        raise invalid("EvaluationWindow.WallClockWindow is not supported by the local target")
    for name in ("EvaluationPeriods", "ComparisonOperator", "Threshold"):
        if body.get(name) is None:
            raise refusal("MissingParameter", f"The parameter {name} is required")
    comparison, periods = body["ComparisonOperator"], body["EvaluationPeriods"]
    if comparison not in COMPARISONS:
        raise invalid(f"ComparisonOperator {comparison} is for anomaly detection, which the local target has not")
    if not 1 <= body.get("DatapointsToAlarm", 1) <= periods:
        to_alarm = body["DatapointsToAlarm"]
        raise refusal("ValidationError", f"DatapointsToAlarm is {to_alarm}: it must be at most EvaluationPeriods")
    missing = body.get("TreatMissingData")
    if missing is not None and missing not in MISSING_DATA:
        raise refusal("ValidationError", f"TreatMissingData is {missing}: it must be one of {', '.join(MISSING_DATA)}")
    _check_low_samples(body)
    check_actions(body, region, account)
    queries = Queries(_entries(body))
    queries.watched()
    _check_span(queries.period, periods)
    return queries


def _entries(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    if (body.get("MetricName") is None) == (body.get("Metrics") is None):
        raise refusal("ValidationError", "Exactly one of MetricName and Metrics must be given")
    if body.get("Metrics") is not None:
        for name in _OF_ONE_METRIC:
            if body.get(name):
                raise refusal("ValidationError", f"{name} cannot be used when an array of metrics is given")
        return list(body["Metrics"])
    for name in ("Namespace", "Period"):
        if body.get(name) is None:
            raise refusal("MissingParameter", f"The parameter {name} is required")
    if (body.get("Statistic") is None) == (body.get("ExtendedStatistic") is None):
        raise refusal("ValidationError", "Exactly one of Statistic and ExtendedStatistic must be given")
    if body.get("ExtendedStatistic") in statistics.SIMPLE:
        raise invalid(f"{body['ExtendedStatistic']} is a Statistic, not an ExtendedStatistic")
    metric = {name: body.get(name) for name in ("Namespace", "MetricName", "Dimensions")}
    stat = body.get("Statistic") or body["ExtendedStatistic"]
    stat = {"Metric": metric, "Period": body["Period"], "Stat": stat, "Unit": body.get("Unit")}
    return [{"Id": "m1", "MetricStat": stat}]


def _check_span(period: int, periods: int) -> None:
    check_period(period)
    if period < 10:
        raise invalid(f"The period {period} of an alarm must be 10, 20, 30 or a multiple of 60")
    most = _WEEK if period >= 3600 else _DAY
    if period * periods > most:
        raise refusal(
            "ValidationError", f"Metrics cannot be checked across more than {most} seconds: {period * periods}"
        )


def _check_low_samples(body: Mapping[str, Any]) -> None:
    choice = body.get("EvaluateLowSampleCountPercentile")
    if choice is None:
        return
    if choice not in ("evaluate", "ignore"):
        raise refusal("ValidationError", f"EvaluateLowSampleCountPercentile is {choice}: it must be evaluate or ignore")
    if choice == "ignore":
        raise invalid("EvaluateLowSampleCountPercentile ignore is not supported by the local target: use evaluate")


def check_composite_alarm(body: Mapping[str, Any], region: str, account: str) -> Rule:
    """The alarm's rule. Whether the alarms in it exist is not looked at."""
    suppressor = body.get("ActionsSuppressor")
    for name in ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
        if suppressor is not None and body.get(name) is None:
            raise refusal("ValidationError", f"{name} is required when ActionsSuppressor is given")
        if suppressor is None and body.get(name) is not None:
            raise refusal("ValidationError", f"{name} is for alarms with an ActionsSuppressor")
        if body.get(name, 0) < 0:
            raise refusal("ValidationError", f"{name} must not be negative")
    check_actions(body, region, account)
    return parse(body["AlarmRule"])


def check_actions(body: Mapping[str, Any], region: str, account: str) -> None:
    """Actions are topics of this region; AWS has more kinds, which nothing here would perform."""
    for member in ACTIONS.values():
        for arn in body.get(member) or ():
            parts = arn.split(":")
            if len(parts) < 6 or parts[0] != "arn":
                raise refusal("ValidationError", f"Invalid arn syntax: {arn}")
            if parts[2] != "sns":
                raise invalid(
                    f"The action {arn} in {member} is not supported by the local target: it has SNS topics only"
                )
            if parts[3] != region or re.fullmatch(r"[\w-]{1,256}(\.fifo)?", parts[5]) is None or len(parts) != 6:
                raise refusal("ValidationError", f"Invalid use of {arn} in {member}: it must be a topic of {region}")
            if re.fullmatch(r"\d{12}", parts[4]) is None:
                raise refusal(
                    "ValidationError", f"Invalid arn syntax: {arn}; an account such as {account} has 12 digits"
                )


def check_tags(tags: Mapping[str, str]) -> None:
    """API reference, "Tag": 50 of them, keys without the prefix that is AWS's own."""
    if len(tags) > 50:
        raise refusal("ValidationError", f"A resource has at most 50 tags, not {len(tags)}")
    for key in tags:
        if key.lower().startswith("aws:"):
            raise refusal("ValidationError", f"The tag {key} must not begin with aws:")
