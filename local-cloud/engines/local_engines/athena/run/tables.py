"""Finding databases and tables for DDL, with Hive's error texts, which Athena passes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import EngineError
from ...lake.catalog import Table
from ..language.statements import ColumnDefinition, Name, Storage
from .session import Session

#: What Athena puts before the message of a failed call to the catalog.
_TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."


class StatementError(EngineError):
    """A statement that cannot be carried out; the message is the query's StateChangeReason."""


def task_error(message: str) -> StatementError:
    return StatementError(f"{_TASK} {message}")


def database_of(session: Session, name: Name) -> str:
    return name.database or session.database


def require_database(session: Session, name: str) -> None:
    if not session.catalog.has_database(name):
        raise StatementError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}")


def require_table(session: Session, name: Name) -> Table:
    """The table or view; raises StatementError."""
    database = database_of(session, name)
    table = session.catalog.table(database, name.name)
    if table is None:
        require_database(session, database)
        raise StatementError(f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name.name}")
    return table


def require_base_table(session: Session, name: Name) -> Table:
    """A table that is no view."""
    table = require_table(session, name)
    if table.is_view:
        raise StatementError(f"FAILED: SemanticException: {table.database}.{table.name} is a view, not a table")
    return table


def table_input(
    name: str,
    columns: Sequence[ColumnDefinition],
    partition_keys: Sequence[ColumnDefinition],
    storage: Storage,
    location: str,
    parameters: Mapping[str, str],
    comment: str = "",
) -> dict[str, Any]:
    """The Glue TableInput of an external table."""
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Owner": "hadoop",
        "Parameters": {"EXTERNAL": "TRUE", **({"comment": comment} if comment else {}), **parameters},
        "PartitionKeys": [_column(key) for key in partition_keys],
        "StorageDescriptor": {
            "Columns": [_column(column) for column in columns],
            "Location": location,
            "InputFormat": storage.input_format,
            "OutputFormat": storage.output_format,
            "SerdeInfo": {"SerializationLibrary": storage.serde, "Parameters": dict(storage.serde_properties)},
        },
    }


def _column(column: ColumnDefinition) -> dict[str, str]:
    found = {"Name": column.name, "Type": column.type}
    return {**found, "Comment": column.comment} if column.comment else found


#: Members of the Glue Table that its TableInput takes back.
_INPUT_MEMBERS = (
    "Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor",
    "PartitionKeys", "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters",
)  # fmt: skip


def update_table(session: Session, table: Table, **changes: object) -> None:
    """Writes the table back with some members changed."""
    kept = {member: table.raw[member] for member in _INPUT_MEMBERS if table.raw.get(member) is not None}
    session.glue.update_table(DatabaseName=table.database, TableInput={**kept, **changes})
