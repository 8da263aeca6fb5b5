"""Publish protocol on file paths: swap, removal, reruns, killed runs, sweep."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from clickstream_jobs.errors import CatalogError, TableError
from clickstream_jobs.files import Files
from clickstream_jobs.hashing import table_hash
from clickstream_jobs.publish import (
    move_partitions,
    publish_partitioned,
    publish_table,
    read_partitions,
    read_table,
    sweep,
    write_partitions,
)
from clickstream_jobs.tables import Target, load_table
from fakes import FakeCatalog
from pyspark.sql import DataFrame, SparkSession

DAY1, DAY2 = date(2026, 1, 1), date(2026, 1, 2)


def rows(spark: SparkSession, *pairs: tuple[str, date]) -> DataFrame:
    data = [(["json"], event_id, "f", "x", "utf-8", day) for event_id, day in pairs]
    return spark.createDataFrame(data, load_table("quarantine").ddl)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target("silver", load_table("quarantine"), f"{tmp_path}/quarantine/")


def ids(df: DataFrame) -> list[tuple[str, str]]:
    return sorted((row["event_id"], str(row["landing_date"])) for row in df.collect())


def test_unpublished_rows_are_not_seen_and_a_move_swaps_them(spark: SparkSession, target: Target) -> None:
    catalog = FakeCatalog()
    assert ids(read_partitions(spark, catalog, target)) == []
    publish_partitioned(rows(spark, ("a", DAY1), ("b", DAY2)), target, "r1", catalog, [DAY1, DAY2])
    written = write_partitions(rows(spark, ("c", DAY1)), target, "r2", [DAY1])
    assert ids(read_partitions(spark, catalog, target)) == [("a", "2026-01-01"), ("b", "2026-01-02")]
    move_partitions(catalog, target, [DAY1], written)
    assert ids(read_partitions(spark, catalog, target)) == [("b", "2026-01-02"), ("c", "2026-01-01")]
    assert ids(read_partitions(spark, catalog, target, [DAY1])) == [("c", "2026-01-01")]


def test_a_touched_date_without_rows_is_removed(spark: SparkSession, target: Target) -> None:
    catalog = FakeCatalog()
    publish_partitioned(rows(spark, ("a", DAY1), ("b", DAY2)), target, "r1", catalog, [DAY1, DAY2])
    publish_partitioned(rows(spark), target, "r2", catalog, [DAY2])
    assert ids(read_partitions(spark, catalog, target)) == [("a", "2026-01-01")]


def test_the_same_run_id_twice_does_not_double_rows(spark: SparkSession, target: Target) -> None:
    catalog = FakeCatalog()
    for _ in range(2):
        publish_partitioned(rows(spark, ("a", DAY1)), target, "r1", catalog, [DAY1])
    assert ids(read_partitions(spark, catalog, target)) == [("a", "2026-01-01")]


def test_a_failed_move_leaves_the_old_rows(spark: SparkSession, target: Target) -> None:
    catalog = FakeCatalog()
    publish_partitioned(rows(spark, ("a", DAY1)), target, "r1", catalog, [DAY1])
    catalog.fail_next_move = True
    with pytest.raises(CatalogError):
        publish_partitioned(rows(spark, ("b", DAY1)), target, "r2", catalog, [DAY1])
    assert ids(read_partitions(spark, catalog, target)) == [("a", "2026-01-01")]


def test_sweep_deletes_only_old_unreferenced_folders(spark: SparkSession, target: Target) -> None:
    catalog = FakeCatalog()
    publish_partitioned(rows(spark, ("a", DAY1)), target, "r1", catalog, [DAY1])
    killed = write_partitions(rows(spark, ("b", DAY1)), target, "killed", [DAY1])[DAY1]
    committer = Path(target.base) / "_temporary" / "0"
    committer.mkdir(parents=True)
    (committer / "part-0").write_text("half")
    kept = catalog.partitions("silver", "quarantine").values()
    assert sweep(spark, target, kept, 24) == []
    gone = sweep(spark, target, kept, 0)
    assert [folder.rsplit("/", 1)[1] for folder in gone] == ["_temporary", "run=killed"]
    assert not Path(killed).exists()
    assert ids(read_partitions(spark, catalog, target)) == [("a", "2026-01-01")]


def test_a_table_moves_as_a_whole(spark: SparkSession, tmp_path: Path) -> None:
    users = Target("gold", load_table("dim_users"), f"{tmp_path}/dim_users/")
    catalog = FakeCatalog({("gold", "dim_users"): users.base_path})
    assert read_table(spark, catalog, users).count() == 0
    frame = spark.createDataFrame([("u1", *[None] * (len(users.spec.names) - 1))], users.spec.ddl)
    folder = publish_table(frame, users, "r1", catalog)
    assert catalog.table_location("gold", "dim_users") == folder
    assert [row["user_id"] for row in read_table(spark, catalog, users).collect()] == ["u1"]


def test_a_missing_column_is_named(spark: SparkSession, target: Target) -> None:
    with pytest.raises(TableError, match="line_encoding"):
        write_partitions(rows(spark, ("a", DAY1)).drop("line_encoding"), target, "r1", [DAY1])


def test_table_hash_ignores_order_but_not_nulls_or_counts(spark: SparkSession) -> None:
    def hash_of(*data: tuple[str | None, str | None]) -> str:
        return table_hash(spark.createDataFrame(list(data), "a string, b string"))

    assert hash_of(("x", "y"), ("z", None)) == hash_of(("z", None), ("x", "y"))
    assert hash_of(("x", None)) != hash_of((None, "x"))
    assert hash_of(("x", "y")) != hash_of(("x", "y"), ("x", "y"))
    assert hash_of() == "0:0"


def test_state_text_is_replaced_whole(spark: SparkSession, tmp_path: Path) -> None:
    files = Files(spark)
    path = f"{tmp_path}/state/job.json"
    assert files.read_text(path) is None
    for text in ("one", "zwei ✓"):
        files.write_text(path, text)
        assert files.read_text(path) == text
