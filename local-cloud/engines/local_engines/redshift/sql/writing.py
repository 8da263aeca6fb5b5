"""Values on their way into a table: each column's type and length is enforced here, NOT NULL by DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from ...lake.hive_types import quote
from .columns import ResultColumn
from .definitions import ColumnDefinition, Relation
from .errors import RedshiftError
from .queries import compile_query
from .translate import parse_query
from .types import RedshiftType

if TYPE_CHECKING:
    from .session import Session


def assigned(expression: str, kind: RedshiftType) -> str:
    """DuckDB's SQL for a value as a column of this type takes it."""
    if kind.name == "varchar":
        return f"redshift_varchar(CAST({expression} AS VARCHAR), {kind.parameters[0]})"
    if kind.name == "bpchar":
        return f"redshift_char(CAST({expression} AS VARCHAR), {kind.parameters[0]})"
    if kind.name == "super":
        return f"to_json({expression})"
    return f"CAST({expression} AS {kind.duckdb})"


def require_columns(relation: Relation, names: Sequence[str]) -> list[ColumnDefinition]:
    """The columns of these names; all of them when none is named. Raises RedshiftError."""
    found: list[ColumnDefinition] = []
    for name in names:
        column = relation.column(name)
        if column is None:
            raise RedshiftError(f'column "{name}" of relation "{relation.name}" does not exist')
        if column in found:
            raise RedshiftError(f'column "{name}" specified more than once')
        found.append(column)
    return found or list(relation.columns)


def default_sql(session: Session, column: ColumnDefinition) -> str:
    """DuckDB's SQL for the value of a column that a row does not give."""
    if column.identity is not None:
        return f"nextval('{sequence_name(column.identity[2])}')"
    if column.default is None:
        return "NULL"
    return f"({compile_query(session, parse_query(f'SELECT {column.default}')).sql})"


def sequence_name(number: int) -> str:
    """DuckDB's sequence behind an IDENTITY column."""
    return f"warehouse.engine.identity_{number}"


def check_assignable(relation: Relation, column: ColumnDefinition, given: ResultColumn, node: exp.Expr | None) -> None:
    """Text becomes a number or a date in a column only if it is a literal."""
    if given.kind != "VARCHAR" or column.type.is_text or column.type.name == "super":
        return
    inner = node.unalias().unnest() if node is not None else None
    if not isinstance(inner, (exp.Literal, exp.Null)):
        raise RedshiftError(
            f'column "{column.name}" is of type {column.type.sql} but expression is of type character varying'
        )


def insert_query(
    session: Session, relation: Relation, names: Sequence[str], tree: exp.Query, checked: bool = True
) -> int:
    """INSERT INTO relation (names) query; returns the number of rows. Locks and privileges are the caller's."""
    targets = require_columns(relation, names)
    projections = tree.selects
    starred = any(projection.is_star for projection in projections)
    compiled = compile_query(session, tree)
    if len(compiled.columns) > len(targets):
        raise RedshiftError("INSERT has more expressions than target columns")
    if names and len(compiled.columns) < len(targets):
        raise RedshiftError("INSERT has more target columns than expressions")
    targets = targets[: len(compiled.columns)]
    if checked:
        for index, (column, given) in enumerate(zip(targets, compiled.columns, strict=True)):
            node = None if starred or not isinstance(tree, exp.Select) else projections[index]
            check_assignable(relation, column, given, node)
    for column in targets:
        if column.identity is not None:
            raise RedshiftError(f'cannot set an identity column to a value: "{column.name}"')
    aliases = [quote(f"v{index}") for index in range(len(targets))]
    values = {c.name: assigned(f"source.{alias}", c.type) for c, alias in zip(targets, aliases, strict=True)}
    return insert_values(session, relation, values, f"({compiled.sql}) AS source({', '.join(aliases)})")


def insert_values(session: Session, relation: Relation, values: dict[str, str], source: str) -> int:
    """Inserts `values` (column -> DuckDB's SQL) of each row of `source`; other columns get their defaults."""
    full = {column.name: values.get(column.name) or default_sql(session, column) for column in relation.columns}
    columns = ", ".join(quote(name) for name in full)
    sql = f"INSERT INTO {relation.physical} ({columns}) SELECT {', '.join(full.values())} FROM {source}"
    row = session.connection.execute(sql).fetchone()
    return int(row[0]) if row is not None else 0
