"""Views: bound, late-binding and materialized."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from .catalog import PUBLIC
from .definitions import LATE_VIEW, MATERIALIZED, VIEW, Relation
from .errors import RedshiftError
from .literals import fill
from .locks import EXCLUSIVE
from .outcome import Outcome
from .reader import Reader
from .storage import utc_now
from .system_columns import SYSTEM_COLUMNS
from .table_changes import drop
from .table_parsing import TableAttributes, check_table, read_attributes
from .tables import DDL, add_table, fill_table, query_columns, register, require_schema
from .translate import parse_query

if TYPE_CHECKING:
    from .session import Session

_NO_BINDING = ("WITH", "NO", "SCHEMA", "BINDING")


def create_view(session: Session, reader: Reader) -> Outcome:
    """CREATE [OR REPLACE] VIEW name [(columns)] AS query [WITH NO SCHEMA BINDING]"""
    reader.expect("CREATE")
    replacing = reader.accept("OR", "REPLACE")
    reader.expect("VIEW")
    schema, name = reader.relation()
    names = reader.names() if reader.sees("(") else ()
    reader.expect("AS")
    late = [token.word for token in reader.tokens[-5:-1]] == list(_NO_BINDING)
    text = reader.sql[reader.token.start : reader.tokens[-5].start if late else reader.end_offset].strip()
    require_schema(session, schema or PUBLIC)
    old = session.catalog.relation(schema or PUBLIC, name)
    if old is not None and not replacing:
        raise RedshiftError(f'Relation "{name}" already exists')
    if old is not None and not old.is_view:
        raise RedshiftError(f'"{name}" is not a view')
    if old is not None:
        session.privileges.owner(old)
    view = Relation(schema or PUBLIC, name, LATE_VIEW if late else VIEW, session.user.name, (), query=text)
    view = replace(view, id=old.id if old is not None else session.catalog.new_id())
    if late:
        _check_qualified(text)
        if names:
            raise RedshiftError("column names are not supported in a view WITH NO SCHEMA BINDING; use AS in the query")
    else:
        view = _bound(session, view, text, names)
        _check_replacement(old, view)
    session.write(view, EXCLUSIVE, reads=False)
    if old is None:
        register(session, view)
    else:
        session.catalog.put_relation(view)
    return Outcome(DDL)


def _check_qualified(text: str) -> None:
    """Nothing of a late-binding view is looked up before it is read, but its names must say where to look."""
    query = parse_query(text)
    inner = {cte.alias for cte in query.find_all(exp.CTE)}
    for table in query.find_all(exp.Table):
        if not table.db and table.name not in inner and table.name not in SYSTEM_COLUMNS:
            raise RedshiftError(
                "All the relation names inside should be qualified when creating a view WITH NO SCHEMA BINDING "
                f"({table.name})"
            )


def _bound(session: Session, view: Relation, text: str, names: tuple[str, ...]) -> Relation:
    _, columns = query_columns(session, text, names)
    for key in session.depends:
        schema, _, name = key.partition(".")
        found = session.catalog.schema(schema)
        if found is not None and found.external is not None:
            raise RedshiftError(f"External tables are not supported in views: {key}; use WITH NO SCHEMA BINDING")
        if not schema:
            raise RedshiftError(f'a view cannot read the temporary table "{name}"')
    return replace(view, columns=columns, depends=tuple(sorted(session.depends)))


def _check_replacement(old: Relation | None, new: Relation) -> None:
    """OR REPLACE keeps names and types of the columns."""
    if old is not None and old.kind == VIEW and old.columns != new.columns[: len(old.columns)]:
        raise RedshiftError("cannot change name or data type of a view column")


def drop_view(session: Session, reader: Reader) -> Outcome:
    """DROP VIEW [IF EXISTS] name, … [CASCADE | RESTRICT]"""
    reader.expect("DROP", "VIEW")
    return drop(session, reader, (VIEW, LATE_VIEW), "view")


def drop_materialized_view(session: Session, reader: Reader) -> Outcome:
    """DROP MATERIALIZED VIEW [IF EXISTS] name [CASCADE | RESTRICT]"""
    reader.expect("DROP", "MATERIALIZED", "VIEW")
    return drop(session, reader, (MATERIALIZED,), "materialized view")


def create_materialized_view(session: Session, reader: Reader) -> Outcome:
    """CREATE MATERIALIZED VIEW name [BACKUP …] [attributes] [AUTO REFRESH …] AS query"""
    session.refuse_in_block("CREATE MATERIALIZED VIEW")
    reader.expect("CREATE", "MATERIALIZED", "VIEW")
    schema, name = reader.relation()
    attributes, automatic = TableAttributes(), False
    while not reader.accept("AS"):
        start = reader.at
        read_attributes(reader, attributes)
        if reader.accept("AUTO", "REFRESH"):
            automatic = reader.choose("YES", "NO") == "YES"
        elif reader.at == start:
            raise reader.unexpected()
    require_schema(session, schema or PUBLIC)
    if session.catalog.relation(schema or PUBLIC, name) is not None:
        raise RedshiftError(f'Relation "{name}" already exists')
    text = reader.rest()
    sql, columns = query_columns(session, text, ())
    check_table(list(columns), attributes, ())
    _check_materialized(session, text)
    relation = Relation(
        schema or PUBLIC, name, MATERIALIZED, session.user.name, columns,
        diststyle=attributes.diststyle or ("KEY" if attributes.distkey else "EVEN"), distkey=attributes.distkey,
        sortkeys=attributes.sortkeys, sort_style="COMPOUND" if attributes.sortkeys else "", backup=attributes.backup,
        query=text, depends=tuple(sorted(session.depends)), auto_refresh=automatic,
    )  # fmt: skip
    session.write(relation, EXCLUSIVE, reads=False)
    relation = add_table(session, relation)
    fill_table(session, relation, sql)
    _remember(session, relation)
    return Outcome(DDL)


def _check_materialized(session: Session, text: str) -> None:
    """What the page "CREATE MATERIALIZED VIEW", "Limitations", excludes."""
    for key in session.depends:
        schema, _, name = key.partition(".")
        relation = session.catalog.relation(schema, name)
        if not schema or (relation is not None and relation.is_view):
            raise RedshiftError(f"Materialized views may not reference views or temporary tables: {name}")
    query = parse_query(text)
    if query.args.get("order") or query.args.get("limit"):
        raise RedshiftError("Materialized views may not use ORDER BY or LIMIT")
    if query.find(exp.CurrentTimestamp, exp.Rand):
        raise RedshiftError("Materialized views may not use functions that change, such as GETDATE and RANDOM")


def refresh(session: Session, reader: Reader) -> Outcome:
    """REFRESH MATERIALIZED VIEW name: all of it anew."""
    reader.expect("REFRESH", "MATERIALIZED", "VIEW")
    relation = session.names().find(*reader.relation())
    reader.finish()
    if relation.kind != MATERIALIZED:
        raise RedshiftError(f'"{relation.name}" is not a materialized view')
    session.privileges.owner(relation)
    started = utc_now()
    session.write(relation, EXCLUSIVE, reads=True)
    sql, _ = query_columns(session, relation.query, ())
    session.connection.execute(f"DELETE FROM {relation.physical}")
    fill_table(session, relation, sql)
    _remember(session, relation)
    ended = utc_now()
    row = (
        session.user.id, session.pid, session.transaction_id, session.storage.warehouse.database, relation.schema,
        relation.name, "Manual", "Refresh successfully recomputed MV from scratch", started, ended,
        round((ended - started).total_seconds() * 1e6),
    )  # fmt: skip
    session.storage.record("refreshes", [row])
    return Outcome(DDL)


def _fingerprint(session: Session, relation: Relation) -> str:
    """Changes with the rows of the tables that the view reads."""
    parts: list[str] = []
    for key in relation.depends:
        schema, _, name = key.partition(".")
        base = session.catalog.relation(schema, name)
        if base is not None:
            row = session.connection.execute(
                f"SELECT count(*), coalesce(sum(hash(t)), 0) FROM {base.physical} AS t"
            ).fetchone()
            parts.append(f"{key}:{row}")
    return "|".join(parts)


def _remember(session: Session, relation: Relation) -> None:
    values = (relation.id, _fingerprint(session, relation))
    session.connection.execute(fill("DELETE FROM warehouse.engine.fingerprints WHERE id = ?", values[:1]))
    session.connection.execute(fill("INSERT INTO warehouse.engine.fingerprints VALUES (?, ?)", values))


def is_stale(session: Session, relation: Relation) -> bool:
    """A table that the view reads has changed since the last refresh."""
    sql = fill("SELECT value FROM warehouse.engine.fingerprints WHERE id = ?", (relation.id,))
    row = session.connection.execute(sql).fetchone()
    return row is None or row[0] != _fingerprint(session, relation)
