"""Statistics of the samples of one period (CloudWatch user guide, "CloudWatch statistics definitions")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import invalid
from .store import MetricKey, MetricStore, Sample

SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
#: p0.0 to p100, with up to ten decimals.
_PERCENTILE = re.compile(r"p(100(?:\.0{1,10})?|\d{1,2}(?:\.\d{1,10})?)")
#: Other extended statistics of AWS.
_OTHERS = re.compile(r"(?i)(iqm|(tm|wm|tc|ts|pr)\d.*|(tm|wm|tc|ts|pr)\(.*\))")


def check(statistic: str) -> None:
    """Raises InvalidParameterValue for what AWS does not know, and by name for what the local target has not."""
    if statistic in SIMPLE or _PERCENTILE.fullmatch(statistic) is not None:
        return
    if _OTHERS.fullmatch(statistic) is not None:
        raise invalid(
            f"The statistic {statistic} is not supported by the local target: it has {', '.join(SIMPLE)} and "
            "percentiles such as p95 or p99.9"
        )
    raise invalid(f"The value {statistic} for parameter Stat is not a valid statistic")


def compute(statistic: str, samples: Sequence[Sample]) -> float | None:
    """One number for the samples of a period; None where there are none, or no values for a percentile."""
    if not samples:
        return None
    count = sum(sample.count for sample in samples)
    total = sum(sample.total for sample in samples)
    if statistic == "SampleCount":
        return count
    if statistic == "Sum":
        return total
    if statistic == "Average":
        return total / count if count > 0 else None
    if statistic == "Minimum":
        return min(sample.least for sample in samples)
    if statistic == "Maximum":
        return max(sample.most for sample in samples)
    return _percentile(float(statistic[1:]), samples)


def _percentile(percent: float, samples: Sequence[Sample]) -> float | None:
    """The least value that so many per cent of the values do not exceed (nearest rank).

    AWS keeps an approximate histogram and publishes no formula. As there, a statistic set counts only if it can mean
    but one value.
    """
    weights: list[tuple[float, float]] = []
    for sample in samples:
        if sample.weights is not None:
            weights += sample.weights
        elif sample.least == sample.most:
            weights.append((sample.least, sample.count))
        else:
            return None
    weights = sorted((value, count) for value, count in weights if count > 0)
    rank, seen = percent / 100 * sum(count for _, count in weights), 0.0
    for value, count in weights:
        seen += count
        # Rounding errors of fractional counts must not push the rank to the next value.
        if seen >= rank - 1e-9:
            return value
    return None


def by_slot(
    store: MetricStore, key: MetricKey, slots: Sequence[float], period: float, unit: str | None = None
) -> dict[float, list[Sample]]:
    """The samples of each slot: `slots` are the periods' beginnings, in order and `period` seconds apart."""
    if not slots:
        return {}
    found: dict[float, list[Sample]] = {}
    for sample in store.between(key, slots[0], slots[-1] + period, unit):
        found.setdefault(slots[int((sample.at - slots[0]) // period)], []).append(sample)
    return found


def series(
    store: MetricStore, key: MetricKey, statistic: str, slots: Sequence[float], period: float, unit: str | None = None
) -> dict[float, float]:
    """The statistic by slot; slots without data are left out."""
    found = by_slot(store, key, slots, period, unit)
    values = {slot: compute(statistic, samples) for slot, samples in found.items()}
    return {slot: value for slot, value in values.items() if value is not None}
