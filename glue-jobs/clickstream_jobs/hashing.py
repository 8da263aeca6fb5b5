"""Order-independent hash of a table's rows: how tests and the demo prove that a second run changed nothing."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def row_hash(names: list[str]) -> Column:
    """64-bit hash of one row. Null flags are hashed too: xxhash64 skips nulls, so (null, a) would equal (a, null)."""
    parts: list[Column] = []
    for name in names:
        parts += [F.col(name).isNull(), F.col(name)]
    return F.xxhash64(*parts)


def table_hash(df: DataFrame) -> str:
    """`<rows>:<sum of the row hashes>`; equal for equal multisets of rows, whatever their order, files and folders.

    Columns are taken in the order of their names. The sum is a decimal(38,0), so it cannot overflow below 10^19 rows.
    """
    total = F.sum(row_hash(sorted(df.columns)).cast("decimal(38,0)"))
    found = df.agg(F.count(F.lit(1)).alias("rows"), F.coalesce(total, F.lit(0)).alias("total")).first()
    if found is None:
        return "0:0"
    return f"{found['rows']}:{int(found['total'])}"
