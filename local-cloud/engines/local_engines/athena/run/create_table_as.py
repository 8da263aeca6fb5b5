"""CREATE TABLE AS: files first, then the table, then its partitions."""

from __future__ import annotations

from collections.abc import Mapping

from ...lake.catalog import Column, Partition, Table
from ...lake.hive_types import parse_hive_type
from ..language.formats import JSON, PARQUET
from ..language.statements import ColumnDefinition, CreateTableAs, Property
from ..names import CATALOG
from .files import FileFormat, write_files
from .outcome import Outcome, written_outcome
from .partitions import folder_of, register
from .session import Session
from .storage import require_empty, upload
from .tables import StatementError, database_of, table_input
from .writing_checks import check_order, hive_types, named_columns

#: Properties that Athena knows and the local target does not have.
_REFUSED = ("bucketed_by", "bucket_count", "orc_compression", "field_delimiter", "location", "partitioning",
            "vacuum_max_snapshots_to_keep", "optimize_rewrite_delete_file_threshold")  # fmt: skip


def table_location(session: Session, properties: Mapping[str, Property]) -> str:
    """Where the table's files go: its external_location, else a folder of the query's output location."""
    given = str(properties.get("external_location") or f"{session.output}tables/{session.query_id}/")
    return given if given.endswith("/") else given + "/"


def create_table_as(session: Session, statement: CreateTableAs) -> Outcome:
    name, database = statement.table.name, database_of(session, statement.table)
    full = f"{CATALOG}.{database}.{name}"
    if not session.catalog.has_database(database):
        raise StatementError(f"SCHEMA_NOT_FOUND: line 1:1: Schema {database} not found")
    if session.catalog.table(database, name) is not None:
        if statement.if_not_exists:
            return written_outcome(0, [])
        raise StatementError(f"TABLE_ALREADY_EXISTS: line 1:1: Destination table '{full}' already exists")
    form, partitioned_by = _format(statement.properties), _partition_keys(statement.properties)
    location = table_location(session, statement.properties)
    require_empty(session, location, f"table '{database}.{name}'")

    compiled = session.compile(statement.query)
    columns = named_columns(compiled.columns, statement.query)
    kinds, names = hive_types(columns), [column.name.lower() for column in columns]
    check_order(names, partitioned_by)
    defined = [ColumnDefinition(n, k) for n, k in zip(names, kinds, strict=True)]
    data = len(defined) - len(partitioned_by)
    parameters = {"presto_query_id": session.query_id, "classification": form.name.lower()}
    if form.name == "PARQUET":
        parameters["parquet.compression"] = form.compression
    storage = PARQUET if form.name == "PARQUET" else JSON
    definition = table_input(name, defined[:data], defined[data:], storage, location, parameters, statement.comment)
    count, urls = 0, list[str]()
    partitions: dict[tuple[str, ...], Partition] = {}
    if statement.with_data:
        table = Table(
            database, name, (), tuple(_key(c) for c in defined[data:]), location, storage.serde, raw=definition
        )
        written, count = write_files(session, compiled, kinds, names, partitioned_by, form)
        targets = []
        for file in written:
            folder = folder_of(table, file.values) if file.values else location
            partitions[file.values] = Partition(file.values, folder)
            targets.append((file.path, folder + file.path.name))
        with session.timings.measure("service"):
            urls = upload(session, targets)
    session.glue.create_table(DatabaseName=database, TableInput=definition)
    if partitioned_by and partitions:
        created = session.catalog.table(database, name)
        if created is not None:
            register(session, created, partitions.values())
    return written_outcome(count, urls)


def _key(column: ColumnDefinition) -> Column:
    return Column(column.name, parse_hive_type(column.type), column.type)


def _format(properties: Mapping[str, Property]) -> FileFormat:
    for name in properties:
        if name in _REFUSED:
            raise StatementError(f"NOT_SUPPORTED: the table property {name} is not supported by the local target")
        if name not in ("format", "write_compression", "parquet_compression", "external_location", "partitioned_by",
                        "table_type", "is_external"):  # fmt: skip
            raise StatementError(
                f"INVALID_TABLE_PROPERTY: line 1:1: Catalog '{CATALOG}' table property '{name}' does not exist"
            )
    kind = str(properties.get("table_type", "HIVE")).upper()
    if kind != "HIVE" or properties.get("is_external") is False:
        raise StatementError("NOT_SUPPORTED: Iceberg tables; the local target has Hive tables of Parquet and JSON")
    name = str(properties.get("format", "PARQUET")).upper()
    if name not in ("PARQUET", "JSON"):
        raise StatementError(
            f"NOT_SUPPORTED: CREATE TABLE AS in format {name}; the local target writes PARQUET and JSON"
        )
    compression = properties.get("write_compression", properties.get("parquet_compression", "GZIP"))
    return FileFormat(name, str(compression).upper())


def _partition_keys(properties: Mapping[str, Property]) -> list[str]:
    found = properties.get("partitioned_by", [])
    if not isinstance(found, list):
        raise StatementError("INVALID_TABLE_PROPERTY: partitioned_by must be ARRAY['column', …]")
    return [name.lower() for name in found]
