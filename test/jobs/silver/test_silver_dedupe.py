"""One row an event_id, whether few ids are repeated or too many to be told apart beforehand."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from clickstream_jobs.dedupe import without_duplicates
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

SCHEMA = "event_id string, event_ts timestamp, source_file string, value int, generation int"


def rows_of(spark: SparkSession, rows: Iterable[tuple[str, int, str, int, int]]) -> DataFrame:
    seconds = spark.createDataFrame(list(rows), SCHEMA.replace("timestamp", "int"))
    return seconds.withColumn("event_ts", F.timestamp_seconds("event_ts"))


def kept(df: DataFrame, generation: str | None = "generation", **options: int) -> tuple[list[tuple[object, ...]], int]:
    """Rows that stay, in order, and how many the count says were removed."""
    with without_duplicates(df, generation, **options) as (rows, removed):
        found = sorted(tuple(row) for row in rows.collect())
        return found, removed()


def expected(rows: Iterable[tuple[str, int, str, int, int]]) -> dict[str, tuple[int, str, int]]:
    """What must stay of each id where (event_ts, source_file, generation) tell its rows apart."""
    first: dict[str, tuple[int, str, int, int]] = {}
    for event_id, at, source, value, generation in rows:
        mine = (at, source, generation, value)
        first[event_id] = min(first.get(event_id, mine), mine)
    return {event_id: (at, source, value) for event_id, (at, source, _, value) in first.items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("most", [0, 5, 1000])
def test_the_first_of_each_id_stays(spark: SparkSession, seed: int, most: int) -> None:
    chance = random.Random(seed)
    rows = list(
        {
            (f"id{chance.randrange(40)}", chance.randrange(3), f"f{chance.randrange(3)}", chance.randrange(2)): None
            for _ in range(120)
        }
    )
    lines = [(event_id, at, source, value, generation) for value, (event_id, at, source, generation) in enumerate(rows)]
    found, removed = kept(rows_of(spark, lines), max_repeated=most)
    want = expected(lines)
    assert {row[0]: (int(row[1].timestamp()), row[2], row[3]) for row in found} == want  # type: ignore[attr-defined]
    assert len(found) == len(want)
    assert removed == len(lines) - len(want)


def test_rows_of_ids_that_are_there_once_are_not_moved(spark: SparkSession) -> None:
    df = rows_of(spark, [("a", 1, "f", 1, 0), ("b", 1, "f", 2, 0), ("b", 2, "f", 3, 0)])
    with without_duplicates(df) as (rows, _):
        once, repeated = rows._jdf.queryExecution().optimizedPlan().toString().split("Window", 1)[0], rows.collect()
    assert "LeftAnti" in once
    assert sorted(row["value"] for row in repeated) == [1, 2]


def test_without_a_repeated_id_there_is_nothing_to_compare(spark: SparkSession) -> None:
    df = rows_of(spark, [("a", 1, "f", 1, 0), ("b", 1, "f", 2, 1)])
    with without_duplicates(df, "generation") as (rows, removed):
        assert "Window" not in rows._jdf.queryExecution().optimizedPlan().toString()
        assert rows.columns == ["event_id", "event_ts", "source_file", "value"]
        assert rows.count() == 2
        assert removed() == 0


def test_nothing_stays_in_memory(spark: SparkSession) -> None:
    before = spark.sparkContext._jsc.getPersistentRDDs().size()
    kept(rows_of(spark, [("a", 1, "f", 1, 0), ("a", 2, "f", 2, 0)]))
    assert spark.sparkContext._jsc.getPersistentRDDs().size() == before
