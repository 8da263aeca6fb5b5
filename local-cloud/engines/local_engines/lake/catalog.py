"""The Glue catalog as the engines need it: databases, tables, registered partitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from ..context import EngineContext
from .hive_types import HiveType, parse_hive_type


@dataclass(frozen=True)
class Column:
    """One column; `name` in lower case, as in Hive."""

    name: str
    type: HiveType
    type_text: str
    comment: str = ""


@dataclass(frozen=True)
class Partition:
    """One partition: values in the order of the table's partition keys, and the folder of its files (s3://…)."""

    values: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class Table:
    """A table or view of the catalog. `parameters` are the table's, `serde` the SerDe's."""

    database: str
    name: str
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...]
    location: str
    serde_library: str
    serde: dict[str, str] = field(default_factory=dict, hash=False)
    parameters: dict[str, str] = field(default_factory=dict, hash=False)
    table_type: str = "EXTERNAL_TABLE"
    view_text: str = ""
    raw: dict[str, Any] = field(default_factory=dict, hash=False, repr=False, compare=False)

    @property
    def is_view(self) -> bool:
        return self.table_type == "VIRTUAL_VIEW"

    @property
    def is_parquet(self) -> bool:
        return "parquet" in self.serde_library.lower()

    @property
    def is_json(self) -> bool:
        return "json" in self.serde_library.lower()

    @property
    def projected(self) -> bool:
        """Partition projection is on: registered partitions are then not looked at."""
        return self.parameters.get("projection.enabled", "").strip().lower() == "true"

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Columns in the order of SELECT *: data first, then partition keys."""
        return self.columns + self.partition_keys


class GlueCatalog:
    """Reads through boto3; nothing is cached, so that a swap of a location is seen by the next query."""

    def __init__(self, context: EngineContext) -> None:
        self._glue = context.client("glue")

    def databases(self) -> list[str]:
        return sorted(d["Name"] for d in self._pages("get_databases", "DatabaseList"))

    def has_database(self, name: str) -> bool:
        try:
            self._glue.get_database(Name=name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "EntityNotFoundException":
                return False
            raise
        return True

    def tables(self, database: str) -> list[Table]:
        found = (self._table(database, raw) for raw in self._pages("get_tables", "TableList", DatabaseName=database))
        return sorted(found, key=lambda table: table.name)

    def table(self, database: str, name: str) -> Table | None:
        """None when the database or the table does not exist."""
        try:
            raw = self._glue.get_table(DatabaseName=database, Name=name)["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "EntityNotFoundException":
                return None
            raise
        return self._table(database, raw)

    def partitions(self, table: Table) -> list[Partition]:
        """All registered partitions. Their filter expression is not used: the emulator ignores it."""
        pages = self._pages("get_partitions", "Partitions", DatabaseName=table.database, TableName=table.name)
        return [Partition(tuple(p["Values"]), p.get("StorageDescriptor", {}).get("Location", "")) for p in pages]

    def put_view(self, database: str, definition: dict[str, Any], replace: bool) -> None:
        if replace and self.table(database, definition["Name"]) is not None:
            self._glue.update_table(DatabaseName=database, TableInput=definition)
        else:
            self._glue.create_table(DatabaseName=database, TableInput=definition)

    def drop_table(self, database: str, name: str) -> None:
        self._glue.delete_table(DatabaseName=database, Name=name)

    def _pages(self, operation: str, member: str, **arguments: str) -> Iterator[dict[str, Any]]:
        for page in self._glue.get_paginator(operation).paginate(**arguments):
            yield from page[member]

    def _table(self, database: str, raw: dict[str, Any]) -> Table:
        storage = raw.get("StorageDescriptor") or {}
        serde = storage.get("SerdeInfo") or {}
        return Table(
            database=database,
            name=raw["Name"],
            columns=_columns(storage.get("Columns")),
            partition_keys=_columns(raw.get("PartitionKeys")),
            location=storage.get("Location") or "",
            serde_library=serde.get("SerializationLibrary") or "",
            serde=dict(serde.get("Parameters") or {}),
            parameters=dict(raw.get("Parameters") or {}),
            table_type=raw.get("TableType") or "EXTERNAL_TABLE",
            view_text=raw.get("ViewOriginalText") or "",
            raw=raw,
        )


def _columns(raw: list[dict[str, str]] | None) -> tuple[Column, ...]:
    return tuple(
        Column(
            c["Name"].lower(),
            parse_hive_type(c.get("Type") or "string"),
            c.get("Type") or "string",
            c.get("Comment") or "",
        )
        for c in raw or []
    )
