"""Rows and columns of a result, as GetStatementResult gives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from ..sql.columns import ResultColumn
from ..sql.errors import unsupported
from ..sql.types import RedshiftType

#: JSON text of a page's records; AWS does not say its own limit. Bytes.
PAGE_BYTES = 1024 * 1024
_INTEGERS = ("int2", "int4", "int8")
_FLOATS = ("float4", "float8")


def field(value: Any, kind: RedshiftType) -> dict[str, Any]:
    """One cell, under the member of its type: numeric is text, so that no digit is lost."""
    if value is None:
        return {"isNull": True}
    if kind.name == "bool":
        return {"booleanValue": bool(value)}
    if kind.name in _INTEGERS:
        return {"longValue": int(value)}
    if kind.name in _FLOATS:
        return {"doubleValue": float(value)}
    return {"stringValue": text(value, kind)}


def text(value: Any, kind: RedshiftType) -> str:
    """The value as Redshift prints it."""
    if kind.name == "bpchar" and kind.parameters:
        return str(value).ljust(kind.parameters[0])
    if isinstance(value, datetime):
        whole = value.strftime("%Y-%m-%d %H:%M:%S")
        return f"{whole}.{value.microsecond:06}".rstrip("0") if value.microsecond else whole
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        raise unsupported("an interval as a result")
    if isinstance(value, (list, dict, tuple)):
        return json.dumps(value, separators=(",", ":"), default=str)
    return value.hex() if isinstance(value, bytes) else str(value)


def records(rows: Sequence[tuple[Any, ...]], columns: Sequence[ResultColumn]) -> list[list[dict[str, Any]]]:
    """All rows as lists of fields."""
    kinds = [column.type for column in columns]
    return [[field(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows]


def result_size(found: Sequence[Sequence[dict[str, Any]]]) -> int:
    """ResultSize: bytes of the values."""
    return sum(len(str(value)) for row in found for cell in row for name, value in cell.items() if name != "isNull")


def page(found: Sequence[list[dict[str, Any]]], start: int) -> tuple[list[list[dict[str, Any]]], int | None]:
    """The rows from `start` that fit into one answer, at least one, and where the next page begins."""
    size, end = 0, start
    while end < len(found):
        size += len(json.dumps(found[end]))
        if size > PAGE_BYTES and end > start:
            break
        end += 1
    return list(found[start:end]), end if end < len(found) else None


def metadata(column: ResultColumn) -> dict[str, Any]:
    """ColumnMetadata, in the terms of the JDBC driver that the Data API asks."""
    kind = column.type
    return {
        "isCaseSensitive": kind.is_text,
        "isCurrency": False,
        "isSigned": kind.name in (*_INTEGERS, *_FLOATS, "numeric"),
        "label": column.name,
        "length": 0,
        "name": column.name,
        "nullable": 1 if column.nullable else 0,
        "precision": kind.precision,
        "scale": kind.scale,
        "schemaName": column.schema,
        "tableName": column.table,
        "typeName": kind.name,
    }
