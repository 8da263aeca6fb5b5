"""Puts the metrics of services into the store, for those that an alarm or a query asks for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from ..clock import floor
from ..metrics.store import MetricKey, MetricStore, Sample, sample_of

#: AWS services put these once a minute. Seconds.
_MINUTE = 60.0


class Gauge(Protocol):
    @property
    def names(self) -> frozenset[str]: ...

    def read(self, key: MetricKey, now: float) -> tuple[float, str] | None:
        """Value and unit now; None: no data point."""
        ...


class Counter(Protocol):
    @property
    def names(self) -> frozenset[str]: ...

    def read(self, key: MetricKey) -> tuple[float, float] | None:
        """Sum and number of samples since the last call; None: no data point."""
        ...


class Collection:
    """By namespace. A look stands for the running minute, and for the minute before where nobody looked in it."""

    def __init__(
        self,
        store: MetricStore,
        now: Callable[[], float],
        gauges: Mapping[str, Gauge],
        counters: Mapping[str, Counter],
    ) -> None:
        self._store, self._now = store, now
        self._gauges, self._counters = gauges, counters
        self._lock = threading.Lock()
        self._looked = now()

    def refresh(self, keys: Iterable[MetricKey]) -> None:
        """Brings what services measure up to date; other metrics are left as they are."""
        with self._lock:
            now = self._now()
            minute = floor(now, _MINUTE)
            for key in dict.fromkeys(keys):
                if (gauge := self._gauges.get(key.namespace)) is not None and key.name in gauge.names:
                    self._put_gauge(key, gauge.read(key, now), minute)
                elif (counter := self._counters.get(key.namespace)) is not None and key.name in counter.names:
                    self._put_counts(key, counter.read(key), minute)
            self._looked = now

    def unmeasured(self, key: MetricKey) -> str | None:
        """Why no data point can come; None for the program's own metrics and for what is measured."""
        if not key.namespace.startswith("AWS/") or key.namespace == "AWS/Athena":
            return None
        source = self._gauges.get(key.namespace) or self._counters.get(key.namespace)
        if source is not None and key.name in source.names:
            return None
        return f"The local target does not measure {key.namespace} {key.name}."

    def _put_gauge(self, key: MetricKey, reading: tuple[float, str] | None, minute: float) -> None:
        if reading is None:
            return
        value, unit = reading
        if not self._store.between(key, minute - _MINUTE, minute):
            self._store.put_gauge(key, sample_of(minute - _MINUTE, unit, [(value, 1.0)]))
        self._store.put_gauge(key, sample_of(minute, unit, [(value, 1.0)]))

    def _put_counts(self, key: MetricKey, counted: tuple[float, float] | None, minute: float) -> None:
        if counted is None:
            return
        total, count = counted
        # It happened between the last look and now: in the minute that is over if that is possible, so that it is seen.
        at = minute - _MINUTE if self._looked < minute else minute
        least, most = (1.0, 1.0) if total == count else (0.0, 1.0 if total > 0 else 0.0)
        self._store.put(key, Sample(at, "Count", count, total, least, most))
