"""Row groups that a query's filters rule out by the minimum and maximum in their footers, as Athena does."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import sqlglot
from sqlglot import exp

from .catalog import Table
from .hive_types import literal
from .plan import TableUse, column_name
from .scan import ParquetFooters

_COMPARISONS = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def skipped_row_groups(
    connection: duckdb.DuckDBPyConnection, footers: ParquetFooters, table: Table, reference: str, use: TableUse
) -> set[tuple[str, int]]:
    """(file, row group) pairs that no place of the plan can need.

    Only conjuncts of the form column <op> constant are looked at; a row group without statistics is never skipped.
    """
    columns = {column_name(reference, i): column for i, column in enumerate(table.columns)}
    places = [list(_comparisons(place, set(columns))) for place in use.places]
    if not places or not all(places):
        return set()
    ranges = {(c.file, c.row_group, c.path[0]): (c.minimum, c.maximum) for c in footers.chunks if len(c.path) == 1}
    groups = {(c.file, c.row_group) for c in footers.chunks}
    skipped = set(groups)
    for place in places:
        tests = [(columns[name].name, columns[name].type.duckdb, operator, value) for name, operator, value in place]
        skipped &= {group for group in groups if _ruled_out(connection, group, tests, ranges)}
    return skipped


def _comparisons(conditions: Iterable[str], names: set[str]) -> Iterable[tuple[str, type[exp.Expr], str]]:
    for condition in conditions:
        try:
            parsed = sqlglot.parse_one(condition, read="duckdb").unnest()
        except sqlglot.errors.ParseError:
            continue
        for part in parsed.flatten() if isinstance(parsed, exp.And) else [parsed]:
            node = part.unnest()
            if not isinstance(node, _COMPARISONS) or not isinstance(node.this, exp.Column):
                continue
            constant = node.expression.this if isinstance(node.expression, exp.Cast) else node.expression
            if node.this.name in names and isinstance(constant, exp.Literal):
                yield node.this.name, type(node), constant.name


def _ruled_out(
    connection: duckdb.DuckDBPyConnection,
    group: tuple[str, int],
    tests: list[tuple[str, str, type[exp.Expr], str]],
    ranges: dict[tuple[str, int, str], tuple[str | None, str | None]],
) -> bool:
    for name, kind, operator, value in tests:
        low, high = ranges.get((*group, name), (None, None))
        if low is None or high is None:
            continue
        constant = f"TRY_CAST({literal(value)} AS {kind})"
        minimum, maximum = (f"TRY_CAST({literal(text)} AS {kind})" for text in (low, high))
        outside = {
            exp.EQ: f"{constant} < {minimum} OR {constant} > {maximum}",
            exp.GT: f"{maximum} <= {constant}",
            exp.GTE: f"{maximum} < {constant}",
            exp.LT: f"{minimum} >= {constant}",
            exp.LTE: f"{minimum} > {constant}",
        }[operator]
        row = connection.execute(f"SELECT coalesce({outside}, false)").fetchone()
        if row is not None and row[0]:
            return True
    return False
