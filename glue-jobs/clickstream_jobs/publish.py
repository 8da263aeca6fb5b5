"""Publish protocol: write a run folder, then move the catalog's location to it, then sweep what nothing refers to.

A reader sees the old folder or the new one. A killed run leaves an unreferenced folder, which `sweep` deletes after a
grace period that is longer than any query reading the folder before.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import date

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .catalog import Catalog
from .files import Files
from .tables import Target, conform, no_rows

_RUN = "run"


def run_folder(target: Target, run_id: str, day: date | None = None) -> str:
    """Folder of one run, for one date of a partitioned table or for the whole of an unpartitioned one."""
    if day is None:
        return f"{target.base}/{_RUN}={run_id}"
    return f"{target.base}/{target.spec.partition_column}={day.isoformat()}/{_RUN}={run_id}"


def write_partitions(
    df: DataFrame, target: Target, run_id: str, dates: Iterable[date], order: Sequence[str] | None = None
) -> dict[date, str]:
    """Writes the run folders of `dates`, unpublished, and returns {date: folder} of the dates that got a file.

    `df` has the table's columns and its date; every date of it must be in `dates`. Run folders that an earlier attempt
    with the same run id left are deleted first.

    :param order: for rows that lie in few large partitions already: no shuffle, and this order within a file.
    """
    spark = df.sparkSession
    files = Files(spark)
    folders = {day: run_folder(target, run_id, day) for day in dates}
    if not folders:
        return {}
    for folder in folders.values():
        files.delete(folder)
    column = target.spec.partition_column
    rows = conform(df, target.spec).withColumn(_RUN, F.lit(run_id))
    if order is None:
        # Rebalancing by date gives each date few files of the advisory size and splits the dates that are larger.
        # As SQL, since DataFrame.hint accepts no column names for this hint.
        rows = spark.sql(f"SELECT /*+ REBALANCE(`{column}`) */ * FROM {{rows}}", rows=rows)
    # Without this every file would hold the rows of several dates in turn, with one open writer each.
    rows = rows.sortWithinPartitions(column, *(order or ()))
    rows.write.mode("append").partitionBy(column, _RUN).parquet(target.base)
    return {day: folder for day, folder in folders.items() if files.exists(folder)}


def write_table(df: DataFrame, target: Target, run_id: str) -> str:
    """Writes the run folder of an unpartitioned table, unpublished, and returns it."""
    folder = run_folder(target, run_id)
    Files(df.sparkSession).delete(folder)
    conform(df, target.spec).hint("rebalance").write.mode("append").parquet(folder)
    return folder


def move_partitions(catalog: Catalog, target: Target, dates: Iterable[date], written: dict[date, str]) -> None:
    """Publishes: dates with a folder in `written` move to it, the other `dates` (now without a row) are removed."""
    name = target.spec.name
    catalog.set_partitions(target.database, name, written)
    empty = [day for day in dates if day not in written]
    if empty:
        catalog.remove_partitions(target.database, name, empty)


def publish_partitioned(
    df: DataFrame, target: Target, run_id: str, catalog: Catalog, dates: Iterable[date]
) -> dict[date, str]:
    """write_partitions followed by move_partitions, for callers with nothing to check between the two."""
    days = sorted(set(dates))
    written = write_partitions(df, target, run_id, days)
    move_partitions(catalog, target, days, written)
    return written


def publish_table(df: DataFrame, target: Target, run_id: str, catalog: Catalog) -> str:
    """Writes an unpartitioned table and moves its location to the run folder, which is returned."""
    folder = write_table(df, target, run_id)
    catalog.set_table_location(target.database, target.spec.name, folder)
    return folder


def read_partitions(
    spark: SparkSession, catalog: Catalog, target: Target, dates: Iterable[date] | None = None
) -> DataFrame:
    """Published rows of `dates` (of all dates when None), partition column included; empty with the right schema
    when none is registered.

    The folders come from the catalog, never from a listing: a listing would see the folders of killed runs too.
    """
    locations = catalog.partitions(target.database, target.spec.name, dates)
    return read_locations(spark, target, locations)


def read_locations(spark: SparkSession, target: Target, locations: dict[date, str]) -> DataFrame:
    """Rows of explicit run folders, {date: folder}; the date comes from the folder's name."""
    if not locations:
        return no_rows(spark, target.spec)
    column = target.spec.partition_column
    rows = spark.read.schema(target.spec.ddl).option("basePath", target.base).parquet(*locations.values())
    return rows.select(*target.spec.data_names, F.col(column).cast("date").alias(column))


def rows_more(spark: SparkSession, target: Target, written: dict[date, str], before: DataFrame) -> int:
    """Rows in the folders of `written` minus rows of `before`, counted by the Parquet footers in one action."""
    after = read_locations(spark, target, written)
    both = after.select(F.lit(1).alias("rows")).union(before.select(F.lit(-1).alias("rows")))
    found = both.agg(F.sum("rows")).first()
    return 0 if found is None else int(found[0] or 0)


def read_table(spark: SparkSession, catalog: Catalog, target: Target) -> DataFrame:
    """Published rows of an unpartitioned table; empty with the right schema before its first run."""
    location = catalog.table_location(target.database, target.spec.name)
    # Before the first run the location is the base folder: it holds run folders of killed runs at most.
    if f"/{_RUN}=" not in location or not Files(spark).exists(location):
        return no_rows(spark, target.spec)
    return spark.read.schema(target.spec.ddl).parquet(location)


def sweep(spark: SparkSession, target: Target, referenced: Iterable[str], grace_hours: float) -> list[str]:
    """Deletes run folders below the table's base that are not in `referenced` and whose newest file is older than
    `grace_hours`; left-overs of killed committers too. Returns the deleted folders."""
    files = Files(spark)
    base = files.qualified(target.base)
    kept = {files.qualified(folder) for folder in referenced}
    newest: dict[str, int] = {}
    for info in files.list_files(base):
        parts = info.path[len(base) + 1 :].split("/")
        # Run folders, and what a committer leaves when it is killed (_temporary, __magic_job-...).
        depth = next((i for i, part in enumerate(parts[:-1]) if part.startswith((f"{_RUN}=", "_", "."))), None)
        if depth is None:
            continue
        folder = "/".join([base, *parts[: depth + 1]])
        newest[folder] = max(newest.get(folder, 0), info.modified_ms)
    limit = time.time() * 1000 - grace_hours * 3_600_000
    gone = sorted(folder for folder, modified in newest.items() if folder not in kept and modified <= limit)
    for folder in gone:
        files.delete(folder)
    return gone
