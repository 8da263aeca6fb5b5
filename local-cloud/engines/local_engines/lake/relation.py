"""A table's files as a DuckDB relation with exactly the table's columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from ..sql.duck import MAX_JSON_LINE_BYTES
from .catalog import Column, Partition, Table
from .files import LakeFile
from .hive_types import literal, quote
from .json_keys import Spellings, spelled_type, spelling
from .partitions import HIVE_NULL
from .readable import UnreadableTableError
from .scan import ParquetFooters, file_list
from .texts import load_texts

PATH_COLUMN = "$path"
#: DuckDB's column of file names; no column of a table can have this name, since `$` is Athena's own.
_FILE = "$source_file"

#: DuckDB type families that Athena's Parquet reader converts between; others are HIVE_BAD_DATA.
_FAMILIES = (
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "DECIMAL"),
    ("FLOAT", "DOUBLE"),
    ("TIMESTAMP", "DATE"),
    ("VARCHAR", "BLOB"),
    ("BOOLEAN",),
)


@dataclass(frozen=True)
class Scan:
    """What is read of one table reference: `columns` are positions in table.all_columns. Those of `offered` may be read
    as well, but need not be readable."""

    table: Table
    reference: str
    partitions: Sequence[Partition]
    files: Sequence[LakeFile]
    columns: set[int]
    offered: set[int]
    #: Of a JSON table.
    spellings: Spellings = field(default_factory=dict)


def create_relation(
    connection: duckdb.DuckDBPyConnection, scan: Scan, footers: ParquetFooters | None, with_path: bool = False
) -> None:
    """Replaces the stand-in view of the reference by one that reads the files."""
    selected = _columns(connection, scan, footers)
    if with_path:
        selected.append(f"{f'source.{quote(_FILE)}' if scan.files else 'NULL::VARCHAR'} AS {quote(PATH_COLUMN)}")
    body = f"SELECT {', '.join(selected)} FROM {_source(connection, scan, footers, with_path)}"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {scan.reference} AS {body}")


def _columns(connection: duckdb.DuckDBPyConnection, scan: Scan, footers: ParquetFooters | None) -> list[str]:
    """One expression for each column of the table; columns that nobody reads are typed nulls."""
    actual = _parquet_types(connection, scan, footers) if footers is not None and scan.files else {}
    out: list[str] = []
    data = len(scan.table.columns)
    for index, column in enumerate(scan.table.all_columns):
        kind = column.type.duckdb
        name = quote(column.name)
        if index not in scan.offered or not scan.files:
            out.append(f"CAST(NULL AS {kind}) AS {name}")
        elif index >= data:
            out.append(f"{_partition_expression(scan, index - data)} AS {name}")
        elif footers is None:
            out.append(f"source.{quote(_json_key(scan, column))} AS {name}")
        else:
            out.append(f"{_parquet_expression(scan, column, actual, index in scan.columns)} AS {name}")
    return out


def _partition_expression(scan: Scan, key: int) -> str:
    kind = scan.table.partition_keys[key].type.duckdb
    if len(scan.partitions) > 1:
        return f"keys.k{key}"
    value = scan.partitions[0].values[key]
    return f"CAST({'NULL' if value == HIVE_NULL else literal(value)} AS {kind})"


def _source(connection: duckdb.DuckDBPyConnection, scan: Scan, footers: ParquetFooters | None, with_path: bool) -> str:
    if not scan.files:
        return "(SELECT 1) WHERE false"
    keys = [i - len(scan.table.columns) for i in sorted(scan.offered) if i >= len(scan.table.columns)]
    join = bool(keys) and len(scan.partitions) > 1
    name = f", filename = '{_FILE}'" if join or with_path else ""
    if footers is not None:
        options = f"union_by_name = {_differ(footers)}, hive_partitioning = false{name}"
        source = f"read_parquet({file_list(scan.files)}, {options}) AS source"
    else:
        source = f"read_json({file_list(scan.files)}, {_json_options(scan)}{name}) AS source"
    if not join:
        return source
    _load_keys(connection, scan, keys)
    return f"{source} JOIN {scan.reference}__keys AS keys ON source.{quote(_FILE)} = keys.url"


def _load_keys(connection: duckdb.DuckDBPyConnection, scan: Scan, keys: list[int]) -> None:
    """A temporary table of file -> partition values; a file may belong to two partitions."""
    values: list[list[str | None]] = [[file.url for file in scan.files]]
    for key in keys:
        texts = [scan.partitions[file.partition].values[key] for file in scan.files]
        values.append([None if text == HIVE_NULL else text for text in texts])
    load_texts(connection, f"{scan.reference}__texts", ["url", *(f"t{key}" for key in keys)], values)
    typed = ", ".join(f"CAST(t{key} AS {scan.table.partition_keys[key].type.duckdb}) AS k{key}" for key in keys)
    body = f"SELECT url, {typed} FROM {scan.reference}__texts"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {scan.reference}__keys AS {body}")


def _differ(footers: ParquetFooters) -> str:
    """Files with different columns must be matched by name, which costs a footer read each."""
    by_file: dict[str, set[tuple[tuple[str, ...], str]]] = {}
    for chunk in footers.chunks:
        by_file.setdefault(chunk.file, set()).add((chunk.path, chunk.physical_type))
    return "true" if len({frozenset(columns) for columns in by_file.values()}) > 1 else "false"


def _parquet_types(connection: duckdb.DuckDBPyConnection, scan: Scan, footers: ParquetFooters) -> dict[str, str]:
    options = f"union_by_name = {_differ(footers)}, hive_partitioning = false"
    rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({file_list(scan.files)}, {options})").fetchall()
    return {row[0].lower(): row[1] for row in rows}


def _parquet_expression(scan: Scan, column: Column, actual: dict[str, str], needed: bool) -> str:
    wanted = column.type.duckdb
    found = actual.get(column.name)
    if found is None:
        return f"CAST(NULL AS {wanted})"
    if found == wanted:
        return f"source.{quote(column.name)}"
    nested = found.endswith("]") or found.startswith(("STRUCT", "MAP"))
    if not nested and not any(_base(found) in family and _base(wanted) in family for family in _FAMILIES):
        if not needed:
            return f"CAST(NULL AS {wanted})"
        raise UnreadableTableError(
            f"HIVE_BAD_DATA: Field {column.name}'s type {found} in parquet file {scan.files[0].url} is incompatible "
            f"with type {column.type.athena} defined in table schema"
        )
    return f"CAST(source.{quote(column.name)} AS {wanted})"


def _base(kind: str) -> str:
    """TIMESTAMP WITH TIME ZONE and TIMESTAMP_NS are instants, DECIMAL(3,1) a decimal."""
    return "TIMESTAMP" if kind.startswith("TIMESTAMP") else kind.partition("(")[0]


def _json_key(scan: Scan, column: Column) -> str:
    """OpenX: mapping.<column> names the key in the JSON."""
    mapped = scan.table.serde.get(f"mapping.{column.name}")
    return spelling(column.name, scan.spellings)[0] if mapped is None else mapped


def _json_options(scan: Scan) -> str:
    table = scan.table
    used = [c for i, c in enumerate(table.columns) if i in scan.offered] or list(table.columns[:1])
    keys = [(column, _json_key(scan, column)) for column in used]
    pairs = ", ".join(
        f"{literal(key)}: {literal(spelled_type(column.type, spelling(key, scan.spellings)[1]))}"
        for column, key in keys
    )
    lenient = table.serde.get("ignore.malformed.json", "false").lower() == "true"
    return (
        f"columns = {{{pairs}}}, format = 'newline_delimited', ignore_errors = {str(lenient).lower()}, "
        f"maximum_object_size = {MAX_JSON_LINE_BYTES}, hive_partitioning = false"
    )
