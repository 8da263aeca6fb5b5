"""One row an event_id. Which one stays depends on the rows alone, never on the order in which they arrived."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from .hashing import row_hash
from .tables import require_columns

RANK = "_rank"
_HASH = "_hash"


def with_duplicate_rank(df: DataFrame, generation: str | None = None) -> DataFrame:
    """Adds `_rank`: 1 for the row of an event_id that stays, more for its duplicates.

    The smallest (event_ts, source_file, hash of all columns) stays. It is a minimum, so merging runs in any order and
    in any split gives what one run over everything gives.

    :param generation: a column that counts readings of the same file, 0 the newest, which is dropped: a line that was
        read again (after a mapping, say) replaces what it was read as before. A file is always read as a whole, so
        the newest reading of it holds the minimum of its lines.
    """
    require_columns(df, ["event_id", "event_ts", "source_file"], "the DataFrame to deduplicate")
    first = [] if generation is None else [generation]
    columns = sorted(name for name in df.columns if name not in first)
    window = Window.partitionBy("event_id").orderBy("event_ts", "source_file", *first, _HASH)
    ranked = df.withColumn(_HASH, row_hash(columns)).withColumn(RANK, F.row_number().over(window))
    return ranked.drop(_HASH, *first)


def without_duplicates(df: DataFrame) -> DataFrame:
    """Only the rows that stay."""
    return with_duplicate_rank(df).where(F.col(RANK) == 1).drop(RANK)
