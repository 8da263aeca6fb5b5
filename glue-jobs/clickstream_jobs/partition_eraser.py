"""People's rows out of the partitions of one table: the files that hold some are written anew, the others are copied.

Nothing here touches the catalog: what is written is checked, and published by its user.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlsplit

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .errors import ConservationError
from .files import Files
from .marks import Mark
from .matching import WHOSE
from .publish import read_locations, rows_more, run_folder, write_partitions
from .tables import Target

_FILE = "_file"
_COPY_THREADS = 8


class Copier(Protocol):
    """Copies one file inside its store; `uri` is scheme://bucket/key."""

    def copy(self, source: str, target: str) -> None:
        """Copies the bytes without reading them here, where the store can."""


class S3Copier:
    """Copier by a boto3 `s3` client; silver's files are far below the 5 GiB of one CopyObject call."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def copy(self, source: str, target: str) -> None:
        self._client.copy_object(**_place(target), CopySource=_place(source))


@dataclass(frozen=True)
class Hits:
    """Rows of people in one table, from one scan of it."""

    #: {request: {date: rows}}
    rows: dict[str, dict[date, int]] = field(default_factory=dict)
    #: {request: raw objects}
    sources: dict[str, set[str]] = field(default_factory=dict)
    #: {date: names of files that hold some}
    files: dict[date, set[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All rows."""
        return sum(rows for days in self.rows.values() for rows in days.values())


@dataclass(frozen=True)
class Cleaned:
    """Folders without the people's rows, unpublished."""

    touched: list[date]
    folders: dict[date, str]
    rewritten: int = 0
    copied: int = 0

    def report(self) -> dict[str, int]:
        """What a report says of the files."""
        return {"rewritten": self.rewritten, "copied": self.copied}


class PartitionEraser:
    """Finds and leaves out rows of one table."""

    def __init__(self, spark: SparkSession, target: Target, run_id: str, mark: Mark, copier: Copier) -> None:
        self._spark, self._target, self._run_id, self._mark, self._copier = spark, target, run_id, mark, copier
        self._files = Files(spark)

    def find(self, locations: Mapping[date, str]) -> Hits:
        """Rows of the people in these partitions."""
        hits, column = Hits(), self._target.spec.partition_column
        if not locations:
            return hits
        marked = self._mark(_with_file(read_locations(self._spark, self._target, dict(locations))))
        grouped = marked.where(F.col(WHOSE).isNotNull()).groupBy(WHOSE, column, _FILE)
        for row in grouped.agg(F.count(F.lit(1)).alias("n"), F.collect_set("source_file").alias("sources")).collect():
            days = hits.rows.setdefault(row[WHOSE], {})
            days[row[column]] = days.get(row[column], 0) + row["n"]
            hits.sources.setdefault(row[WHOSE], set()).update(row["sources"])
            hits.files.setdefault(row[column], set()).add(row[_FILE])
        return hits

    def write(self, locations: Mapping[date, str], hits: Hits) -> Cleaned:
        """The partitions of `hits` without these rows. ConservationError when another row is gone, or one is there."""
        touched = sorted(hits.files)
        if not touched:
            return Cleaned([], {})
        before = {day: locations[day] for day in touched}
        present = {day: _data_files(self._files, folder) for day, folder in before.items()}
        rest = {day: sorted(set(present[day]) - hits.files[day]) for day in touched}
        held = {day: [present[day][name] for name in sorted(hits.files[day])] for day in touched}
        kept = self._mark(_with_file(self._read(held))).where(F.col(WHOSE).isNull())
        folders = write_partitions(kept, self._target, self._run_id, touched, order=())
        folders |= {day: run_folder(self._target, self._run_id, day) for day in touched if rest[day]}
        pairs = [(present[day][name], f"{folders[day]}/{name}") for day in touched for name in rest[day]]
        with ThreadPoolExecutor(max_workers=_COPY_THREADS) as pool:
            # list(): an exception of a thread is raised here.
            list(pool.map(lambda pair: self._copier.copy(*pair), pairs))
        more = rows_more(self._spark, self._target, folders, read_locations(self._spark, self._target, before))
        if more != -hits.total:
            raise ConservationError(
                f"{self._target.spec.name} of {touched[0]} to {touched[-1]} would lose {-more} rows instead of "
                f"{hits.total}; nothing was published, run the erasure again"
            )
        return Cleaned(touched, folders, sum(len(files) for files in held.values()), len(pairs))

    def _read(self, held: Mapping[date, list[str]]) -> DataFrame:
        spec, column = self._target.spec, self._target.spec.partition_column
        paths = [path for files in held.values() for path in files]
        rows = self._spark.read.schema(spec.ddl).option("basePath", self._target.base).parquet(*paths)
        return rows.select(*spec.data_names, F.col(column).cast("date").alias(column))


def _with_file(rows: DataFrame) -> DataFrame:
    return rows.withColumn(_FILE, F.element_at(F.split(F.input_file_name(), "/"), -1))


def _data_files(files: Files, folder: str) -> dict[str, str]:
    """{name: path} of a run folder's files."""
    found = {info.path.rsplit("/", 1)[-1]: info.path for info in files.list_files(folder)}
    return {name: path for name, path in found.items() if not name.startswith(("_", "."))}


def _place(uri: str) -> dict[str, str]:
    parts = urlsplit(uri)
    return {"Bucket": parts.netloc, "Key": parts.path.lstrip("/")}
