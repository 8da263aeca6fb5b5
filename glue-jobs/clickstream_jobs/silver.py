"""One run of bronze_to_silver: stage, quarantine, gate, merge, check, publish, commit.

Three modes: `new` reads what the bookmark has not read and the hours that came free, `backfill` reads the raw files of
given dates, `replay` reads quarantine (replay.py). All end in the same merge, so each may be repeated. None lets rows
of people come back who were erased (the suppression list); erase.py is what takes their rows out. A `new` run may put
late events off, and then one a day merges them (late.py).
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from pyspark.sql import SparkSession

from .bookmark import Bookmark
from .catalog import Catalog
from .errors import QualityGateError
from .files import Files
from .holds import Holds, RawFiles
from .instants import utc_text
from .late import Late, LateFiles, Waiting, at_any_age, closed_dates, put_off
from .mappings import read_mappings
from .matching import Listed
from .raw import SourceKeys
from .replay import replay_quarantine
from .silver_settings import Replay, SilverSettings
from .silver_tables import JOB, SilverTables, Written
from .staging import Staged, Stager
from .subject_index import SubjectIndex
from .subjects import read_suppressed
from .transform import good_rows


class SilverRun:
    """One run; `execute` returns the report."""

    def __init__(
        self,
        spark: SparkSession,
        settings: SilverSettings,
        catalog: Catalog,
        bookmark: Bookmark,
        key: bytes,
        subject_key: bytes = b"",
    ) -> None:
        """:param subject_key: the subjects' key; needed with `settings.privacy`."""
        self._spark = spark
        self._settings = settings
        self._catalog = catalog
        self._bookmark = bookmark
        self._key = key
        self._files = Files(spark)
        self._keys = SourceKeys(self._files, settings.raw_path)
        self._holds = Holds(self._files, self._keys, settings.raw_path, settings.state_path)
        self._late = LateFiles(self._files, self._keys, settings.state_path)
        self._tables = SilverTables(spark, settings, catalog)
        self._mapping_ids: list[str] = []
        self._subject_key, self._index = subject_key, None
        if settings.privacy is not None:
            base = settings.privacy.subjects_path
            self._index = SubjectIndex(spark, catalog, settings.silver_database, base, settings.run_id, subject_key)

    def execute(self) -> dict[str, Any]:
        """The whole run. JobError for what is expected to go wrong; events and bookmark are untouched then."""
        started = time.monotonic()
        if self._settings.replay is not None:
            report = self._replay(self._settings.replay)
        elif self._settings.dates is not None:
            raw = self._holds.of_dates(self._settings.dates)
            report = {"mode": "backfill", **self._settings.dates.report(), **self._read(raw)}
        else:
            report = {"mode": "new", **self._read_new()}
        return {
            "job": JOB,
            "run_id": self._settings.run_id,
            **report,
            "mappings": self._mapping_ids,
            "seconds": round(time.monotonic() - started, 3),
        }

    def _read_new(self) -> dict[str, Any]:
        raw = self._holds.new_files(self._bookmark.new_files())
        report = self._read(raw)
        if raw.paths:
            self._holds.remember(raw)
            self._bookmark.commit()
        self._holds.forget(raw)
        return self._with_late_events(report)

    def _read(self, raw: RawFiles) -> dict[str, Any]:
        """Raw files into the tables."""
        if not raw.paths:
            return self._report(raw, None, None)
        try:
            staged = self._stager().files(raw.paths, self._tables.staging_folder)
            sources = sorted({self._keys.key(path) for path in raw.paths})
            self._tables.publish(self._tables.replace_quarantine(staged, sources))
            self._gate(staged)
            staged, late = self._put_off(staged)
            events = self._merge(staged, whole_files=True)
            self._tables.publish(events)
            self._late.remember(late, raw.paths, self._settings.bounds.as_of)
        finally:
            self._files.delete(self._tables.staging_folder)
        self._sweep()
        return self._report(raw, staged, events)

    def _put_off(self, staged: Staged) -> tuple[Staged, Late]:
        """What is merged now, and what waits. A backfill is asked for by a person, who does not want to wait."""
        if not self._settings.late_events_daily or self._settings.dates is not None:
            return staged, Late()
        return put_off(staged, closed_dates(self._tables.event_dates(), self._settings.bounds))

    def _with_late_events(self, report: dict[str, Any]) -> dict[str, Any]:
        """The report after the events that earlier runs put off, if their time has come, are merged too."""
        waiting = self._late.waiting()
        if not waiting.files or (self._settings.late_events_daily and not waiting.due(self._settings.bounds.as_of)):
            return report
        # Folders of its own: a date may be one that this run has just published.
        settings = replace(
            self._settings, run_id=f"{self._settings.run_id}-late", bounds=at_any_age(self._settings.bounds)
        )
        run = SilverRun(self._spark, settings, self._catalog, self._bookmark, self._key, self._subject_key)
        events = run._merge_late(waiting)
        return {
            **report,
            "dates": sorted({*report["dates"], *(day.isoformat() for day in events.touched)}),
            "late_accepted": events.added,
            "late_duplicates": events.duplicates,
        }

    def _merge_late(self, waiting: Waiting) -> Written:
        present, held = self._late.still_there(waiting), self._holds.held_keys()
        paths = [path for path in present if self._keys.key(path) not in held]
        try:
            staged = self._stager().files(paths, self._tables.staging_folder, waiting.dates)
            events = self._merge(staged, whole_files=True)
            self._tables.publish(events)
        finally:
            self._files.delete(self._tables.staging_folder)
        self._late.keep(set(present) - set(paths), waiting, self._settings.bounds.as_of)
        return events

    def _replay(self, replay: Replay) -> dict[str, Any]:
        try:
            staged, events = replay_quarantine(
                self._spark, self._tables, self._stager(), replay, lambda rows: self._merge(rows, whole_files=False)
            )
        finally:
            self._files.delete(self._tables.staging_folder)
        self._sweep()
        chosen = {"replay_rule": replay.rule, **replay.days.report(), "replay_file": replay.file}
        return {"mode": "replay", **chosen, **self._report(RawFiles([]), staged, events)}

    def _stager(self) -> Stager:
        mappings = read_mappings(self._files, self._settings.state_path)
        self._mapping_ids = [mapping.id for mapping in mappings]
        suppressed = None
        if self._settings.privacy is not None:
            suppressed = Listed(read_suppressed(self._files, self._settings.privacy.suppression), self._subject_key)
        return Stager(self._spark, self._keys, self._settings.bounds, self._key, mappings, suppressed)

    def _merge(self, staged: Staged, whole_files: bool) -> Written:
        """Events merged, unpublished; the index of their people is published, which may be ahead of them."""
        if self._index is None:
            return self._tables.merge_events(staged, whole_files)
        # The index needs the staged rows alone: it uses what the last tasks of the merge leave idle.
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="subjects") as pool:
            index = pool.submit(self._index.write, staged, good_rows(staged.rows, self._tables.events.spec))
            events = self._tables.merge_events(staged, whole_files)
        self._remember_suppressed(staged)
        self._index.publish(index.result())
        return events

    def _remember_suppressed(self, staged: Staged) -> None:
        """Lines that people sent after their erasure are in no table: only this tells in which raw objects they are."""
        if self._settings.privacy is not None and staged.suppressed_files:
            path = f"{self._settings.privacy.suppressed}{self._settings.run_id}.json"
            self._files.write_text(path, json.dumps(staged.suppressed_files))

    def _sweep(self) -> None:
        self._tables.sweep(*([] if self._index is None else [self._index.target]))

    def _gate(self, staged: Staged) -> None:
        gate = self._settings.quality_gate_percent
        if staged.score >= gate:
            return
        rules = sorted(staged.by_rule.items(), key=lambda pair: (-pair[1], pair[0]))
        text = (
            f"quality score {staged.score:g} % is under the gate of {gate:g} %: {staged['quarantined']} of "
            f"{staged['read']} rows are in quarantine ({', '.join(f'{rule} {count}' for rule, count in rules)})"
        )
        if not self._settings.publish_low_quality:
            raise QualityGateError(
                f"{text}; no event was published and the files stay new. Fix the producer, or run with "
                "--on_low_quality publish"
            )
        print(f"warning: {text}; published since --on_low_quality is publish", file=sys.stderr, flush=True)

    def _report(self, raw: RawFiles, staged: Staged | None, events: Written | None) -> dict[str, Any]:
        found = staged or Staged(self._spark.range(0).toDF("none"), {})
        newest = found.counts.get("newest_event")
        return {
            "files": len(raw.paths),
            "held_files": raw.held_files,
            "released_hours": [_hour_text(hour) for hour in raw.released],
            "read": found["read"],
            "accepted": events.added if events else 0,
            "quarantined": found["quarantined"],
            "duplicates": events.duplicates if events else 0,
            "suppressed": found["suppressed"],
            "late": found["late"],
            "late_accepted": 0,
            "late_duplicates": 0,
            "quality_score": found.score,
            "by_rule": found.by_rule,
            "dates": [day.isoformat() for day in events.touched] if events else [],
            "newest_event": None if newest is None else utc_text(newest),
        }


def _hour_text(folder: str) -> str:
    """`2026/03/10/10` of `year=2026/month=03/day=10/hour=10`, as the landing check and `cli drift` write hours."""
    return "/".join(part.split("=", 1)[1] for part in folder.split("/"))
