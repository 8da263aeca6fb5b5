"""Where Trino converts nothing by itself and DuckDB would: what fails on AWS must fail here too.

Only operands whose types are known are looked at, and only their families: text, number, time, truth value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from .nodes import ArgumentTypeError, Rule, TypeMismatchError, Types, type_of

_T = exp.DataType.Type
_FAMILIES: dict[str, Any] = {
    "text": exp.DataType.TEXT_TYPES,
    "number": exp.DataType.NUMERIC_TYPES,
    "time": exp.DataType.TEMPORAL_TYPES,
    "boolean": {_T.BOOLEAN},
}
_COMPARISONS = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


def family(node: exp.Expr | None, types: Types) -> tuple[str, str] | None:
    """(family, Trino's name of the type), None where it is not known."""
    if node is None or isinstance(node, (exp.Any, exp.All, exp.Query, exp.Null)):
        return None
    known = node.to if isinstance(node, exp.Cast) else types.get(id(node))
    for name, members in _FAMILIES.items():
        if known is not None and known.this in members:
            if isinstance(node, exp.Literal) and node.is_string:
                return name, f"varchar({len(node.name)})"
            return name, known.sql("trino").lower()
    return None


def _require_same(node: exp.Expr, operator: str, left: exp.Expr, others: list[exp.Expr], types: Types) -> None:
    first = family(left, types)
    for other in others:
        second = family(other, types)
        if first is not None and second is not None and first[0] != second[0]:
            raise TypeMismatchError(f"Cannot apply operator: {first[1]} {operator} {second[1]}", node)


def _compare(node: exp.Expr, types: Types) -> exp.Expr:
    if isinstance(node, exp.Between):
        _require_same(node, "BETWEEN", node.this, [node.args["low"], node.args["high"]], types)
    elif isinstance(node, exp.In):
        _require_same(node, "IN", node.this, node.expressions, types)
    else:
        _require_same(node, _COMPARISONS[type(node)], node.this, [node.args["expression"]], types)
    return node


def check_arithmetic(node: exp.Binary, types: Types) -> None:
    """Raises TypeMismatchError for text or a truth value among the operands; times have intervals beside them."""
    sides = [family(node.left, types), family(node.right, types)]
    if None not in sides and any(side is not None and side[0] in ("text", "boolean") for side in sides):
        shown = f" {_ARITHMETIC[type(node)]} ".join(side[1] for side in sides if side is not None)
        raise TypeMismatchError(f"Cannot apply operator: {shown}", node)


def check_concatenation(node: exp.Expr, types: Types) -> None:
    """Raises ArgumentTypeError for text beside something that is none."""
    parts = node.expressions if isinstance(node, exp.Concat) else [node.this, node.args["expression"]]
    found = [kind for part in parts if (kind := family(part, types)) is not None]
    if any(kind[0] == "text" for kind in found) and any(kind[0] != "text" for kind in found):
        shown = ", ".join(kind[1] for kind in found)
        raise ArgumentTypeError(f"Unexpected parameters ({shown}) for function concat", node)


def _concat(node: exp.Concat, types: Types) -> exp.Expr:
    check_concatenation(node, types)
    return node


def _branches(node: exp.Expr, types: Types) -> exp.Expr:
    """CASE, IF, coalesce and the like: one type for all results."""
    found = [(part, kind) for part in _results(node) if (kind := family(part, types)) is not None]
    for _, kind in found:
        if kind[0] != found[0][1][0]:
            name = "CASE" if isinstance(node, (exp.Case, exp.If)) else type(node).__name__.upper()
            raise TypeMismatchError(
                f"All {name} results must be the same type or coercible to a common type. Cannot find common type "
                f"between {found[0][1][1]} and {kind[1]}, all types (without duplicates): "
                f"[{', '.join(dict.fromkeys(k[1] for _, k in found))}]",
                node,
            )
    return node


def _results(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Case):
        for branch in node.args["ifs"]:
            yield branch.args["true"]
        if node.args.get("default") is not None:
            yield node.args["default"]
    elif isinstance(node, exp.If):
        yield node.args["true"]
        if node.args.get("false") is not None:
            yield node.args["false"]
    else:
        yield node.this
        yield from node.expressions
        if isinstance(node, exp.Nullif):
            yield node.expression


def _set_operation(node: exp.SetOperation, types: Types) -> exp.Expr:
    left, right = node.left.selects, node.right.selects
    if len(left) != len(right):
        return node
    for position, (one, other) in enumerate(zip(left, right, strict=True), 1):
        kinds = [family(side.unalias(), types) for side in (one, other)]
        if kinds[0] is not None and kinds[1] is not None and kinds[0][0] != kinds[1][0]:
            raise TypeMismatchError(
                f"column {position} in {type(node).__name__.upper()} query has incompatible types: {kinds[0][1]}, "
                f"{kinds[1][1]}",
                node,
            )
    return node


def require_times(node: exp.Expr, types: Types, *arguments: exp.Expr | None) -> None:
    """Raises ArgumentTypeError for text: DuckDB reads dates from it by itself."""
    for argument in arguments:
        known = type_of(argument, types)
        if known is not None and known.this in exp.DataType.TEXT_TYPES:
            kind = known.sql("trino").lower()
            raise ArgumentTypeError(f"Unexpected parameters ({kind}, …) for a function of time", node)


def _of_time(node: exp.Expr, types: Types) -> exp.Expr:
    require_times(node, types, node.this)
    return node


RULES: dict[type[exp.Expr], Rule] = {
    **dict.fromkeys([*_COMPARISONS, exp.Between, exp.In], _compare),
    **dict.fromkeys([exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif], _branches),
    **dict.fromkeys([exp.Union, exp.Intersect, exp.Except], _set_operation),
    exp.Concat: _concat,
    **dict.fromkeys(
        [exp.Year, exp.Quarter, exp.Month, exp.WeekOfYear, exp.Day, exp.DayOfWeekIso, exp.DayOfYear, exp.Hour,
         exp.Minute, exp.Second, exp.TimeToStr],
        _of_time,
    ),
}  # fmt: skip
