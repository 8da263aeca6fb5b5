"""The partitions that a query can need, registered or projected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb
import sqlglot
from sqlglot import exp

from ..errors import EngineError
from ..sql.dates import strftime_of
from .catalog import GlueCatalog, Partition, Table
from .hive_types import literal, quote
from .plan import TableUse, column_name, matching_rows
from .projection import check_template, project_column, projected_location
from .texts import load_texts

#: Hive's folder name for a null value.
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


class InjectedColumnError(EngineError):
    """A projected column of type injected without an equality in the query."""


def select_partitions(
    connection: duckdb.DuckDBPyConnection,
    catalog: GlueCatalog,
    table: Table,
    reference: str,
    use: TableUse,
    now: datetime,
) -> list[Partition]:
    """Partitions left by the query's filters, in the order of their values; a table without keys is one partition."""
    if not use.places:
        return []
    if not table.partition_keys:
        return [Partition((), table.location)]
    if table.projected:
        return _projected(connection, table, reference, use, now)
    registered = catalog.partitions(table)
    keys = len(table.partition_keys)
    columns = [[p.values[i] if p.values[i] != HIVE_NULL else None for p in registered] for i in range(keys)]
    _load(connection, f"{reference}__p", columns)
    typed = [
        _named(f"CAST(engine_v{i} AS {key.type.duckdb})", column_name(reference, len(table.columns) + i), key.name)
        for i, key in enumerate(table.partition_keys)
    ]
    relation = f"(SELECT engine_row, {', '.join(typed)} FROM {reference}__p)"
    found = matching_rows(connection, relation, use, "engine_row", "engine_row")
    return sorted((registered[row[0]] for row in found), key=lambda p: p.values)


def _named(value: str, unique: str, name: str) -> str:
    """A key under both of its names: the plan calls it by the stand-in's, and inside of some expressions by its own."""
    return f"{value} AS {unique}, {value} AS {quote(name)}"


def _load(connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Sequence[str | None]]) -> None:
    """A temporary table of text, engine_v0, engine_v1, …, with the row's number."""
    load_texts(connection, name, [f"engine_v{i}" for i in range(len(columns))], columns, "engine_row")


def _projected(
    connection: duckdb.DuckDBPyConnection, table: Table, reference: str, use: TableUse, now: datetime
) -> list[Partition]:
    names = tuple(key.name for key in table.partition_keys)
    template = table.parameters.get("storage.location.template")
    if template is not None:
        check_template(template, names)
    sources: list[str] = []
    typed: list[str] = []
    for i, key in enumerate(table.partition_keys):
        column = column_name(reference, len(table.columns) + i)
        projected = project_column(key.name, table.parameters, now)
        values = _injected_values(use, column, key.name) if projected.injected else list(projected.values)
        _load(connection, f"{reference}__p{i}", [values])
        sources.append(f"(SELECT engine_v0 AS engine_v{i} FROM {reference}__p{i})")
        java = table.parameters.get(f"projection.{key.name}.format")
        if java is not None and key.type.name in ("date", "timestamp"):
            value = f"strptime(engine_v{i}, {literal(strftime_of(java))})"
        else:
            value = f"engine_v{i}"
        typed.append(_named(f"CAST({value} AS {key.type.duckdb})", column, key.name))
    picked = ", ".join(f"engine_v{i}" for i in range(len(names)))
    relation = f"(SELECT {picked}, {', '.join(typed)} FROM {' CROSS JOIN '.join(sources)})"
    rows = matching_rows(connection, relation, use, picked, picked)
    return [Partition(row, projected_location(table.location, template, names, row)) for row in rows]


def _injected_values(use: TableUse, column: str, name: str) -> list[str]:
    """Values of `column = 'v'` or `column IN (…)` among the conjuncts of every place; raises InjectedColumnError."""
    values: list[str] = []
    for place in use.places:
        here = [value for condition in place for value in _equal_values(condition, column)]
        if not here:
            raise InjectedColumnError(
                f"CONSTRAINT_VIOLATION: For the injected projected partition column {name}, the WHERE clause must "
                "contain only static equality conditions, and at least one such condition must be present."
            )
        values += here
    return list(dict.fromkeys(values))


def _equal_values(condition: str, column: str) -> list[str]:
    try:
        parsed = sqlglot.parse_one(condition, read="duckdb")
    except sqlglot.errors.ParseError:
        return []
    for conjunct in parsed.unnest().flatten() if isinstance(parsed.unnest(), exp.And) else [parsed]:
        values = [value for part in _disjuncts(conjunct) for value in _equality(part, column)]
        if values and all(_equality(part, column) for part in _disjuncts(conjunct)):
            return values
    return []


def _disjuncts(node: exp.Expr) -> list[exp.Expr]:
    inner = node.unnest()
    return [part.unnest() for part in inner.flatten()] if isinstance(inner, exp.Or) else [inner]


def _equality(node: exp.Expr, column: str) -> list[str]:
    if isinstance(node, exp.In):
        values = node.expressions
    elif isinstance(node, exp.EQ):
        values = [node.expression]
    else:
        return []
    if not isinstance(node.this, exp.Column) or node.this.name != column:
        return []
    literals = [value.unalias().this if isinstance(value, exp.Cast) else value for value in values]
    return [value.name for value in literals] if all(isinstance(v, exp.Literal) for v in literals) else []
