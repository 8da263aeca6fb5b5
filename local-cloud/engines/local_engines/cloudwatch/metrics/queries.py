"""MetricDataQuery structures: checked, and answered as time series."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import invalid
from . import statistics
from .math import Evaluator, Series, Value
from .math_parser import Call, Name, Node, Number, Operation, Several, names, parse
from .store import MetricKey, MetricStore

_ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")


@dataclass(frozen=True)
class Query:
    """One entry: a metric with its statistic, or an expression over other entries."""

    id: str
    label: str
    returned: bool
    key: MetricKey | None = None
    statistic: str = ""
    period: int = 0
    unit: str | None = None
    expression: Node | None = None


class Queries:
    """The entries of one request or alarm, which may refer to each other.

    :raises AwsError: InvalidParameterValue for what AWS or the local target does not take.
    """

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        self._queries = {query.id: query for query in map(_query, entries)}
        if len(self._queries) != len(entries):
            raise invalid("Each MetricDataQuery must have an id of its own")
        self._metrics = [query.id for query in self._queries.values() if query.key is not None]
        self.order = list(_in_order(self._queries))
        periods = {query.period for query in self._queries.values() if query.key is not None}
        if len(periods) > 1 and any(query.expression is not None for query in self._queries.values()):
            listed = ", ".join(map(str, sorted(periods)))
            raise invalid(f"All metrics of an expression must have one period on the local target, not {listed}")
        if not periods:
            raise invalid("At least one entry must be a metric")
        self.period = max(periods)

    def __iter__(self) -> Iterator[Query]:
        return iter(self._queries.values())

    @property
    def keys(self) -> list[MetricKey]:
        return [query.key for query in self._queries.values() if query.key is not None]

    def watched(self) -> Query:
        """The entry that an alarm watches: the only one with ReturnData, and one time series."""
        returned = [query for query in self._queries.values() if query.returned]
        if len(returned) != 1:
            raise invalid(f"Exactly one element of the metrics list must return data, not {len(returned)}")
        if self._kind(returned[0].id) != "series":
            raise invalid("The expression of an alarm must give one time series, not a number or several series")
        return returned[0]

    def evaluate(self, store: MetricStore, slots_of: Mapping[int, Sequence[float]]) -> dict[str, Value]:
        """What each id stands for, by the slots of each period."""
        values: dict[str, Value] = {}
        for query in self.order:
            period = query.period or self.period
            slots = slots_of[period]
            if query.key is not None:
                values[query.id] = statistics.series(store, query.key, query.statistic, slots, period, query.unit)
            elif query.expression is not None:
                evaluator = Evaluator(values, slots, float(period), self._metrics)
                values[query.id] = evaluator.evaluate(query.expression)
        return values

    def series_of(self, query: Query, value: Value, slots: Sequence[float]) -> list[Series]:
        """What is shown for a query: a number as a constant series, a list as several."""
        if isinstance(value, list):
            return value
        return [Evaluator({}, slots, float(self.period), ()).as_series(value)]

    def _kind(self, name: str) -> str:
        query = self._queries[name]
        return "series" if query.expression is None else self._kind_of(query.expression)

    def _kind_of(self, node: Node) -> str:
        if isinstance(node, Number):
            return "number"
        if isinstance(node, Name):
            return self._kind(node.name)
        if isinstance(node, Several):
            return "list"
        if isinstance(node, Operation):
            return max(self._kind_of(node.left), self._kind_of(node.right), key=_WIDTH.index)
        return self._kind_of_call(node)

    def _kind_of_call(self, node: Call) -> str:
        if node.function in ("MAX", "MIN", "SUM", "AVG"):
            return "series" if self._kind_of(node.arguments[0]) == "list" else "number"
        if node.function in ("METRICS", "PERIOD"):
            return "list" if node.function == "METRICS" else "number"
        if node.function == "IF":
            return max((self._kind_of(one) for one in node.arguments), key=_WIDTH.index)
        return self._kind_of(node.arguments[0])


_WIDTH = ("number", "series", "list")


def _query(entry: Mapping[str, Any]) -> Query:
    name = entry["Id"]
    if _ID.fullmatch(name) is None:
        raise invalid(f"The id {name!r} must begin with a lower-case letter and have letters, digits and underscores")
    metric, expression = entry.get("MetricStat"), entry.get("Expression")
    if (metric is None) == (expression is None):
        raise invalid(f"The entry {name} must have exactly one of MetricStat and Expression")
    if entry.get("AccountId") is not None:
        raise invalid(f"AccountId of the entry {name} is not supported by the local target")
    label, returned = entry.get("Label") or "", entry.get("ReturnData", True)
    if expression is not None:
        node = parse(expression)
        return Query(name, label or name, returned, expression=node)
    statistics.check(metric["Stat"])
    check_period(metric["Period"])
    described = metric["Metric"]
    if not described.get("Namespace") or not described.get("MetricName"):
        raise invalid(f"The metric of the entry {name} must have Namespace and MetricName")
    key = MetricKey.of(described["Namespace"], described["MetricName"], described.get("Dimensions"))
    label = label or described["MetricName"]
    return Query(name, label, returned, key, metric["Stat"], metric["Period"], metric.get("Unit"))


def check_period(period: int) -> None:
    """AWS: 1, 5, 10, 20, 30 or a multiple of 60 (MetricStat, `Period`)."""
    if period not in (1, 5, 10, 20, 30) and (period <= 0 or period % 60 != 0):
        raise invalid(f"The period {period} must be 1, 5, 10, 20, 30 or a multiple of 60")


def _in_order(queries: Mapping[str, Query]) -> Iterator[Query]:
    """Entries after those that they refer to. Raises InvalidParameterValue for a circle or an unknown id."""
    done: set[str] = set()
    open_ids: list[str] = []

    def visit(query: Query) -> Iterator[Query]:
        if query.id in done:
            return
        if query.id in open_ids:
            raise invalid(f"The expressions {', '.join(open_ids)} refer to each other in a circle")
        open_ids.append(query.id)
        for name in names(query.expression) if query.expression is not None else ():
            if name not in queries:
                raise invalid(f"The expression of {query.id} refers to {name}, which is no id of the request")
            yield from visit(queries[name])
        open_ids.pop()
        done.add(query.id)
        yield query

    # Metrics first: METRICS() refers to all of them without naming one.
    for query in sorted(queries.values(), key=lambda one: one.key is None):
        yield from visit(query)
