"""Bytes that Athena would bill for a table: what must be read, not what happens to be read here.

Text: the sizes of all objects of the partitions, for every query, because a line must be read to be counted.
Parquet: per file the footer (with its length and magic number, 8 bytes), and the compressed chunks of the columns
used, in row groups that the statistics cannot rule out. No column used (count(*), partition keys only): 0.
LIMIT is not taken into account: Athena may stop earlier, by how much depends on its splits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from .files import LakeFile
from .hive_types import literal

#: Behind the footer: its length (4 bytes) and "PAR1".
FOOTER_TRAILER_BYTES = 8


@dataclass(frozen=True)
class ColumnChunk:
    """One column chunk; `path` in lower case, e.g. ("device", "os"); minimum and maximum as text, None: unknown."""

    file: str
    row_group: int
    path: tuple[str, ...]
    physical_type: str
    compressed_bytes: int
    minimum: str | None
    maximum: str | None


@dataclass(frozen=True)
class ParquetFooters:
    """Footers of a set of files."""

    footer_bytes: dict[str, int]
    chunks: list[ColumnChunk]

    @property
    def columns(self) -> set[str]:
        """Top-level columns that at least one file has."""
        return {chunk.path[0] for chunk in self.chunks}


def file_list(files: Sequence[LakeFile] | Sequence[str]) -> str:
    """A DuckDB list of distinct URLs."""
    urls = dict.fromkeys(f if isinstance(f, str) else f.url for f in files)
    return f"[{', '.join(literal(url) for url in urls)}]"


def read_footers(connection: duckdb.DuckDBPyConnection, files: Sequence[LakeFile]) -> ParquetFooters:
    """Reads every footer; raises duckdb.Error for a file that is not Parquet."""
    if not files:
        return ParquetFooters({}, [])
    urls = file_list(files)
    sizes = connection.execute(f"SELECT file_name, footer_size FROM parquet_file_metadata({urls})").fetchall()
    rows = connection.execute(
        "SELECT file_name, row_group_id, path_in_schema, type, total_compressed_size, "
        # A value that was cut off is no bound.
        "CASE WHEN coalesce(min_is_exact, true) THEN coalesce(stats_min_value, stats_min) END, "
        "CASE WHEN coalesce(max_is_exact, true) THEN coalesce(stats_max_value, stats_max) END "
        f"FROM parquet_metadata({urls})"
    ).fetchall()
    chunks = [ColumnChunk(r[0], r[1], tuple(re.split(r",\s*", r[2].lower())), *r[3:]) for r in rows]
    return ParquetFooters({name: size + FOOTER_TRAILER_BYTES for name, size in sizes}, chunks)


def parquet_bytes(
    footers: ParquetFooters, used: set[tuple[str, ...]], skipped: set[tuple[str, int]] | None = None
) -> dict[str, int]:
    """Bytes of each file for the used paths (a shorter path stands for all below it), without skipped row groups."""
    if not used:
        return dict.fromkeys(footers.footer_bytes, 0)
    totals = dict(footers.footer_bytes)
    for chunk in footers.chunks:
        if skipped is not None and (chunk.file, chunk.row_group) in skipped:
            continue
        if any(chunk.path[: len(path)] == path for path in used):
            totals[chunk.file] += chunk.compressed_bytes
    return totals


def text_bytes(files: Sequence[LakeFile]) -> dict[str, int]:
    """Bytes of each text file: all of it."""
    return {f.url: f.size for f in files}
