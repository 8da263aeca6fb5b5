"""Raw objects to lines: which files count, what a line is, and where it came from.

A line ends at LF; a CR before it belongs to the ending. Blank lines are no rows: they are ignored and not counted. A
byte order mark at the start of a line is ignored when the line is parsed, but kept in the quarantined copy.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import date

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from .files import Files

# Rows of the reader: `bytes` as they are in the file, `source_file`, and `cut` for the tail of a damaged gzip stream.
LINES_DDL = "bytes binary, source_file string, cut boolean"

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:/*")
_LANDING = r"(?:^|/)year=(\d{4})/month=(\d{1,2})/day=(\d{1,2})/"
_LANDING_TEXT = r"(?:^|/)year=(\d{4}/month=\d{1,2}/day=\d{1,2})/"
_HOUR = re.compile(r"(year=\d{4}/month=\d{2}/day=\d{2}/hour=\d{2})/")
_NO_LANDING_DATE = date(1970, 1, 1)


# Hadoop would decompress these by their names, but only gzip can be salvaged when it is damaged.
UNSUPPORTED_SUFFIXES = (".bz2", ".deflate", ".lz4", ".lzo", ".snappy", ".xz", ".zst", ".zip")


def is_event_file(path: str) -> bool:
    """False for folder markers and for names that Hadoop hides (a leading `_` or `.`), which hold no events."""
    name = path.rsplit("/", 1)[-1]
    return bool(name) and not name.startswith(("_", ".")) and not name.endswith("_$folder$")


def supported_files(paths: Iterable[str]) -> list[str]:
    """Event files in order of their paths; others with an unsupported compression are named on stderr and stay new."""
    events = sorted(path for path in paths if is_event_file(path))
    refused = [path for path in events if path.endswith(UNSUPPORTED_SUFFIXES)]
    if refused:
        print(
            f"warning: {len(refused)} objects are not read, since they are neither plain nor gzip (first: {refused[0]}); "  # noqa: E501
            "write them as .json or .json.gz",
            file=sys.stderr,
            flush=True,
        )
    return [path for path in events if not path.endswith(UNSUPPORTED_SUFFIXES)]


class SourceKeys:
    """Turns full paths into `source_file`: the object's key in its bucket, so that the same objects in another bucket
    give the same rows; on other file systems the path relative to the raw folder's parent."""

    def __init__(self, files: Files, raw_path: str) -> None:
        base = files.qualified(raw_path.rstrip("/"))
        inner = _SCHEME.sub("", base)
        self._prefix = inner.split("/", 1)[0] + "/" if base.startswith("s3") else inner.rsplit("/", 1)[0] + "/"
        self._raw = inner + "/"

    def key(self, path: str) -> str:
        """Key of a path as Hadoop's FileSystem prints it."""
        return _SCHEME.sub("", path)[len(self._prefix) :]

    def hour(self, path: str) -> str | None:
        """Folder of the landing hour, `year=2026/month=03/day=10/hour=10`, of a path as Hadoop's FileSystem prints it;
        None for an object that does not lie in one directly below the raw folder."""
        inner = _SCHEME.sub("", path)
        found = _HOUR.match(inner[len(self._raw) :]) if inner.startswith(self._raw) else None
        return found[1] if found else None

    def column(self, encoded_path: Column) -> Column:
        """The same for a column of Spark's `_metadata.file_path`, which is percent-encoded."""
        # url_decode would read a plus sign as a blank, which it is in a form but not in a path.
        decoded = F.url_decode(F.replace(encoded_path, F.lit("+"), F.lit("%2B")))
        path = F.when(encoded_path.contains("%"), decoded).otherwise(encoded_path)
        return path.substr(F.instr(path, self._prefix) + len(self._prefix), F.length(path))


def read_lines(spark: SparkSession, paths: Iterable[str], keys: SourceKeys) -> DataFrame:
    """LINES_DDL rows of text files, gzip by their name; fails on a damaged gzip stream (see salvage.py)."""
    listed = list(paths)
    if not listed:
        return spark.createDataFrame([], LINES_DDL)
    rows = spark.read.option("lineSep", "\n").text([glob_free(path) for path in listed])
    return rows.select(
        F.col("value").cast("binary").alias("bytes"),
        keys.column(F.col("_metadata.file_path")).alias("source_file"),
        F.lit(False).alias("cut"),
    )


def glob_free(path: str) -> str:
    """Escapes what Spark would expand as a glob: an object key may hold any of these characters."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)


def landing_date(source_file: str) -> date:
    """UTC date in an object's key, 1970-01-01 where it has none or an impossible one."""
    found = re.search(_LANDING, source_file)
    try:
        return date(*(int(part) for part in found.groups())) if found else _NO_LANDING_DATE
    except ValueError:
        return _NO_LANDING_DATE


def day_folder(day: date) -> str:
    """Folder of a landing date below the raw folder: `year=2026/month=03/day=10`."""
    return f"year={day.year:04d}/month={day.month:02d}/day={day.day:02d}"


def with_landing_date(df: DataFrame) -> DataFrame:
    """Adds the column `landing_date`, as `landing_date` computes it."""
    # One short search a row: of a whole path with three groups it took a twentieth of a run.
    named = F.regexp_extract("source_file", _LANDING_TEXT, 1)
    found = F.replace(F.replace(named, F.lit("/month="), F.lit("-")), F.lit("/day="), F.lit("-")).cast("date")
    return df.withColumn("landing_date", F.coalesce(found, F.lit(_NO_LANDING_DATE)))


def with_line(df: DataFrame) -> DataFrame:
    """Turns `bytes` into `line` (text, whose bytes are those of the file) and `valid_utf8`, and drops blank lines.

    A row with `cut` is kept even when it is blank: it stands for the damaged file.
    """
    ends_in_cr = F.expr("substring(bytes, -1) = X'0D'")
    without_cr = F.expr("substring(bytes, 1, length(bytes) - 1)")
    # Spark keeps the bytes of a text file as they are, valid or not. They are carried once: each step of the plan has a
    # buffer of its own, which is twice the longest row, and a line may be as long as its file.
    line = F.when(ends_in_cr, without_cr).otherwise(F.col("bytes")).cast("string")
    rows = df.withColumn("line", line).drop("bytes")
    # The whole line is only looked through where its first byte does not tell.
    not_blank = F.col("line").startswith("{") | (F.btrim(without_mark(), F.lit(" \t\r")) != "")
    rows = rows.where(F.col("cut") | not_blank)
    # Decoding replaces bad bytes by U+FFFD, and nothing else.
    return rows.withColumn("valid_utf8", F.decode(line_bytes(), "UTF-8") == F.col("line"))


def without_mark() -> Column:
    """`line` without the byte order mark that it may start with."""
    return F.when(F.col("line").startswith("\ufeff"), F.expr("substring(line, 2)")).otherwise(F.col("line"))


def line_bytes() -> Column:
    """`line` as the bytes that it is in the file."""
    return F.col("line").cast("binary")
