"""Writes a query's rows as files into the session's folder."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ...lake.hive_types import literal, parse_hive_type, quote
from ..printing import printer
from .select import readable
from .session import Compiled, ResultColumn, Session
from .tables import StatementError

#: Athena's limit of open writers.
MAX_PARTITIONS = 100
#: write_compression -> DuckDB's codec.
_PARQUET_CODECS = {"NONE": "uncompressed", "SNAPPY": "snappy", "GZIP": "gzip", "ZSTD": "zstd", "LZ4": "lz4_raw"}
_TEXT_CODECS = {"NONE": "uncompressed", "GZIP": "gzip", "ZSTD": "zstd"}
_SUFFIXES = {"gzip": ".gz", "zstd": ".zst", "uncompressed": ""}


@dataclass(frozen=True)
class FileFormat:
    """`name` is PARQUET, JSON or TEXTFILE; `delimiter` is TEXTFILE's."""

    name: str
    compression: str = "GZIP"
    delimiter: str = "\x01"

    @property
    def codec(self) -> str:
        """DuckDB's; raises StatementError that names what the local target cannot write."""
        known = _PARQUET_CODECS if self.name == "PARQUET" else _TEXT_CODECS
        if self.compression not in known or (self.name == "TEXTFILE" and self.compression == "ZSTD"):
            raise StatementError(
                f"NOT_SUPPORTED: compression {self.compression} of {self.name}; the local target has {', '.join(known)}"
            )
        return known[self.compression]


@dataclass(frozen=True)
class WrittenFile:
    """One local file; `values` are its partition's."""

    path: Path
    values: tuple[str, ...]


def write_files(
    session: Session,
    compiled: Compiled,
    kinds: Sequence[str],
    names: Sequence[str],
    partitioned_by: Sequence[str],
    form: FileFormat,
) -> tuple[list[WrittenFile], int]:
    """Runs the query; its columns are stored as `names` with the Hive types `kinds`. Returns files and row count."""
    codec = form.codec
    folder = session.folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    session.check()
    if form.name == "TEXTFILE":
        return _write_text(session, compiled, form, folder)
    casts = {
        name: f"CAST({quote(f'c{index}')} AS {parse_hive_type(kind).duckdb})"
        for index, (kind, name) in enumerate(zip(kinds, names, strict=True))
    }
    suffix = ".parquet" if form.name == "PARQUET" else f".json{_SUFFIXES[codec]}"
    options = [f"FORMAT {form.name}", f"COMPRESSION {literal(codec)}"]
    target = folder / f"{session.query_id}{suffix}"
    if partitioned_by:
        if form.name == "JSON":
            casts, options = _json_lines(casts, partitioned_by, codec)
        keys = ", ".join(quote(key) for key in partitioned_by)
        options += [f"PARTITION_BY ({keys})", f"FILENAME_PATTERN {literal(session.query_id + '-{i}')}"]
        options += [f"FILE_EXTENSION {literal(suffix.lstrip('.'))}"]
        target = folder
    picked = ", ".join(f"{expression} AS {quote(name)}" for name, expression in casts.items())
    inner = ", ".join(quote(f"c{index}") for index in range(len(names)))
    sql = f"SELECT {picked} FROM ({compiled.sql}) AS result({inner})"
    row = session.connection.execute(f"COPY ({sql}) TO {literal(str(target))} ({', '.join(options)})").fetchone()
    count = int(row[0]) if row is not None else 0
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if count else []
    written = [WrittenFile(path, _values(path.relative_to(folder), len(partitioned_by))) for path in found]
    partitions = len({file.values for file in written})
    if partitions > MAX_PARTITIONS:
        raise StatementError(
            f"HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {MAX_PARTITIONS} open writers for partitions/buckets."
        )
    return written, count


def _json_lines(casts: dict[str, str], keys: Sequence[str], codec: str) -> tuple[dict[str, str], list[str]]:
    """DuckDB cannot partition JSON, but lines of text: one column with the row, and the keys."""
    members = ", ".join(f"{quote(name)}: {expression}" for name, expression in casts.items() if name not in keys)
    line = {"line": f"CAST(to_json({{{members}}}) AS VARCHAR)"}
    options = [
        "FORMAT CSV",
        f"COMPRESSION {literal(codec)}",
        "HEADER false",
        "QUOTE ''",
        "ESCAPE ''",
        "DELIMITER '\x01'",
    ]
    return {**line, **{key: casts[key] for key in keys}}, options


def _values(relative: Path, keys: int) -> tuple[str, ...]:
    """DuckDB writes key=value folders, their values encoded as in a URL."""
    return tuple(unquote(part.partition("=")[2]) for part in relative.parts[:keys])


def _write_text(session: Session, compiled: Compiled, form: FileFormat, folder: Path) -> tuple[list[WrittenFile], int]:
    """Hive's plain text: values as they are, `\\N` for a null, no quotes and no header."""
    _refuse_nested(compiled.columns)
    prints = [printer(column.type, column.zone) for column in compiled.columns]
    path = folder / f"{session.query_id}{_SUFFIXES[form.codec]}"
    count = 0
    result = session.connection.execute(readable(compiled.sql, compiled.columns))
    with gzip.open(path, "wb") if form.codec == "gzip" else path.open("wb") as target:
        while rows := result.fetchmany(5_000):
            session.check()
            count += len(rows)
            for row in rows:
                cells = (show(value) for show, value in zip(prints, row, strict=True))
                line = form.delimiter.join("\\N" if cell is None else cell for cell in cells)
                target.write(line.encode() + b"\n")
    return ([WrittenFile(path, ())] if count else []), count


def _refuse_nested(columns: Sequence[ResultColumn]) -> None:
    for column in columns:
        if column.type.id in ("list", "map", "struct"):
            raise StatementError(f"NOT_SUPPORTED: column {column.name} of type {column.kind.lower()} in TEXTFILE")
