"""What a line costs that is far too long: a task holds it, with every step's buffer, in the memory of one worker."""

from __future__ import annotations

import pytest
from clickstream_jobs.matching import with_fields
from clickstream_jobs.quality import MAX_LINE_BYTES
from clickstream_jobs.raw import LINES_DDL, line_bytes
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

LENGTH = 4 * MAX_LINE_BYTES


@pytest.mark.parametrize(
    ("filler", "ending"),
    [(b"x", b""), (b"x", b"\r"), (b"\xff", b"")],
    ids=["text", "with a carriage return", "no UTF-8"],
)
def test_a_long_line_is_carried_once(spark: SparkSession, filler: bytes, ending: bytes) -> None:
    long = b"\xef\xbb\xbf" + filler * LENGTH
    rows = with_fields(spark.createDataFrame([(long + ending, "a.json", False)], LINES_DDL))
    texts = [name for name, kind in rows.dtypes if kind in ("string", "binary")]
    sizes = rows.select([F.octet_length(name).alias(name) for name in texts]).collect()[0].asDict()
    assert {name: size for name, size in sizes.items() if (size or 0) >= LENGTH} == {"line": len(long)}
    assert rows.select(line_bytes()).collect()[0][0] == long
