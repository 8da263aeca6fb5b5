"""Athena's names: databases, tables, views, hidden tables, in the Glue catalog."""

from __future__ import annotations

import base64
import json
from typing import Any

from sqlglot import exp

from ..lake.catalog import Column, GlueCatalog, Table
from ..lake.hive_types import HiveType, parse_hive_type
from ..sql.binder import BindError, qualify_tables
from ..sql.trino import parse

CATALOG = "awsdatacatalog"
#: Athena keeps the definition of a view as base64 of JSON between these marks.
_VIEW_PREFIX = "/* Presto View: "
_VIEW_SUFFIX = " */"

_TEXT = HiveType("string")
_NUMBER = HiveType("bigint")


def position(node: exp.Expr | None) -> str:
    """Place of a node in the SQL text as Athena writes it: `line 1:8: `, or nothing."""
    parts = list(node.find_all(exp.Identifier, exp.Func)) if node is not None else []
    placed = [part.meta for part in parts if "start" in part.meta]
    if not placed:
        return ""
    first = min(placed, key=lambda meta: int(meta["start"]))
    return f"line {first['line']}:{first['col'] - (first['end'] - first['start'])}: "


class AthenaNames:
    """Resolves the tables of one query; implements sql.binder.Resolver."""

    def __init__(self, catalog: GlueCatalog, database: str) -> None:
        self._catalog = catalog
        self.database = database

    def resolve(self, node: exp.Table) -> Table:
        place = position(node)
        catalog = node.catalog.lower() or CATALOG
        if catalog != CATALOG:
            raise BindError(f"CATALOG_NOT_FOUND: {place}Catalog '{catalog}' does not exist", node)
        database = (node.db or self.database).lower()
        name = node.name.lower()
        if database == "information_schema":
            return self._information_schema(name, place, node)
        hidden = name.endswith("$partitions")
        table = self._catalog.table(database, name.removesuffix("$partitions"))
        if table is None:
            if not self._catalog.has_database(database):
                raise BindError(f"SCHEMA_NOT_FOUND: {place}Schema '{database}' does not exist", node)
            raise BindError(f"TABLE_NOT_FOUND: {place}Table '{CATALOG}.{database}.{name}' does not exist", node)
        if not hidden:
            return table
        return Table(database, name, table.partition_keys, (), "", "$partitions", raw={"of": table})

    def _information_schema(self, name: str, place: str, node: exp.Table) -> Table:
        columns = INFORMATION_SCHEMA.get(name)
        if columns is None:
            raise BindError(f"TABLE_NOT_FOUND: {place}Table '{CATALOG}.information_schema.{name}' does not exist", node)
        return Table(
            "information_schema",
            name,
            tuple(Column(c, _NUMBER if c == "ordinal_position" else _TEXT, "string") for c in columns),
            (),
            "",
            "$information_schema",
        )

    def expand(self, view: Table) -> exp.Query:
        definition = decode_view(view)
        statements = parse(definition["originalSql"])
        query = statements[0]
        if len(statements) != 1 or not isinstance(query, exp.Query):
            raise BindError(f"INVALID_VIEW: The view '{view.database}.{view.name}' does not hold one query")
        # Places in the view's own text mean nothing in the text of the query that uses it.
        for node in query.walk():
            node.meta.clear()
        qualify_tables(query, definition.get("schema") or view.database)
        names = [column["name"] for column in definition.get("columns", [])]
        if names and not any(e.is_star for e in query.selects) and len(names) == len(query.selects):
            for projection, name in zip(list(query.selects), names, strict=True):
                if projection.alias_or_name.lower() != name:
                    projection.replace(exp.alias_(projection.unalias().copy(), name, quoted=True))
        return query

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        """Rows of a table that exists in the catalog only (`t$partitions`, information_schema)."""
        if table.serde_library == "$partitions":
            return [partition.values for partition in self._catalog.partitions(table.raw["of"])]
        if table.name == "schemata":
            return [(CATALOG, name) for name in [*self._catalog.databases(), "information_schema"]]
        rows: list[tuple[Any, ...]] = []
        for database in self._catalog.databases():
            for found in self._catalog.tables(database):
                if table.name == "tables":
                    rows.append((CATALOG, database, found.name, "VIEW" if found.is_view else "BASE TABLE"))
                    continue
                for index, column in enumerate(found.all_columns):
                    extra = "partition key" if column in found.partition_keys else None
                    kind = column.type.athena
                    rows.append(
                        (CATALOG, database, found.name, column.name, str(index + 1), None, "YES", kind, None, extra)
                    )
        return rows


INFORMATION_SCHEMA = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "columns": (
        "table_catalog", "table_schema", "table_name", "column_name", "ordinal_position", "column_default",
        "is_nullable", "data_type", "comment", "extra_info",
    ),
}  # fmt: skip


def decode_view(view: Table) -> dict[str, Any]:
    """The definition that Athena stored; raises BindError for a view of another engine."""
    text = view.view_text
    if not (text.startswith(_VIEW_PREFIX) and text.endswith(_VIEW_SUFFIX)):
        raise BindError(f"INVALID_VIEW: '{view.database}.{view.name}' is not a view of Athena")
    decoded: dict[str, Any] = json.loads(base64.b64decode(text[len(_VIEW_PREFIX) : -len(_VIEW_SUFFIX)]))
    return decoded


def encode_view(sql: str, database: str, name: str, columns: list[tuple[str, str]]) -> dict[str, Any]:
    """The Glue TableInput of a view; `columns` are (name, Hive type)."""
    definition = {
        "originalSql": sql,
        "catalog": CATALOG,
        "schema": database,
        "columns": [{"name": column, "type": parse_hive_type(kind).athena} for column, kind in columns],
    }
    encoded = base64.b64encode(json.dumps(definition).encode()).decode()
    return {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
            "Location": "",
            "SerdeInfo": {},
        },
        "ViewOriginalText": f"{_VIEW_PREFIX}{encoded}{_VIEW_SUFFIX}",
        "ViewExpandedText": "/* Presto View */",
    }
