"""Scales of Trino's decimal arithmetic, which DuckDB does in floating point."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

_EXACT_INTEGERS = exp.DataType.INTEGER_TYPES
#: Nodes that keep the scale of their argument.
_SAME = (
    exp.Paren,
    exp.Neg,
    exp.Sum,
    exp.Min,
    exp.Max,
    exp.Avg,
    exp.AnyValue,
    exp.Abs,
    exp.Window,
    exp.Alias,
    exp.Round,
    exp.Filter,
)


def scale_of(node: exp.Expr, types: Mapping[int, exp.DataType]) -> int | None:
    """Scale of an exact number (0 for integers), None for anything else or when it is not known."""
    if isinstance(node, exp.Literal):
        return len(node.this.partition(".")[2]) if not node.is_string and "e" not in node.this.lower() else None
    if isinstance(node, _SAME):
        return scale_of(node.this, types)
    if isinstance(node, (exp.Count, exp.CountIf)):
        return 0
    if isinstance(node, (exp.Add, exp.Sub, exp.Mod, exp.Div)):
        return _combine(max, scale_of(node.left, types), scale_of(node.right, types))
    if isinstance(node, exp.Mul):
        return _combine(lambda a, b: a + b, scale_of(node.left, types), scale_of(node.right, types))
    if isinstance(node, exp.Coalesce):
        scale = scale_of(node.this, types)
        for other in node.expressions:
            scale = _combine(max, scale, scale_of(other, types))
        return scale
    if isinstance(node, (exp.Cast, exp.TryCast)):
        return _declared(node.to)
    known = types.get(id(node))
    return _declared(known) if known is not None else None


def _combine(operation: object, left: int | None, right: int | None) -> int | None:
    if left is None or right is None:
        return None
    return int(operation(left, right))  # type: ignore[operator]


def _declared(kind: exp.DataType) -> int | None:
    if kind.this in _EXACT_INTEGERS:
        return 0
    if kind.this != exp.DataType.Type.DECIMAL or not kind.expressions:
        return None
    return int(kind.expressions[1].name) if len(kind.expressions) > 1 else 0
