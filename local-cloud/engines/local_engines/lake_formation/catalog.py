"""What of the Glue catalog grants, tags and opt-ins may be about: only what exists."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from .places import Place, Resource, not_found, only_member


class Catalog:
    """Asks Glue, through root's client: who may know of a table is not asked here."""

    def __init__(self, glue: Any) -> None:
        self._glue = glue

    def places(self, resource: Resource) -> list[Place]:
        """Databases, tables or columns that the resource names; EntityNotFoundException for one that is not there."""
        kind = only_member(resource)
        named = resource[kind]
        if kind == "Database":
            self._database(named["Name"])
            return [Place(named["Name"])]
        database = named["DatabaseName"]
        if kind == "Table" and named.get("TableWildcard") is not None:
            self._database(database)
            pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=database)
            return [Place(database, table["Name"]) for page in pages for table in page["TableList"]]
        columns = self._columns(database, named["Name"])
        if kind == "Table":
            return [Place(database, named["Name"])]
        wanted = named.get("ColumnNames")
        if wanted is None:
            excluded = (named["ColumnWildcard"] or {}).get("ExcludedColumnNames") or ()
            wanted = [column for column in columns if column not in excluded]
        if missing := [column for column in wanted if column not in columns]:
            raise not_found(f"Columns {', '.join(missing)} not found in table {database}.{named['Name']}")
        return [Place(database, named["Name"], column) for column in wanted]

    def check(self, resource: Resource) -> None:
        """EntityNotFoundException for a database, table or column that is not there."""
        if only_member(resource) in ("Database", "Table", "TableWithColumns"):
            self.places(resource)

    def _database(self, name: str) -> None:
        try:
            self._glue.get_database(Name=name)
        except ClientError as error:
            raise _as_missing(error, f"Database {name} not found.") from error

    def _columns(self, database: str, name: str) -> list[str]:
        try:
            table = self._glue.get_table(DatabaseName=database, Name=name)["Table"]
        except ClientError as error:
            raise _as_missing(error, f"Table {database}.{name} not found.") from error
        return column_names(table)


def column_names(table: dict[str, Any]) -> list[str]:
    """Of a table as Glue describes it, partition keys too."""
    storage = table.get("StorageDescriptor") or {}
    return [column["Name"] for column in [*(storage.get("Columns") or ()), *(table.get("PartitionKeys") or ())]]


def _as_missing(error: ClientError, message: str) -> Exception:
    return not_found(message) if error.response["Error"]["Code"] == "EntityNotFoundException" else error
