"""What DuckDB runs and Redshift does not: a query that works here only would fail on AWS.

Sources: developer guide, "Unsupported PostgreSQL features" and "Window function syntax summary" (2026-11).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ...sql.binder import Reference
from .columns import table_sources
from .errors import RedshiftError
from .reader import Reader

_FEATURES: dict[type[exp.Expr], str] = {
    exp.Filter: "FILTER",
    exp.TableSample: "TABLESAMPLE",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}
#: Window functions that need no frame although they are ordered.
_RANKING = (
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead,
    exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup, exp.Anonymous, exp.Median,
)  # fmt: skip


def check_features(tree: exp.Expr) -> None:
    """Raises RedshiftError for the first feature, type or window that Redshift would refuse."""
    for kind, what in _FEATURES.items():
        if tree.find(kind) is not None:
            raise RedshiftError(f'syntax error at or near "{what}"')
    if not isinstance(tree, exp.Insert) and tree.find(exp.Values) is not None:
        raise RedshiftError('syntax error at or near "VALUES": a VALUES list is no table')
    for distinct in tree.find_all(exp.Distinct):
        if distinct.args.get("on") is not None:
            raise RedshiftError("SELECT DISTINCT ON is not supported")
        counted = isinstance(distinct.parent, exp.AggFunc) and not isinstance(distinct.parent, exp.GroupConcat)
        if counted and len(distinct.expressions) > 1:
            raise RedshiftError("aggregate functions with DISTINCT take one argument")
    for window in tree.find_all(exp.Window):
        framed = window.args.get("spec") is not None
        if window.args.get("order") is not None and not framed and not isinstance(window.this, _RANKING):
            raise RedshiftError("Aggregate window functions with an ORDER BY clause require a frame clause")
    for cast in tree.find_all(exp.Cast, exp.TryCast):
        reader = Reader(cast.to.sql("redshift"))
        reader.type()
        reader.finish()


def check_aliases(tree: exp.Expr, references: Sequence[Reference]) -> None:
    """A name of the select list means nothing in WHERE; DuckDB takes it for the expression. Looks at queries whose
    sources are all tables."""
    by_name = {reference.name: reference for reference in references}
    for select in tree.find_all(exp.Select):
        where = select.args.get("where")
        sources = table_sources(select, by_name)
        if where is None or any(source is None for source in sources.values()):
            continue
        known = {
            column.name for source in sources.values() if source is not None for column in source.table.all_columns
        }
        aliases = {projection.alias for projection in select.expressions if projection.alias} - known
        for column in where.find_all(exp.Column):
            if not column.table and column.name in aliases and column.find_ancestor(exp.Select) is select:
                raise RedshiftError(f'column "{column.name}" does not exist')
