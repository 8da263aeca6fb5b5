"""Quarantined rows judged again by today's rules and mappings, without their raw files."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from .publish import read_locations
from .silver_settings import ANY_RULE, Replay
from .silver_tables import SilverTables, Written
from .staging import Staged, Stager


def replay_quarantine(
    spark: SparkSession, tables: SilverTables, stager: Stager, replay: Replay, merge: Callable[[Staged], Written]
) -> tuple[Staged, Written]:
    """Publishes the rows that are good now, and takes them out of quarantine; returns what was judged, and the events.

    Both tables are written and checked first, then events move, then quarantine: a run that is killed between leaves
    rows in both, and its repeat finds them to be duplicates and ends in the same tables.

    :param merge: merges the staged rows into events, unpublished.
    """
    target = tables.quarantine
    present = {day: at for day, at in tables.quarantined().items() if day in replay.days}
    rows = read_locations(spark, target, present)
    chosen = rows.where(_chosen(replay))
    staged = stager.lines(quarantined_lines(chosen), tables.staging_folder)
    if staged["read"] == 0:
        return staged, Written(target, [], {})
    column = target.spec.partition_column
    # Suppressed rows are not staged, but leave quarantine too.
    judged = chosen if staged["suppressed"] else staged.rows
    touched = sorted(row[0] for row in judged.select(column).distinct().collect())
    others = read_locations(spark, target, {day: present[day] for day in touched}).where(~_chosen(replay))
    events = merge(staged)
    quarantine = tables.write_quarantine(staged, others, touched)
    tables.publish(events)
    tables.publish(quarantine)
    return staged, events


def _chosen(replay: Replay) -> Column:
    chosen = F.lit(True) if replay.rule == ANY_RULE else F.array_contains("rule_ids", replay.rule)
    if replay.file is not None:
        chosen = chosen & (F.col("source_file") == replay.file)
    return F.coalesce(chosen, F.lit(False))


def quarantined_lines(rows: DataFrame, *others: str) -> DataFrame:
    """The rows as the raw reader gives them (raw.LINES_DDL), and other columns of theirs."""
    as_read = F.when(F.col("line_encoding") == "base64", F.unbase64("line")).otherwise(F.col("line").cast("binary"))
    return rows.select(
        # The end of the line is not quarantined; without one, a CR that belongs to the line would be taken for it.
        F.concat(as_read, F.lit("\r").cast("binary")).alias("bytes"),
        "source_file",
        F.array_contains("rule_ids", "truncated_file").alias("cut"),
        *others,
    )
