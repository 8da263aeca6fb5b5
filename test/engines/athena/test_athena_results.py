"""The result file: what is written is what is read back, page by page."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st
from local_engines.athena.results import csv_line, read_page

texts = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12))


class Bucket:
    """An S3 client for one object."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def head_object(self, **_: str) -> dict[str, int]:
        return {"ContentLength": len(self.body)}

    def get_object(self, Range: str, **_: str) -> dict[str, io.BytesIO]:  # noqa: N803 - boto3's name
        first, last = Range.removeprefix("bytes=").split("-")
        return {"Body": io.BytesIO(self.body[int(first) : int(last) + 1])}


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), max_size=9)),
       st.integers(1, 4))  # fmt: skip
def test_what_is_written_is_what_is_read(rows: list[list[str | None]], limit: int) -> None:
    body = "".join(csv_line(row) for row in rows).encode()
    found: list[list[str | None]] = []
    offset: int | None = 0
    while offset is not None and body:
        page, offset = read_page(Bucket(body), "s3://b/k", offset, limit, True)
        assert len(page) <= limit
        found += page
    assert found == rows
    # Any CSV reader gives the same, but for what only Athena's form tells apart: null and nothing.
    assert [[cell or "" for cell in row] for row in rows] == [
        row or [""] for row in csv.reader(io.StringIO(body.decode()))
    ]
