"""Reads CREATE TABLE: columns with their attributes, and the table's own ("CREATE TABLE" in the developer guide)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .definitions import ColumnDefinition
from .errors import RedshiftError, unsupported
from .reader import Reader

#: Encoding -> types that it does not take; developer guide, "Compression encodings".
_ENCODINGS = {
    "raw": (), "auto": (), "zstd": (), "lzo": ("bool", "float4", "float8"), "bytedict": ("bool",),
    "az64": ("varchar", "bpchar", "bool", "float4", "float8", "super", "varbyte"),
    "delta": ("varchar", "bpchar", "bool", "float4", "float8", "timestamptz", "super"),
    "delta32k": ("varchar", "bpchar", "bool", "float4", "float8", "int2", "timestamptz", "super"),
    "mostly8": ("varchar", "bpchar", "bool", "float4", "float8", "date", "timestamp", "super"),
    "mostly16": ("varchar", "bpchar", "bool", "float4", "float8", "int2", "date", "timestamp", "super"),
    "mostly32": ("varchar", "bpchar", "bool", "float4", "float8", "int2", "int4", "date", "timestamp", "super"),
    "runlength": ("super",), "text255": (), "text32k": (),
}  # fmt: skip
_MAX_COMPOUND, _MAX_INTERLEAVED = 400, 8
_MAX_COLUMNS = 1_600


@dataclass
class TableAttributes:
    """What stands behind the columns."""

    diststyle: str = ""
    distkey: str = ""
    sort_style: str = ""
    sortkeys: tuple[str, ...] = ()
    backup: bool = True


@dataclass
class TableText:
    """The columns in parentheses; `like` is a table whose columns and attributes are taken over, at its place."""

    columns: list[ColumnDefinition] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()
    #: (schema, name) of LIKE, whether INCLUDING DEFAULTS is said, and how many columns stand before it.
    like: tuple[tuple[str, str], bool, int] | None = None
    attributes: TableAttributes = field(default_factory=TableAttributes)


def read_table(reader: Reader) -> TableText:
    """From the opening parenthesis to the end of the statement; raises RedshiftError."""
    text = TableText()
    reader.expect("(")
    while True:
        _element(reader, text)
        if reader.accept(")"):
            break
        reader.expect(",")
    read_attributes(reader, text.attributes)
    reader.finish()
    return text


def _element(reader: Reader, text: TableText) -> None:
    if reader.accept("LIKE"):
        source = reader.relation()
        including = reader.accept("INCLUDING", "DEFAULTS")
        if not including:
            reader.accept("EXCLUDING", "DEFAULTS")
        text.like = (source, including, len(text.columns))
    elif reader.accept("CONSTRAINT"):
        reader.name()
        _constraint(reader, text)
    elif reader.sees_any("PRIMARY", "UNIQUE", "FOREIGN"):
        _constraint(reader, text)
    elif reader.sees("CHECK"):
        raise RedshiftError("CHECK constraints are not supported")
    else:
        text.columns.append(_column(reader, text))


def _constraint(reader: Reader, text: TableText) -> None:
    """Primary, unique and foreign keys are information for the planner; Redshift enforces none of them."""
    if reader.accept("PRIMARY", "KEY"):
        text.primary_key = reader.names()
    elif reader.accept("UNIQUE"):
        reader.names()
    else:
        reader.expect("FOREIGN", "KEY")
        reader.names()
        reader.expect("REFERENCES")
        reader.relation()
        if reader.sees("("):
            reader.names()


def _column(reader: Reader, text: TableText) -> ColumnDefinition:
    name = reader.name()
    column = ColumnDefinition(name, reader.type())
    while not reader.ended and not reader.sees_any(",", ")"):
        if reader.accept("NOT", "NULL"):
            column = replace(column, not_null=True)
        elif reader.accept("NULL") or reader.accept("UNIQUE"):
            pass
        elif reader.accept("PRIMARY", "KEY"):
            text.primary_key, column = (name,), replace(column, not_null=True)
        elif reader.accept("DEFAULT"):
            column = replace(column, default=_default(reader))
        elif reader.accept("IDENTITY"):
            seed, step = reader.many(reader.integer)
            if column.type.name not in ("int4", "int8"):
                raise RedshiftError(f'identity column "{name}" must have the type INT or BIGINT')
            column = replace(column, identity=(seed, step, 0), not_null=True)
        elif reader.accept("ENCODE"):
            column = replace(column, encode=_encoding(reader, column))
        elif reader.accept("DISTKEY"):
            text.attributes.distkey = name
        elif reader.accept("SORTKEY"):
            text.attributes.sortkeys += (name,)
        elif reader.accept("REFERENCES"):
            reader.relation()
            if reader.sees("("):
                reader.names()
        elif reader.sees("GENERATED"):
            raise unsupported("GENERATED … AS IDENTITY; use IDENTITY(seed, step)")
        elif reader.sees("COLLATE"):
            raise unsupported("COLLATE")
        elif reader.sees("CHECK"):
            raise RedshiftError("CHECK constraints are not supported")
        else:
            raise reader.unexpected()
    return column


def _default(reader: Reader) -> str:
    """The text of the expression: one value, cast or call."""
    start = reader.token.start
    end = start
    stops = {",", ")", "NOT", "NULL", "ENCODE", "DISTKEY", "SORTKEY", "PRIMARY", "UNIQUE", "REFERENCES"}
    while not reader.ended and (end == start or not reader.sees_any(*stops)):
        if reader.sees("("):
            reader.at = reader.closing()
        end = reader.take().end
    return reader.sql[start:end]


def _encoding(reader: Reader, column: ColumnDefinition) -> str:
    name = reader.name()
    refused = _ENCODINGS.get(name)
    if refused is None:
        raise RedshiftError(f'unknown encoding type "{name}"')
    if column.type.name in refused or (name.startswith("text") and column.type.name != "varchar"):
        raise RedshiftError(f"invalid encoding type specified for column '{column.name}' ({name} of {column.type.sql})")
    return name


def read_attributes(reader: Reader, found: TableAttributes) -> None:
    """DISTSTYLE, DISTKEY, SORTKEY, BACKUP, ENCODE AUTO, in any order, as far as they go."""
    while True:
        if reader.accept("DISTSTYLE"):
            found.diststyle = reader.choose("AUTO", "EVEN", "KEY", "ALL")
        elif reader.accept("DISTKEY"):
            (found.distkey,) = reader.names()
        elif reader.accept("SORTKEY", "AUTO"):
            found.sort_style = "AUTO"
        elif reader.sees_any("COMPOUND", "INTERLEAVED", "SORTKEY"):
            found.sort_style = reader.choose("COMPOUND", "INTERLEAVED") if not reader.sees("SORTKEY") else "COMPOUND"
            reader.expect("SORTKEY")
            found.sortkeys = reader.names()
        elif reader.accept("BACKUP"):
            found.backup = reader.choose("YES", "NO") == "YES"
        elif reader.accept("ENCODE", "AUTO"):
            pass
        else:
            return


def check_table(columns: list[ColumnDefinition], attributes: TableAttributes, primary_key: tuple[str, ...]) -> None:
    """Raises RedshiftError for a table that Redshift would not create."""
    names = [column.name for column in columns]
    if len(names) > _MAX_COLUMNS:
        raise RedshiftError(f"tables can have at most {_MAX_COLUMNS} columns")
    for name in names:
        if names.count(name) > 1:
            raise RedshiftError(f'column "{name}" duplicated')
    for key in (*primary_key, *attributes.sortkeys, *([attributes.distkey] if attributes.distkey else [])):
        if key not in names:
            raise RedshiftError(f'column "{key}" named in key does not exist')
    if attributes.distkey and attributes.diststyle not in ("", "KEY"):
        raise RedshiftError(f"cannot specify DISTKEY when DISTSTYLE is {attributes.diststyle}")
    if attributes.diststyle == "KEY" and not attributes.distkey:
        raise RedshiftError("DISTKEY column must be specified when DISTSTYLE is KEY")
    limit = _MAX_INTERLEAVED if attributes.sort_style == "INTERLEAVED" else _MAX_COMPOUND
    if len(attributes.sortkeys) > limit:
        raise RedshiftError(f"a {attributes.sort_style.lower()} sort key takes at most {limit} columns")
