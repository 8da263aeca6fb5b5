"""Registered partitions: ALTER TABLE … PARTITION and MSCK REPAIR TABLE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError

from ...lake.catalog import Column, Partition, Table
from ...lake.files import split_url
from ..language.statements import (
    AddPartitions,
    DropPartitions,
    PartitionCondition,
    PartitionSpec,
    RenamePartition,
    RepairTable,
)
from .outcome import Outcome, text_outcome
from .session import Session
from .tables import StatementError, require_base_table, task_error

#: What BatchCreatePartition takes at once.
_CREATE_BATCH = 100


def folder_of(table: Table, values: Sequence[str]) -> str:
    """Hive's folder of a partition: `<table>/key=value/…/`."""
    tail = "/".join(f"{key.name}={value}" for key, value in zip(table.partition_keys, values, strict=True))
    return f"{table.location.rstrip('/')}/{tail}/"


def register(session: Session, table: Table, partitions: Iterable[Partition]) -> None:
    """Adds partitions that must not exist yet; they get the table's columns and SerDe."""
    storage = table.raw["StorageDescriptor"]
    inputs = [{"Values": list(p.values), "StorageDescriptor": {**storage, "Location": p.location}} for p in partitions]
    for start in range(0, len(inputs), _CREATE_BATCH):
        answer = session.glue.batch_create_partition(
            DatabaseName=table.database,
            TableName=table.name,
            PartitionInputList=inputs[start : start + _CREATE_BATCH],
        )
        for failed in answer.get("Errors", []):
            detail = failed["ErrorDetail"]
            raise task_error(f"{detail.get('ErrorCode')}(message:{detail.get('ErrorMessage')})")


def add_partitions(session: Session, statement: AddPartitions) -> Outcome:
    table = require_base_table(session, statement.table)
    existing = {partition.values for partition in session.catalog.partitions(table)}
    wanted: dict[tuple[str, ...], Partition] = {}
    for spec in statement.partitions:
        values = _values(table, spec)
        if values in existing or values in wanted:
            if statement.if_not_exists:
                continue
            raise task_error("AlreadyExistsException(message:Partition already exists.)")
        wanted[values] = Partition(values, spec.location or folder_of(table, values))
    register(session, table, wanted.values())
    return Outcome()


def drop_partitions(session: Session, statement: DropPartitions) -> Outcome:
    table = require_base_table(session, statement.table)
    registered = session.catalog.partitions(table)
    chosen: dict[tuple[str, ...], None] = {}
    for conditions in statement.conditions:
        found = [p.values for p in registered if all(_holds(table, p, condition) for condition in conditions)]
        if not found and not statement.if_exists:
            shown = ", ".join(f"{c.key} {c.operator} '{c.value}'" for c in conditions)
            raise StatementError(f"FAILED: SemanticException [Error 10006]: Partition not found ({shown})")
        chosen.update(dict.fromkeys(found))
    for values in chosen:
        session.glue.delete_partition(DatabaseName=table.database, TableName=table.name, PartitionValues=list(values))
    return Outcome()


def rename_partition(session: Session, statement: RenamePartition) -> Outcome:
    table = require_base_table(session, statement.table)
    old, new = _values(table, statement.old), _values(table, statement.new)
    _update(session, table, old, {"Values": list(new)})
    return Outcome()


def set_partition_location(session: Session, table: Table, spec: PartitionSpec, location: str) -> None:
    _update(session, table, _values(table, spec), {}, location)


def _update(
    session: Session, table: Table, values: tuple[str, ...], changes: dict[str, Any], location: str | None = None
) -> None:
    try:
        found = session.glue.get_partition(
            DatabaseName=table.database, TableName=table.name, PartitionValues=list(values)
        )["Partition"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        raise StatementError(f"FAILED: SemanticException [Error 10006]: Partition not found {list(values)}") from error
    kept = {m: found[m] for m in ("Values", "StorageDescriptor", "Parameters", "LastAccessTime") if m in found}
    if location is not None:
        kept["StorageDescriptor"] = {**kept["StorageDescriptor"], "Location": location}
    answer = session.glue.batch_update_partition(
        DatabaseName=table.database,
        TableName=table.name,
        Entries=[{"PartitionValueList": list(values), "PartitionInput": {**kept, **changes}}],
    )
    for failed in answer.get("Errors", []):
        detail = failed["ErrorDetail"]
        raise task_error(f"{detail.get('ErrorCode')}(message:{detail.get('ErrorMessage')})")


def repair(session: Session, statement: RepairTable) -> Outcome:
    """Registers the folders key=value/… below the table that are not registered yet; removes none."""
    table = require_base_table(session, statement.table)
    known = {partition.values for partition in session.catalog.partitions(table)}
    bucket, key = split_url(table.location)
    root = key if key == "" or key.endswith("/") else key + "/"
    found = [p for p in _folders(session, table.partition_keys, bucket, root, ()) if p.values not in known]
    register(session, table, found)
    names = [
        f"{table.name}:" + "/".join(f"{k.name}={v}" for k, v in zip(table.partition_keys, p.values, strict=True))
        for p in found
    ]
    lines = ["\t".join(["Partitions not in metastore:", *names])] if names else []
    return text_outcome([*lines, *(f"Repair: Added partition to metastore {name}" for name in names)], "result")


def _folders(
    session: Session, keys: Sequence[Column], bucket: str, prefix: str, values: tuple[str, ...]
) -> Iterator[Partition]:
    """One level of folders a key; a folder that does not begin with the key's name is none of the table's."""
    if not keys:
        if values:
            yield Partition(values, f"s3://{bucket}/{prefix}")
        return
    session.check()
    pages = session.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    for page in pages:
        for item in page.get("CommonPrefixes", []):
            name, equals, value = item["Prefix"][len(prefix) :].rstrip("/").partition("=")
            if equals and name.lower() == keys[0].name:
                yield from _folders(session, keys[1:], bucket, item["Prefix"], (*values, unquote(value)))


def _values(table: Table, spec: PartitionSpec) -> tuple[str, ...]:
    names = [key.name for key in table.partition_keys]
    if set(spec.values) != set(names):
        shown = ", ".join(f"{key}={value}" for key, value in spec.values.items())
        raise StatementError(
            f"FAILED: SemanticException: Partition spec {{{shown}}} does not name exactly the partition keys "
            f"[{', '.join(names)}] of {table.database}.{table.name}"
        )
    return tuple(spec.values[name] for name in names)


def _holds(table: Table, partition: Partition, condition: PartitionCondition) -> bool:
    index = next((i for i, key in enumerate(table.partition_keys) if key.name == condition.key), None)
    if index is None:
        raise StatementError(
            f"FAILED: SemanticException [Error 10096]: {condition.key} is no partition key of {table.name}"
        )
    kind = table.partition_keys[index].type.name
    left, right = _typed(kind, partition.values[index]), _typed(kind, condition.value)
    if left is None or right is None:
        return False
    return {
        "=": left == right, "<>": left != right, "<": left < right, "<=": left <= right, ">": left > right,
        ">=": left >= right,
    }[condition.operator]  # fmt: skip


def _typed(kind: str, text: str) -> Any:
    """A partition value as its key's type compares it; None for one that is not of the type."""
    try:
        if kind == "date":
            return date.fromisoformat(text)
        if kind in ("tinyint", "smallint", "int", "integer", "bigint", "decimal", "double", "float"):
            return Decimal(text)
    except (ValueError, ArithmeticError):
        return None
    return text
