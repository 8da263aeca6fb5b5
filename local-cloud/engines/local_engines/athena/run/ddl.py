"""Databases and tables."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ...errors import EngineError
from ...lake.files import split_url
from ..language.statements import (
    ChangeColumns,
    CreateDatabase,
    CreateTable,
    DropDatabase,
    DropTable,
    SetLocation,
    SetProperties,
)
from .outcome import Outcome
from .partitions import set_partition_location
from .session import Session
from .tables import (
    StatementError,
    database_of,
    require_base_table,
    require_database,
    require_table,
    table_input,
    task_error,
    update_table,
)


def create_database(session: Session, statement: CreateDatabase) -> Outcome:
    definition = {
        "Name": statement.name,
        "Description": statement.comment,
        "LocationUri": statement.location,
        "Parameters": dict(statement.properties),
    }
    try:
        session.glue.create_database(DatabaseInput={key: value for key, value in definition.items() if value})
    except ClientError as error:
        if error.response["Error"]["Code"] != "AlreadyExistsException":
            raise
        if not statement.if_not_exists:
            raise task_error(f"AlreadyExistsException(message:Database {statement.name} already exists)") from error
    return Outcome()


def drop_database(session: Session, statement: DropDatabase) -> Outcome:
    if not session.catalog.has_database(statement.name):
        if statement.if_exists:
            return Outcome()
        raise StatementError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {statement.name}")
    tables = session.catalog.tables(statement.name)
    if tables and not statement.cascade:
        raise task_error(
            f"InvalidOperationException(message:Database {statement.name} is not empty. One or more tables exist.)"
        )
    for table in tables:
        session.catalog.drop_table(statement.name, table.name)
    session.glue.delete_database(Name=statement.name)
    return Outcome()


def create_table(session: Session, statement: CreateTable) -> Outcome:
    name, database = statement.table.name, database_of(session, statement.table)
    require_database(session, database)
    if session.catalog.table(database, name) is not None:
        if statement.if_not_exists:
            return Outcome()
        raise task_error(f"AlreadyExistsException(message:Table {name} already exists.)")
    if not statement.location:
        raise task_error("MetaException(message:No location was given for the external table; add LOCATION)")
    _check_location(statement.location)
    twice = {column.name for column in statement.columns} & {key.name for key in statement.partition_keys}
    if twice:
        raise StatementError(
            f"FAILED: SemanticException [Error 10035]: Column repeated in partitioning columns: {min(twice)}"
        )
    definition = table_input(
        name,
        statement.columns,
        statement.partition_keys,
        statement.storage,
        statement.location,
        statement.properties,
        statement.comment,
    )
    session.glue.create_table(DatabaseName=database, TableInput=definition)
    return Outcome()


def drop_table(session: Session, statement: DropTable) -> Outcome:
    database = database_of(session, statement.table)
    table = session.catalog.table(database, statement.table.name)
    if table is None:
        if not statement.if_exists:
            require_table(session, statement.table)
        return Outcome()
    if table.is_view:
        raise StatementError(
            f"FAILED: SemanticException [Error 10132]: Cannot drop a view with DROP TABLE: {table.name}"
        )
    session.catalog.drop_table(database, table.name)
    return Outcome()


def set_properties(session: Session, statement: SetProperties) -> Outcome:
    table = require_base_table(session, statement.table)
    update_table(session, table, Parameters={**table.parameters, **statement.properties})
    return Outcome()


def set_location(session: Session, statement: SetLocation) -> Outcome:
    table = require_base_table(session, statement.table)
    _check_location(statement.location)
    if statement.partition is not None:
        set_partition_location(session, table, statement.partition, statement.location)
    else:
        storage = {**table.raw["StorageDescriptor"], "Location": statement.location}
        update_table(session, table, StorageDescriptor=storage)
    return Outcome()


def change_columns(session: Session, statement: ChangeColumns) -> Outcome:
    table = require_base_table(session, statement.table)
    taken = {key.name for key in table.partition_keys}
    taken |= set() if statement.replace else {column.name for column in table.columns}
    twice = next((column.name for column in statement.columns if column.name in taken), None)
    if twice is not None:
        raise StatementError(f"FAILED: SemanticException [Error 10036]: Duplicate column name: {twice}")
    added = [{"Name": c.name, "Type": c.type, "Comment": c.comment} for c in statement.columns]
    kept = [] if statement.replace else list(table.raw["StorageDescriptor"].get("Columns") or [])
    update_table(session, table, StorageDescriptor={**table.raw["StorageDescriptor"], "Columns": [*kept, *added]})
    return Outcome()


def _check_location(location: str) -> None:
    try:
        bucket, _ = split_url(location)
    except EngineError as error:
        raise task_error(f"MetaException(message:{error})") from error
    if not bucket:
        raise task_error(f"MetaException(message:'{location}' names no bucket)")
