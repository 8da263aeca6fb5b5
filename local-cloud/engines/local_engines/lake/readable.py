"""What of the lake the local target cannot read. It is refused by name: to read it wrong would look like an answer."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import EngineError
from .catalog import Table
from .files import LakeFile

#: Endings by which Athena knows a compression that DuckDB has not: it would take the bytes for text.
_COMPRESSED = (".bz2", ".snappy", ".lz4", ".lzo", ".deflate")

#: Input format of lines; CloudTrail's takes records out of one array a file.
_TEXT = "org.apache.hadoop.mapred.TextInputFormat"


class UnreadableTableError(EngineError):
    """The table's format or files cannot be read; the message begins with Athena's error name."""


def check_readable(table: Table) -> None:
    """Raises UnreadableTableError for a format, or a property of one, that the local target lacks."""
    name = f"{table.database}.{table.name}"
    kind = table.parameters.get("table_type", table.parameters.get("spark.sql.sources.provider", "")).lower()
    if kind in ("iceberg", "delta", "hudi"):
        raise UnreadableTableError(
            f"NOT_SUPPORTED: {name} is a table of {kind.title()}; the local target has Hive tables"
        )
    if not table.is_parquet and not table.is_json:
        raise UnreadableTableError(
            f"HIVE_UNSUPPORTED_FORMAT: table {name} has the SerDe '{table.serde_library}'; the local target reads "
            "Parquet and JSON"
        )
    storage = table.raw.get("StorageDescriptor") or {}
    input_format = storage.get("InputFormat") or _TEXT
    if table.is_json and input_format != _TEXT:
        raise UnreadableTableError(
            f"HIVE_UNSUPPORTED_FORMAT: table {name} has the input format '{input_format}'; the local target reads JSON "
            "from text files, one object a line"
        )
    for setting in ("dots.in.keys", "strip.outer.array"):
        if table.is_json and table.serde.get(setting, "false").lower() == "true":
            raise UnreadableTableError(f"NOT_SUPPORTED: table {name} has the SerDe property {setting}")


def check_files(table: Table, files: Sequence[LakeFile]) -> None:
    """Raises UnreadableTableError for the first object that DuckDB cannot open."""
    for file in files:
        if any(mark in file.url for mark in "*?["):
            raise UnreadableTableError(
                f"HIVE_CANNOT_OPEN_SPLIT: {file.url} has one of * ? [ in its key, which the local target cannot read"
            )
        if table.is_json and file.url.lower().endswith(_COMPRESSED):
            raise UnreadableTableError(
                f"HIVE_CANNOT_OPEN_SPLIT: {file.url} is compressed in a way that the local target cannot read; it "
                "reads gzip and zstd"
            )
