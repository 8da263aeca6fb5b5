"""Hive's part of Athena's DDL: databases, external tables, partitions."""

from __future__ import annotations

from ...sql.reader import Reader
from .formats import storage
from .parts import columns, partition_spec, partition_value, qualified_name, text_properties
from .refusals import unsupported
from .statements import (
    AddPartitions,
    ChangeColumns,
    CreateDatabase,
    CreateTable,
    DropDatabase,
    DropPartitions,
    DropTable,
    Name,
    PartitionCondition,
    PartitionSpec,
    RenamePartition,
    RepairTable,
    SetLocation,
    SetProperties,
    Statement,
)

_OPERATORS = ("=", "<>", "!=", "<=", ">=", "<", ">")


def parse_ddl(reader: Reader) -> Statement:
    """A statement that begins with CREATE, DROP, ALTER or MSCK, views and CREATE TABLE AS aside."""
    word = reader.choose("CREATE", "DROP", "ALTER", "MSCK")
    found = {"CREATE": _create, "DROP": _drop, "ALTER": _alter, "MSCK": _repair}[word](reader)
    reader.finish()
    return found


def _create(reader: Reader) -> Statement:
    if reader.accept("DATABASE") or reader.accept("SCHEMA"):
        return _create_database(reader)
    if reader.sees("TABLE"):
        iceberg = any(token.text.strip("'\"").lower() == "iceberg" for token in reader.tokens)
        if iceberg:
            raise unsupported("Iceberg tables; the local target has Hive tables of Parquet and JSON")
        raise reader.unexpected("'DATABASE'", "'EXTERNAL'", "'OR'", "'SCHEMA'", "'VIEW'")
    reader.expect("EXTERNAL", "TABLE")
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    name = qualified_name(reader)
    if reader.sees("LIKE"):
        raise unsupported("CREATE EXTERNAL TABLE … LIKE")
    defined = columns(reader)
    comment = reader.string() if reader.accept("COMMENT") else ""
    keys = columns(reader) if reader.accept("PARTITIONED", "BY") else ()
    if reader.sees("CLUSTERED"):
        raise unsupported("CLUSTERED BY: the local target has no bucketed tables")
    stored = storage(reader)
    location = reader.string() if reader.accept("LOCATION") else ""
    properties = text_properties(reader) if reader.accept("TBLPROPERTIES") else {}
    return CreateTable(name, if_not_exists, defined, keys, comment, stored, location, properties)


def _create_database(reader: Reader) -> Statement:
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    name = reader.name()
    comment = reader.string() if reader.accept("COMMENT") else ""
    location = reader.string() if reader.accept("LOCATION") else ""
    properties = text_properties(reader) if reader.accept("WITH", "DBPROPERTIES") else {}
    return CreateDatabase(name, if_not_exists, comment, location, properties)


def _drop(reader: Reader) -> Statement:
    word = reader.choose("DATABASE", "SCHEMA", "TABLE", "VIEW")
    if_exists = reader.accept("IF", "EXISTS")
    if word == "TABLE":
        return DropTable(qualified_name(reader), if_exists)
    name = reader.name()
    cascade = reader.accept("CASCADE")
    if not cascade:
        reader.accept("RESTRICT")
    return DropDatabase(name, if_exists, cascade)


def _repair(reader: Reader) -> Statement:
    reader.expect("REPAIR", "TABLE")
    return RepairTable(qualified_name(reader))


def _alter(reader: Reader) -> Statement:
    if reader.sees("DATABASE") or reader.sees("SCHEMA"):
        raise unsupported("ALTER DATABASE")
    if reader.sees("VIEW"):
        raise unsupported("ALTER VIEW; use CREATE OR REPLACE VIEW")
    reader.expect("TABLE")
    table = qualified_name(reader)
    if reader.accept("PARTITION"):
        return _alter_partition(reader, table)
    word = reader.choose("ADD", "DROP", "REPLACE", "SET", "RENAME", "CHANGE")
    if word == "SET":
        return _set(reader, table, None)
    if word == "DROP":
        return _drop_partitions(reader, table)
    if word == "REPLACE":
        reader.expect("COLUMNS")
        return ChangeColumns(table, columns(reader), replace=True)
    if word == "ADD":
        if reader.accept("COLUMNS"):
            return ChangeColumns(table, columns(reader), replace=False)
        return _add_partitions(reader, table)
    raise unsupported(f"ALTER TABLE … {word}")


def _set(reader: Reader, table: Name, partition: PartitionSpec | None) -> Statement:
    if reader.choose("LOCATION", "TBLPROPERTIES", "FILEFORMAT", "SERDE", "SERDEPROPERTIES") == "LOCATION":
        return SetLocation(table, partition, reader.string())
    word = reader.tokens[reader.at - 1].word
    if word != "TBLPROPERTIES" or partition is not None:
        raise unsupported(f"ALTER TABLE … SET {word}")
    return SetProperties(table, text_properties(reader))


def _alter_partition(reader: Reader, table: Name) -> Statement:
    spec = partition_spec(reader)
    word = reader.choose("RENAME", "SET", "ADD")
    if word == "RENAME":
        reader.expect("TO", "PARTITION")
        return RenamePartition(table, spec, partition_spec(reader))
    if word == "ADD":
        raise unsupported("ALTER TABLE … PARTITION … ADD COLUMNS: a partition has its table's columns here")
    return _set(reader, table, spec)


def _add_partitions(reader: Reader, table: Name) -> Statement:
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    found: list[PartitionSpec] = []
    reader.expect("PARTITION")
    while True:
        spec = partition_spec(reader)
        location = reader.string() if reader.accept("LOCATION") else ""
        found.append(PartitionSpec(spec.values, location))
        if not reader.accept("PARTITION"):
            return AddPartitions(table, if_not_exists, tuple(found))


def _drop_partitions(reader: Reader, table: Name) -> Statement:
    if_exists = reader.accept("IF", "EXISTS")

    def condition() -> PartitionCondition:
        key = reader.name()
        operator = reader.choose(*_OPERATORS)
        return PartitionCondition(key, "<>" if operator == "!=" else operator, partition_value(reader))

    found: list[tuple[PartitionCondition, ...]] = []
    reader.expect("PARTITION")
    while True:
        found.append(tuple(reader.many(condition)))
        if not reader.accept(","):
            return DropPartitions(table, if_exists, tuple(found))
        reader.expect("PARTITION")
