"""Hive column types, as the Glue catalog writes them, and their names in DuckDB and Athena."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..errors import EngineError

#: Hive name -> (DuckDB, Athena). Athena's `real` is reported as "float" by its API.
_SIMPLE = {
    "boolean": ("BOOLEAN", "boolean"),
    "tinyint": ("TINYINT", "tinyint"),
    "smallint": ("SMALLINT", "smallint"),
    "int": ("INTEGER", "integer"),
    "integer": ("INTEGER", "integer"),
    "bigint": ("BIGINT", "bigint"),
    "float": ("FLOAT", "float"),
    "real": ("FLOAT", "float"),
    "double": ("DOUBLE", "double"),
    "string": ("VARCHAR", "varchar"),
    "binary": ("BLOB", "varbinary"),
    "date": ("DATE", "date"),
    "timestamp": ("TIMESTAMP", "timestamp"),
}

_TOKEN = re.compile(r"\s*([A-Za-z_][\w$-]*|\d+|[<>(),:])")


class HiveTypeError(EngineError):
    """A type that the catalog should not hold."""


@dataclass(frozen=True)
class HiveType:
    """One type: `name` in lower case, parameters of decimal/char/varchar, children of array/map/struct."""

    name: str
    parameters: tuple[int, ...] = ()
    children: tuple[HiveType, ...] = ()
    fields: tuple[str, ...] = field(default=())

    @property
    def duckdb(self) -> str:
        """The DuckDB type."""
        if self.name == "decimal":
            precision, scale = (*self.parameters, 0)[:2] if self.parameters else (10, 0)
            return f"DECIMAL({precision},{scale})"
        if self.name in ("char", "varchar"):
            return "VARCHAR"
        if self.name == "array":
            return f"{self.children[0].duckdb}[]"
        if self.name == "map":
            return f"MAP({self.children[0].duckdb}, {self.children[1].duckdb})"
        if self.name == "struct":
            members = (f"{quote(f)} {c.duckdb}" for f, c in zip(self.fields, self.children, strict=True))
            return f"STRUCT({', '.join(members)})"
        return _SIMPLE[self.name][0]

    @property
    def athena(self) -> str:
        """The name in DESCRIBE and information_schema."""
        if self.name == "decimal":
            return self.duckdb.lower()
        if self.name in ("char", "varchar"):
            return f"{self.name}({self.parameters[0]})" if self.parameters else self.name
        if self.name == "array":
            return f"array({self.children[0].athena})"
        if self.name == "map":
            return f"map({self.children[0].athena}, {self.children[1].athena})"
        if self.name == "struct":
            return f"row({', '.join(f'{f} {c.athena}' for f, c in zip(self.fields, self.children, strict=True))})"
        return _SIMPLE[self.name][1]


def quote(identifier: str) -> str:
    """An identifier for DuckDB."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def parse_hive_type(text: str) -> HiveType:
    """Parses for example `struct<id:string,price:decimal(10,2)>`; raises HiveTypeError that names the type."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise HiveTypeError(f"the column type '{text}' is not a Hive type")
    reader = _Reader(text, tokens)
    found = reader.type()
    if reader.rest:
        raise reader.bad()
    return found


class _Reader:
    def __init__(self, text: str, tokens: list[str]) -> None:
        self._text = text
        self.rest = tokens

    def bad(self) -> HiveTypeError:
        return HiveTypeError(f"the column type '{self._text}' is not a Hive type; expected for example struct<a:int>")

    def take(self, expected: str | None = None) -> str:
        if not self.rest or (expected is not None and self.rest[0] != expected):
            raise self.bad()
        return self.rest.pop(0)

    def type(self) -> HiveType:
        name = self.take().lower()
        if name in ("decimal", "char", "varchar"):
            return HiveType(name, self._numbers())
        if name == "array":
            self.take("<")
            inner = self.type()
            self.take(">")
            return HiveType(name, (), (inner,))
        if name == "map":
            self.take("<")
            key = self.type()
            self.take(",")
            value = self.type()
            self.take(">")
            return HiveType(name, (), (key, value))
        if name == "struct":
            return self._struct()
        if name not in _SIMPLE:
            raise self.bad()
        return HiveType(name)

    def _struct(self) -> HiveType:
        self.take("<")
        names: list[str] = []
        children: list[HiveType] = []
        while True:
            names.append(self.take())
            self.take(":")
            children.append(self.type())
            if self.take() == ">":
                return HiveType("struct", (), tuple(children), tuple(names))

    def _numbers(self) -> tuple[int, ...]:
        if not self.rest or self.rest[0] != "(":
            return ()
        self.take("(")
        numbers = [int(self.take())]
        while self.take() == ",":
            numbers.append(int(self.take()))
        return tuple(numbers)
