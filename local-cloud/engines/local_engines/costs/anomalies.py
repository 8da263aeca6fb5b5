"""Cost anomaly detection: monitors, subscriptions, and the anomalies that the ledger shows."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from statistics import fmean, pstdev
from typing import Any

from ..errors import AwsError
from .expressions import matcher
from .ledger import Ledger
from .sources import day_of

#: AWS learns from ten days of costs before it tells anything (Cost Management user guide, "Getting started").
LEARNING_DAYS = 10
#: Days that a cost is compared with, and by how many standard deviations it must exceed them. AWS's own model is not
#: published; this is the plain meaning of "unusual".
_COMPARED, _DEVIATIONS = 30, 3.0
_DIMENSIONS = ("SERVICE",)


class Anomalies:
    """Operations; may be called from many threads at once."""

    def __init__(self, ledger: Ledger, account: str, now: Callable[[], float]) -> None:
        self._ledger, self._account, self._now = ledger, account, now
        self._lock = threading.Lock()
        self._monitors: dict[str, dict[str, Any]] = {}
        self._subscriptions: dict[str, dict[str, Any]] = {}
        self._tags: dict[str, dict[str, str]] = {}

    def create_monitor(self, body: dict[str, Any]) -> dict[str, Any]:
        monitor = dict(body["AnomalyMonitor"])
        kind = monitor["MonitorType"]
        if kind == "DIMENSIONAL":
            if monitor.get("MonitorDimension") not in _DIMENSIONS or monitor.get("MonitorSpecification") is not None:
                raise AwsError("ValidationException", "A DIMENSIONAL monitor must have MonitorDimension SERVICE alone")
        elif monitor.get("MonitorSpecification") is None or monitor.get("MonitorDimension") is not None:
            raise AwsError("ValidationException", "A CUSTOM monitor must have MonitorSpecification alone")
        else:
            matcher(monitor["MonitorSpecification"])
        with self._lock:
            if kind == "DIMENSIONAL" and any(one["MonitorType"] == kind for one in self._monitors.values()):
                raise AwsError("LimitExceededException", "Limit exceeded on dimensional spend monitor creation")
            today = day_of(self._now())
            arn = self._arn("anomalymonitor")
            dates = {"CreationDate": today, "LastUpdatedDate": today}
            self._monitors[arn] = {**monitor, "MonitorArn": arn, **dates}
            self._tag(arn, body.get("ResourceTags"))
        return {"MonitorArn": arn}

    def get_monitors(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            return {
                "AnomalyMonitors": self._found(self._monitors, body.get("MonitorArnList"), "UnknownMonitorException")
            }

    def update_monitor(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The name is all that can change."""
        with self._lock:
            (monitor,) = self._found(self._monitors, [body["MonitorArn"]], "UnknownMonitorException")
            if body.get("MonitorName") is not None:
                monitor["MonitorName"] = body["MonitorName"]
            monitor["LastUpdatedDate"] = day_of(self._now())
        return {"MonitorArn": body["MonitorArn"]}

    def delete_monitor(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._found(self._monitors, [body["MonitorArn"]], "UnknownMonitorException")
            del self._monitors[body["MonitorArn"]]
            self._tags.pop(body["MonitorArn"], None)
            for subscription in self._subscriptions.values():
                kept = [arn for arn in subscription["MonitorArnList"] if arn != body["MonitorArn"]]
                subscription["MonitorArnList"] = kept
        return {}

    def create_subscription(self, body: dict[str, Any]) -> dict[str, Any]:
        subscription = dict(body["AnomalySubscription"])
        with self._lock:
            self._check_subscription(subscription)
            arn = self._arn("anomalysubscription")
            subscribers = [{"Status": "CONFIRMED", **one} for one in subscription["Subscribers"]]
            kept = {"SubscriptionArn": arn, "AccountId": self._account, "Subscribers": subscribers}
            self._subscriptions[arn] = {**subscription, **kept}
            self._tag(arn, body.get("ResourceTags"))
        return {"SubscriptionArn": arn}

    def get_subscriptions(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            wanted = body.get("SubscriptionArnList")
            found = self._found(self._subscriptions, wanted, "UnknownSubscriptionException")
            monitor = body.get("MonitorArn")
            return {"AnomalySubscriptions": [one for one in found if monitor in (None, *one["MonitorArnList"])]}

    def update_subscription(self, body: Mapping[str, Any]) -> dict[str, Any]:
        names = ("Threshold", "ThresholdExpression", "Frequency", "MonitorArnList", "Subscribers", "SubscriptionName")
        with self._lock:
            (held,) = self._found(self._subscriptions, [body["SubscriptionArn"]], "UnknownSubscriptionException")
            changed = {**held, **{name: body[name] for name in names if body.get(name) is not None}}
            # The two thresholds exclude each other: the newer one stays.
            if body.get("ThresholdExpression") is not None:
                changed.pop("Threshold", None)
            elif body.get("Threshold") is not None:
                changed.pop("ThresholdExpression", None)
            self._check_subscription(changed)
            self._subscriptions[body["SubscriptionArn"]] = changed
        return {"SubscriptionArn": body["SubscriptionArn"]}

    def delete_subscription(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._found(self._subscriptions, [body["SubscriptionArn"]], "UnknownSubscriptionException")
            del self._subscriptions[body["SubscriptionArn"]]
            self._tags.pop(body["SubscriptionArn"], None)
        return {}

    def tag(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._known(body["ResourceArn"])
            self._tag(body["ResourceArn"], body["ResourceTags"])
        return {}

    def untag(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            tags = self._known(body["ResourceArn"])
            self._tags[body["ResourceArn"]] = {k: v for k, v in tags.items() if k not in body["ResourceTagKeys"]}
        return {}

    def list_tags(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            tags = self._known(body["ResourceArn"])
            return {"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def get_anomalies(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Days of a service whose cost is unusual against the thirty days before it."""
        start = body["DateInterval"]["StartDate"]
        end = body["DateInterval"].get("EndDate") or day_of(self._now())
        with self._lock:
            wanted = [body["MonitorArn"]] if body.get("MonitorArn") else None
            monitors = self._found(self._monitors, wanted, "UnknownMonitorException")
        found = [one for monitor in monitors for one in self._anomalies(monitor, start, end)]
        return {"Anomalies": found}

    def _anomalies(self, monitor: Mapping[str, Any], start: str, end: str) -> Iterator[dict[str, Any]]:
        first = date.fromisoformat(start)
        begin = (first - timedelta(days=_COMPARED)).isoformat()
        after = (date.fromisoformat(end) + timedelta(days=1)).isoformat()
        matches = matcher(monitor.get("MonitorSpecification"))
        costs: dict[str, dict[str, float]] = {}
        for line in self._ledger.lines(begin, after):
            if matches(line):
                by_day = costs.setdefault(line.service, {})
                by_day[line.day] = by_day.get(line.day, 0.0) + line.usd
        for service, by_day in sorted(costs.items()):
            for day in sorted(by_day):
                if start <= day <= end and (impact := _impact(day, by_day)) is not None:
                    yield self._anomaly(monitor, service, day, impact)

    def _anomaly(self, monitor: Mapping[str, Any], service: str, day: str, impact: dict[str, float]) -> dict[str, Any]:
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{monitor['MonitorArn']}/{service}/{day}"))
        return {
            "AnomalyId": name,
            "AnomalyStartDate": f"{day}T00:00:00Z",
            "AnomalyEndDate": f"{day}T00:00:00Z",
            "DimensionValue": service,
            "RootCauses": [{"Service": service, "LinkedAccount": self._account}],
            "AnomalyScore": {"MaxScore": 1.0, "CurrentScore": 1.0},
            "Impact": impact,
            "MonitorArn": monitor["MonitorArn"],
        }

    def _check_subscription(self, subscription: Mapping[str, Any]) -> None:
        """API reference, "AnomalySubscription"."""
        self._found(self._monitors, subscription["MonitorArnList"], "UnknownMonitorException")
        kinds = {one.get("Type") for one in subscription["Subscribers"]}
        wanted = "SNS" if subscription["Frequency"] == "IMMEDIATE" else "EMAIL"
        if kinds != {wanted}:
            raise AwsError(
                "ValidationException", f"Frequency {subscription['Frequency']} takes {wanted} subscribers only"
            )
        if (subscription.get("Threshold") is None) == (subscription.get("ThresholdExpression") is None):
            raise AwsError("ValidationException", "Exactly one of Threshold and ThresholdExpression must be given")

    def _found(self, table: dict[str, dict[str, Any]], arns: Any, code: str) -> list[dict[str, Any]]:
        absent = [arn for arn in arns or () if arn not in table]
        if absent:
            raise AwsError(code, f"{', '.join(absent)} does not exist")
        return [table[arn] for arn in arns or table]

    def _known(self, arn: str) -> dict[str, str]:
        if arn not in self._monitors and arn not in self._subscriptions:
            raise AwsError("ResourceNotFoundException", f"{arn} does not exist", ResourceName=arn)
        return self._tags.setdefault(arn, {})

    def _tag(self, arn: str, pairs: Any) -> None:
        tags = {**self._tags.get(arn, {}), **{one["Key"]: one["Value"] for one in pairs or ()}}
        if len(tags) > 50:
            raise AwsError("TooManyTagsException", f"{len(tags)} tags: a resource has at most 50", ResourceName=arn)
        self._tags[arn] = tags

    def _arn(self, kind: str) -> str:
        return f"arn:aws:ce::{self._account}:{kind}/{uuid.uuid4()}"


def _impact(day: str, by_day: Mapping[str, float]) -> dict[str, float] | None:
    """What was spent beyond the expected; None where that is usual, or where too little is known."""
    begin = (date.fromisoformat(day) - timedelta(days=_COMPARED)).isoformat()
    before = [usd for other, usd in by_day.items() if begin <= other < day]
    if len(before) < LEARNING_DAYS:
        return None
    expected, spent = fmean(before), by_day[day]
    # A perfectly even past would make every cent an anomaly.
    if spent <= expected + max(_DEVIATIONS * pstdev(before), expected * 0.1, 0.01):
        return None
    impact = spent - expected
    shares = {"TotalImpactPercentage": impact / expected * 100} if expected > 0 else {}
    totals = {"TotalActualSpend": spent, "TotalExpectedSpend": expected, "TotalImpact": impact}
    return {"MaxImpact": impact, **totals, **shares}
