"""The data catalog: databases and tables of Glue as Athena's metadata operations show them."""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import ClientError

from ...context import EngineContext
from ...errors import AwsError
from .requests import invalid, page, with_token

_NAME = "AwsDataCatalog"
_PAGE = 50


class DataCatalogs:
    """Reads the emulator's Glue catalog; there is no other data catalog here."""

    def __init__(self, context: EngineContext) -> None:
        self._account = context.account
        self._glue = context.client("glue")

    def list(self, body: dict[str, Any]) -> dict[str, Any]:
        chosen, token = page([{"CatalogName": _NAME, "Type": "GLUE", "Status": "CREATE_COMPLETE"}], body, _PAGE)
        return with_token({"DataCatalogsSummary": chosen}, token)

    def get(self, body: dict[str, Any]) -> dict[str, Any]:
        _require(body["Name"])
        parameters = {"catalog-id": self._account}
        return {"DataCatalog": {"Name": _NAME, "Type": "GLUE", "Parameters": parameters, "Status": "CREATE_COMPLETE"}}

    def list_databases(self, body: dict[str, Any]) -> dict[str, Any]:
        _require(body["CatalogName"])
        pages = self._glue.get_paginator("get_databases").paginate()
        found = sorted((d for p in pages for d in p["DatabaseList"]), key=lambda d: str(d["Name"]))
        chosen, token = page([_database(database) for database in found], body, _PAGE)
        return with_token({"DatabaseList": chosen}, token)

    def get_database(self, body: dict[str, Any]) -> dict[str, Any]:
        _require(body["CatalogName"])
        return {"Database": _database(self._find_database(body["DatabaseName"]))}

    def _find_database(self, name: str) -> dict[str, Any]:
        try:
            return dict(self._glue.get_database(Name=name)["Database"])
        except ClientError as error:
            raise _not_found(error, f"Database {name} not found.") from error

    def list_tables(self, body: dict[str, Any]) -> dict[str, Any]:
        _require(body["CatalogName"])
        self._find_database(body["DatabaseName"])
        try:
            wanted = re.compile(body.get("Expression") or ".*", re.IGNORECASE)
        except re.error as error:
            raise invalid(f"Expression {body['Expression']!r} is not a regular expression: {error}") from error
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=body["DatabaseName"])
        found = sorted((t for p in pages for t in p["TableList"]), key=lambda t: str(t["Name"]))
        chosen, token = page([_table(t) for t in found if wanted.fullmatch(t["Name"])], body, _PAGE)
        return with_token({"TableMetadataList": chosen}, token)

    def get_table(self, body: dict[str, Any]) -> dict[str, Any]:
        _require(body["CatalogName"])
        try:
            found = self._glue.get_table(DatabaseName=body["DatabaseName"], Name=body["TableName"])["Table"]
        except ClientError as error:
            raise _not_found(error, f"Table {body['DatabaseName']}.{body['TableName']} not found.") from error
        return {"TableMetadata": _table(found)}


def _require(name: str) -> None:
    if name.lower() != _NAME.lower():
        raise invalid(f"DataCatalog {name} was not found")


def _not_found(error: ClientError, message: str) -> Exception:
    if error.response["Error"]["Code"] != "EntityNotFoundException":
        return error
    return AwsError("MetadataException", f"EntityNotFoundException: {message}")


def _database(found: dict[str, Any]) -> dict[str, Any]:
    members = ("Name", "Description", "Parameters")
    return {member: found[member] for member in members if found.get(member)}


def _table(found: dict[str, Any]) -> dict[str, Any]:
    storage = found.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    parameters = {
        **(found.get("Parameters") or {}),
        "location": storage.get("Location") or "",
        "inputformat": storage.get("InputFormat") or "",
        "outputformat": storage.get("OutputFormat") or "",
        "serde.serialization.lib": serde.get("SerializationLibrary") or "",
        **{f"serde.param.{key}": value for key, value in (serde.get("Parameters") or {}).items()},
    }
    answer = {
        "Name": found["Name"],
        "TableType": found.get("TableType") or "EXTERNAL_TABLE",
        "Columns": [_column(column) for column in storage.get("Columns") or []],
        "PartitionKeys": [_column(column) for column in found.get("PartitionKeys") or []],
        "Parameters": parameters,
    }
    times = {"CreateTime": found.get("CreateTime"), "LastAccessTime": found.get("LastAccessTime")}
    return answer | {name: time for name, time in times.items() if time is not None}


def _column(column: dict[str, Any]) -> dict[str, Any]:
    return {member: column[member] for member in ("Name", "Type", "Comment") if column.get(member)}
