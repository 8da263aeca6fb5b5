"""One row an event_id. Which one stays depends on the rows alone, never on the order in which they arrived."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from .hashing import row_hash
from .tables import require_columns

RANK = "_rank"
_HASH = "_hash"


def with_duplicate_rank(df: DataFrame) -> DataFrame:
    """Adds `_rank`: 1 for the row of an event_id that stays, more for its duplicates.

    The smallest (event_ts, source_file, hash of all columns) stays. It is a minimum, so merging runs in any order and
    in any split gives what one run over everything gives.
    """
    require_columns(df, ["event_id", "event_ts", "source_file"], "the DataFrame to deduplicate")
    window = Window.partitionBy("event_id").orderBy("event_ts", F.col("source_file"), _HASH)
    ranked = df.withColumn(_HASH, row_hash(sorted(df.columns))).withColumn(RANK, F.row_number().over(window))
    return ranked.drop(_HASH)


def without_duplicates(df: DataFrame) -> DataFrame:
    """Only the rows that stay."""
    return with_duplicate_rank(df).where(F.col(RANK) == 1).drop(RANK)
