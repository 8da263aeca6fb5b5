"""What must hold of a query whose columns become a table's: names, types, order."""

from __future__ import annotations

from collections.abc import Sequence

from ...lake.catalog import Column
from ...sql.binder import has_name
from ..language.statements import QueryText
from ..values import hive_type
from .session import NULL_KIND, ResultColumn
from .tables import StatementError

_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_NUMBERS = (*_INTEGERS, "decimal", "float", "double")


def named_columns(columns: Sequence[ResultColumn], query: QueryText) -> Sequence[ResultColumn]:
    """The columns; raises StatementError for one that the query does not name, or names twice."""
    for position, selected in enumerate(query.tree.selects):
        if not has_name(selected) and not selected.is_star:
            raise StatementError(f"MISSING_COLUMN_NAME: line 1:1: Column name not specified at position {position + 1}")
    names = [column.name.lower() for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise StatementError(f"DUPLICATE_COLUMN_NAME: line 1:1: Column name '{name}' specified more than once")
    return columns


def hive_types(columns: Sequence[ResultColumn]) -> list[str]:
    """The Hive type of each column; raises StatementError for one that Hive cannot store."""
    found: list[str] = []
    for column in columns:
        if column.kind == NULL_KIND:
            raise StatementError(f"COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown: {column.name}")
        kind = hive_type(column.type) if column.zone is None else None
        if kind is None:
            shown = column.kind.lower() if column.zone is None else "timestamp(3) with time zone"
            raise StatementError(f"NOT_SUPPORTED: Unsupported Hive type: {shown} (column {column.name})")
        found.append(kind)
    return found


def check_order(columns: Sequence[str], partitioned_by: Sequence[str]) -> None:
    """Partition keys must be the last columns, in the same order."""
    unknown = [name for name in partitioned_by if name not in columns]
    if unknown:
        raise StatementError(f"INVALID_TABLE_PROPERTY: Partition columns {unknown} not present in schema")
    if len(partitioned_by) == len(columns):
        raise StatementError("INVALID_TABLE_PROPERTY: Table contains only partition columns")
    if partitioned_by and list(columns[-len(partitioned_by) :]) != list(partitioned_by):
        raise StatementError(
            "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and in the same order as "
            f"the table properties: [{', '.join(partitioned_by)}]"
        )


def check_assignable(targets: Sequence[Column], columns: Sequence[ResultColumn]) -> None:
    """Raises StatementError unless each of the query's columns may be stored in its target."""
    pairs = zip(targets, columns, strict=False)
    if len(targets) == len(columns) and all(_assignable(target, column) for target, column in pairs):
        return
    wanted = ", ".join(target.type.athena for target in targets)
    given = ", ".join(
        (hive_type(column.type) or column.kind.lower()).replace("string", "varchar") for column in columns
    )
    raise StatementError(
        f"TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: [{wanted}], Query: [{given}]"
    )


def _assignable(target: Column, column: ResultColumn) -> bool:
    if column.kind == NULL_KIND:
        return True
    kind = hive_type(column.type)
    if kind is None:
        return False
    to, given = _base(target.type.name), _base(kind)
    if to == given:
        return True
    if to in _INTEGERS and given in _INTEGERS:
        return _INTEGERS.index(given) <= _INTEGERS.index(to)
    if to in ("float", "double", "decimal") and given in _NUMBERS:
        return to == "double" or given in _INTEGERS or to == given
    return (to, given) == ("timestamp", "date")


def _base(kind: str) -> str:
    """`varchar(3)` and `string` are the same, as are `int` and `integer`."""
    name = kind.partition("<")[0].partition("(")[0]
    return {"varchar": "string", "char": "string", "integer": "int", "real": "float"}.get(name, name)
