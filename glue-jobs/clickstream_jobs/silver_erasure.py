"""Mode `erase` of bronze_to_silver: people's rows out of events, quarantine and the index.

Order, and what a kill after each step leaves:

1. locate and write down where: nothing has changed; a repeat adds to what was written down;
2. write and check the folders of both tables: folders that nothing refers to;
3. move events, then quarantine, then the index: the index names the people until nothing else does, so a repeat finds
   them again;
4. delete every folder that nothing refers to, at once: they hold the people's rows.

No other run of the job is on at the same time (the job's maxConcurrentRuns), so all folders of step 4 are left-overs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any

from pyspark.sql import SparkSession

from .bookmark import Bookmark
from .catalog import Catalog
from .errors import ArgumentError, ReadError
from .files import Files
from .holds import Holds
from .late import LateFiles
from .located import Located, iso, read_located, write_located
from .mappings import read_mappings
from .marks import Mark, mark_quarantine, mark_table
from .matching import Listed
from .partition_eraser import Cleaned, Copier, Hits, PartitionEraser
from .publish import move_partitions
from .raw import SourceKeys
from .silver_settings import SilverSettings
from .silver_tables import JOB, SilverTables
from .subject_index import Found, SubjectIndex
from .subjects import Batch, read_batch
from .tables import Target


class SilverErasure:
    """One run; `execute` returns the report."""

    def __init__(
        self,
        spark: SparkSession,
        settings: SilverSettings,
        catalog: Catalog,
        bookmark: Bookmark,
        copier: Copier,
        key: bytes,
        subject_key: bytes,
    ) -> None:
        if settings.privacy is None or settings.erase_request is None:
            raise ArgumentError("mode erase needs --erase_request, --privacy_path and --subjects_path")
        self._spark, self._settings, self._catalog, self._copier = spark, settings, catalog, copier
        self._bookmark = bookmark
        self._privacy, self._request = settings.privacy, settings.erase_request
        self._key, self._subject_key = key, subject_key
        self._files, self._tables = Files(spark), SilverTables(spark, settings, catalog)
        self._index = SubjectIndex(
            spark, catalog, settings.silver_database, settings.privacy.subjects_path, settings.run_id, subject_key
        )

    def execute(self) -> dict[str, Any]:
        """The whole run; JobError for what is expected to go wrong, before anything is published."""
        started = time.monotonic()
        batch = read_batch(self._files, self._request)
        events, quarantine = self._partitions(self._tables.events), self._tables.quarantined()
        found = self._index.find(batch.by_silver_value(self._key), events)
        near = {day for days in found.dates.values() for day in days} | found.incomplete
        listed = Listed(batch.by_hash(self._subject_key), self._subject_key)
        mappings = read_mappings(self._files, self._settings.state_path)
        in_events = self._eraser(self._tables.events, mark_table("events", batch.by_silver_value(self._key)))
        in_quarantine = self._eraser(self._tables.quarantine, mark_quarantine(listed, mappings))
        chosen = {day: events[day] for day in near if day in events}
        event_hits, quarantine_hits = in_events.find(chosen), in_quarantine.find(quarantine)
        located = self._locate(batch, found, event_hits, quarantine_hits)

        clean_events = in_events.write(events, event_hits)
        clean_quarantine = in_quarantine.write(quarantine, quarantine_hits)
        self._move(self._tables.events, clean_events)
        self._move(self._tables.quarantine, clean_quarantine)
        self._index.publish(self._index.write_without(found))
        swept = self._tables.sweep(self._index.target, grace_hours=0)
        return {
            "job": JOB,
            "run_id": self._settings.run_id,
            "mode": "erase",
            "batch": batch.id,
            "requests": _requests(located),
            "dates": iso(clean_events.touched),
            "landing_dates": iso(clean_quarantine.touched),
            "files": {"events": clean_events.report(), "quarantine": clean_quarantine.report()},
            "scan_all": located.scan_all,
            "swept": swept,
            "seconds": round(time.monotonic() - started, 3),
        }

    def _partitions(self, target: Target) -> dict[date, str]:
        return self._catalog.partitions(target.database, target.spec.name)

    def _move(self, target: Target, cleaned: Cleaned) -> None:
        move_partitions(self._catalog, target, cleaned.touched, cleaned.folders)

    def _eraser(self, target: Target, mark: Mark) -> PartitionEraser:
        return PartitionEraser(self._spark, target, self._settings.run_id, mark, self._copier)

    def _locate(self, batch: Batch, found: Found, events: Hits, quarantine: Hits) -> Located:
        """Writes down what was found, with what an earlier attempt found."""
        located = Located.of(batch)
        located.scan_all = bool(found.incomplete)
        keys = SourceKeys(self._files, self._settings.raw_path)
        holds = Holds(self._files, keys, self._settings.raw_path, self._settings.state_path)
        # Without a commit: the next run reads them as if nobody had asked.
        waiting = LateFiles(self._files, keys, self._settings.state_path).waiting().files
        located.unread = holds.held_keys() | {keys.key(path) for path in [*self._bookmark.new_files(), *waiting]}
        located.located_at = datetime.now(timezone.utc).isoformat()
        people = batch.by_silver_value(self._key)
        suppressed = self._suppressed_files()
        for request, one in located.requests.items():
            one.events, one.quarantine = events.rows.get(request, {}), quarantine.rows.get(request, {})
            one.source_files |= events.sources.get(request, set()) | quarantine.sources.get(request, set())
            one.source_files |= set(suppressed.get(one.hash, ()))
        for who, files in found.files.items():
            located.requests[people[who]].source_files |= files
        earlier = read_located(self._files, self._privacy.privacy_path, batch)
        if earlier is not None:
            located.add(earlier)
        write_located(self._files, self._privacy.privacy_path, located)
        return located

    def _suppressed_files(self) -> Mapping[str, list[str]]:
        """Raw objects with lines that people sent after an earlier erasure, by the person's hash."""
        merged: dict[str, list[str]] = {}
        for info in self._files.list_files(self._privacy.suppressed):
            try:
                for person, sources in json.loads(self._files.read_text(info.path) or "{}").items():
                    merged.setdefault(person, []).extend(str(one) for one in sources)
            except (ValueError, AttributeError, TypeError) as cause:
                raise ReadError(f"{info.path} names no raw objects ({cause}); restore its former version") from cause
        return merged


def _requests(located: Located) -> list[dict[str, Any]]:
    return [
        {
            "request": request,
            "hash": one.hash,
            "rows": {"events": sum(one.events.values()), "quarantine": sum(one.quarantine.values())},
            "dates": iso(one.events),
            "landing_dates": iso(one.quarantine),
            "source_files": len(one.source_files),
        }
        for request, one in sorted(located.requests.items())
    ]
