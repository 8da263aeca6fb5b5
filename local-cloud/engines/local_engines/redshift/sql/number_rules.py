"""Rules for arithmetic: division, and the types of SUM and AVG ("Computations with numeric values")."""

from __future__ import annotations

from sqlglot import exp

from ...sql.nodes import Rule, Types, as_type, call, is_type, number, type_of
from .functions import require

_T = exp.DataType.Type
_INTEGERS = tuple(exp.DataType.INTEGER_TYPES)
_SMALL = (_T.TINYINT, _T.SMALLINT, _T.INT)
_MAX_DIGITS = 38
#: Scale of a decimal quotient is at least this.
_MIN_QUOTIENT_SCALE = 4


def _decimal(node: exp.Expr | None, types: Types) -> tuple[int, int] | None:
    """(precision, scale) of an exact number that is no integer alone; None for anything else."""
    known = type_of(node, types)
    if known is None:
        return None
    if known.this == _T.DECIMAL:
        sizes = [int(e.name) for e in known.expressions]
        return (sizes[0], sizes[1] if len(sizes) > 1 else 0) if sizes else (18, 0)
    return {_T.TINYINT: (3, 0), _T.SMALLINT: (5, 0), _T.INT: (10, 0), _T.BIGINT: (19, 0)}.get(known.this)


def _divide(node: exp.Div, types: Types) -> exp.Expr:
    """Integers give an integer, decimals a decimal; DuckDB would make a double of the latter."""
    left, right = _decimal(node.left, types), _decimal(node.right, types)
    both_integers = is_type(node.left, types, *_INTEGERS) and is_type(node.right, types, *_INTEGERS)
    if left is None or right is None or both_integers:
        return call("redshift_div", node.left, node.right)
    scale = max(_MIN_QUOTIENT_SCALE, left[1] + right[0] - right[1] + 1)
    whole = left[0] - left[1] + right[1]
    scale = max(_MIN_QUOTIENT_SCALE, min(scale, _MAX_DIGITS - whole))
    return _quotient(node.left, node.right, max(left[1], right[1]), scale)


def _quotient(left: exp.Expr, right: exp.Expr, common: int, scale: int) -> exp.Expr:
    """The exact quotient of two decimals of at most `common` places, rounded to `scale` places."""
    whole = [
        as_type(
            exp.Mul(this=as_type(side, f"DECIMAL({_MAX_DIGITS},{common})"), expression=number(10**common)), "HUGEINT"
        )
        for side in (left, right)
    ]
    return as_type(call("redshift_quotient", *whole), f"DECIMAL({_MAX_DIGITS},{scale})")


def _modulo(node: exp.Mod, types: Types) -> exp.Expr:
    return call("redshift_mod", node.left, node.right)


def _aggregate(node: exp.Expr, types: Types) -> exp.Expr:
    """SUM of integers is a bigint, of bigints a numeric(38,0); AVG of integers a bigint, of decimals a decimal. The
    cast goes around OVER."""
    if isinstance(node.parent, (exp.Window, exp.Filter, exp.WithinGroup, exp.IgnoreNulls)) and node.arg_key == "this":
        return node
    inner = node
    while isinstance(inner, (exp.Window, exp.Filter)):
        inner = inner.this
    argument = inner.this.expressions[0] if isinstance(inner.this, exp.Distinct) else inner.this
    if isinstance(inner, exp.Anonymous) and inner.name.lower() == "ratio_to_report":
        return _ratio(node, inner)
    if isinstance(inner, exp.Sum):
        if is_type(argument, types, *_SMALL):
            return as_type(node.copy(), "BIGINT")
        return as_type(node.copy(), "DECIMAL(38,0)") if is_type(argument, types, _T.BIGINT) else node
    if isinstance(inner, exp.Avg):
        return _average(node, argument, types)
    return node


def _average(node: exp.Expr, argument: exp.Expr, types: Types) -> exp.Expr:
    """AVG of exact numbers as SUM / COUNT, with the FILTER and OVER of the original around both."""
    decimal = _decimal(argument, types)
    if decimal is None:
        return node
    total, count = _with_inner(node, exp.Sum), _with_inner(node, exp.Count)
    if is_type(argument, types, *_INTEGERS):
        return as_type(call("redshift_div", total, count), "BIGINT")
    return _quotient(total, count, decimal[1], decimal[1])


def _with_inner(node: exp.Expr, kind: type[exp.AggFunc]) -> exp.Expr:
    """A copy with another aggregate in the place of AVG."""
    copy = node.copy()
    inner = copy
    while isinstance(inner, (exp.Window, exp.Filter)):
        inner = inner.this
    changed = kind(this=inner.this)
    if inner is copy:
        return changed
    inner.replace(changed)
    return copy


def _ratio(node: exp.Expr, inner: exp.Anonymous) -> exp.Expr:
    """RATIO_TO_REPORT(x) OVER (…) is x / SUM(x) OVER (…)."""
    require(isinstance(node, exp.Window), "ratio_to_report without OVER")
    value = inner.expressions[0]
    total = node.copy()
    total.set("this", exp.Sum(this=as_type(value.copy(), "DOUBLE")))
    return call("redshift_div", as_type(value.copy(), "DOUBLE"), total)


RULES: dict[type[exp.Expr], Rule] = {
    exp.Div: _divide,
    exp.Mod: _modulo,
    **dict.fromkeys([exp.Sum, exp.Avg, exp.Window, exp.Filter], _aggregate),
}
