"""The Cost Explorer API (API reference: "AWS Billing and Cost Management", section Cost Explorer)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from ..context import EngineContext
from ..errors import AwsError, UnknownOperation
from ..requests import RequestChecker
from .anomalies import Anomalies
from .expressions import group_of, matcher
from .ledger import CostLine, Ledger

#: List prices have no discounts, credits or reservations: all of these are the same amount here.
_METRICS = ("UnblendedCost", "BlendedCost", "AmortizedCost", "NetUnblendedCost", "NetAmortizedCost")
_MOST_GROUPS = 2


class CostExplorerService:
    """Dispatches calls; `handle` may be called from many threads at once."""

    target_prefix = "AWSInsightsIndexService"
    forwards = False

    def __init__(self, context: EngineContext, ledger: Ledger, now: Callable[[], float]) -> None:
        self._checker = RequestChecker(context.client("ce").meta.service_model, "ValidationException")
        self._ledger = ledger
        anomalies = Anomalies(ledger, context.account, now)
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "GetCostAndUsage": self._cost_and_usage,
            "GetAnomalies": anomalies.get_anomalies,
            "CreateAnomalyMonitor": anomalies.create_monitor,
            "GetAnomalyMonitors": anomalies.get_monitors,
            "UpdateAnomalyMonitor": anomalies.update_monitor,
            "DeleteAnomalyMonitor": anomalies.delete_monitor,
            "CreateAnomalySubscription": anomalies.create_subscription,
            "GetAnomalySubscriptions": anomalies.get_subscriptions,
            "UpdateAnomalySubscription": anomalies.update_subscription,
            "DeleteAnomalySubscription": anomalies.delete_subscription,
            "TagResource": anomalies.tag,
            "UntagResource": anomalies.untag,
            "ListTagsForResource": anomalies.list_tags,
        }

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answers one call; UnknownOperation for what the local target does not have."""
        action = self._operations.get(operation)
        if action is None:
            raise UnknownOperation(operation)
        self._checker.check(operation, body)
        return action(body)

    def close(self) -> None:
        """Nothing runs here."""

    def _cost_and_usage(self, body: dict[str, Any]) -> dict[str, Any]:
        metrics, groups = body["Metrics"], body.get("GroupBy") or []
        if unknown := [name for name in metrics if name not in _METRICS]:
            message = f"{', '.join(unknown)} is not supported by the local target: it has {', '.join(_METRICS)}"
            raise AwsError("ValidationException", message)
        if len(groups) > _MOST_GROUPS:
            raise AwsError("ValidationException", f"GroupBy takes at most {_MOST_GROUPS} groups")
        start, end = _interval(body["TimePeriod"])
        matches = matcher(body.get("Filter"))
        lines = [line for line in self._ledger.lines(start, end) if matches(line)]
        results = []
        for begin, finish in _periods(start, end, body["Granularity"]):
            inside = [line for line in lines if begin <= line.day < finish]
            result: dict[str, Any] = {"TimePeriod": {"Start": begin, "End": finish}, "Estimated": True}
            if groups:
                result |= {"Total": {}, "Groups": _grouped(inside, groups, metrics)}
            else:
                result |= {"Total": _amounts(inside, metrics), "Groups": []}
            results.append(result)
        return {
            "ResultsByTime": results,
            "DimensionValueAttributes": [],
            **({"GroupDefinitions": groups} if groups else {}),
        }


def _interval(period: Mapping[str, str]) -> tuple[str, str]:
    try:
        start, end = date.fromisoformat(period["Start"]), date.fromisoformat(period["End"])
    except ValueError as error:
        raise AwsError(
            "ValidationException", f"{dict(period)}: Start and End must be dates such as 2026-11-25"
        ) from error
    if start >= end:
        raise AwsError("ValidationException", "Start date (and hour) should be before end date (and hour)")
    return start.isoformat(), end.isoformat()


def _periods(start: str, end: str, granularity: str) -> Iterator[tuple[str, str]]:
    if granularity not in ("DAILY", "MONTHLY"):
        raise AwsError("ValidationException", f"Granularity {granularity} is not supported by the local target")
    begin, last = date.fromisoformat(start), date.fromisoformat(end)
    while begin < last:
        following = begin + timedelta(days=1)
        if granularity == "MONTHLY":
            following = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield begin.isoformat(), min(following, last).isoformat()
        begin = following


def _grouped(lines: list[CostLine], groups: list[dict[str, Any]], metrics: list[str]) -> list[dict[str, Any]]:
    found: dict[tuple[str, ...], list[CostLine]] = {}
    for by in groups:
        # Refused although nothing was used.
        group_of(CostLine("", "", 0.0), by)
    for line in lines:
        found.setdefault(tuple(group_of(line, by) for by in groups), []).append(line)
    return [{"Keys": list(keys), "Metrics": _amounts(some, metrics)} for keys, some in sorted(found.items())]


def _amounts(lines: list[CostLine], metrics: list[str]) -> dict[str, dict[str, str]]:
    # Texts, as AWS has them: no client may round them on the way.
    total = f"{sum(line.usd for line in lines):.10f}".rstrip("0").rstrip(".")
    return {name: {"Amount": total, "Unit": "USD"} for name in metrics}
