"""The system views: their columns, and the SQL that gives their rows."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ...lake.catalog import Column, Table
from ...lake.hive_types import literal, quote
from .definitions import MATERIALIZED, TABLE, Grant, Relation
from .reader import Reader
from .system_columns import SYSTEM_COLUMNS

if TYPE_CHECKING:
    from .session import Session

SYSTEM_VIEWS = frozenset(SYSTEM_COLUMNS)
#: They may be named with this schema.
SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema"})


@functools.cache
def system_columns(name: str) -> tuple[Column, ...]:
    """The columns of one of SYSTEM_VIEWS."""
    reader = Reader(SYSTEM_COLUMNS[name])
    found: list[Column] = []
    while not reader.ended:
        column, kind = reader.name(), reader.type()
        found.append(Column(column, kind, kind.sql))
        reader.accept(",")
    return tuple(found)


#: View -> (table of the history, the view's columns as SQL over it; empty: the same ones).
_LOGS = {
    "sys_query_history": ("queries", ""),
    "sys_external_query_detail": ("external_queries", ""),
    "sys_load_history": ("loads", ""),
    "sys_load_error_detail": ("load_errors", ""),
    "sys_mv_refresh_history": ("refreshes", ""),
    "svl_s3query_summary": (
        "external_queries",
        "user_id, query_id, transaction_id, 0, segment_id, 0, start_time, end_time, duration, 0, table_name, "
        "file_format, CASE WHEN total_partitions > 0 THEN 't' ELSE 'f' END, returned_rows, returned_bytes, "
        "scanned_files",
    ),
    "stl_load_errors": (
        "load_errors",
        "user_id, 0, table_id, start_time, session_id, query_id, file_name, line_number, column_name, column_type, "
        "column_length, \"position\", '', '', error_code, error_message",
    ),
}


def system_rows_sql(session: Session, name: str) -> str:
    """DuckDB's SQL for the view's rows: superusers see all of a log, others what they did themselves."""
    columns = system_columns(name)
    names = ", ".join(quote(column.name) for column in columns)
    log = _LOGS.get(name)
    if log is not None:
        where = "" if session.user.superuser else f" WHERE user_id = {session.user.id}"
        picked = log[1] or names
        return f"SELECT * FROM (SELECT {picked} FROM warehouse.engine.{log[0]}{where}) AS log({names})"
    typed = ", ".join(f"CAST({quote(c.name)} AS {c.type.duckdb}) AS {quote(c.name)}" for c in columns)
    lines = [f"({', '.join(_value(value) for value in row)})" for row in _ROWS[name](session)]
    if not lines:
        return f"SELECT {typed} FROM (SELECT {', '.join(f'NULL AS {quote(c.name)}' for c in columns)}) WHERE false"
    return f"SELECT {typed} FROM (VALUES {', '.join(lines)}) AS rows({names})"


def _value(value: object) -> str:
    if value is None:
        return "NULL"
    return literal(str(value).lower() if isinstance(value, bool) else str(value))


_Row = tuple[Any, ...]


def _visible(session: Session) -> list[Relation]:
    """What the user may see the definition of."""
    usable = {g.schema for g in session.catalog.grants() if g.kind == "schema" and session.user.has(g.grantee)}
    return [
        relation
        for relation in session.catalog.relations()
        if session.user.superuser or relation.owner == session.user.name or relation.schema in usable
    ]


def _table_info(session: Session) -> Iterable[_Row]:
    database = session.storage.warehouse.database
    for relation in _visible(session):
        if relation.is_view:
            continue
        row = session.connection.execute(f"SELECT count(*) FROM {relation.physical}").fetchone()
        count = int(row[0]) if row is not None else 0
        # SVV_TABLE_INFO leaves empty tables out.
        if count == 0:
            continue
        first = relation.column(relation.sortkeys[0]) if relation.sortkeys else None
        longest = max((c.type.parameters[0] for c in relation.columns if c.type.name == "varchar"), default=0)
        style = f"KEY({relation.distkey})" if relation.distkey else relation.diststyle
        encoded = "Y" if any(c.encode not in ("", "raw") for c in relation.columns) else "N"
        yield (
            database, relation.schema, relation.id, relation.name, encoded, style, first.name if first else None,
            longest, (first.encode or "none") if first else None, len(relation.sortkeys), None, None, 0, None, None,
            count, None, None, count, None, None, None,
        )  # fmt: skip


def _table_def(session: Session) -> Iterable[_Row]:
    """Only of schemas in the search path ("PG_TABLE_DEF"): $user and public."""
    for relation in _visible(session):
        for column in relation.columns:
            if relation.schema in ("public", session.user.name) and not relation.is_view:
                place = relation.sortkeys.index(column.name) + 1 if column.name in relation.sortkeys else 0
                yield (
                    relation.schema, relation.name, column.name, column.type.sql, column.encode or "none",
                    relation.distkey == column.name, place, column.not_null,
                )  # fmt: skip


def _mv_info(session: Session) -> Iterable[_Row]:
    from .views import is_stale

    for relation in _visible(session):
        if relation.kind == MATERIALIZED:
            stale = is_stale(session, relation)
            yield (
                session.storage.warehouse.database, relation.schema, relation.name, 0, "t" if stale else "f",
                relation.owner, 0, "f", "t" if relation.auto_refresh else "f",
            )  # fmt: skip


def _tables(session: Session) -> Iterable[_Row]:
    database = session.storage.warehouse.database
    for relation in _visible(session):
        yield database, relation.schema, relation.name, "TABLE" if relation.kind == TABLE else "VIEW", None
    for schema, table in _lake(session):
        yield database, schema, table.name, "EXTERNAL TABLE", None


def _columns(session: Session) -> Iterable[_Row]:
    for relation in _visible(session):
        for place, column in enumerate(relation.columns, 1):
            kind = column.type
            exact = kind.name in ("numeric", "int2", "int4", "int8")
            yield (
                session.storage.warehouse.database, relation.schema, relation.name, column.name, place, column.default,
                "NO" if column.not_null else "YES", kind.sql.partition("(")[0],
                kind.precision if kind.is_text else None, kind.precision if exact else None,
                kind.scale if exact else None,
            )  # fmt: skip


def _lake(session: Session) -> Iterable[tuple[str, Table]]:
    """(schema, table) of the external schemas that the user may use."""
    usable = {g.schema for g in session.catalog.grants() if g.kind == "schema" and session.user.has(g.grantee)}
    for schema in session.catalog.schemas():
        allowed = session.user.superuser or schema.owner == session.user.name or schema.name in usable
        if schema.external is not None and allowed and session.glue.has_database(schema.external.database):
            for table in session.glue.tables(schema.external.database):
                yield schema.name, table


def _external_schemas(session: Session) -> Iterable[_Row]:
    for index, schema in enumerate(session.catalog.schemas()):
        if schema.external is not None:
            owner = session.catalog.user(schema.owner)
            options = json.dumps({"REGION": schema.external.region, "IAM_ROLE": schema.external.role})
            # 1: a database of the data catalog.
            yield index + 1, 1, schema.name, owner.id if owner else 0, schema.external.database, options


def _storage(table: Table) -> _Row:
    raw = table.raw.get("StorageDescriptor") or {}
    return (
        raw.get("InputFormat"), raw.get("OutputFormat"), table.serde_library, json.dumps(table.serde),
        int(bool(raw.get("Compressed"))), json.dumps(table.parameters),
    )  # fmt: skip


def _external_tables(session: Session) -> Iterable[_Row]:
    for schema, table in _lake(session):
        yield session.storage.warehouse.database, schema, table.name, "TABLE", table.location, *_storage(table)


def _external_columns(session: Session) -> Iterable[_Row]:
    for schema, table in _lake(session):
        for place, column in enumerate(table.all_columns, 1):
            key = table.partition_keys.index(column) + 1 if column in table.partition_keys else 0
            database = session.storage.warehouse.database
            yield database, schema, table.name, column.name, column.type_text, place, key, "true"


def _external_partitions(session: Session) -> Iterable[_Row]:
    for schema, table in _lake(session):
        for partition in session.glue.partitions(table) if table.partition_keys else []:
            yield schema, table.name, json.dumps(list(partition.values)), partition.location, *_storage(table)


def _privileges(session: Session, kind: str, columns: bool) -> Iterable[tuple[Grant, int]]:
    for grant in session.catalog.grants():
        if grant.kind == kind and bool(grant.column) == columns:
            yield grant, 0


def _relation_privileges(session: Session) -> Iterable[_Row]:
    for g, identity in _privileges(session, "table", columns=False):
        yield g.schema, g.name, g.privilege, identity, g.grantee.name or "public", g.grantee.kind, False


def _schema_privileges(session: Session) -> Iterable[_Row]:
    for g, identity in _privileges(session, "schema", columns=False):
        yield g.schema, g.privilege, identity, g.grantee.name or "public", g.grantee.kind, False


def _column_privileges(session: Session) -> Iterable[_Row]:
    for g, identity in _privileges(session, "table", columns=True):
        yield g.schema, g.name, g.column, g.privilege, identity, g.grantee.name or "public", g.grantee.kind, False


def _users(session: Session) -> Iterable[_Row]:
    for name in session.catalog.principals("user"):
        user = session.catalog.user(name)
        if user is not None:
            yield user.name, user.id, user.createdb, user.superuser


_ROWS: dict[str, Callable[[Session], Iterable[_Row]]] = {
    "svv_table_info": _table_info,
    "pg_table_def": _table_def,
    "stv_mv_info": _mv_info,
    "svv_tables": _tables,
    "svv_columns": _columns,
    "svv_external_schemas": _external_schemas,
    "svv_external_tables": _external_tables,
    "svv_external_columns": _external_columns,
    "svv_external_partitions": _external_partitions,
    "svv_relation_privileges": _relation_privileges,
    "svv_schema_privileges": _schema_privileges,
    "svv_column_privileges": _column_privileges,
    "pg_user": _users,
    "pg_group": lambda session: [(name,) for name in session.catalog.principals("group")],
    "svv_roles": lambda session: [(0, name, session.user.name) for name in session.catalog.principals("role")],
}
