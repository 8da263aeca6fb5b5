"""Names and types of a result's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...lake.catalog import Column
from ...sql.binder import Reference, has_name
from .definitions import Relation
from .types import RedshiftType, from_duckdb, make_type

#: What PostgreSQL calls a column without a name.
NAMELESS = "?column?"
#: Functions that sqlglot calls by another name.
_NAMES: dict[type[exp.Expr], str] = {
    exp.GroupConcat: "listagg", exp.ApproxDistinct: "count", exp.CurrentTimestamp: "getdate", exp.Length: "length",
    exp.LogicalAnd: "bool_and", exp.LogicalOr: "bool_or", exp.TimeToStr: "to_char", exp.StrPosition: "strpos",
    exp.Pow: "power", exp.RegexpExtract: "regexp_substr", exp.TsOrDsAdd: "date_add", exp.TsOrDsDiff: "date_diff",
}  # fmt: skip


@dataclass(frozen=True)
class ResultColumn:
    """One column of a result; `kind` is DuckDB's type. `schema` and `table` are empty for an expression."""

    name: str
    kind: str
    type: RedshiftType
    schema: str = ""
    table: str = ""
    nullable: bool = True


def name_columns(query: exp.Query) -> None:
    """Gives every unnamed column of every SELECT the name that Redshift gives it: the function's, or `?column?`."""
    for select in list(query.find_all(exp.Select)):
        for projection in list(select.expressions):
            if not projection.is_star and not has_name(projection):
                projection.replace(exp.alias_(projection.copy(), _name_of(projection), quoted=True))


def _name_of(node: exp.Expr) -> str:
    if isinstance(node, (exp.Paren, exp.Filter, exp.WithinGroup, exp.Window, exp.IgnoreNulls)):
        return _name_of(node.this)
    if isinstance(node, (exp.Cast, exp.TryCast)):
        inner = node.this.unnest()
        if has_name(inner) or not isinstance(inner, (exp.Literal, exp.Null, exp.Boolean)):
            return str(inner.name) if has_name(inner) else _name_of(inner)
        return make_type(node.to.sql("redshift").lower().partition("(")[0], None).name
    if isinstance(node, exp.Subquery) and len(node.this.selects) == 1:
        return str(node.this.selects[0].alias_or_name) or NAMELESS
    if isinstance(node, exp.Case):
        return "case"
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower().removeprefix("engine_")
    if isinstance(node, exp.Func) and not isinstance(node, (exp.Connector, exp.Binary)):
        return _NAMES.get(type(node), node.sql_name().lower())
    return NAMELESS


def origins(query: exp.Query, references: Sequence[Reference]) -> list[tuple[Reference, Column] | None] | None:
    """For each column of a bound query the table's column that it is, None for an expression; None for the whole query
    if it has a star that cannot be expanded here."""
    if not isinstance(query, exp.Select):
        return _of_views(query, references)
    sources = table_sources(query, {reference.name: reference for reference in references})
    found: list[tuple[Reference, Column] | None] = []
    for projection in query.selects:
        inner = projection.unalias()
        star = inner.this if isinstance(inner, exp.Column) else inner
        if isinstance(star, exp.Star):
            picked = [sources.get(inner.table)] if isinstance(inner, exp.Column) else list(sources.values())
            if star.args.get("except_") or any(reference is None for reference in picked):
                return None
            found += [(r, column) for r in picked if r is not None for column in r.table.all_columns]
        elif isinstance(inner, exp.Column):
            found.append(_of_column(inner, sources))
        else:
            found.append(None)
    return found


def _of_views(query: exp.Query, references: Sequence[Reference]) -> list[tuple[Reference, Column] | None] | None:
    return [None] * len(query.selects) if not any(s.is_star for s in query.selects) else None


def table_sources(query: exp.Select, references: Mapping[str, Reference]) -> dict[str, Reference | None]:
    """What FROM names, by alias and in order; None for something that is no table of the query."""
    tables = [query.args["from_"].this] if query.args.get("from_") else []
    tables += [join.this for join in query.args.get("joins") or []]
    return {t.alias_or_name: references.get(t.name) if isinstance(t, exp.Table) else None for t in tables}


def _of_column(column: exp.Column, sources: Mapping[str, Reference | None]) -> tuple[Reference, Column] | None:
    picked = [sources.get(column.table)] if column.table else list(sources.values())
    for reference in picked:
        for one in reference.table.all_columns if reference is not None else ():
            if reference is not None and one.name == column.name:
                return reference, one
    return None


def result_column(name: str, kind: str, origin: tuple[Reference, Column] | None) -> ResultColumn:
    """The column of a result that DuckDB describes as `kind`."""
    if origin is None:
        return ResultColumn(name, kind, from_duckdb(kind))
    table, column = origin[0].table, origin[1]
    found = column.type if isinstance(column.type, RedshiftType) else from_duckdb(kind)
    relation: Relation | None = table.raw.get("relation")
    declared = relation.column(column.name) if relation is not None else None
    nullable = declared is None or not declared.not_null
    return ResultColumn(name, kind, found, str(table.raw.get("schema") or table.database), table.name, nullable)
