"""Damaged gzip files: found only after the normal read failed, then read by hand up to the damage.

The normal read is one pass without any check. When it fails, the compressed files are tested on the executors; without
a damaged one among them the failure was another one and is raised.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

from pyspark.sql import DataFrame, SparkSession

from .raw import LINES_DDL, SourceKeys, glob_free

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_CHUNK = 1024 * 1024


def gunzip(content: bytes) -> Iterator[bytes]:
    """Decompressed pieces of a gzip file of one or more members; zlib.error or EOFError at the damage.

    Zero bytes after a member are padding, as gzip itself treats them.
    """
    rest = content
    while rest.strip(b"\0"):
        member = zlib.decompressobj(_GZIP_WINDOW)
        for start in range(0, len(rest), _CHUNK):
            piece = member.decompress(rest[start : start + _CHUNK])
            if piece:
                yield piece
            if member.eof:
                rest = member.unused_data + rest[start + _CHUNK :]
                break
        else:
            tail = member.flush()
            if tail:
                yield tail
            raise EOFError("the gzip stream ends before its trailer")


def is_damaged(content: bytes) -> bool:
    """True when the content is no complete gzip file; an empty file has no row to lose and counts as whole."""
    try:
        for _ in gunzip(content):
            pass
    except (zlib.error, EOFError):
        return True
    return False


def salvage_lines(content: bytes) -> Iterator[tuple[bytes, bool]]:
    """(line, cut) of a damaged file: every complete line before the damage, then one row with cut=True that holds the
    part of the line at the damage, empty when the damage falls between two lines.

    Content that is no gzip at all, though its name says so, is read as plain text: then no line is cut.
    """
    if not content.startswith(_GZIP_MAGIC):
        for line in content.split(b"\n"):
            yield line, False
        return
    pending = b""
    try:
        for piece in gunzip(content):
            *lines, pending = (pending + piece).split(b"\n")
            for line in lines:
                yield line, False
    except (zlib.error, EOFError):
        yield pending, True
        return
    if pending:
        yield pending, False


def _contents(spark: SparkSession, paths: Iterable[str]) -> DataFrame:
    return spark.read.format("binaryFile").load([glob_free(path) for path in paths]).select("path", "content")


def find_damaged(spark: SparkSession, paths: Iterable[str], keys: SourceKeys) -> set[str]:
    """Keys of the damaged ones among `paths` that end in .gz."""
    listed = [path for path in paths if path.endswith(".gz")]
    if not listed:
        return set()
    key = keys.key
    rows = _contents(spark, listed).rdd
    return set(rows.filter(lambda row: is_damaged(bytes(row[1]))).map(lambda row: key(row[0])).collect())


def read_damaged(spark: SparkSession, paths: Iterable[str], keys: SourceKeys) -> DataFrame:
    """LINES_DDL rows of damaged files."""
    to_rows = _row_maker(keys.key)
    return spark.createDataFrame(_contents(spark, paths).rdd.flatMap(to_rows), LINES_DDL)


def _row_maker(key: Callable[[str], str]) -> Callable[..., Iterator[tuple[bytes, str, bool]]]:
    def to_rows(row: tuple[str, bytes]) -> Iterator[tuple[bytes, str, bool]]:
        for line, cut in salvage_lines(bytes(row[1])):
            yield line, key(row[0]), cut

    return to_rows
