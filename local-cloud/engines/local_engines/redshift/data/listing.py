"""ListDatabases, ListSchemas, ListTables, DescribeTable."""

from __future__ import annotations

import re
from typing import Any

from ...errors import AwsError
from ...lake.catalog import Table
from ..sql.columns import ResultColumn
from ..sql.definitions import LATE_VIEW, MATERIALIZED, VIEW, Relation
from ..sql.session import Session
from ..sql.system_views import SYSTEM_SCHEMAS, SYSTEM_VIEWS, system_columns
from ..sql.types import from_duckdb
from .results import metadata

_KINDS = {VIEW: "VIEW", LATE_VIEW: "VIEW", MATERIALIZED: "VIEW"}


def matches(pattern: str | None, name: str) -> bool:
    """SQL's LIKE, as the patterns of the API are."""
    if pattern is None:
        return True
    regex = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(regex, name) is not None


def databases(session: Session) -> list[str]:
    return [session.storage.warehouse.database]


def schemas(session: Session, body: dict[str, Any]) -> list[str]:
    names = {schema.name for schema in session.catalog.schemas()} | SYSTEM_SCHEMAS
    return sorted(name for name in names if matches(body.get("SchemaPattern"), name))


def tables(session: Session, body: dict[str, Any]) -> list[dict[str, str]]:
    """TableMember of everything whose schema and name match, by schema and name."""
    found = [(r.schema, r.name, _KINDS.get(r.kind, "TABLE")) for r in session.catalog.relations()]
    found += [("pg_catalog", name, "SYSTEM VIEW") for name in SYSTEM_VIEWS]
    for schema in session.catalog.schemas():
        if schema.external is not None and session.glue.has_database(schema.external.database):
            lake = session.glue.tables(schema.external.database)
            found += [(schema.name, table.name, "EXTERNAL TABLE") for table in lake]
    return [
        {"schema": schema, "name": name, "type": kind}
        for schema, name, kind in sorted(found)
        if matches(body.get("SchemaPattern"), schema) and matches(body.get("TablePattern"), name)
    ]


def columns(session: Session, body: dict[str, Any]) -> list[dict[str, Any]]:
    """ColumnMetadata of a table; raises ValidationException when there is none of this name."""
    schema, name = body.get("Schema") or "public", body.get("Table") or ""
    relation = session.catalog.relation(schema, name)
    if relation is not None:
        return [_declared(metadata(column), text) for column, text in _of_relation(relation)]
    if schema in SYSTEM_SCHEMAS and name in SYSTEM_VIEWS:
        found = [ResultColumn(c.name, c.type.duckdb, c.type, schema, name) for c in system_columns(name)]  # type: ignore[arg-type]
        return [_declared(metadata(column), None) for column in found]
    known = session.catalog.schema(schema)
    table = session.glue.table(known.external.database, name) if known is not None and known.external else None
    if table is None:
        raise AwsError("ValidationException", f"Table {schema}.{name} does not exist")
    return [_declared(metadata(column), None) for column in _of_lake(schema, table)]


def _of_relation(relation: Relation) -> list[tuple[ResultColumn, str | None]]:
    return [
        (ResultColumn(c.name, c.type.duckdb, c.type, relation.schema, relation.name, not c.not_null), c.default)
        for c in relation.columns
    ]


def _of_lake(schema: str, table: Table) -> list[ResultColumn]:
    return [
        ResultColumn(c.name, c.type.duckdb, from_duckdb(c.type.duckdb), schema, table.name) for c in table.all_columns
    ]


def _declared(column: dict[str, Any], default: str | None) -> dict[str, Any]:
    """DescribeTable gives the length of text, and the default."""
    length = column["precision"] if column["typeName"] in ("varchar", "bpchar") else 0
    return {**column, "length": length, **({} if default is None else {"columnDefault": default})}
