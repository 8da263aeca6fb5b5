"""From a bound statement to DuckDB views over the files that it needs, and the bytes that this scans.

This is the whole interface for an engine: bind (sql.binder), rewrite (its own dialect), `prepare`, execute.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import duckdb

from ..sql.binder import Reference
from ..sql.duck import MAX_JSON_LINE_BYTES
from .catalog import GlueCatalog, Partition, Table
from .files import LakeFile, list_files
from .hive_types import literal
from .json_keys import sample_spellings
from .partitions import select_partitions
from .plan import TableUse, create_stand_in, plan_uses
from .readable import check_files, check_readable
from .relation import PATH_COLUMN, Scan, create_relation
from .row_groups import skipped_row_groups
from .scan import parquet_bytes, read_footers, text_bytes

_NAMES = re.compile(r'"(?:[^"]|"")*"|[^\W\d]\w*')
#: Table property by which Athena reads archived objects that have been restored.
_READ_RESTORED = "read_restored_glacier_objects"


@dataclass(frozen=True)
class TableScan:
    """One reference of the report: partitions that the filters left (1 for a table without keys), files, bytes."""

    reference: Reference
    partitions: int
    files: int
    bytes: int


@dataclass
class ScanReport:
    """What a statement reads: bytes of each file in reading order (a file read twice counts twice)."""

    file_bytes: list[tuple[str, int]] = field(default_factory=list)
    partitions: int = 0
    tables: list[TableScan] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.file_bytes)


@dataclass(frozen=True)
class Reader:
    """Who lists and reads objects. `may_read` raises AwsError for objects (s3://…) that may not be read, since DuckDB
    reads them past `s3`."""

    s3: Any
    may_read: Callable[[Iterable[str]], None] = lambda urls: None


@dataclass(frozen=True)
class Lake:
    """Where tables come from. `rows` gives the rows of tables that have no files (information_schema).
    `skip_archived`: Athena leaves archived objects out, Spectrum fails with ArchivedObjectError."""

    catalog: GlueCatalog
    s3: Any
    rows: Callable[[Table], Sequence[tuple[Any, ...]]]
    skip_archived: bool = True
    #: As `Reader` has it.
    may_read: Callable[[Iterable[str]], None] = lambda urls: None
    #: Who reads a table in place of the caller (Lake Formation); None: the caller.
    vended: Callable[[Table], Reader | None] = lambda table: None


def prepare(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    references: Sequence[Reference],
    lake: Lake,
    now: datetime,
) -> ScanReport:
    """Creates a temporary view for each reference of `sql`; raises the binder's duckdb.Error or an EngineError."""
    with_path = f'"{PATH_COLUMN}"' in sql.lower()
    for reference in references:
        columns = [(c.name, c.type.duckdb) for c in reference.table.all_columns]
        create_stand_in(connection, reference.name, columns + [(PATH_COLUMN, "VARCHAR")] * with_path)
    # A literal with a line break cannot be told from two conditions in the plan's text.
    uses = plan_uses(connection, sql, [r.name for r in references], prune="\n" not in sql)
    # The plan decides what is billed. A column that it misses for any reason must still not be read as nulls.
    names = {name.strip('"').replace('""', '"').lower() for name in _NAMES.findall(sql)}
    report = ScanReport()
    for reference in references:
        if reference.table.serde_library.startswith("$"):
            _load_rows(connection, reference, lake.rows(reference.table))
        else:
            mentioned = {i for i, c in enumerate(reference.table.all_columns) if c.name in names}
            _prepare_table(connection, reference, uses[reference.name], mentioned, lake, now, with_path, report)
    return report


def _load_rows(connection: duckdb.DuckDBPyConnection, reference: Reference, rows: Sequence[tuple[Any, ...]]) -> None:
    lines = [", ".join("NULL" if value is None else literal(str(value)) for value in row) for row in rows]
    if lines:
        # Tables without files have no structs, so their stand-ins have no padding; see create_stand_in.
        connection.execute(f"INSERT INTO {reference.name}__t VALUES {', '.join(f'({line})' for line in lines)}")


def _prepare_table(
    connection: duckdb.DuckDBPyConnection,
    reference: Reference,
    use: TableUse,
    mentioned: set[int],
    lake: Lake,
    now: datetime,
    with_path: bool,
    report: ScanReport,
) -> None:
    table = reference.table
    check_readable(table)
    partitions = select_partitions(connection, lake.catalog, table, reference.name, use, now)
    restored = table.parameters.get(_READ_RESTORED, "false").lower() == "true"
    reader = lake.vended(table) or Reader(lake.s3, lake.may_read)
    files: list[LakeFile] = list_files(reader.s3, partitions, lake.skip_archived, restored) if partitions else []
    check_files(table, files)
    reader.may_read(file.url for file in files)
    report.partitions += len(partitions) if table.partition_keys else 0
    columns = {index for index in use.columns if index < len(table.all_columns)}
    scan = Scan(table, reference.name, partitions, files, columns, columns | mentioned)
    if not table.is_parquet:
        if table.serde.get("case.insensitive", "true").lower() != "false":
            scan = replace(scan, spellings=sample_spellings(connection, files, MAX_JSON_LINE_BYTES))
        create_relation(connection, scan, None, with_path)
        _add(report, reference, partitions, text_bytes(files))
        return
    paths = {
        (table.columns[int(first)].name, *(str(part).lower() for part in rest))
        for first, *rest in use.paths
        if int(first) < len(table.columns)
    }
    footers = read_footers(connection, files)
    create_relation(connection, scan, footers, with_path)
    skipped = skipped_row_groups(connection, footers, table, reference.name, use)
    _add(report, reference, partitions, parquet_bytes(footers, paths, skipped))


def _add(report: ScanReport, reference: Reference, partitions: Sequence[Partition], sizes: dict[str, int]) -> None:
    report.file_bytes += sizes.items()
    report.tables.append(TableScan(reference, len(partitions), len(sizes), sum(sizes.values())))
