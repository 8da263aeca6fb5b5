"""What is told of an alarm's change: the SNS message and the EventBridge event, as AWS writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..clock import as_text
from .model import COMPOSITE, Alarm, State

#: As AWS's messages name regions (General reference, "Regional endpoints").
_REGIONS = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "ca-central-1": "Canada (Central)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-north-1": "EU (Stockholm)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "sa-east-1": "South America (Sao Paulo)",
}
_STATISTICS = {
    "SampleCount": "SAMPLE_COUNT",
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
}


def region_name(region: str) -> str:
    return _REGIONS.get(region, region)


def subject(alarm: Alarm, region: str) -> str:
    """At most 100 characters, which is what SNS takes."""
    return f'{alarm.state.value}: "{alarm.name}" in {region_name(region)}'[:100]


def message(alarm: Alarm, old: State, account: str, region: str, children: Iterable[Alarm]) -> str:
    """The JSON that subscribers get. `children`: the alarms that made a composite change."""
    state, settings = alarm.state, alarm.settings
    told: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": settings.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": as_text(alarm.configured),
        "NewStateValue": state.value,
        "NewStateReason": state.reason,
        "StateChangeTime": as_text(state.changed),
        "Region": region_name(region),
        "AlarmArn": alarm.arn,
        "OldStateValue": old.value,
        "OKActions": alarm.actions("OK"),
        "AlarmActions": alarm.actions("ALARM"),
        "InsufficientDataActions": alarm.actions("INSUFFICIENT_DATA"),
    }
    if alarm.kind == COMPOSITE:
        told["AlarmRule"] = settings["AlarmRule"]
        told["TriggeringChildren"] = [
            {"Arn": one.arn, "State": {"Value": one.state.value, "Timestamp": as_text(one.state.changed)}}
            for one in children
        ]
    else:
        told["Trigger"] = _trigger(settings)
    return json.dumps(told, separators=(",", ":"))


def _trigger(settings: Mapping[str, Any]) -> dict[str, Any]:
    rest = {
        "Period": settings.get("Period"),
        "EvaluationPeriods": settings["EvaluationPeriods"],
        "DatapointsToAlarm": settings.get("DatapointsToAlarm"),
        "ComparisonOperator": settings["ComparisonOperator"],
        "Threshold": settings["Threshold"],
        "TreatMissingData": settings.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": settings.get("EvaluateLowSampleCountPercentile") or "",
    }
    rest = {name: value for name, value in rest.items() if value is not None}
    if settings.get("Metrics"):
        periods = [one["MetricStat"]["Period"] for one in settings["Metrics"] if one.get("MetricStat")]
        return {**rest, "Period": periods[0], "Metrics": [_query(one) for one in settings["Metrics"]]}
    if settings.get("Statistic"):
        statistic = {"StatisticType": "Statistic", "Statistic": _STATISTICS[settings["Statistic"]]}
    else:
        statistic = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": settings["ExtendedStatistic"]}
    return {
        "MetricName": settings["MetricName"],
        "Namespace": settings["Namespace"],
        **statistic,
        "Unit": settings.get("Unit"),
        "Dimensions": _dimensions(settings.get("Dimensions")),
        **rest,
    }


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in query.items() if name != "MetricStat"}
    shown["ReturnData"] = query.get("ReturnData", True)
    if query.get("MetricStat"):
        stat = query["MetricStat"]
        metric = {**stat["Metric"], "Dimensions": _dimensions(stat["Metric"].get("Dimensions"))}
        shown["MetricStat"] = {**stat, "Metric": metric}
    return shown


def _dimensions(dimensions: Iterable[Mapping[str, str]] | None) -> list[dict[str, str]]:
    # Lower case, unlike everything else: that is how AWS writes them here.
    return [{"value": one["Value"], "name": one["Name"]} for one in dimensions or ()]


def event_detail(alarm: Alarm, old: State) -> dict[str, Any]:
    """Detail of "CloudWatch Alarm State Change" (user guide, "Alarm events and EventBridge")."""
    settings, state = alarm.settings, _state(alarm.state)
    if alarm.suppression.by:
        state |= {
            "actionsSuppressedBy": alarm.suppression.by,
            "actionsSuppressedReason": alarm.suppression.reason,
        }
    configuration: dict[str, Any] = {}
    if settings.get("AlarmDescription") is not None:
        configuration["description"] = settings["AlarmDescription"]
    if alarm.kind == COMPOSITE:
        names = ("AlarmRule", "ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
        configuration |= {_lower(name): settings[name] for name in names if settings.get(name) is not None}
    else:
        configuration["metrics"] = [_event_query(one) for one in settings.get("Metrics") or [_as_query(settings)]]
    return {"alarmName": alarm.name, "state": state, "previousState": _state(old), "configuration": configuration}


def _state(state: State) -> dict[str, Any]:
    shown = {"value": state.value, "reason": state.reason, "timestamp": as_text(state.updated)}
    return {**shown, "reasonData": state.reason_data} if state.reason_data else shown


def _as_query(settings: Mapping[str, Any]) -> dict[str, Any]:
    metric = {name: settings.get(name) for name in ("Namespace", "MetricName", "Dimensions")}
    stat = {"Metric": metric, "Period": settings["Period"], "Stat": settings.get("Statistic")}
    stat["Stat"] = stat["Stat"] or settings.get("ExtendedStatistic")
    return {"Id": "m1", "MetricStat": {**stat, **({"Unit": settings["Unit"]} if settings.get("Unit") else {})}}


def _event_query(query: Mapping[str, Any]) -> dict[str, Any]:
    shown = {_lower(name): value for name, value in query.items() if name not in ("MetricStat", "ReturnData")}
    if query.get("MetricStat"):
        stat = query["MetricStat"]
        metric = stat["Metric"]
        dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions") or ()}
        inner = {"namespace": metric["Namespace"], "name": metric["MetricName"], "dimensions": dimensions}
        rest = {_lower(name): value for name, value in stat.items() if name != "Metric"}
        shown["metricStat"] = {"metric": inner, **rest}
    return {**shown, "returnData": query.get("ReturnData", True)}


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


#: Sends what an alarm's change asks for: an SNS topic's ARN, subject, message. Raises what boto3 raises.
Publish = Callable[[str, str, str], None]
