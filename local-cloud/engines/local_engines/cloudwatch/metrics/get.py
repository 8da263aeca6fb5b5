"""GetMetricStatistics, GetMetricData and ListMetrics (API reference, pages of these names)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..clock import floor
from ..errors import invalid, refusal
from ..paging import page
from . import statistics
from .queries import Queries, check_period
from .store import MetricKey, MetricStore

#: Data points that one answer may have.
_MOST_STATISTICS, _MOST_DATA = 1440, 100_800
_MOST_QUERIES = 500
_LIST_PAGE = 500
#: ListMetrics shows what got data within the past two weeks, or three hours if so asked. Seconds.
_ACTIVE = 14 * 86_400.0
_RECENT = 3 * 3600.0

#: Brings metrics of services up to date before they are read.
Refresh = Callable[[Iterable[MetricKey]], None]


def get_metric_statistics(store: MetricStore, body: Mapping[str, Any], refresh: Refresh) -> dict[str, Any]:
    """Periods begin at StartTime, cut to its minute."""
    start, end, period = body["StartTime"], body["EndTime"], body["Period"]
    wanted, extended = body.get("Statistics") or [], body.get("ExtendedStatistics") or []
    if not wanted and not extended:
        raise refusal("MissingParameter", "Must specify either Statistics or ExtendedStatistics")
    if start >= end:
        raise invalid("The parameter StartTime must be less than the parameter EndTime")
    check_period(period)
    for statistic in (*wanted, *extended):
        statistics.check(statistic)
    slots = _slots(floor(start, 60 if period >= 60 else period), end, period)
    if len(slots) > _MOST_STATISTICS:
        message = f"You have requested up to {len(slots)} datapoints, which exceeds the limit of {_MOST_STATISTICS}"
        raise refusal("InvalidParameterCombination", message)
    key = MetricKey.of(body["Namespace"], body["MetricName"], body.get("Dimensions"))
    refresh([key])
    points = []
    for slot, samples in statistics.by_slot(store, key, slots, period, body.get("Unit")).items():
        point: dict[str, Any] = {"Timestamp": slot, "Unit": samples[-1].unit}
        point |= {name: statistics.compute(name, samples) for name in wanted}
        further = {name: statistics.compute(name, samples) for name in extended}
        if further:
            point["ExtendedStatistics"] = {name: value for name, value in further.items() if value is not None}
        points.append(point)
    return {"Label": body["MetricName"], "Datapoints": points}


def get_metric_data(store: MetricStore, body: Mapping[str, Any], refresh: Refresh) -> dict[str, Any]:
    """Periods begin at multiples of their length since 1970, as whole hours and days do."""
    start, end = body["StartTime"], body["EndTime"]
    if start >= end:
        raise refusal("ValidationError", "The parameter StartTime must be less than the parameter EndTime")
    if len(body["MetricDataQueries"]) > _MOST_QUERIES:
        raise refusal("ValidationError", f"A request must not have more than {_MOST_QUERIES} queries")
    queries = Queries(body["MetricDataQueries"])
    periods = {query.period for query in queries if query.key is not None}
    slots_of = {period: _slots(floor(start, period), end, period) for period in periods}
    if sum(len(slots_of[query.period or queries.period]) for query in queries if query.returned) > _MOST_DATA:
        raise invalid(f"The request would give more than {_MOST_DATA} data points: ask for less time or longer periods")
    refresh(queries.keys)
    values = queries.evaluate(store, slots_of)
    newest_first = body.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = []
    for query in queries:
        if not query.returned:
            continue
        for series in queries.series_of(query, values[query.id], slots_of[query.period or queries.period]):
            slots = sorted(series, reverse=newest_first)
            result = {"Id": query.id, "Label": query.label, "StatusCode": "Complete", "Timestamps": slots}
            results.append({**result, "Values": [series[slot] for slot in slots]})
    return {"MetricDataResults": results, "Messages": []}


def list_metrics(store: MetricStore, body: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Those with data of the past two weeks that fit every filter given."""
    if body.get("IncludeLinkedAccounts") or body.get("OwningAccount"):
        raise invalid("IncludeLinkedAccounts and OwningAccount are not supported by the local target")
    recent = body.get("RecentlyActive")
    if recent not in (None, "PT3H"):
        raise refusal("ValidationError", f"RecentlyActive must be PT3H, not {recent}")
    filters = body.get("Dimensions") or []
    found = [
        key
        for key in store.keys(now - (_RECENT if recent else _ACTIVE))
        if body.get("Namespace") in (None, key.namespace)
        and body.get("MetricName") in (None, key.name)
        and all(_fits(one, key) for one in filters)
    ]
    found.sort(key=lambda key: (key.namespace, key.name, sorted(key.dimensions)))
    shown, rest = page(found, body.get("NextToken"), _LIST_PAGE)
    return {"Metrics": [key.to_api() for key in shown], **rest}


def _fits(wanted: Mapping[str, Any], key: MetricKey) -> bool:
    return any(name == wanted["Name"] and wanted.get("Value") in (None, value) for name, value in key.dimensions)


def _slots(start: float, end: float, period: float) -> Sequence[float]:
    return [start + number * period for number in range(math.ceil((end - start) / period))]
