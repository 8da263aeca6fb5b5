"""The rewriting rules of translate.py, one a kind of node; `types` are those that could be inferred."""

from __future__ import annotations

from sqlglot import exp

from ...sql.nodes import Rule, Types, as_type, call, is_type, number
from . import number_rules
from .errors import unsupported
from .functions import ADD_MONTHS, datetime_pattern, require, similar_to
from .super_paths import NAVIGATE

_T = exp.DataType.Type
_TEXTS = (_T.VARCHAR, _T.CHAR, _T.NCHAR, _T.TEXT, _T.NVARCHAR, _T.BPCHAR)


def _cast(node: exp.Cast, types: Types) -> exp.Expr:
    """An explicit cast to text cuts off what does not fit; VARCHAR alone has 256 bytes, CHAR one."""
    to = node.to
    if to.this in _TEXTS:
        length = int(to.expressions[0].name) if to.expressions and to.expressions[0].name.isdigit() else 0
        if to.expressions and not length:
            length = 65_535
        plain: exp.Expr = type(node)(this=_as_text(node.this, types), to=exp.DataType.build("varchar"))
        default = 1 if to.this in (_T.CHAR, _T.NCHAR) else 256
        fitted = call("redshift_fit", plain, number(length or default))
        return call("rtrim", fitted, " ") if to.this in (_T.CHAR, _T.NCHAR, _T.BPCHAR) else fitted
    if to.this == _T.DECIMAL and not to.expressions:
        node.set("to", exp.DataType.build("DECIMAL(18,0)"))
    if to.this in (_T.SUPER, _T.JSON):
        return call("to_json", node.this)
    return node


def _as_text(value: exp.Expr, types: Types) -> exp.Expr:
    """SUPER to text gives the scalar's own text."""
    navigated = isinstance(value, exp.Anonymous) and value.name == NAVIGATE
    if navigated or is_type(value, types, _T.JSON, _T.SUPER):
        return call("json_extract_string", value, "$")
    return value


def _now(node: exp.CurrentTimestamp, types: Types) -> exp.Expr:
    return call("redshift_now")


def _list_aggregate(node: exp.GroupConcat, types: Types) -> exp.Expr:
    """Without a delimiter there is none; DuckDB would take a comma."""
    if isinstance(node.this, exp.Distinct):
        return node if isinstance(node.parent, exp.WithinGroup) else _distinct_list(node, descending=False)
    if node.args.get("separator") is None:
        node.set("separator", exp.Literal.string(""))
    return node


def _within_group(node: exp.WithinGroup, types: Types) -> exp.Expr:
    """LISTAGG(DISTINCT x) can be ordered by x only; DuckDB cannot order it at all."""
    inner = node.this
    if not (isinstance(inner, exp.GroupConcat) and isinstance(inner.this, exp.Distinct)):
        return node
    ordered = node.expression.expressions
    same = len(ordered) == 1 and ordered[0].this == inner.this.expressions[0]
    require(same, "LISTAGG(DISTINCT …) in the order of another expression")
    return _distinct_list(inner, bool(ordered[0].args.get("desc")))


def _distinct_list(node: exp.GroupConcat, descending: bool) -> exp.Expr:
    value, *separator = node.this.expressions
    sort = "list_reverse_sort" if descending else "list_sort"
    values = call(sort, call("list_distinct", call("list", value.copy())))
    joined = call("array_to_string", values, separator[0] if separator else "")
    none = exp.EQ(this=exp.Count(this=value.copy()), expression=number(0))
    return exp.Case(ifs=[exp.If(this=none, true=exp.Null())], default=joined)


def _regexp_replace(node: exp.RegexpReplace, types: Types) -> exp.Expr:
    """Replaces every match, and $1 is the first group."""
    for name in ("position", "occurrence", "modifiers"):
        require(node.args.get(name) is None, f"regexp_replace with a {name}")
    replacement = node.args.get("replacement") or exp.Literal.string("")
    if isinstance(replacement, exp.Literal):
        replacement = exp.Literal.string(replacement.name.replace("$", "\\"))
    return call("regexp_replace", node.this, node.expression, replacement, "g")


def _regexp_extract(node: exp.RegexpExtract, types: Types) -> exp.Expr:
    for name in ("position", "occurrence", "parameters", "group"):
        require(node.args.get(name) is None, f"regexp_substr with a {name}")
    return call("regexp_extract", node.this, node.expression)


def _regexp_count(node: exp.RegexpCount, types: Types) -> exp.Expr:
    for name in ("position", "parameters"):
        require(node.args.get(name) is None, f"regexp_count with a {name}")
    return as_type(call("len", call("regexp_extract_all", node.this, node.expression)), "INTEGER")


def _similar(node: exp.SimilarTo, types: Types) -> exp.Expr:
    pattern = node.expression
    require(isinstance(pattern, exp.Literal), "SIMILAR TO with a pattern that is no literal")
    return call("regexp_full_match", node.this, similar_to(pattern.name))


def _like(node: exp.Expr, types: Types) -> exp.Expr:
    """A backslash escapes unless another character is named."""
    pattern = node.args["expression"]
    plain = isinstance(pattern, exp.Literal) and "\\" not in pattern.name
    if plain or isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))


def _sha2(node: exp.SHA2, types: Types) -> exp.Expr:
    bits = node.args.get("length")
    require(bits is None or bits.name in ("0", "256"), "sha2 of other than 256 bits")
    return call("sha256", node.this)


def _format(node: exp.Expr, types: Types) -> exp.Expr:
    """TO_CHAR, TO_DATE, TO_TIMESTAMP: sqlglot has read the pattern already, so it is written back first."""
    pattern = node.args.get("format")
    require(isinstance(pattern, exp.Literal), "a date pattern that is no literal")
    written = exp.TimeToStr(this=exp.column("x"), format=pattern.copy()).sql("redshift")
    text = written[written.index("'") + 1 : written.rindex("'")]
    duck = datetime_pattern(text)
    if isinstance(node, exp.TimeToStr):
        require(not is_type(node.this, types, *exp.DataType.NUMERIC_TYPES), "to_char of a number")
        return call(
            "strftime", as_type(node.this, "TIMESTAMP") if isinstance(node.this, exp.Literal) else node.this, duck
        )
    parsed = call("strptime", node.this, duck)
    return as_type(parsed, "DATE" if isinstance(node, (exp.StrToDate, exp.TsOrDsToDate)) else "TIMESTAMPTZ")


def _trunc(node: exp.Trunc, types: Types) -> exp.Expr:
    """TRUNC of a timestamp is its date."""
    if is_type(node.this, types, *exp.DataType.TEMPORAL_TYPES):
        return as_type(node.this, "DATE")
    return node


def _extract(node: exp.Extract, types: Types) -> exp.Expr:
    """DuckDB's epoch is a double; Redshift's is a whole number."""
    return as_type(node.copy(), "BIGINT") if node.name.upper() == "EPOCH" else node


def _date_trunc(node: exp.Expr, types: Types) -> exp.Expr:
    """Of a date it is a timestamp."""
    zoned = is_type(node.this, types, _T.TIMESTAMPTZ, _T.TIMESTAMPLTZ)
    return node if zoned else as_type(node.copy(), "TIMESTAMP")


def _json_path(node: exp.Expr, types: Types) -> exp.Expr:
    """JSON_EXTRACT_PATH_TEXT: an empty text where nothing is."""
    path = node.args["expression"]
    if isinstance(path, exp.Literal):
        path = exp.Literal.string(_path_of([path]))
    lenient = any(isinstance(flag, exp.Boolean) and flag.this for flag in node.expressions)
    return call("redshift_json_path_lenient" if lenient else "redshift_json_path", node.this, path)


def _from_base(node: exp.FromBase, types: Types) -> exp.Expr:
    return call("redshift_strtol", node.this, node.expression)


def _concat(node: exp.Concat, types: Types) -> exp.Expr:
    """A null makes the whole a null; DuckDB's concat leaves it out."""
    first, *others = node.expressions
    for other in others:
        first = exp.DPipe(this=first, expression=other)
    return exp.paren(first, copy=False)


def _whole(node: exp.Expr, types: Types) -> exp.Expr:
    """Counted in a type which Redshift does not have."""
    return as_type(node.copy(), "INTEGER")


def _parse_json(node: exp.ParseJSON, types: Types) -> exp.Expr:
    return as_type(node.this, "JSON")


def _sha1(node: exp.SHA, types: Types) -> exp.Expr:
    return call("sha1", node.this)


def _path_of(parts: list[exp.Expr]) -> str:
    require(
        all(isinstance(part, exp.Literal) for part in parts), "json_extract_path_text with a path that is no literal"
    )
    return "$" + "".join(f'."{part.name}"' for part in parts)


def _call(node: exp.Anonymous, types: Types) -> exp.Expr:
    """Functions that sqlglot has no class for; functions.py holds the list."""
    name, arguments = node.name.lower(), node.expressions
    if name == "json_extract_array_element_text":
        require(len(arguments) == 2, f"{name} with a third argument")
        return call("json_extract_string", arguments[0], as_type(arguments[1], "INTEGER"))
    if name == "is_valid_json_array":
        return call("coalesce", exp.EQ(this=call("json_type", arguments[0]), expression=exp.Literal.string("ARRAY")))
    if name == "current_database":
        raise unsupported("function current_database() in a query")
    if name == ADD_MONTHS:
        return call("redshift_add_months", as_type(arguments[0], "TIMESTAMP"), arguments[1])
    renamed = {
        "strtol": "redshift_strtol", "func_sha1": "sha1", "is_valid_json": "json_valid", "btrim": "trim",
        "octet_length": "strlen", "charindex": "instr", "to_hex": "hex",
    }  # fmt: skip
    if name in renamed:
        node.set("this", renamed[name])
    if name == "json_array_length":
        return as_type(node.copy(), "INTEGER")
    if name == "json_serialize":
        return as_type(arguments[0], "VARCHAR")
    return node


RULES: dict[type[exp.Expr], Rule] = {
    **number_rules.RULES,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.CurrentTimestamp: _now,
    exp.GroupConcat: _list_aggregate,
    exp.WithinGroup: _within_group,
    exp.RegexpReplace: _regexp_replace,
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpCount: _regexp_count,
    exp.SimilarTo: _similar,
    **dict.fromkeys([exp.Like, exp.ILike], _like),
    exp.SHA2: _sha2,
    exp.SHA: _sha1,
    **dict.fromkeys([exp.TimeToStr, exp.StrToDate, exp.StrToTime], _format),
    exp.Trunc: _trunc,
    exp.Extract: _extract,
    **dict.fromkeys([exp.DateTrunc, exp.TimestampTrunc], _date_trunc),
    exp.JSONExtractScalar: _json_path,
    exp.ParseJSON: _parse_json,
    exp.FromBase: _from_base,
    exp.Concat: _concat,
    exp.RegexpInstr: _whole,
    exp.Anonymous: _call,
}
