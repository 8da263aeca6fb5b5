"""Redshift's data types: their names, their limits, how DuckDB keeps them and how the Data API shows them."""

from __future__ import annotations

from dataclasses import dataclass

from ...lake.hive_types import HiveType
from .errors import RedshiftError, unsupported

#: Spelling -> (name in the catalog). Redshift developer guide, "Data types".
_ALIASES = {
    "smallint": "int2", "int2": "int2", "integer": "int4", "int": "int4", "int4": "int4", "bigint": "int8",
    "int8": "int8", "decimal": "numeric", "numeric": "numeric", "real": "float4", "float4": "float4",
    "double precision": "float8", "float8": "float8", "float": "float8", "boolean": "bool", "bool": "bool",
    "char": "bpchar", "character": "bpchar", "nchar": "bpchar", "bpchar": "bpchar", "varchar": "varchar",
    "character varying": "varchar", "nvarchar": "varchar", "text": "varchar", "date": "date",
    "timestamp": "timestamp", "timestamp without time zone": "timestamp", "timestamptz": "timestamptz",
    "timestamp with time zone": "timestamptz", "time": "time", "time without time zone": "time", "super": "super",
    "varbyte": "varbyte", "varbinary": "varbyte", "binary varying": "varbyte",
}  # fmt: skip
_DUCKDB = {
    "int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "float4": "FLOAT", "float8": "DOUBLE", "bool": "BOOLEAN",
    "bpchar": "VARCHAR", "varchar": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMP", "time": "TIME",
    "timestamptz": "TIMESTAMP WITH TIME ZONE", "super": "JSON", "varbyte": "BLOB",
}  # fmt: skip
_SQL = {
    "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
    "bool": "boolean", "date": "date", "timestamp": "timestamp without time zone", "time": "time without time zone",
    "timestamptz": "timestamp with time zone", "super": "super", "numeric": "numeric", "bpchar": "character",
    "varchar": "character varying", "varbyte": "binary varying",
}  # fmt: skip
#: Precision and scale of the JDBC driver's metadata, which the Data API passes on.
_METADATA = {
    "int2": (5, 0), "int4": (10, 0), "int8": (19, 0), "float4": (8, 8), "float8": (17, 17), "bool": (1, 0),
    "date": (13, 0), "timestamp": (29, 6), "timestamptz": (35, 6), "time": (15, 6), "super": (0, 0),
}  # fmt: skip
MAX_VARCHAR = 65_535
MAX_CHAR = 4_096
MAX_DIGITS = 38


@dataclass(frozen=True)
class RedshiftType(HiveType):
    """One type; `parameters` are (length,) of text and bytes, (precision, scale) of numeric."""

    @property
    def duckdb(self) -> str:
        if self.name == "numeric":
            return f"DECIMAL({self.parameters[0]},{self.parameters[1]})"
        return _DUCKDB[self.name]

    @property
    def sql(self) -> str:
        """As pg_table_def and error messages write it: `character varying(256)`."""
        inner = f"({','.join(str(p) for p in self.parameters)})" if self.parameters else ""
        return _SQL[self.name] + inner

    @property
    def precision(self) -> int:
        """ColumnMetadata.precision: digits, or the length of text."""
        return self.parameters[0] if self.parameters else _METADATA[self.name][0]

    @property
    def scale(self) -> int:
        """ColumnMetadata.scale."""
        return self.parameters[1] if self.name == "numeric" else _METADATA.get(self.name, (0, 0))[1]

    @property
    def is_text(self) -> bool:
        return self.name in ("varchar", "bpchar")


def make_type(spelling: str, parameters: tuple[int, ...] | None) -> RedshiftType:
    """A type of its SQL spelling; `None`: without parentheses. Raises RedshiftError for a limit that is passed."""
    name = _ALIASES.get(spelling)
    if name is None:
        if spelling in ("geometry", "geography", "hllsketch", "interval", "timetz", "oid"):
            raise unsupported(f"the type {spelling}")
        raise RedshiftError(f'type "{spelling}" does not exist')
    given = parameters or ()
    if name == "numeric":
        return _numeric(given)
    if name in ("varchar", "bpchar", "varbyte"):
        length = given[0] if given else _default_length(spelling, name)
        limit = MAX_CHAR if name == "bpchar" else MAX_VARCHAR if name == "varchar" else 16_777_216
        if not 1 <= length <= limit:
            raise RedshiftError(f"length for type {name} cannot exceed {limit}: {length} was given")
        return RedshiftType(name, (length,))
    if given:
        raise RedshiftError(f'type modifier is not allowed for type "{spelling}"')
    return RedshiftType(name)


def _default_length(spelling: str, name: str) -> int:
    """CHAR is CHAR(1); VARCHAR, TEXT and BPCHAR are of 256 bytes ("Character types")."""
    return 1 if name == "bpchar" and spelling != "bpchar" else 64_000 if name == "varbyte" else 256


def _numeric(given: tuple[int, ...]) -> RedshiftType:
    precision, scale = (*given, 0)[:2] if given else (18, 0)
    if not 1 <= precision <= MAX_DIGITS or not 0 <= scale <= min(precision, 37):
        raise RedshiftError(f"NUMERIC({precision},{scale}): precision must be 1 to 38 and scale 0 to the precision")
    return RedshiftType("numeric", (precision, scale))


def from_duckdb(kind: str) -> RedshiftType:
    """The type of a result's column that no table declares."""
    upper = kind.upper()
    if upper.startswith("DECIMAL("):
        precision, _, scale = upper[8:-1].partition(",")
        return RedshiftType("numeric", (int(precision), int(scale)))
    if upper in ("HUGEINT", "UBIGINT", "UHUGEINT"):
        return RedshiftType("numeric", (38, 0))
    if upper in ("TINYINT", "UTINYINT"):
        return RedshiftType("int2")
    if upper in ("USMALLINT", '"NULL"'):
        return RedshiftType("int4")
    if upper == "UINTEGER":
        return RedshiftType("int8")
    if upper == "VARCHAR":
        return RedshiftType("varchar", (MAX_VARCHAR,))
    if upper == "BLOB":
        return RedshiftType("varbyte", (MAX_VARCHAR,))
    if upper.startswith("TIMESTAMP_"):
        return RedshiftType("timestamp")
    if upper.endswith("]") or upper.startswith(("STRUCT", "MAP")):
        return RedshiftType("super")
    found = next((name for name, duck in _DUCKDB.items() if duck == upper), None)
    if found is None:
        raise unsupported(f"a result of type {kind.lower()}")
    return RedshiftType(found)
