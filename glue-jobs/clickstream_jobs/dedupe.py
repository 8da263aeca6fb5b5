"""One row an event_id. Which one stays depends on the rows alone, never on the order in which they arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark.sql import DataFrame, Observation, Window
from pyspark.sql import functions as F

from .hashing import row_hash
from .tables import require_columns

#: Repeated ids that fit in a broadcast: 8 bytes each, in a hash table of some 30 MB on each executor.
MAX_REPEATED = 1_000_000

_RANK = "_rank"
_HASH = "_hash"
_REPEATED = "_repeated"


@contextmanager
def without_duplicates(
    df: DataFrame, generation: str | None = None, max_repeated: int = MAX_REPEATED
) -> Iterator[tuple[DataFrame, Callable[[], int]]]:
    """The rows that stay, and how many did not, to be asked for after the rows were written once.

    The smallest (event_ts, source_file, hash of all columns) stays. It is a minimum, so merging runs in any order and
    in any split gives what one run over everything gives.

    Nearly every id is there once. Which are not is told from hashes of the ids alone, and only the rows of those are
    moved, sorted and compared; ids that share a hash are compared in vain, which changes nothing.

    :param generation: a column that counts readings of the same file, 0 the newest, which is dropped: a line that was
        read again (after a mapping, say) replaces what it was read as before. A file is always read as a whole, so
        the newest reading of it holds the minimum of its lines.
    :param max_repeated: with more repeated ids than that, all rows are compared.
    """
    require_columns(df, ["event_id", "event_ts", "source_file"], "the DataFrame to deduplicate")
    of_id = F.xxhash64("event_id")
    times = df.groupBy(of_id.alias(_REPEATED)).agg(F.count(F.lit(1)).alias("times"))
    repeated = times.where("times > 1").select(_REPEATED).persist()
    try:
        found = repeated.count()
        columns = [name for name in df.columns if name != generation]
        if found == 0:
            # No observation: Spark would drop the empty side of a union with all that observes it, and never answer.
            yield df.select(*columns), lambda: 0
            return
        removed = Observation()
        if found > max_repeated:
            yield _first_of_each(df, generation, removed), lambda: _count(removed)
            return
        few = F.broadcast(repeated)
        once = df.join(few, of_id == few[_REPEATED], "left_anti").select(*columns)
        more = df.join(few, of_id == few[_REPEATED], "left_semi")
        yield once.unionByName(_first_of_each(more, generation, removed)), lambda: _count(removed)
    finally:
        repeated.unpersist()


def _first_of_each(df: DataFrame, generation: str | None, removed: Observation) -> DataFrame:
    """One row of each event_id; `removed` counts the others."""
    newest_first = [] if generation is None else [generation]
    columns = [name for name in df.columns if name != generation]
    window = Window.partitionBy("event_id").orderBy("event_ts", "source_file", *newest_first, _HASH)
    ranked = df.withColumn(_HASH, row_hash(sorted(columns))).withColumn(_RANK, F.row_number().over(window))
    others = F.sum(F.when(F.col(_RANK) > 1, 1).otherwise(0)).alias("removed")
    return ranked.observe(removed, others).where(F.col(_RANK) == 1).select(*columns)


def _count(removed: Observation) -> int:
    return int(removed.get["removed"] or 0)
