"""Samples by metric, as PutMetricData brings them."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: AWS keeps one-minute data for 15 days (CloudWatch user guide, "Metrics retention"). Seconds.
RETENTION = 15 * 86_400.0


@dataclass(frozen=True)
class MetricKey:
    """What a metric is known by: two metrics with other dimensions have nothing in common."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()

    @staticmethod
    def of(namespace: str, name: str, dimensions: Iterable[Mapping[str, Any]] | None) -> MetricKey:
        pairs = frozenset((one["Name"], one["Value"]) for one in dimensions or ())
        return MetricKey(namespace, name, pairs)

    def to_api(self) -> dict[str, Any]:
        listed = [{"Name": name, "Value": value} for name, value in sorted(self.dimensions)]
        return {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": listed}


@dataclass(frozen=True, order=True)
class Sample:
    """What was put at one moment. `weights`: values with their counts; None where only a statistic set was given."""

    at: float
    unit: str = field(compare=False)
    count: float = field(compare=False)
    total: float = field(compare=False)
    least: float = field(compare=False)
    most: float = field(compare=False)
    weights: tuple[tuple[float, float], ...] | None = field(compare=False, default=None)


def sample_of(at: float, unit: str, weights: Iterable[tuple[float, float]]) -> Sample:
    """A sample of single values and how often each occurred."""
    pairs = tuple(weights)
    values = [value for value, _ in pairs]
    total = sum(value * count for value, count in pairs)
    return Sample(at, unit, sum(count for _, count in pairs), total, min(values), max(values), pairs)


class MetricStore:
    """May be used from many threads at once. Times are the engine's clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[MetricKey, list[Sample]] = {}

    def put(self, key: MetricKey, sample: Sample) -> None:
        with self._lock:
            insort(self._series.setdefault(key, []), sample)

    def put_gauge(self, key: MetricKey, sample: Sample) -> None:
        """Puts the only sample of its moment: an earlier one is replaced."""
        with self._lock:
            series = self._series.setdefault(key, [])
            at = bisect_left(series, sample)
            while at < len(series) and series[at].at == sample.at:
                del series[at]
            series.insert(at, sample)

    def between(self, key: MetricKey, start: float, end: float, unit: str | None = None) -> list[Sample]:
        """Samples with start ≤ at < end, in order; with a unit only those that were put with it."""
        with self._lock:
            series = self._series.get(key, [])
            found = series[_index(series, start) : _index(series, end)]
        return found if unit is None else [sample for sample in found if sample.unit == unit]

    def keys(self, since: float) -> list[MetricKey]:
        """Metrics that got a sample since then."""
        with self._lock:
            return [key for key, series in self._series.items() if series and series[-1].at >= since]

    def forget(self, before: float) -> None:
        """Drops what is older."""
        with self._lock:
            for key, series in list(self._series.items()):
                del series[: _index(series, before)]
                if not series:
                    del self._series[key]


def _index(series: list[Sample], at: float) -> int:
    return bisect_left(series, at, key=lambda sample: sample.at)
