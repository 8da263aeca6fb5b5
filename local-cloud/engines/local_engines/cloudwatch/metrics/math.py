"""Evaluates metric math over time series (CloudWatch user guide, "Using math expressions with CloudWatch metrics").

A value is a number, a time series (slot -> number, slots without data left out) or a list of time series. Operators on
two series keep the slots that both have. What cannot be computed, as a division by zero, is no data point.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Mapping, Sequence

from ..errors import invalid
from .math_parser import FILLINGS, Call, Name, Node, Number, Operation, Several

Series = dict[float, float]
Value = float | Series | list[Series]

_SIGNS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "&&": lambda a, b: a != 0 and b != 0,
    "||": lambda a, b: a != 0 or b != 0,
}
_AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
    "AVG": lambda values: math.fsum(values) / len(values),
}
_EACH: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}


class Evaluator:
    """Over the slots (beginnings of periods, in order) of one period. `values`: what each id stands for."""

    def __init__(
        self, values: Mapping[str, Value], slots: Sequence[float], period: float, metrics: Sequence[str]
    ) -> None:
        self._values = values
        self._slots = slots
        self._period = period
        self._metrics = metrics

    def evaluate(self, node: Node) -> Value:
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Name):
            return self._values[node.name]
        if isinstance(node, Several):
            return [one for item in node.items for one in self._as_list(self.evaluate(item))]
        if isinstance(node, Operation):
            return _apply(_SIGNS[node.sign], self.evaluate(node.left), self.evaluate(node.right))
        return self._call(node)

    def _call(self, node: Call) -> Value:
        if node.function == "METRICS":
            return [one for name in self._metrics for one in self._as_list(self._values[name])]
        if node.function == "FILL":
            value, filling = self.evaluate(node.arguments[0]), node.arguments[1]
            if isinstance(filling, Name) and filling.name in FILLINGS:
                return _map(lambda series: self._fill(series, filling.name), value)
            with_ = self.evaluate(filling)
            return _map(lambda series: self._fill(series, with_), value)
        values = [self.evaluate(argument) for argument in node.arguments]
        first = values[0]
        if node.function == "IF":
            return self._choose(values)
        if node.function == "PERIOD":
            return self._period
        if node.function in _AGGREGATES:
            return _aggregate(_AGGREGATES[node.function], first)
        if node.function in _EACH:
            each = _EACH[node.function]
            return each(first) if isinstance(first, float) else _map(lambda s: _points(each, s), first)
        return _map(_OF_SERIES[node.function], first)

    def _choose(self, values: list[Value]) -> Value:
        condition, then = values[0], values[1]
        otherwise = values[2] if len(values) > 2 else {}
        if any(isinstance(value, list) for value in values):
            raise invalid("IF takes time series and numbers, not lists, on the local target")
        if isinstance(condition, float):
            return then if condition != 0 else otherwise
        chosen: Series = {}
        for slot, truth in condition.items():  # type: ignore[union-attr]
            branch = then if truth != 0 else otherwise
            value = branch if isinstance(branch, float) else branch.get(slot)  # type: ignore[union-attr]
            if value is not None:
                chosen[slot] = value
        return chosen

    def _fill(self, series: Series, filling: Value | str) -> Series:
        filled: Series = {}
        for slot in self._slots:
            value = series.get(slot)
            if value is None:
                value = _filler(series, slot, filling)
            if value is not None:
                filled[slot] = value
        return filled

    def _as_list(self, value: Value) -> list[Series]:
        return value if isinstance(value, list) else [self.as_series(value)]

    def as_series(self, value: Value) -> Series:
        """A number as the series that has it everywhere. Raises InvalidParameterValue for a list."""
        if isinstance(value, list):
            raise invalid("The expression gives several time series where one is wanted")
        if isinstance(value, dict):
            return value
        return {} if math.isnan(value) else dict.fromkeys(self._slots, float(value))


def _filler(series: Series, slot: float, filling: Value | str) -> float | None:
    if isinstance(filling, float):
        return filling
    if isinstance(filling, dict):
        return filling.get(slot)
    before = max((other for other in series if other < slot), default=None)
    if filling == "REPEAT":
        return None if before is None else series[before]
    after = min((other for other in series if other > slot), default=None)
    if before is None or after is None:
        return None
    return series[before] + (series[after] - series[before]) * (slot - before) / (after - before)


def _apply(sign: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, list) and isinstance(right, list):
        raise invalid("An operator takes at most one list of time series")
    if isinstance(left, list):
        return [_apply(sign, one, right) for one in left]  # type: ignore[misc]
    if isinstance(right, list):
        return [_apply(sign, left, one) for one in right]  # type: ignore[misc]
    if isinstance(left, float) and isinstance(right, float):
        return _computed(sign, left, right)
    slots = left.keys() if isinstance(left, dict) else right.keys()  # type: ignore[union-attr]
    result: Series = {}
    for slot in slots:
        a = left.get(slot) if isinstance(left, dict) else left
        b = right.get(slot) if isinstance(right, dict) else right
        if a is not None and b is not None and not math.isnan(value := _computed(sign, a, b)):
            result[slot] = value
    return result


def _computed(sign: Callable[[float, float], float], left: float, right: float) -> float:
    try:
        value = float(sign(left, right))
    except (ArithmeticError, TypeError):
        # A power of a negative number is complex: no data point either.
        return math.nan
    return value if math.isfinite(value) else math.nan


def _map(function: Callable[[Series], Series], value: Value) -> Value:
    if isinstance(value, float):
        raise invalid("The function takes a time series, not a number")
    return [function(one) for one in value] if isinstance(value, list) else function(value)


def _points(each: Callable[[float], float], series: Series) -> Series:
    return {slot: float(each(value)) for slot, value in series.items()}


def _aggregate(function: Callable[[Sequence[float]], float], value: Value) -> Value:
    """A number of one series; a series, slot by slot over what is there, of a list."""
    if isinstance(value, float):
        return value
    if isinstance(value, dict):
        return float(function(list(value.values()))) if value else math.nan
    slots = sorted({slot for one in value for slot in one})
    return {slot: float(function([one[slot] for one in value if slot in one])) for slot in slots}


def _differences(series: Series, per_second: bool) -> Series:
    slots = sorted(series)
    return {
        after: (series[after] - series[before]) / ((after - before) if per_second else 1)
        for before, after in itertools.pairwise(slots)
    }


def _running_sum(series: Series) -> Series:
    total, result = 0.0, {}
    for slot in sorted(series):
        total += series[slot]
        result[slot] = total
    return result


_OF_SERIES: dict[str, Callable[[Series], Series]] = {
    "DIFF": lambda series: _differences(series, per_second=False),
    "RATE": lambda series: _differences(series, per_second=True),
    "RUNNING_SUM": _running_sum,
}
