"""One run of erase_raw: raw objects without a batch's people, or the proof that nothing of them is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from pyspark.sql import SparkSession

from .archive_store import ObjectStore
from .files import Files
from .lines import People, identity_fields
from .located import Located, iso, require_located
from .mappings import read_mappings
from .matching import Listed
from .raw import SourceKeys, day_folder, is_event_file
from .raw_erasure import Outcome, by_request, count_object, erase_object, on_executors, totals, with_noted
from .raw_store import RawStore
from .subjects import Batch, read_batch
from .verification import Findings, Places, TableVerification, landing_days, utc_now

JOB = "erase_raw"


@dataclass(frozen=True)
class EraseRawSettings:
    """Arguments of a run, checked by the entry script."""

    run_id: str
    #: Path of the request object.
    request: str
    raw_path: str
    state_path: str
    privacy_path: str
    #: Where a worker notes what it takes out of an object; below it a folder a batch.
    notes_path: str
    places: Places
    #: Count what is left instead of rewriting.
    verify: bool = False
    #: Read every raw object, not only those that were located.
    scan_all: bool = False


class EraseRawRun:
    """One run; `execute` returns the report."""

    def __init__(
        self,
        spark: SparkSession,
        settings: EraseRawSettings,
        store: RawStore,
        archive: ObjectStore,
        key: bytes,
        subject_key: bytes,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._spark, self._settings, self._store, self._archive = spark, settings, store, archive
        self._key, self._subject_key, self._now = key, subject_key, now
        self._files = Files(spark)
        self._keys = SourceKeys(self._files, settings.raw_path)

    def execute(self) -> dict[str, Any]:
        """The whole run; JobError for what is expected to go wrong."""
        started = time.monotonic()
        settings = self._settings
        batch = read_batch(self._files, settings.request)
        located = require_located(self._files, settings.privacy_path, batch)
        located.scan_all = located.scan_all or settings.scan_all
        report = self._verify(batch, located) if settings.verify else self._rewrite(batch, located)
        return {
            "job": JOB,
            "run_id": settings.run_id,
            "mode": "verify" if settings.verify else "rewrite",
            "batch": batch.id,
            **report,
            "scan_all": located.scan_all,
            "seconds": round(time.monotonic() - started, 3),
        }

    def _rewrite(self, batch: Batch, located: Located) -> dict[str, Any]:
        keys = self._all_keys() if located.scan_all else located.source_files
        notes = f"{self._settings.notes_path}{batch.id}/"
        now = self._on_executors(partial(erase_object, notes=notes), batch, sorted({*keys, *located.source_files}))
        outcomes = with_noted(now, [self._files.read_text(info.path) or "" for info in self._files.list_files(notes)])
        found = by_request(outcomes)
        requests = [
            {"request": one.request, "hash": one.hash, "lines": lines, "objects": objects}
            for one in batch.subjects
            for lines, objects in [found.get(one.request, (0, 0))]
        ]
        return {**totals(outcomes), "requests": requests}

    def _verify(self, batch: Batch, located: Located) -> dict[str, Any]:
        tables = TableVerification(self._spark, self._settings.places, batch, self._key, self._subject_key)
        listed = Listed(batch.by_hash(self._subject_key), self._subject_key)
        findings = tables.tables(listed, read_mappings(self._files, self._settings.state_path))
        findings["archive"], closed = tables.archive(self._archive, self._archived_dates(located), self._now())
        keys = self._all_keys() if located.scan_all else self._keys_of_days(landing_days(located))
        outcomes = self._on_executors(count_object, batch, sorted({*keys, *located.source_files}))
        lines = {request: count for request, (count, _) in by_request(outcomes).items()}
        findings = {"raw": Findings(sum(one.lines for one in outcomes), lines), **findings}
        waiting = totals(outcomes)["waiting"]
        return {
            "found": {name: one.total for name, one in findings.items()},
            "read": {name: one.read for name, one in findings.items()},
            "requests": [_request(one.request, one.hash, findings) for one in batch.subjects],
            "unreadable": {"raw": waiting, "archive": iso(closed)},
            "clean": not waiting and not closed and not any(one.total for one in findings.values()),
        }

    def _on_executors(self, work: Callable[..., Outcome], batch: Batch, keys: list[str]) -> list[Outcome]:
        mappings = read_mappings(self._files, self._settings.state_path)
        people = People(batch.by_identity(), identity_fields(mappings))
        return on_executors(self._spark, partial(work, self._store, people), keys)

    def _all_keys(self) -> list[str]:
        return self._listed(self._settings.raw_path)

    def _keys_of_days(self, days: list[date]) -> list[str]:
        return [key for day in days for key in self._listed(f"{self._settings.raw_path}{day_folder(day)}/")]

    def _listed(self, folder: str) -> list[str]:
        return [self._keys.key(info.path) for info in self._files.list_files(folder) if is_event_file(info.path)]

    def _archived_dates(self, located: Located) -> set[date]:
        """Dates of the archive to read: those that held rows, or all of them where the index was incomplete."""
        if not located.scan_all or self._settings.places.archive is None:
            return located.event_dates
        base = f"{self._settings.places.archive}fact_clicks/"
        parts = [info.path.partition("/event_date=")[2][:10] for info in self._files.list_files(base)]
        return located.event_dates | {date.fromisoformat(day) for day in parts if day}


def _request(request: str, person: str, findings: Mapping[str, Findings]) -> dict[str, Any]:
    found = {name: one.found.get(request, 0) for name, one in findings.items()}
    return {"request": request, "hash": person, "found": found}
