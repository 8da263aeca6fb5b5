"""PutMetricData (API reference: "PutMetricData", "MetricDatum", "Dimension", "StatisticSet")."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..clock import floor
from ..errors import invalid, refusal
from .store import MetricKey, MetricStore, Sample, sample_of

_MOST_METRICS = 1000
_MOST_VALUES = 150
_MOST_DIMENSIONS = 30
_GREATEST = 2.0**360
#: How old, and how far in the future, a data point may be. Seconds.
_OLDEST, _NEWEST = 14 * 86_400, 2 * 3600


def put_metric_data(store: MetricStore, body: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Keeps all data points of the request, or none: all are checked first."""
    namespace = body["Namespace"]
    if namespace.startswith(":"):
        raise invalid("The value for parameter Namespace is invalid: it must not begin with a colon")
    if body.get("EntityMetricData"):
        raise invalid("EntityMetricData is not supported by the local target: use MetricData")
    data = body.get("MetricData") or []
    if not data:
        raise refusal("MissingParameter", "The parameter MetricData is required")
    if len(data) > _MOST_METRICS:
        raise invalid(
            f"The collection MetricData must not have a size greater than {_MOST_METRICS}; it has {len(data)}"
        )
    samples = [_read(namespace, datum, number, now) for number, datum in enumerate(data, 1)]
    for key, sample in samples:
        store.put(key, sample)
    return {}


def _read(namespace: str, datum: Mapping[str, Any], number: int, now: float) -> tuple[MetricKey, Sample]:
    place = f"MetricData.member.{number}"
    dimensions = datum.get("Dimensions") or []
    if len(dimensions) > _MOST_DIMENSIONS:
        raise invalid(f"{place}.Dimensions must not have a size greater than {_MOST_DIMENSIONS}")
    _check_dimensions(dimensions, place)
    at = datum.get("Timestamp", now)
    if not now - _OLDEST <= at <= now + _NEWEST:
        raise invalid(f"{place}.Timestamp must be within the past two weeks and at most two hours in the future")
    resolution = datum.get("StorageResolution", 60)
    if resolution not in (1, 60):
        raise invalid(f"{place}.StorageResolution must be 1 or 60, not {resolution}")
    moment, unit = floor(at, resolution), datum.get("Unit", "None")
    key = MetricKey.of(namespace, datum["MetricName"], dimensions)
    given = [name for name in ("Value", "Values", "StatisticValues") if datum.get(name) is not None]
    if len(given) > 1:
        message = f"The parameters {place}.{given[0]} and {place}.{given[1]} are mutually exclusive"
        raise refusal("InvalidParameterCombination", message)
    if not given:
        raise refusal("MissingParameter", f"At least one of Value, Values and StatisticValues is required: {place}")
    if given == ["StatisticValues"]:
        return key, _statistic_set(datum["StatisticValues"], moment, unit, place)
    return key, sample_of(moment, unit, _weights(datum, place))


def _check_dimensions(dimensions: list[Mapping[str, Any]], place: str) -> None:
    seen = set()
    for one in dimensions:
        name, value = one["Name"], one["Value"]
        if name in seen:
            raise invalid(f"{place}.Dimensions names {name} twice")
        seen.add(name)
        if not name.strip() or not value.strip() or name.startswith(":"):
            raise invalid(
                f"{place}.Dimensions has {name!r}={value!r}: neither may be blank, no name may begin with ':'"
            )
        if not (name + value).isascii():
            raise invalid(f"{place}.Dimensions has {name!r}={value!r}: only ASCII characters are allowed")


def _weights(datum: Mapping[str, Any], place: str) -> Iterator[tuple[float, float]]:
    values = datum["Values"] if datum.get("Values") is not None else [datum["Value"]]
    counts = datum.get("Counts")
    if counts is not None and datum.get("Values") is None:
        raise refusal("InvalidParameterCombination", f"{place}.Counts is for Values")
    if counts is None:
        counts = [1.0] * len(values)
    if len(values) != len(counts):
        raise invalid(f"The parameters {place}.Values and {place}.Counts must be of the same size")
    if not 0 < len(values) <= _MOST_VALUES:
        raise invalid(f"{place}.Values must have 1 to {_MOST_VALUES} values, not {len(values)}")
    for value, count in zip(values, counts, strict=True):
        _check_number(value, f"{place}.Value")
        _check_number(count, f"{place}.Counts")
        if count <= 0:
            raise invalid(f"{place}.Counts must be greater than 0, not {count}")
        yield float(value), float(count)


def _statistic_set(given: Mapping[str, Any], moment: float, unit: str, place: str) -> Sample:
    count, total, least, most = (float(given[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
    for value in (count, total, least, most):
        _check_number(value, f"{place}.StatisticValues")
    if count <= 0 or least > most:
        raise invalid(f"{place}.StatisticValues must have a SampleCount above 0 and a Minimum up to its Maximum")
    return Sample(moment, unit, count, total, least, most)


def _check_number(value: Any, place: str) -> None:
    # Texts are what AWS JSON has for NaN and the infinities.
    if isinstance(value, str) or not math.isfinite(value) or abs(value) > _GREATEST:
        raise invalid(f"The value {value} for parameter {place} is invalid: it must be a number within ±2^360")
