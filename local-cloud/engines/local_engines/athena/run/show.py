"""SHOW and DESCRIBE, printed as Hive does it: names padded to 20 characters, cells parted by tabs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ...lake.catalog import Column, Table
from ..language.statements import Name, Show
from ..names import CATALOG, decode_view
from .outcome import Outcome, text_outcome
from .session import Session
from .show_create import create_table_lines
from .tables import StatementError, database_of, require_base_table, require_database, require_table, task_error


def run_show(session: Session, statement: Show) -> Outcome:
    kinds: dict[str, Callable[[Session, Show], Outcome]] = {
        "DATABASES": _databases,
        "TABLES": _tables,
        "VIEWS": _views,
        "COLUMNS": _columns,
        "PARTITIONS": _partitions,
        "TBLPROPERTIES": _properties,
        "CREATE TABLE": _create_table,
        "CREATE VIEW": _create_view,
        "DESCRIBE": _describe,
    }
    return kinds[statement.what](session, statement)


def _matching(names: Iterable[str], pattern: str | None) -> list[str]:
    """Hive's patterns: `*` for any text, `|` for a choice; the rest is a regular expression."""
    if pattern is None:
        return list(names)
    choices = [re.compile(part.replace("*", ".*"), re.IGNORECASE) for part in pattern.split("|")]
    return [name for name in names if any(choice.fullmatch(name) for choice in choices)]


def _databases(session: Session, statement: Show) -> Outcome:
    return text_outcome(_matching(session.catalog.databases(), statement.pattern), "database_name")


def _names(session: Session, statement: Show, views_only: bool) -> list[str]:
    database = statement.database or session.database
    require_database(session, database)
    found = [table.name for table in session.catalog.tables(database) if table.is_view or not views_only]
    return _matching(found, statement.pattern)


def _tables(session: Session, statement: Show) -> Outcome:
    return text_outcome(_names(session, statement, views_only=False), "tab_name")


def _views(session: Session, statement: Show) -> Outcome:
    return text_outcome(_names(session, statement, views_only=True), "views")


def _named(statement: Show) -> Name:
    if statement.table is None:
        raise StatementError(f"SHOW {statement.what} needs a table")
    return statement.table


def _columns(session: Session, statement: Show) -> Outcome:
    table = require_table(session, _named(statement))
    return text_outcome([f"{column.name:<20}" for column in table.all_columns], "field")


def _partitions(session: Session, statement: Show) -> Outcome:
    table = require_base_table(session, _named(statement))
    if not table.partition_keys:
        raise task_error(f"Table {table.name} is not a partitioned table")
    lines = [
        "/".join(f"{key.name}={value}" for key, value in zip(table.partition_keys, partition.values, strict=True))
        for partition in session.catalog.partitions(table)
    ]
    return text_outcome(sorted(lines), "partition")


def _properties(session: Session, statement: Show) -> Outcome:
    table = require_table(session, _named(statement))
    if statement.detail:
        missing = f"Table {table.database}.{table.name} does not have property: {statement.detail}"
        return text_outcome([table.parameters.get(statement.detail, missing)], "prpt_name", "prpt_value")
    lines = [f"{key}\t{value}" for key, value in sorted(table.parameters.items())]
    return text_outcome(lines, "prpt_name", "prpt_value")


def _create_table(session: Session, statement: Show) -> Outcome:
    table = require_table(session, _named(statement))
    if table.is_view:
        raise StatementError(
            f"NOT_SUPPORTED: line 1:1: Relation '{CATALOG}.{table.database}.{table.name}' is a view, not a table"
        )
    return text_outcome(create_table_lines(table), "createtab_stmt")


def _create_view(session: Session, statement: Show) -> Outcome:
    view = require_table(session, _named(statement))
    if not view.is_view:
        raise StatementError(
            f"NOT_SUPPORTED: line 1:1: Relation '{CATALOG}.{view.database}.{view.name}' is a table, not a view"
        )
    lines = [f"CREATE VIEW {view.database}.{view.name} AS ", *decode_view(view)["originalSql"].splitlines()]
    return text_outcome(lines, "Create View")


def _describe(session: Session, statement: Show) -> Outcome:
    table = require_table(session, _named(statement))
    if statement.partition is not None:
        database = database_of(session, _named(statement))
        values = tuple(statement.partition.values.get(key.name, "") for key in table.partition_keys)
        if values not in {partition.values for partition in session.catalog.partitions(table)}:
            raise StatementError(
                f"FAILED: SemanticException [Error 10006]: Partition not found {database}.{table.name}"
            )
    lines = [_described(column, table.is_view) for column in table.all_columns]
    if table.partition_keys:
        lines += [
            "\t \t ",
            f"{'# Partition Information':<24}\t \t ",
            _row("# col_name", "data_type", "comment"),
            "\t \t ",
        ]
        lines += [_described(key, view=False) for key in table.partition_keys]
    if statement.detail:
        lines += _details(table)
    return text_outcome(lines, "col_name", "data_type", "comment")


def _described(column: Column, view: bool) -> str:
    return _row(column.name, column.type.athena if view else column.type_text, column.comment)


def _row(name: str, kind: str, comment: str) -> str:
    return f"{name:<20}\t{kind:<20}\t{comment:<20}"


def _details(table: Table) -> list[str]:
    pairs = [
        ("Database:", table.database),
        ("Table Type:", table.table_type),
        ("Location:", table.location),
        ("SerDe Library:", table.serde_library),
        *((f"Parameter {key}:", value) for key, value in sorted(table.parameters.items())),
    ]
    return ["\t \t ", "# Detailed Table Information\t \t ", *(_row(name, value, "") for name, value in pairs)]
