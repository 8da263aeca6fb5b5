"""One date into the archive: measure, make it few large files, copy, verify. Nothing here touches the catalog."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from .archive_manifest import ArchivedFile
from .archive_store import MAX_COPY_BYTES, ArchiveError, Digest, ObjectStore, StoredObject
from .errors import ConservationError
from .files import FileInfo, Files
from .publish import read_locations
from .tables import Target

MEBIBYTE = 1024 * 1024
#: Requests, retrievals and restores are priced by the object, and each object of a Glacier class carries 40 KB of
#: overhead: so few large ones. Larger than 1 GiB would make a restore of one date wait for a single stream.
TARGET_BYTES = 1024 * MEBIBYTE
#: Objects of this size are large enough to stay as they are.
ENOUGH_BYTES = 512 * MEBIBYTE
#: Streams of one date that are hashed and copied at once.
_THREADS = 4


@dataclass(frozen=True)
class Content:
    """What a folder holds: its files by name, and the rows and revenue of each."""

    files: tuple[FileInfo, ...]
    rows: dict[str, int]
    revenue: Decimal

    @property
    def total(self) -> int:
        """Rows of all files."""
        return sum(self.rows.values())


@dataclass(frozen=True)
class ArchivedDate:
    """A date whose copy is proven."""

    files: tuple[ArchivedFile, ...]
    rows: int
    revenue: Decimal
    rewritten: bool


def needs_rewrite(sizes: Sequence[int]) -> bool:
    """True when the date has more objects than its bytes need, or one that CopyObject refuses."""
    return len(sizes) > max(1, math.ceil(sum(sizes) / ENOUGH_BYTES)) or max(sizes, default=0) > MAX_COPY_BYTES


def file_count(total_bytes: int) -> int:
    """Files to make of this many bytes."""
    return max(1, math.ceil(total_bytes / TARGET_BYTES))


def measure(spark: SparkSession, target: Target, day: date, folder: str) -> Content:
    """Files, rows and revenue of one run folder; ArchiveError when it holds no data file."""
    found = [
        info for info in Files(spark).list_files(folder) if info.size and not _name(info.path).startswith(("_", "."))
    ]
    if not found:
        raise ArchiveError(
            f"{folder} is registered for {day} but holds no file; run silver_to_gold with "
            "--job-bookmark-option job-bookmark-disable, which writes the date anew"
        )
    by_file = (
        read_locations(spark, target, {day: folder})
        .select(F.element_at(F.split(F.input_file_name(), "/"), -1).alias("file"), "revenue")
        .groupBy("file")
        .agg(F.count(F.lit(1)).alias("rows"), F.sum("revenue").alias("revenue"))
        .collect()
    )
    files = tuple(sorted(found, key=lambda info: info.path))
    rows = dict.fromkeys([_name(info.path) for info in files], 0) | {row["file"]: row["rows"] for row in by_file}
    return Content(files, rows, sum((row["revenue"] or Decimal(0) for row in by_file), Decimal("0.00")))


def archive_files(
    spark: SparkSession, store: ObjectStore, facts: Target, staging: Target, day: date, source: str, folder: str,
    storage_class: str,
) -> ArchivedDate:  # fmt: skip
    """Copies the rows of run folder `source` to `folder` in `storage_class`, and proves the copy.

    The names of the copies do not depend on the run, so a repeat after a kill finds and keeps what is already there.

    :raises ConservationError: when the rewritten files do not add up to the source.
    :raises ArchiveError: when a copy has not the size, the SHA-256 or the class that it must have.
    """
    content = measure(spark, facts, day, source)
    rewritten = needs_rewrite([info.size for info in content.files])
    if rewritten:
        content = _rewrite(spark, facts, staging, day, source, content)
    numbered = list(enumerate(content.files))
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        # list(): an exception of a thread is raised here, before anything is recorded.
        copied = list(
            pool.map(
                lambda item: _copy(store, item[1].path, f"{folder}/part-{item[0]:05d}.snappy.parquet", storage_class),
                numbered,
            )
        )
    files = tuple(
        ArchivedFile(uri, digest.size, content.rows[_name(info.path)], digest.sha256)
        for (uri, digest), info in zip(copied, content.files, strict=True)
    )
    return ArchivedDate(files, content.total, content.revenue, rewritten)


def _rewrite(spark: SparkSession, facts: Target, staging: Target, day: date, source: str, content: Content) -> Content:
    folder = source.replace(facts.base, staging.base, 1)
    Files(spark).delete(folder)
    rows = read_locations(spark, facts, {day: source}).select(*facts.spec.data_names)
    # Rows keep their order within a file, and with it the compression that gold's order gives; no shuffle.
    rows.coalesce(file_count(sum(info.size for info in content.files))).write.parquet(folder)
    written = measure(spark, staging, day, folder)
    if (written.total, written.revenue) != (content.total, content.revenue):
        raise ConservationError(
            f"{day}: {source} has {content.total} rows and {content.revenue} USD, rewritten they are {written.total} "
            f"rows and {written.revenue} USD; nothing was archived, run the job again and report it if it stays"
        )
    return written


def _copy(store: ObjectStore, source: str, target: str, storage_class: str) -> tuple[str, Digest]:
    # Hashed by this job while it reads the source, and by the store while it writes the copy: equal hashes prove the
    # way between, also where the copy cannot be read any more.
    digest = store.digest(source)
    if not is_copy(store.describe(target), digest.size, digest.sha256, storage_class):
        store.copy(source, digest.version, target, storage_class)
        found = store.describe(target)
        if not is_copy(found, digest.size, digest.sha256, storage_class):
            raise ArchiveError(
                f"{target} is {found}, but must be {digest.size} bytes of {storage_class} with SHA-256 "
                f"{digest.sha256} as {source}; the date stays where it is, run the job again"
            )
    return target, digest


def is_copy(found: StoredObject | None, size: int, sha256: str, storage_class: str) -> bool:
    """True when the object is there and is what it must be."""
    return found is not None and (found.size, found.sha256, found.storage_class) == (size, sha256, storage_class)


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]
