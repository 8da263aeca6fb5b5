"""Rules for operators and types: arithmetic, casts, dates."""

from __future__ import annotations

import re

from sqlglot import exp

from .decimals import scale_of
from .nodes import Rule, Types, as_type, call, is_type, number, type_of
from .type_checks import check_arithmetic, require_times

_T = exp.DataType.Type
_TIMESTAMPS = {_T.TIMESTAMP, _T.TIMESTAMPNTZ, _T.TIMESTAMPTZ, _T.TIMESTAMPLTZ, _T.DATETIME}
_WITHOUT_ZONE = (_T.TIMESTAMP, _T.DATETIME, _T.TIMESTAMPNTZ)
_FLOATING = (_T.DOUBLE, _T.FLOAT)
_MAX_DIGITS = 38


def _decimal(node: exp.Expr, scale: int) -> exp.Expr:
    rounded = exp.Round(this=node, decimals=number(scale))
    return as_type(rounded, f"DECIMAL({_MAX_DIGITS},{scale})")


def _div(node: exp.Div, types: Types) -> exp.Expr:
    check_arithmetic(node, types)
    # Inside of TRY a division by zero is null, which DuckDB's own operator answers anyway.
    floating = is_type(node.left, types, *_FLOATING) or is_type(node.right, types, *_FLOATING)
    name = "trino_div_double" if floating else "trino_div"
    divided = node.copy() if node.find_ancestor(exp.Try) is not None else call(name, node.left, node.right)
    left, right = scale_of(node.left, types), scale_of(node.right, types)
    if left is None or right is None or left == right == 0:
        return divided
    return _decimal(divided, max(left, right))


def _mod(node: exp.Mod, types: Types) -> exp.Expr:
    check_arithmetic(node, types)
    return node if node.find_ancestor(exp.Try) is not None else call("trino_mod", node.left, node.right)


def _mul(node: exp.Mul, types: Types) -> exp.Expr:
    check_arithmetic(node, types)
    return node


def _average(node: exp.Expr, types: Types) -> exp.Expr:
    """avg of decimals keeps their scale; the cast goes around FILTER and OVER."""
    if isinstance(node.parent, (exp.Window, exp.Filter, exp.WithinGroup)) and node.arg_key == "this":
        return node
    inner = node
    while isinstance(inner, (exp.Window, exp.Filter)):
        inner = inner.this
    scale = scale_of(inner.this, types) if isinstance(inner, exp.Avg) else None
    return _decimal(node.copy(), scale) if scale else node


def _round(node: exp.Round, types: Types) -> exp.Expr:
    """round(decimal, n) keeps the scale; DuckDB's result has n places."""
    scale = scale_of(node.this, types)
    if not scale or node.args.get("decimals") is None or isinstance(node.parent, exp.Cast):
        return node
    return as_type(node.copy(), f"DECIMAL({_MAX_DIGITS},{scale})")


def _date_diff(node: exp.DateDiff, types: Types) -> exp.Expr:
    """Whole units: DuckDB's date_diff counts boundaries."""
    require_times(node, types, node.this, node.expression)
    return call("date_sub", exp.Literal.string(node.text("unit").lower() or "day"), node.expression, node.this)


def _date_arithmetic(node: exp.Expr, types: Types) -> exp.Expr:
    """A date plus days is a date in Trino, a timestamp in DuckDB; a date minus a date is an interval, not a number."""
    left, right = node.this, node.args.get("expression")
    if isinstance(node, (exp.Add, exp.Sub)):
        check_arithmetic(node, types)
    else:
        require_times(node, types, left)
    if isinstance(node, exp.Sub) and is_type(left, types, _T.DATE) and is_type(right, types, _T.DATE):
        return call("to_days", as_type(exp.paren(node.copy(), copy=False), "INTEGER"))
    if not (is_type(left, types, _T.DATE) or is_type(right, types, _T.DATE)):
        return node
    if not isinstance(node, exp.Binary) or isinstance(left, exp.Interval) or isinstance(right, exp.Interval):
        return as_type(exp.paren(node.copy(), copy=False), "DATE")
    return node


def _date_trunc(node: exp.Expr, types: Types) -> exp.Expr:
    require_times(node, types, node.this)
    return as_type(node.copy(), "DATE") if is_type(node.this, types, _T.DATE) else node


def _extract(node: exp.Extract, types: Types) -> exp.Expr:
    """Trino counts the days of a week from Monday, 1, to Sunday, 7."""
    unit = node.this.name.upper()
    if unit in ("DOW", "DAYOFWEEK", "DAY_OF_WEEK"):
        node.set("this", exp.var("ISODOW"))
    elif unit in ("YOW", "YEAR_OF_WEEK"):
        node.set("this", exp.var("ISOYEAR"))
    return node


def _cast(node: exp.Cast, types: Types) -> exp.Expr:
    to, source = node.to, type_of(node.this, types)
    if to.this in (_T.VARCHAR, _T.CHAR, _T.NCHAR, _T.TEXT):
        return _text(node, source)
    if to.this == _T.DECIMAL and not to.expressions:
        node.set("to", exp.DataType.build(_plain_decimal(node.this)))
    if to.this in _TIMESTAMPS and to.expressions:
        # DuckDB's TIMESTAMP(3) is another type, for which it has no date functions.
        to.set("expressions", [])
    if to.this in exp.DataType.INTEGER_TYPES and source is not None and source.this in _FLOATING:
        # Trino rounds half up, DuckDB to the even neighbour.
        node.set("this", exp.Round(this=node.this))
    if to.this == _T.JSON and source is not None and source.this not in (*exp.DataType.TEXT_TYPES, _T.JSON, _T.NULL):
        return call("to_json", node.this)
    return node


def _text(node: exp.Cast, source: exp.DataType | None) -> exp.Expr:
    inner, to = node.this, node.to
    if source is not None and source.this in _WITHOUT_ZONE:
        inner = call("strftime", inner, "%Y-%m-%d %H:%M:%S" + ("" if _has_no_fraction(inner) else ".%g"))
    elif source is not None and source.this in (_T.TIMESTAMPTZ, _T.TIMESTAMPLTZ):
        inner = call("strftime", inner, "%Y-%m-%d %H:%M:%S.%g UTC")
    elif source is not None and source.this in _FLOATING:
        inner = call("trino_double_text", inner)
    elif is_type(inner, {}, _T.JSON) or (source is not None and source.this == _T.JSON):
        # The text of a JSON string has no quotes.
        inner = call("json_extract_string", inner, "$")
    text: exp.Expr = type(node)(this=inner, to=exp.DataType.build("varchar"))
    if to.expressions:
        length = number(int(to.expressions[0].name))
        text = exp.Left(this=text, expression=length)
        if to.this in (_T.CHAR, _T.NCHAR):
            text = call("rpad", text, length.copy(), " ")
    return text


def _has_no_fraction(node: exp.Expr) -> bool:
    """TIMESTAMP '2026-01-01 00:00:00' is a timestamp(0)."""
    return isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and "." not in node.this.name


def _plain_decimal(value: exp.Expr) -> str:
    """DECIMAL '1.10' has the literal's digits; CAST(x AS DECIMAL) is decimal(38,0)."""
    if not isinstance(value, exp.Literal) or not value.is_string:
        return f"DECIMAL({_MAX_DIGITS},0)"
    whole, _, fraction = value.name.strip().lstrip("+-").partition(".")
    return f"DECIMAL({max(len(whole) + len(fraction), 1)},{len(fraction)})"


def _at_time_zone(node: exp.AtTimeZone, types: Types) -> exp.Expr:
    """Trino reads a timestamp without zone as UTC, DuckDB as local time of the zone named."""
    if isinstance(node.this, exp.Cast) and node.this.to.this == _T.TIMESTAMPTZ:
        return node
    node.set("this", as_type(node.this, "TIMESTAMPTZ"))
    return node


def _interval(node: exp.Interval, types: Types) -> exp.Expr:
    """`INTERVAL '1-2' YEAR TO MONTH` and `INTERVAL '1 02:03' DAY TO SECOND`."""
    unit = node.args.get("unit")
    if isinstance(node.this, exp.Neg):
        node.set("this", exp.Literal.string(f"-{node.this.this.name}"))
    if not isinstance(unit, exp.IntervalSpan) or not isinstance(node.this, exp.Literal):
        return node
    text = node.this.name
    months = re.fullmatch(r"(-?)(\d+)-(\d+)", text)
    if months is not None:
        total = int(months[2]) * 12 + int(months[3])
        return exp.Interval(this=exp.Literal.string(f"{months[1]}{total}"), unit=exp.var("MONTH"))
    days, _, clock = text.rpartition(" ")
    parts = [*clock.split(":"), "0", "0"][:3]
    seconds = float(parts[0]) * 3600 + float(parts[1]) * 60 + float(parts[2]) + float(days or 0) * 86400
    return exp.Interval(this=exp.Literal.string(f"{seconds:.3f}"), unit=exp.var("SECOND"))


RULES: dict[type[exp.Expr], Rule] = {
    exp.Div: _div,
    exp.Mod: _mod,
    exp.Mul: _mul,
    **dict.fromkeys([exp.Avg, exp.Filter, exp.Window], _average),
    exp.Round: _round,
    exp.DateDiff: _date_diff,
    exp.TsOrDsDiff: _date_diff,
    **dict.fromkeys([exp.DateAdd, exp.DateSub, exp.Add, exp.Sub], _date_arithmetic),
    exp.DateTrunc: _date_trunc,
    exp.TimestampTrunc: _date_trunc,
    exp.Extract: _extract,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.AtTimeZone: _at_time_zone,
    exp.Interval: _interval,
}
