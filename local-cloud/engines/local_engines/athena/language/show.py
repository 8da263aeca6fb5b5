"""SHOW and DESCRIBE."""

from __future__ import annotations

from ...sql.reader import Reader
from .parts import partition_spec, qualified_name
from .refusals import unsupported
from .statements import Name, Show

_KINDS = ("COLUMNS", "CREATE", "DATABASES", "PARTITIONS", "SCHEMAS", "TABLES", "TBLPROPERTIES", "VIEWS")


def parse_show(reader: Reader) -> Show:
    """A statement that begins with SHOW, DESCRIBE or DESC."""
    found = _show(reader) if reader.accept("SHOW") else _describe(reader)
    reader.finish()
    return found


def _show(reader: Reader) -> Show:
    if reader.token.word in ("FUNCTIONS", "CATALOGS", "SESSION", "STATS", "ROLES", "GRANTS", "BRANCHES"):
        raise unsupported(f"SHOW {reader.token.word}")
    kind = reader.choose(*_KINDS)
    if kind in ("DATABASES", "SCHEMAS"):
        return Show("DATABASES", pattern=_pattern(reader))
    if kind in ("TABLES", "VIEWS"):
        database = reader.name() if reader.accept("IN") or reader.accept("FROM") else None
        return Show(kind, database, _pattern(reader))
    if kind == "CREATE":
        what = reader.choose("TABLE", "VIEW")
        return Show(f"CREATE {what}", table=qualified_name(reader))
    if kind == "COLUMNS":
        if not (reader.accept("IN") or reader.accept("FROM")):
            raise reader.unexpected("'FROM'", "'IN'")
        table = qualified_name(reader)
        if table.database is None and (reader.accept("IN") or reader.accept("FROM")):
            table = Name(reader.name(), table.name)
        return Show(kind, table=table)
    table = qualified_name(reader)
    detail = ""
    if kind == "TBLPROPERTIES" and reader.accept("("):
        detail = reader.string()
        reader.expect(")")
    return Show(kind, table=table, detail=detail)


def _pattern(reader: Reader) -> str | None:
    """`[LIKE] 'expression'`"""
    if reader.accept("LIKE"):
        return reader.string()
    return reader.string() if reader.token.kind in ("string", "double") else None


def _describe(reader: Reader) -> Show:
    if not reader.accept("DESCRIBE"):
        reader.expect("DESC")
    for word in ("DATABASE", "SCHEMA", "INPUT", "OUTPUT", "FUNCTION"):
        if reader.sees(word) and reader.tokens[reader.at + 1].kind not in ("end", "symbol"):
            raise unsupported(f"DESCRIBE {word}")
    detail = ""
    if reader.token.word in ("EXTENDED", "FORMATTED") and reader.tokens[reader.at + 1].kind != "end":
        detail = reader.take().word
    table = qualified_name(reader)
    partition = partition_spec(reader) if reader.accept("PARTITION") else None
    if not reader.ended:
        raise unsupported("DESCRIBE of one column; DESCRIBE the table")
    return Show("DESCRIBE", table=table, detail=detail, partition=partition)
