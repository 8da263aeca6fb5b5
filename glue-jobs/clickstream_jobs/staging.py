"""Lines to staged rows: judged once, written as Parquet, counted in the same pass.

The dates that rows touch must be known before the partitions to merge with can be read, and reading staged columns
again is cheaper than parsing JSON again.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from .errors import ReadError
from .files import Files
from .mappings import FieldMapping
from .matching import WHOSE, Listed
from .quality import RULES, Bounds, quality_metrics, quality_score
from .raw import SourceKeys, read_lines
from .salvage import find_damaged, read_damaged
from .tables import load_table
from .transform import with_judged_events


@dataclass(frozen=True)
class Staged:
    """Judged rows of a run, and what one pass over them counted."""

    rows: DataFrame
    counts: dict[str, Any]

    def __getitem__(self, name: str) -> int:
        return int(self.counts.get(name) or 0)

    def dates(self, name: str) -> set[date]:
        """Dates that the pass collected under this name."""
        text = self.counts.get(name) or ""
        return {date.fromisoformat(day) for day in text.split(",") if day}

    @property
    def score(self) -> float:
        """Percent of rows that break no rule."""
        return quality_score(self["read"] - self["suppressed"], self["quarantined"])

    @property
    def suppressed_files(self) -> dict[str, list[str]]:
        """Source files of suppressed rows, by the hash of the person."""
        files: dict[str, list[str]] = {}
        for pair in sorted((self.counts.get("suppressed_files") or "").split("\n")):
            whose, comma, source = pair.partition(",")
            if comma:
                files.setdefault(whose, []).append(source)
        return files

    @property
    def by_rule(self) -> dict[str, int]:
        """Rows that broke each rule, of the rules that were broken."""
        return {rule.id: self[rule.id] for rule in RULES if self[rule.id]}


class Stager:
    """Stages lines in one folder, which its user deletes."""

    def __init__(
        self,
        spark: SparkSession,
        keys: SourceKeys,
        bounds: Bounds,
        key: bytes,
        mappings: Sequence[FieldMapping],
        suppressed: Listed | None = None,
    ) -> None:
        self._spark = spark
        self._keys = keys
        self._bounds = bounds
        self._key = key
        self._mappings = mappings
        # Without people on it the list costs nothing.
        self._suppressed = suppressed if suppressed is not None and suppressed.people else None

    def files(self, paths: list[str], folder: str, dates: Collection[date] | None = None) -> Staged:
        """Lines of raw files; those of damaged gzip files up to the damage.

        :param dates: only good rows of these dates, as if there were no others; None for all rows.
        """
        try:
            return self.lines(read_lines(self._spark, paths, self._keys), folder, dates)
        except (PySparkException, Py4JError) as cause:
            damaged = self._find_damaged(paths, cause)
            print(
                f"{len(damaged)} damaged gzip files, read up to the damage: {', '.join(sorted(damaged)[:5])}",
                file=sys.stderr,
                flush=True,
            )
        whole = [path for path in paths if self._keys.key(path) not in damaged]
        rest = [path for path in paths if self._keys.key(path) in damaged]
        lines = read_lines(self._spark, whole, self._keys).unionByName(read_damaged(self._spark, rest, self._keys))
        return self.lines(lines, folder, dates)

    def lines(self, lines: DataFrame, folder: str, dates: Collection[date] | None = None) -> Staged:
        """Rows of raw.LINES_DDL; `dates` as in `files`."""
        observed = Observation(f"quality {folder}")
        judged = with_judged_events(
            lines, self._bounds, self._key, load_table("events"), self._mappings, self._suppressed
        )
        if dates is not None:
            # Spark pushes a filter below what it does not observe, and would copy all rules into it, without an end.
            everything = judged.observe(Observation(f"lines {folder}"), F.count(F.lit(1)).alias("lines"))
            judged = everything.where(F.col("rule_ids").isNull() & F.col("event_date").isin(*dates))
        Files(self._spark).delete(folder)
        if self._suppressed is None:
            kept = judged.observe(observed, *quality_metrics())
        else:
            kept = judged.observe(observed, *quality_metrics(WHOSE)).where(F.col(WHOSE).isNull()).drop(WHOSE)
        kept.write.parquet(folder)
        return Staged(self._spark.read.schema(kept.schema).parquet(folder), observed.get)

    def _find_damaged(self, paths: list[str], cause: Exception) -> set[str]:
        """Damaged files behind a failed read; ReadError when there is none, so the failure is another one."""
        try:
            damaged = find_damaged(self._spark, paths, self._keys)
        except (PySparkException, Py4JError):
            damaged = set()
        if not damaged:
            text = " ".join(str(cause).split("JVM stacktrace")[0].split())[:500]
            raise ReadError(
                f"{len(paths)} raw objects, first {paths[0]}, cannot be read: {text}; "
                "nothing was published, run the job again"
            ) from cause
        return damaged
