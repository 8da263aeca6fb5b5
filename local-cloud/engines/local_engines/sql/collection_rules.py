"""Rules for arrays, maps, rows, lambdas and UNNEST."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.expressions import apply_index_offset

from .nodes import (
    Rule,
    Types,
    UnsupportedSqlError,
    as_type,
    call,
    field,
    function,
    inlined,
    is_type,
    number,
    struct,
    type_of,
    variable,
)
from .type_checks import check_concatenation

_T = exp.DataType.Type
#: Names that no query uses, for the parameters of lambdas made here.
_ITEM, _INDEX = "engine_item", "engine_index"


def _array_size(node: exp.ArraySize, types: Types) -> exp.Expr:
    return call("cardinality", node.this) if is_type(node.this, types, _T.MAP) else call("len", node.this)


def _subscript(node: exp.Bracket, types: Types) -> exp.Expr:
    """`array[i]` and `map[k]` fail where nothing is; element_at, and DuckDB's own subscript, give null."""
    if node.args.get("safe") or len(node.expressions) != 1 or node.find_ancestor(exp.Try) is not None:
        return node
    # The parser counts from 0 where it sees that the index is a number.
    (index,) = apply_index_offset(node.this, node.expressions, 1 - (node.args.get("offset") or 0), "trino")
    if is_type(node.this, types, _T.MAP):
        return call("trino_map_subscript", node.this, index)
    return call("trino_array_subscript", node.this, index) if is_type(node.this, types, _T.ARRAY) else node


def _array_distinct(node: exp.ArrayDistinct, types: Types) -> exp.Expr:
    """In the order of the first occurrences; DuckDB's own order is by hash."""
    return call("trino_array_distinct", node.this)


def _array_intersect(node: exp.ArrayIntersect, types: Types) -> exp.Expr:
    if len(node.expressions) != 2:
        return node
    return call("trino_array_intersect", *node.expressions)


def _array_except(node: exp.ArrayExcept, types: Types) -> exp.Expr:
    return call("trino_array_except", node.this, node.expression)


def _sort(node: exp.Expr, types: Types) -> exp.Expr:
    if isinstance(node.args.get("expression"), exp.Lambda):
        raise UnsupportedSqlError("NOT_SUPPORTED: array_sort with a comparator; sort the rows before array_agg")
    return node


def _slice(node: exp.ArraySlice, types: Types) -> exp.Expr:
    return call("trino_slice", node.this, node.args["start"], node.args["end"])


def _reverse(node: exp.Reverse, types: Types) -> exp.Expr:
    return call("list_reverse", node.this) if is_type(node.this, types, _T.ARRAY) else node


def _repeat(node: exp.Repeat, types: Types) -> exp.Expr:
    """An array of equal elements; DuckDB repeats a text."""
    return call("repeat_array", node.this, node.args["times"])


def _concat(node: exp.DPipe, types: Types) -> exp.Expr:
    """`array || element` and `element || array`."""
    left, right = type_of(node.left, types), type_of(node.right, types)
    check_concatenation(node, types)
    if left is None or right is None or (left.this == _T.ARRAY) == (right.this == _T.ARRAY):
        return node
    if left.this == _T.ARRAY:
        return call("list_append", node.left, node.right)
    return call("list_prepend", node.left, node.right)


def _reduce(node: exp.Reduce, types: Types) -> exp.Expr:
    """Trino's last lambda is applied to the state: DuckDB has none, so the state is put in its place."""
    folded = exp.Reduce(this=node.this, initial=node.args["initial"], merge=node.args["merge"])
    finish = node.args.get("finish")
    return inlined(finish, {0: folded}, "reduce") if isinstance(finish, exp.Lambda) else folded


def _matches(node: exp.Anonymous) -> exp.Expr:
    array, condition = node.expressions
    matching = call("len", call("list_filter", array.copy(), condition))
    name = node.name.lower()
    if name == "all_match":
        return exp.paren(exp.EQ(this=matching, expression=call("len", array.copy())))
    operator = exp.GT if name == "any_match" else exp.EQ
    return exp.paren(operator(this=matching, expression=number(0)))


def _zip_with(node: exp.Anonymous) -> exp.Expr:
    left, right, merge = node.expressions
    index = variable(_INDEX)
    values = {at: call("list_extract", array.copy(), index.copy()) for at, array in enumerate((left, right))}
    longest = call("greatest", call("len", left.copy()), call("len", right.copy()))
    indexes = call("generate_series", number(1), longest)
    return call("list_transform", indexes, function(_INDEX, inlined(merge, values, "zip_with")))


def _over_map(node: exp.Expr, body: exp.Expr | None, name: str) -> exp.Expr:
    """map_filter, transform_keys and transform_values, over the map's entries."""
    item = variable(_ITEM)
    key, value = field(item.copy(), "key"), field(item.copy(), "value")
    entries = call("map_entries", node.this if not isinstance(node, exp.Anonymous) else node.expressions[0])
    inner = inlined(body, {0: key, 1: value}, name)
    if name == "map_filter":
        return call("map_from_entries", call("list_filter", entries, function(_ITEM, inner)))
    changed = struct(key=inner, value=value) if name == "transform_keys" else struct(key=key, value=inner)
    return call("map_from_entries", call("list_transform", entries, function(_ITEM, changed)))


_BY_NAME = {
    "map_entries": "trino_map_entries",
    "array_union": "trino_array_union",
}


def collection_call(node: exp.Anonymous, types: Types) -> exp.Expr | None:
    """Functions that sqlglot does not know by a class; None for one that is no function of collections."""
    name = node.name.lower()
    if name in ("any_match", "all_match", "none_match"):
        return _matches(node)
    if name == "zip_with":
        return _zip_with(node)
    if name in ("map_filter", "transform_keys", "transform_values"):
        return _over_map(node, node.expressions[1], name)
    if name == "repeat":
        return call("repeat_array", *node.expressions)
    if name in _BY_NAME:
        node.set("this", _BY_NAME[name])
        return node
    return None


def _series(node: exp.GenerateSeries, types: Types) -> exp.Expr:
    start = node.args["start"]
    if not is_type(start, types, _T.DATE):
        return node
    if node.args.get("step") is None:
        node.set("step", exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY")))
    return as_type(node.copy(), "DATE[]")


def _tuple(node: exp.Tuple, types: Types) -> exp.Expr:
    """A row that is selected: `(1, 'a')`. Elsewhere a tuple is a list of expressions."""
    if not isinstance(node.parent, (exp.Select, exp.Alias)) or node.arg_key not in ("expressions", "this"):
        return node
    return struct(**{f"_{index}": value for index, value in enumerate(node.expressions)})


def _unnest(node: exp.Unnest, types: Types) -> exp.Expr:
    """UNNEST of several arrays, of a map or of rows gives several columns, for which DuckDB needs a subquery."""
    columns = [column.name for column in node.args["alias"].columns] if node.args.get("alias") else []
    parts: list[exp.Expr] = []
    for array in node.expressions:
        fields = _row_fields(array, types)
        if is_type(array, types, _T.MAP):
            parts += [call("map_keys", array.copy()), call("map_values", array.copy())]
        elif fields:
            row = sqlglot.parse_one("r", read="duckdb")
            parts += [call("list_transform", array.copy(), function("r", field(row.copy(), name))) for name in fields]
        else:
            parts.append(array)
    if len(parts) == 1:
        return node
    selected = [call("unnest", part.copy()) for part in parts]
    ordinality = node.args.get("offset")
    if ordinality:
        longest = call("greatest", *(call("coalesce", call("len", p.copy()), number(0)) for p in parts))
        selected.append(call("unnest", call("generate_series", number(1), longest)))
        if isinstance(ordinality, exp.Expr):
            columns.append(ordinality.name)
    names = columns or [f"_col{i}" for i in range(len(selected))]
    inner = exp.select(*(exp.alias_(e, n, quoted=True) for e, n in zip(selected, names, strict=False)))
    alias = exp.TableAlias(this=node.args["alias"].this.copy() if node.args.get("alias") else None)
    return exp.Lateral(this=exp.Subquery(this=inner), alias=alias)


def _row_fields(array: exp.Expr, types: Types) -> list[str]:
    """Names of the fields of an array's rows; those of ROW(1, 2) are _0, _1."""
    known = type_of(array, types)
    if known is None or known.this != _T.ARRAY or not known.expressions:
        return []
    element = known.expressions[0]
    if not isinstance(element, exp.DataType) or element.this != _T.STRUCT:
        return []
    names = [member.name if isinstance(member, exp.ColumnDef) else "" for member in element.expressions]
    return [name or f"_{index}" for index, name in enumerate(names)]


RULES: dict[type[exp.Expr], Rule] = {
    exp.ArraySize: _array_size,
    exp.Bracket: _subscript,
    exp.ArrayDistinct: _array_distinct,
    exp.ArrayIntersect: _array_intersect,
    exp.ArrayExcept: _array_except,
    exp.ArraySort: _sort,
    exp.ArraySlice: _slice,
    exp.Reverse: _reverse,
    exp.Repeat: _repeat,
    exp.DPipe: _concat,
    exp.Reduce: _reduce,
    exp.GenerateSeries: _series,
    exp.Tuple: _tuple,
    exp.Unnest: _unnest,
}
