"""The table `subjects`: which raw objects hold rows of whom, a date at a time, so that erasure need not scan.

It is merged in the run that merges events, from the same staged rows, duplicates included: a duplicate leaves no row
in events but a line in its raw object. It is published before events, so it never lacks a row that events have.

Each date has one marker row, with an empty hash. Its files are none for a date whose index is complete, and EVERY_FILE
for one that had rows before it had an index; so is a date without a partition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .catalog import Catalog
from .matching import silver_identities
from .privacy import hmac_sha256, with_hmac_key
from .publish import move_partitions, read_locations, write_partitions
from .staging import Staged
from .subjects import keyed_hash
from .tables import Target, load_table

#: In the marker row: the date's rows may come from any raw object.
EVERY_FILE = "*"
_MARKER = ""
_HASH, _FILES, _DATE = "subject_hash", "source_files", "event_date"


@dataclass(frozen=True)
class Found:
    """What the index says of some people."""

    #: {identity: dates} that may hold rows.
    dates: dict[str, set[date]] = field(default_factory=dict)
    #: {identity: raw objects}
    files: dict[str, set[str]] = field(default_factory=dict)
    #: Dates whose rows may come from raw objects that the index does not name.
    incomplete: set[date] = field(default_factory=set)


class SubjectIndex:
    """The index of one silver database."""

    def __init__(
        self, spark: SparkSession, catalog: Catalog, database: str, base: str, run_id: str, key: bytes
    ) -> None:
        self._spark, self._catalog, self._run_id, self._key = spark, catalog, run_id, key
        self.target = Target(database, load_table("subjects"), base)

    def partitions(self, dates: Iterable[date] | None = None) -> dict[date, str]:
        """Locations of the registered dates."""
        return self._catalog.partitions(self.target.database, self.target.spec.name, dates)

    def write(self, staged: Staged, rows: DataFrame) -> dict[date, str]:
        """Folders of the staged dates, unpublished: what the index has of them, and the people of the good `rows`."""
        dates = staged.dates("event_dates")
        if not dates:
            return {}
        present = self.partitions(dates)
        events = self._catalog.partitions(self.target.database, "events", dates)
        markers = [(_MARKER, EVERY_FILE if day in events else None, day) for day in dates - set(present)]
        new = with_hmac_key(rows.select(F.explode(silver_identities()).alias("_who"), "source_file", _DATE), self._key)
        every = new.select(hmac_sha256(F.col("_who")).alias(_HASH), F.col("source_file").alias("_file"), _DATE)
        if markers:
            columns = f"{_HASH} string, _file string, {_DATE} date"
            every = every.unionByName(self._spark.createDataFrame(markers, columns))
        if present:
            before = read_locations(self._spark, self.target, present)
            every = every.unionByName(before.select(_HASH, F.explode_outer(_FILES).alias("_file"), _DATE))
        merged = every.groupBy(_DATE, _HASH).agg(F.sort_array(F.collect_set("_file")).alias(_FILES))
        return write_partitions(merged, self.target, self._run_id, dates, order=[_HASH])

    def publish(self, folders: Mapping[date, str], touched: Iterable[date] = ()) -> None:
        """Moves the dates; those of `touched` without a folder lose their partition."""
        move_partitions(self._catalog, self.target, touched, dict(folders))

    def find(self, identities: Iterable[str], events: Iterable[date]) -> Found:
        """What the index says of these identities (see `matching.silver_identities`).

        :param events: dates of the table events; those that the index lacks are incomplete.
        """
        present = self.partitions()
        found = Found(incomplete=set(events) - set(present))
        if not present:
            return found
        hashes = {keyed_hash(self._key, one): one for one in identities}
        # Literals, so that Parquet's statistics prune: nobody can tell a person from a keyed hash.
        rows = read_locations(self._spark, self.target, present).where(F.col(_HASH).isin(_MARKER, *hashes))
        for row in rows.collect():
            if row[_HASH] == _MARKER:
                found.incomplete.update({row[_DATE]} if EVERY_FILE in row[_FILES] else ())
                continue
            who = hashes[row[_HASH]]
            found.dates.setdefault(who, set()).add(row[_DATE])
            found.files.setdefault(who, set()).update(row[_FILES])
        return found

    def write_without(self, found: Found) -> dict[date, str]:
        """Folders of the dates that name these people, without them; unpublished."""
        dates = {day for days in found.dates.values() for day in days}
        present = self.partitions(dates)
        if not present:
            return {}
        hashes = [keyed_hash(self._key, one) for one in found.dates]
        rows = read_locations(self._spark, self.target, present).where(~F.col(_HASH).isin(hashes))
        # By date, since its files may have been read in pieces.
        return write_partitions(rows.repartition(_DATE), self.target, self._run_id, present, order=[_HASH])
