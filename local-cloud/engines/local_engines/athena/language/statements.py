"""What a statement asks for. `statement_type` and `substatement_type` are those that GetQueryExecution reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from sqlglot import exp

#: A table property: text, number, truth value, or a list of texts.
Property = str | int | bool | list[str]


@dataclass(frozen=True)
class Name:
    """A table or view; no database: that of the query's context."""

    database: str | None
    name: str


@dataclass(frozen=True)
class Statement:
    statement_type: ClassVar[str] = "DDL"
    substatement_type: ClassVar[str] = ""


@dataclass(frozen=True)
class QueryText:
    """A parsed query. `sql` is the whole statement, blanked outside of the query, so that positions are right."""

    sql: str
    tree: exp.Query


# DML


@dataclass(frozen=True)
class Select(Statement):
    statement_type = "DML"
    substatement_type = "SELECT"
    query: QueryText


@dataclass(frozen=True)
class Insert(Statement):
    """`columns` is empty where the statement names none."""

    statement_type = "DML"
    substatement_type = "INSERT"
    table: Name
    columns: tuple[str, ...]
    query: QueryText


@dataclass(frozen=True)
class CreateTableAs(Statement):
    # As the API reference says: "DML … such as CREATE TABLE AS SELECT".
    statement_type = "DML"
    substatement_type = "CREATE_TABLE_AS_SELECT"
    table: Name
    if_not_exists: bool
    comment: str
    properties: Mapping[str, Property]
    query: QueryText
    with_data: bool


@dataclass(frozen=True)
class Unload(Statement):
    statement_type = "DML"
    substatement_type = "UNLOAD"
    query: QueryText
    location: str
    properties: Mapping[str, Property]


@dataclass(frozen=True)
class Explain(Statement):
    statement_type = "UTILITY"
    substatement_type = "EXPLAIN"
    query: QueryText
    validate_only: bool


# Views


@dataclass(frozen=True)
class CreateView(Statement):
    substatement_type = "CREATE_VIEW"
    view: Name
    replace: bool
    query: QueryText


@dataclass(frozen=True)
class DropView(Statement):
    substatement_type = "DROP_VIEW"
    view: Name
    if_exists: bool


# Databases and tables


@dataclass(frozen=True)
class CreateDatabase(Statement):
    substatement_type = "CREATE_DATABASE"
    name: str
    if_not_exists: bool
    comment: str
    location: str
    properties: Mapping[str, str]


@dataclass(frozen=True)
class DropDatabase(Statement):
    substatement_type = "DROP_DATABASE"
    name: str
    if_exists: bool
    cascade: bool


@dataclass(frozen=True)
class ColumnDefinition:
    """`type` is Hive's, without spaces."""

    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True)
class Storage:
    """How files are read: the SerDe and its settings, and Hive's format classes."""

    serde: str
    serde_properties: Mapping[str, str]
    input_format: str
    output_format: str


@dataclass(frozen=True)
class CreateTable(Statement):
    substatement_type = "CREATE_TABLE"
    table: Name
    if_not_exists: bool
    columns: tuple[ColumnDefinition, ...]
    partition_keys: tuple[ColumnDefinition, ...]
    comment: str
    storage: Storage
    location: str
    properties: Mapping[str, str]


@dataclass(frozen=True)
class DropTable(Statement):
    substatement_type = "DROP_TABLE"
    table: Name
    if_exists: bool


@dataclass(frozen=True)
class PartitionSpec:
    """`(key = value, …)`; `location` is empty where the statement gives none."""

    values: Mapping[str, str]
    location: str = ""


@dataclass(frozen=True)
class AddPartitions(Statement):
    substatement_type = "ALTER_TABLE_ADD_PARTITION"
    table: Name
    if_not_exists: bool
    partitions: tuple[PartitionSpec, ...]


@dataclass(frozen=True)
class PartitionCondition:
    """`key operator value` of DROP PARTITION; the operator is one of = <> < <= > >=."""

    key: str
    operator: str
    value: str


@dataclass(frozen=True)
class DropPartitions(Statement):
    """Each member of `conditions` is one PARTITION (…): all its conditions must hold."""

    substatement_type = "ALTER_TABLE_DROP_PARTITION"
    table: Name
    if_exists: bool
    conditions: tuple[tuple[PartitionCondition, ...], ...]


@dataclass(frozen=True)
class RenamePartition(Statement):
    substatement_type = "ALTER_TABLE_RENAME_PARTITION"
    table: Name
    old: PartitionSpec
    new: PartitionSpec


@dataclass(frozen=True)
class SetProperties(Statement):
    substatement_type = "ALTER_TABLE_SET_TBLPROPERTIES"
    table: Name
    properties: Mapping[str, str]


@dataclass(frozen=True)
class SetLocation(Statement):
    substatement_type = "ALTER_TABLE_SET_LOCATION"
    table: Name
    partition: PartitionSpec | None
    location: str


@dataclass(frozen=True)
class ChangeColumns(Statement):
    """ADD COLUMNS appends; REPLACE COLUMNS takes the place of all columns but the partition keys."""

    substatement_type = "ALTER_TABLE_ADD_COLUMNS"
    table: Name
    columns: tuple[ColumnDefinition, ...]
    replace: bool


@dataclass(frozen=True)
class RepairTable(Statement):
    substatement_type = "MSCK_REPAIR_TABLE"
    table: Name


# Questions


@dataclass(frozen=True)
class Show(Statement):
    """SHOW and DESCRIBE. `what` is DATABASES, TABLES, VIEWS, COLUMNS, PARTITIONS, CREATE TABLE, CREATE VIEW,
    TBLPROPERTIES or DESCRIBE; `table` and `database` as far as the kind takes them."""

    statement_type = "UTILITY"
    what: str
    database: str | None = None
    pattern: str | None = None
    table: Name | None = None
    #: TBLPROPERTIES: the one that was asked for. DESCRIBE: EXTENDED or FORMATTED.
    detail: str = ""
    partition: PartitionSpec | None = None

    @property
    def substatement(self) -> str:
        return "DESCRIBE_TABLE" if self.what == "DESCRIBE" else f"SHOW_{self.what.replace(' ', '_')}"


# Prepared statements


@dataclass(frozen=True)
class Prepare(Statement):
    statement_type = "UTILITY"
    substatement_type = "PREPARE"
    name: str
    sql: str


@dataclass(frozen=True)
class Deallocate(Statement):
    statement_type = "UTILITY"
    substatement_type = "DEALLOCATE_PREPARE"
    name: str


@dataclass(frozen=True)
class Execute(Statement):
    """Never runs itself: the prepared statement with its parameters filled in does."""

    statement_type = "DML"
    substatement_type = "EXECUTE"
    name: str
    parameters: tuple[str, ...] = field(default=())


def substatement_of(statement: Statement) -> str:
    """SubstatementType."""
    return statement.substatement if isinstance(statement, Show) else statement.substatement_type
