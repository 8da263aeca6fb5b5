"""The types of Athena's results."""

from __future__ import annotations

import re
from typing import Any

from duckdb.sqltypes import DuckDBPyType

#: Athena's precision of each type, as GetQueryResults reports it (scale 0 unless said otherwise).
_PRECISION = {
    "boolean": 0, "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "float": 17, "double": 17,
    "varchar": 2147483647, "date": 0, "timestamp": 3, "timestamp with time zone": 3, "varbinary": 1073741824,
}  # fmt: skip

_NAMES = {
    "BOOLEAN": "boolean", "TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint",
    # DuckDB widens sum() of integers; Trino's result is a bigint.
    "HUGEINT": "bigint", "UHUGEINT": "bigint", "UBIGINT": "bigint", "UINTEGER": "bigint", "USMALLINT": "integer",
    "UTINYINT": "smallint", "FLOAT": "float", "DOUBLE": "double", "VARCHAR": "varchar", "DATE": "date",
    "TIMESTAMP": "timestamp", "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone", "TIME": "time", "BLOB": "varbinary", "UUID": "uuid",
    "JSON": "json", "INTERVAL": "interval day to second", '"NULL"': "unknown", "NULL": "unknown",
}  # fmt: skip

_HIVE = {
    "BOOLEAN": "boolean", "TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "int", "BIGINT": "bigint",
    "HUGEINT": "bigint", "UHUGEINT": "bigint", "UBIGINT": "bigint", "UINTEGER": "bigint", "USMALLINT": "int",
    "UTINYINT": "smallint", "FLOAT": "float", "DOUBLE": "double", "VARCHAR": "string", "DATE": "date",
    "TIMESTAMP": "timestamp", "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp",
    "BLOB": "binary",
}  # fmt: skip


def type_name(duckdb_type: str) -> str:
    """Athena's name of a DuckDB type, without parameters."""
    if duckdb_type.startswith("DECIMAL"):
        return "decimal"
    if duckdb_type.endswith("]"):
        return "array"
    if duckdb_type.startswith("STRUCT"):
        return "row"
    if duckdb_type.startswith("MAP"):
        return "map"
    return _NAMES.get(duckdb_type, "varchar")


def hive_type(kind: DuckDBPyType) -> str | None:
    """The Hive type of a table's or view's column, None where Hive has none (json, time, interval …)."""
    identifier = kind.id
    if identifier == "list":
        inner = hive_type(kind.children[0][1])
        return None if inner is None else f"array<{inner}>"
    if identifier == "map":
        key, value = (hive_type(child) for _, child in kind.children)
        return None if key is None or value is None else f"map<{key},{value}>"
    if identifier == "struct":
        fields = [(name, hive_type(child)) for name, child in kind.children]
        if any(inner is None or not name for name, inner in fields):
            return None
        return f"struct<{','.join(f'{name.lower()}:{inner}' for name, inner in fields)}>"
    if identifier == "decimal":
        return str(kind).lower()
    return _HIVE.get(str(kind))


def column_info(name: str, duckdb_type: str) -> dict[str, Any]:
    """One ColumnInfo of GetQueryResults."""
    kind = type_name(duckdb_type)
    numbers = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", duckdb_type)
    precision, scale = (int(numbers[1]), int(numbers[2])) if numbers is not None else (_PRECISION.get(kind, 0), 0)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": kind,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": kind == "varchar",
    }
