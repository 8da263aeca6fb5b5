"""Rules for functions of text, JSON and time that DuckDB has with another meaning, or not at all."""

from __future__ import annotations

import re

from sqlglot import exp

from .dates import strftime_of
from .nodes import Rule, Types, UnsupportedSqlError, as_type, call, literal_of, number

_T = exp.DataType.Type
#: What asks a timestamp with zone for its local time.
_LOCAL_TYPES = (_T.DATE, _T.TIMESTAMP, _T.TIMESTAMPNTZ, _T.DATETIME)
_LOCAL_NODES = (
    exp.Date, exp.TimeToStr, exp.Extract, exp.Year, exp.Quarter, exp.Month, exp.WeekOfYear, exp.Day, exp.DayOfWeekIso,
    exp.DayOfYear, exp.Hour, exp.Minute, exp.Second,
)  # fmt: skip
_CONVERSION = re.compile(r"%(?P<place>\d+\$)?(?P<flags>[-#+ 0,(]*)\d*(?:\.\d+)?(?P<kind>[a-zA-Z%])")


def _json_path(path: exp.Expr) -> exp.Expr:
    """Without the mode of SQL/JSON paths: lax is what DuckDB does."""
    if isinstance(path, exp.Literal) and path.is_string:
        if path.name.lstrip().startswith("strict "):
            raise UnsupportedSqlError("NOT_SUPPORTED: strict JSON paths; the local target has lax ones")
        return exp.Literal.string(path.name.strip().removeprefix("lax ").strip())
    return path


def _json_scalar(node: exp.JSONExtractScalar, types: Types) -> exp.Expr:
    return call("trino_json_scalar", node.this, node.expression)


def _json_extract(node: exp.JSONExtract, types: Types) -> exp.Expr:
    if node.args.get("json_query"):
        if any(node.args.get(name) for name in ("option", "quote", "on_condition")):
            raise UnsupportedSqlError("NOT_SUPPORTED: the options of json_query")
        return as_type(call("trino_json_extract", node.this, _json_path(node.expression)), "VARCHAR")
    return call("trino_json_extract", node.this, node.expression)


def _json_value(node: exp.JSONValue, types: Types) -> exp.Expr:
    if node.args.get("returning") or node.args.get("on_condition"):
        raise UnsupportedSqlError("NOT_SUPPORTED: RETURNING and ON EMPTY or ERROR of json_value")
    return call("trino_json_scalar", node.this, _json_path(node.args["path"]))


def _regexp_extract(node: exp.RegexpExtract, types: Types) -> exp.Expr:
    group = node.args.get("group") or number(0)
    return call("trino_regexp_extract", node.this, node.expression, group)


def _regexp_replace(node: exp.RegexpReplace, types: Types) -> exp.Expr:
    replacement = node.args.get("replacement")
    if replacement is None:
        node.set("replacement", exp.Literal.string(""))
    elif isinstance(replacement, exp.Lambda):
        raise UnsupportedSqlError("NOT_SUPPORTED: regexp_replace with a lambda")
    elif isinstance(replacement, exp.Literal):
        # Java's $1 is RE2's \1, and a backslash escapes there too.
        node.set("replacement", exp.Literal.string(re.sub(r"(?<!\\)\$(\d)", r"\\\1", replacement.name)))
    return node


def _split(node: exp.Split, types: Types) -> exp.Expr:
    limit = node.args.get("limit")
    return node if limit is None else call("trino_split", node.this, node.expression, limit)


def _split_part(node: exp.SplitPart, types: Types) -> exp.Expr:
    return call("trino_split_part", node.this, node.args["delimiter"], node.args["part_index"])


def _split_to_map(node: exp.StrToMap, types: Types) -> exp.Expr:
    return call("trino_split_to_map", node.this, node.args["pair_delim"], node.args["key_value_delim"])


def _position(node: exp.StrPosition, types: Types) -> exp.Expr:
    occurrence = node.args.get("occurrence")
    return node if occurrence is None else call("trino_strpos", node.this, node.args["substr"], occurrence)


def _parse_datetime(node: exp.ParseDatetime, types: Types) -> exp.Expr:
    pattern = strftime_of(literal_of(node.args.get("format"), "parse_datetime"))
    return as_type(call("strptime", node.this, pattern), "TIMESTAMPTZ")


def _format(node: exp.Format, types: Types) -> exp.Expr:
    """Java's patterns; what C's have not is refused. A %s takes a value of any type."""
    pattern = literal_of(node.this, "format")
    values: list[exp.Expr] = list(node.expressions)
    kinds = [match for match in _CONVERSION.finditer(pattern) if match["kind"] != "%"]
    if any(m["place"] or set(m["flags"]) & set(",(#") or m["kind"] not in "sdfeg" for m in kinds):
        raise UnsupportedSqlError(f"NOT_SUPPORTED: the pattern '{pattern}' of format in the local target")
    wanted = {"s": "VARCHAR", "d": "BIGINT", "f": "DOUBLE", "e": "DOUBLE", "g": "DOUBLE"}
    typed = [as_type(value, wanted[m["kind"]]) for value, m in zip(values, kinds, strict=False)]
    return call("printf", pattern, *typed, *values[len(typed) :])


def _iso_timestamp(node: exp.FromISO8601Timestamp, types: Types) -> exp.Expr:
    """Trino keeps the offset of the text, DuckDB only the instant: date(), hour() and the like want the local time."""
    parent = node.parent
    casts = isinstance(parent, exp.Cast) and parent.to.this in _LOCAL_TYPES
    called = isinstance(parent, exp.Anonymous) and parent.name.lower() in ("format_datetime", "millisecond")
    return call("trino_local_iso", node.this) if casts or called or isinstance(parent, _LOCAL_NODES) else node


def _of_aws(node: exp.Expr, types: Types) -> exp.Expr:
    name = node.sql("trino").lower()
    raise UnsupportedSqlError(f"NOT_SUPPORTED: {name}: the local target has no users and no version of Athena")


def _substring(node: exp.Substring, types: Types) -> exp.Expr:
    """From 0, and from before the text's begin, there is nothing."""
    start = node.args.get("start")
    if isinstance(start, exp.Literal) and start.is_int and int(start.name) > 0:
        return node
    length = node.args.get("length")
    taken = [node.this, start] if length is None else [node.this, start, length]
    return call("trino_substr" if length is None else "trino_substr_length", *(e for e in taken if e is not None))


def _random(node: exp.Rand, types: Types) -> exp.Expr:
    """random(n) and random(low, high) are whole numbers."""
    if node.this is None:
        return node
    high = node.args.get("lower") or node.args.get("upper")
    return call("trino_random", number(0), node.this) if high is None else call("trino_random", node.this, high)


def _from_unixtime(node: exp.UnixToTime, types: Types) -> exp.Expr:
    if any(value for name, value in node.args.items() if name != "this"):
        raise UnsupportedSqlError("NOT_SUPPORTED: from_unixtime with a zone; use AT TIME ZONE")
    return node


def _approx_quantile(node: exp.ApproxQuantile, types: Types) -> exp.Expr:
    if node.args.get("weight") is not None:
        raise UnsupportedSqlError("NOT_SUPPORTED: approx_percentile with weights")
    return node


def _bytes(name: str) -> Rule:
    """Hashes are text in DuckDB and bytes in Trino."""
    return lambda node, types: call("unhex", call(name, node.this))


_RENAMED = {
    "millisecond": "trino_millisecond", "parse_duration": "trino_parse_duration",
    "from_utf8": "decode", "rand": "random", "random": "random", "every": "bool_and",
    "doy": "dayofyear", "day_of_year": "dayofyear", "week_of_year": "week", "yow": "isoyear",
    "year_of_week": "isoyear", "day_of_month": "day", "localtimestamp": "trino_localtimestamp",
    "url_encode": "trino_url_encode", "url_decode": "trino_url_decode", "to_base": "trino_to_base",
    "bit_count": "trino_bit_count", "typeof": "trino_typeof", "cbrt": "trino_cbrt",
    "to_iso8601": "trino_to_iso8601",
}  # fmt: skip


def _call(node: exp.Anonymous, types: Types) -> exp.Expr:
    """Functions that sqlglot does not know by a class."""
    name = node.name.lower()
    if name == "format_datetime":
        return call("strftime", node.expressions[0], strftime_of(literal_of(node.expressions[1], name)))
    if name == "date":
        return as_type(node.expressions[0], "DATE")
    if name in ("json_exists", "json_value", "json_query") and len(node.expressions) > 1:
        node.expressions[1].replace(_json_path(node.expressions[1]))
    if name in _RENAMED:
        node.set("this", _RENAMED[name])
    return node


def _named(name: str) -> Rule:
    """A known function whose DuckDB counterpart is a macro of the same one argument."""
    return lambda node, types: call(name, node.this)


RULES: dict[type[exp.Expr], Rule] = {
    exp.JSONExtractScalar: _json_scalar,
    exp.JSONExtract: _json_extract,
    exp.JSONValue: _json_value,
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpReplace: _regexp_replace,
    exp.Split: _split,
    exp.SplitPart: _split_part,
    exp.StrToMap: _split_to_map,
    exp.StrPosition: _position,
    exp.ParseDatetime: _parse_datetime,
    exp.Format: _format,
    exp.FromISO8601Timestamp: _iso_timestamp,
    exp.Substring: _substring,
    exp.CurrentUser: _of_aws,
    exp.CurrentVersion: _of_aws,
    exp.CurrentTimezone: lambda node, types: exp.Literal.string("UTC"),
    exp.SHA: _bytes("sha1"),
    exp.Rand: _random,
    exp.UnixToTime: _from_unixtime,
    exp.ApproxQuantile: _approx_quantile,
    exp.Cbrt: _named("trino_cbrt"),
    exp.Typeof: _named("trino_typeof"),
    exp.Anonymous: _call,
}
