"""INSERT INTO and UNLOAD."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import EngineError
from ...lake.catalog import Column, Partition, Table
from ...lake.files import split_url
from ...lake.partitions import HIVE_NULL
from ...lake.projection import projected_location
from ..language.statements import Insert, Property, Unload
from ..names import CATALOG
from .files import FileFormat, WrittenFile, write_files
from .outcome import Outcome, written_outcome
from .partitions import folder_of, register
from .session import NULL_KIND, Compiled, ResultColumn, Session
from .storage import require_empty, upload
from .tables import StatementError, database_of
from .writing_checks import check_assignable, check_order, hive_types, named_columns


def insert(session: Session, statement: Insert) -> Outcome:
    """Adds files to the table; a partition that is not registered yet is registered."""
    table = _target(session, statement)
    compiled = session.compile(statement.query)
    order = list(table.all_columns)
    targets = _named(order, statement.columns) if statement.columns else order
    check_assignable(targets, compiled.columns)
    form = FileFormat("PARQUET", _compression(table)) if table.is_parquet else FileFormat("JSON")
    keys = [key.name for key in table.partition_keys]
    written, count = write_files(
        session, _in_table_order(compiled, targets, order), [column.type_text for column in order],
        [column.name for column in order], keys, form,
    )  # fmt: skip
    known = {} if table.projected else {p.values: p.location for p in session.catalog.partitions(table)}
    added: dict[tuple[str, ...], Partition] = {}
    uploads = []
    for file in written:
        folder = _folder(table, file, known)
        if file.values and file.values not in known:
            added[file.values] = Partition(file.values, folder)
        uploads.append((file.path, folder + file.path.name))
    with session.timings.measure("service"):
        urls = upload(session, uploads)
        if not table.projected:
            register(session, table, added.values())
    return written_outcome(count, urls)


def _target(session: Session, statement: Insert) -> Table:
    database, name = database_of(session, statement.table), statement.table.name
    table = session.catalog.table(database, name)
    if table is None:
        raise StatementError(f"TABLE_NOT_FOUND: line 1:1: Table '{CATALOG}.{database}.{name}' does not exist")
    if table.is_view:
        raise StatementError("NOT_SUPPORTED: line 1:1: Inserting into views is not supported")
    if not table.is_parquet and not table.is_json:
        raise StatementError(
            f"NOT_SUPPORTED: INSERT INTO a table with the SerDe '{table.serde_library}'; the local target writes "
            "Parquet and JSON"
        )
    return table


def _named(order: list[Column], names: tuple[str, ...]) -> list[Column]:
    known = {column.name: column for column in order}
    for name in names:
        if name not in known:
            raise StatementError(
                f"COLUMN_NOT_FOUND: line 1:1: Insert column name does not exist in target table: {name}"
            )
        if names.count(name) > 1:
            raise StatementError(
                f"DUPLICATE_COLUMN_NAME: line 1:1: Insert column name is specified more than once: {name}"
            )
    return [known[name] for name in names]


def _in_table_order(compiled: Compiled, targets: list[Column], order: list[Column]) -> Compiled:
    """The query with a null for each column of the table that the statement does not name."""
    at = {column.name: f"c{index}" for index, column in enumerate(targets)}
    picked = ", ".join(at.get(column.name, "NULL") for column in order)
    aliases = ", ".join(f"c{index}" for index in range(len(targets)))
    null = ResultColumn("null", NULL_KIND, compiled.columns[0].type)
    found = {column.name: kind for column, kind in zip(targets, compiled.columns, strict=True)}
    columns = [found.get(column.name, null) for column in order]
    return Compiled(f"SELECT {picked} FROM ({compiled.sql}) AS given({aliases})", columns)


def _compression(table: Table) -> str:
    return table.parameters.get("parquet.compression", table.parameters.get("write.compression", "GZIP")).upper()


def _folder(table: Table, file: WrittenFile, known: Mapping[tuple[str, ...], str]) -> str:
    if not file.values:
        found = table.location
    elif table.projected:
        if HIVE_NULL in file.values:
            raise StatementError("HIVE_INVALID_PARTITION_VALUE: a projected partition cannot be null")
        names = tuple(key.name for key in table.partition_keys)
        found = projected_location(
            table.location, table.parameters.get("storage.location.template"), names, file.values
        )
    else:
        found = known.get(file.values) or folder_of(table, file.values)
    return found if found.endswith("/") else found + "/"


def unload(session: Session, statement: Unload) -> Outcome:
    """Writes a query's rows to a folder; no table is made of them."""
    form, partitioned_by = _unload_format(statement.properties), statement.properties.get("partitioned_by", [])
    location = statement.location if statement.location.endswith("/") else statement.location + "/"
    try:
        split_url(location)
    except EngineError as error:
        raise StatementError(f"INVALID_FUNCTION_ARGUMENT: {error}") from error
    require_empty(session, location, "UNLOAD")
    compiled = session.compile(statement.query)
    named_columns(compiled.columns, statement.query)
    names = [column.name for column in compiled.columns]
    if not isinstance(partitioned_by, list):
        raise StatementError("INVALID_TABLE_PROPERTY: partitioned_by must be ARRAY['column', …]")
    check_order([name.lower() for name in names], [name.lower() for name in partitioned_by])
    if partitioned_by and form.name == "TEXTFILE":
        raise StatementError("NOT_SUPPORTED: UNLOAD of TEXTFILE with partitioned_by")
    kinds = hive_types(compiled.columns)
    written, count = write_files(session, compiled, kinds, names, partitioned_by, form)
    folders = ["".join(f"{k}={v}/" for k, v in zip(partitioned_by, file.values, strict=True)) for file in written]
    uploads = [(f.path, f"{location}{folder}{f.path.name}") for f, folder in zip(written, folders, strict=True)]
    with session.timings.measure("service"):
        return written_outcome(count, upload(session, uploads))


def _unload_format(properties: Mapping[str, Property]) -> FileFormat:
    for name in properties:
        if name not in ("format", "compression", "field_delimiter", "partitioned_by"):
            raise StatementError(f"INVALID_TABLE_PROPERTY: line 1:1: UNLOAD property '{name}' does not exist")
    name = str(properties.get("format", "")).upper()
    if not name:
        raise StatementError("INVALID_TABLE_PROPERTY: line 1:1: UNLOAD needs the property 'format'")
    if name not in ("PARQUET", "JSON", "TEXTFILE"):
        raise StatementError(
            f"NOT_SUPPORTED: UNLOAD in format {name}; the local target writes PARQUET, JSON and TEXTFILE (CSV is "
            "TEXTFILE with field_delimiter = ',')"
        )
    compression = str(properties.get("compression", "GZIP")).upper()
    return FileFormat(name, compression, str(properties.get("field_delimiter", "\x01")))
