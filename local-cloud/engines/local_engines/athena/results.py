"""Result files: written as Athena writes them, read back page by page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from ..lake.files import split_url

#: One row of a page is rarely above 1 KB; a longer one makes the reader fetch more.
_CHUNK_BYTES = 1024 * 1024
_FIELD = re.compile(rb'(?:"((?:[^"]|"")*)"|([^",\n]*))([,\n])')

Row = Sequence[str | None]


def csv_line(row: Row) -> str:
    """Every value in quotes; a null is empty, without quotes."""
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"


def write_csv(target: BinaryIO, header: Sequence[str], rows: Iterable[Row]) -> int:
    """Writes the header and the rows; returns the number of rows."""
    target.write(csv_line(header).encode())
    count = 0
    for row in rows:
        target.write(csv_line(row).encode())
        count += 1
    return count


def metadata(columns: Sequence[dict[str, Any]]) -> bytes:
    """The `.metadata` object. AWS writes an undocumented binary form; here it is the columns as JSON."""
    return json.dumps({"ResultSetMetadata": {"ColumnInfo": list(columns)}}).encode()


def read_page(
    s3: Any, location: str, offset: int, limit: int, is_csv: bool
) -> tuple[list[list[str | None]], int | None]:
    """At most `limit` rows from a byte offset of a result file; also the offset of the next page, None at the end."""
    bucket, key = split_url(location)
    size = int(s3.head_object(Bucket=bucket, Key=key)["ContentLength"])
    rows: list[list[str | None]] = []
    buffer = b""
    at = 0
    fetched = offset
    while len(rows) < limit:
        found = _csv_row(buffer, at) if is_csv else _text_row(buffer, at)
        if found is not None:
            row, at = found
            rows.append(row)
        elif fetched < size:
            # A row that is longer than a chunk doubles the next one.
            buffer = buffer[at:]
            offset += at
            at = 0
            end = min(fetched + max(_CHUNK_BYTES, len(buffer)), size)
            answer = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={fetched}-{end - 1}")
            buffer += answer["Body"].read()
            fetched = end
        else:
            break
    return rows, offset + at if offset + at < size else None


def _csv_row(data: bytes, at: int) -> tuple[list[str | None], int] | None:
    row: list[str | None] = []
    while (match := _FIELD.match(data, at)) is not None:
        quoted, plain, end = match.groups()
        row.append(quoted.decode().replace('""', '"') if quoted is not None else plain.decode() or None)
        at = match.end()
        if end == b"\n":
            return row, at
    return None


def _text_row(data: bytes, at: int) -> tuple[list[str | None], int] | None:
    end = data.find(b"\n", at)
    return None if end < 0 else ([data[at:end].decode()], end + 1)
