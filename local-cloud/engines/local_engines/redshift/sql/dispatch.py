"""Which function carries out which statement, found by its first words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import access, dml, grants, schemas, table_changes, tables, views
from .copy import copy
from .errors import RedshiftError, unsupported
from .merge import merge
from .outcome import Outcome
from .queries import compile_query
from .reader import Reader
from .translate import parse_query
from .unload import unload

if TYPE_CHECKING:
    from .session import Session

_Runner = Callable[["Session", Reader], "Outcome"]
#: Settings of a session that have no effect here: what they steer does not exist on a local target.
_SETTINGS = {"query_group", "statement_timeout", "enable_result_cache_for_session", "timezone", "application_name"}


def _select(session: Session, reader: Reader) -> Outcome:
    compiled = compile_query(session, parse_query(reader.sql))
    sql = compiled.sql
    if any(column.kind == "TIMESTAMP WITH TIME ZONE" for column in compiled.columns):
        # DuckDB's client has no objects for these; the text is what the Data API shows.
        aliases = ", ".join(f"v{index}" for index in range(len(compiled.columns)))
        picked = ", ".join(
            f"CAST(v{i} AS VARCHAR)" if column.kind == "TIMESTAMP WITH TIME ZONE" else f"v{i}"
            for i, column in enumerate(compiled.columns)
        )
        sql = f"SELECT {picked} FROM ({sql}) AS result({aliases})"
    rows = session.connection.execute(sql).fetchall()
    return Outcome("SELECT", compiled.columns, rows)


def _begin(session: Session, reader: Reader) -> Outcome:
    reader.choose("BEGIN", "START")
    for word in ("TRANSACTION", "WORK"):
        if reader.accept(word):
            break
    if reader.accept("ISOLATION", "LEVEL"):
        reader.expect("SERIALIZABLE")
    for words in (("READ", "WRITE"), ("READ", "ONLY")):
        reader.accept(*words)
    reader.finish()
    session.begin_block()
    return Outcome("BEGIN")


def _commit(session: Session, reader: Reader) -> Outcome:
    _end_words(reader, "COMMIT", "END")
    session.commit()
    return Outcome("COMMIT")


def _rollback(session: Session, reader: Reader) -> Outcome:
    _end_words(reader, "ROLLBACK", "ABORT")
    session.rollback()
    return Outcome("ROLLBACK")


def _end_words(reader: Reader, *words: str) -> None:
    reader.choose(*words)
    if not reader.accept("TRANSACTION"):
        reader.accept("WORK")
    reader.finish()


def _set(session: Session, reader: Reader) -> Outcome:
    """SET name {TO | =} value: only settings that change no answer."""
    reader.choose("SET", "RESET")
    name = reader.name()
    if name not in _SETTINGS:
        raise unsupported(f"SET {name}")
    return Outcome("SET")


def _maintenance(session: Session, reader: Reader) -> Outcome:
    """ANALYZE and VACUUM: nothing is to be sorted or counted here, but the table must exist and be one's own, and a
    VACUUM that is not for sorting only gives back the space of deleted rows, of the whole file at once."""
    word = reader.choose("ANALYZE", "VACUUM")
    if word == "VACUUM":
        session.refuse_in_block("VACUUM")
    sorting = False
    while reader.sees_any("FULL", "SORT", "DELETE", "REINDEX", "RECLUSTER", "ONLY", "VERBOSE"):
        sorting = reader.sees_any("SORT", "RECLUSTER") or sorting
        reader.take()
    if not reader.ended and not reader.sees_any("TO"):
        session.privileges.owner(session.names().find(*reader.relation()))
    return Outcome(word, rewrites_storage=word == "VACUUM" and not sorting)


#: First words -> (query_type of SYS_QUERY_HISTORY, function). The longest that fits wins.
_RUNNERS: dict[tuple[str, ...], tuple[str, _Runner]] = {
    ("SELECT",): ("SELECT", _select),
    ("(",): ("SELECT", _select),
    ("INSERT",): ("INSERT", dml.insert),
    ("UPDATE",): ("UPDATE", dml.update),
    ("DELETE",): ("DELETE", dml.delete),
    ("MERGE",): ("MERGE", merge),
    ("COPY",): ("COPY", copy),
    ("UNLOAD",): ("UNLOAD", unload),
    ("TRUNCATE",): ("DDL", table_changes.truncate),
    ("LOCK",): ("LOCK", table_changes.lock_table),
    ("BEGIN",): ("BEGIN", _begin),
    ("START", "TRANSACTION"): ("BEGIN", _begin),
    ("COMMIT",): ("COMMIT", _commit),
    ("END",): ("COMMIT", _commit),
    ("ROLLBACK",): ("ROLLBACK", _rollback),
    ("ABORT",): ("ROLLBACK", _rollback),
    ("SET",): ("SET", _set),
    ("RESET",): ("SET", _set),
    ("ANALYZE",): ("ANALYZE", _maintenance),
    ("VACUUM",): ("VACUUM", _maintenance),
    ("CREATE", "SCHEMA"): ("DDL", schemas.create_schema),
    ("CREATE", "EXTERNAL", "SCHEMA"): ("DDL", schemas.create_external_schema),
    ("ALTER", "SCHEMA"): ("DDL", schemas.alter_schema),
    ("DROP", "SCHEMA"): ("DDL", schemas.drop_schema),
    ("CREATE", "TABLE"): ("DDL", tables.create_table),
    ("CREATE", "TEMP", "TABLE"): ("DDL", tables.create_table),
    ("CREATE", "TEMPORARY", "TABLE"): ("DDL", tables.create_table),
    ("CREATE", "LOCAL"): ("DDL", tables.create_table),
    ("ALTER", "TABLE"): ("DDL", table_changes.alter_table),
    ("DROP", "TABLE"): ("DDL", table_changes.drop_table),
    ("CREATE", "VIEW"): ("DDL", views.create_view),
    ("CREATE", "OR", "REPLACE", "VIEW"): ("DDL", views.create_view),
    ("DROP", "VIEW"): ("DDL", views.drop_view),
    ("CREATE", "MATERIALIZED", "VIEW"): ("DDL", views.create_materialized_view),
    ("DROP", "MATERIALIZED", "VIEW"): ("DDL", views.drop_materialized_view),
    ("REFRESH", "MATERIALIZED", "VIEW"): ("DDL", views.refresh),
    **{("CREATE", kind): ("DDL", access.create_principal) for kind in ("USER", "GROUP", "ROLE")},
    **{("ALTER", kind): ("DDL", access.alter_principal) for kind in ("USER", "GROUP")},
    **{("DROP", kind): ("DDL", access.drop_principal) for kind in ("USER", "GROUP", "ROLE")},
    ("GRANT",): ("DDL", grants.grant),
    ("REVOKE",): ("DDL", grants.revoke),
    ("ALTER", "DEFAULT", "PRIVILEGES"): ("DDL", grants.alter_default_privileges),
}
#: What Redshift runs and the local target does not, by first word.
_KNOWN = {
    "CREATE", "ALTER", "DROP", "CALL", "COMMENT", "DECLARE", "FETCH", "CLOSE", "EXPLAIN", "PREPARE", "EXECUTE",
    "DEALLOCATE", "SHOW", "USE", "CANCEL", "DESC", "ATTACH", "DETACH",
}  # fmt: skip
_LONGEST = max(len(words) for words in _RUNNERS)


def _find(reader: Reader) -> tuple[str, _Runner]:
    words = [token.word for token in reader.tokens[:_LONGEST]]
    if words[:1] == ["WITH"]:
        words = [_behind_with(reader)]
    for length in range(_LONGEST, 0, -1):
        found = _RUNNERS.get(tuple(words[:length]))
        if found is not None:
            return found
    if words[0] in _KNOWN:
        raise unsupported(f"the statement {' '.join(word for word in words[:3] if word)}")
    if reader.ended:
        raise RedshiftError("the statement is empty")
    raise reader.unexpected()


def _behind_with(reader: Reader) -> str:
    """The word that the common table expressions belong to."""
    depth = 0
    for token in reader.tokens:
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0 and token.word in ("SELECT", "UPDATE", "DELETE"):
            return token.word
    return ""


def statement_type(sql: str) -> str:
    """query_type of SYS_QUERY_HISTORY; OTHER for what is no statement."""
    try:
        kind, _ = _find(Reader(sql))
    except RedshiftError:
        return "OTHER"
    words = [token.word for token in Reader(sql).tokens]
    return "CTAS" if kind == "DDL" and "TABLE" in words[:4] and "AS" in words and "SELECT" in words else kind


def run(session: Session, sql: str) -> Outcome:
    """Carries one statement out in the session's transaction; raises what went wrong."""
    reader = Reader(sql)
    if any(token.text == ";" for token in reader.tokens):
        raise RedshiftError("cannot insert multiple commands into a prepared statement")
    _, runner = _find(reader)
    return runner(session, reader)
