"""Late events: those of dates that are over. With `--late_events daily` they wait, and are merged once a day.

A merge writes a whole date again, and so does gold after it. Nearly every hour brings a few events of the last days, so
merged at once they are most of what both jobs do. A run that puts them off remembers the raw files that hold them, and
no row: the first run of the next UTC date reads those files once more and merges the events of the dates that waited.
Nothing of a person is kept in one more place, and the suppression list holds for the second reading too.

State, below the state path: `bronze_to_silver.late.json`, written before the bookmark moves. A run that is killed
between its merge and its note of it merges the same rows again, and all of them are duplicates then.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone

from pyspark.sql import functions as F

from .errors import ReadError
from .files import Files
from .quality import Bounds
from .raw import SourceKeys
from .staging import Staged

#: How long after its midnight a date still takes events with each run: what a producer's retries and a slow hour need.
OPEN_AFTER_MIDNIGHT = timedelta(hours=3)
#: Dates this near to the oldest that is accepted are merged at once: they must not turn too old while they wait.
_RETENTION_MARGIN = timedelta(days=2)
#: Longest age of an event, days, for a second reading: age was judged by the first one.
_ANY_AGE = 36_500


def closed_dates(dates: Iterable[date], bounds: Bounds) -> set[date]:
    """Those of the dates whose events are late."""
    now = bounds.as_of.astimezone(timezone.utc)
    oldest = now.date() - timedelta(days=bounds.retention_days) + _RETENTION_MARGIN
    return {day for day in dates if day > oldest and now >= _end_of(day) + OPEN_AFTER_MIDNIGHT}


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.utc) + timedelta(days=1)


@dataclass(frozen=True)
class Late:
    """Events of one run that wait."""

    rows: int = 0
    dates: frozenset[date] = frozenset()
    #: `source_file` of the raw objects that hold them.
    sources: frozenset[str] = frozenset()


def put_off(staged: Staged, closed: Collection[date]) -> tuple[Staged, Late]:
    """The staged rows without the good ones of these dates, and those. The counts have them as `late`."""
    dates = staged.dates("event_dates") & set(closed)
    if not dates:
        return staged, Late()
    is_late = F.col("rule_ids").isNull() & F.col("event_date").isin(*dates)
    found = staged.rows.where(is_late).groupBy("source_file").agg(F.count(F.lit(1)).alias("rows")).collect()
    late = Late(sum(row["rows"] for row in found), frozenset(dates), frozenset(row["source_file"] for row in found))
    others = ",".join(day.isoformat() for day in sorted(staged.dates("event_dates") - dates))
    counts = {**staged.counts, "event_dates": others, "late": late.rows}
    return Staged(staged.rows.where(~F.coalesce(is_late, F.lit(False))), counts), late


@dataclass(frozen=True)
class Waiting:
    """What waits for the next UTC date."""

    #: Full paths.
    files: frozenset[str] = frozenset()
    dates: frozenset[date] = frozenset()
    #: UTC date of the run that first put something off.
    since: date | None = None

    def due(self, as_of: datetime) -> bool:
        """Whether a run at this time merges it."""
        return self.since is not None and as_of.astimezone(timezone.utc).date() > self.since


class LateFiles:
    """The raw files whose late events wait."""

    def __init__(self, files: Files, keys: SourceKeys, state_path: str) -> None:
        self._files = files
        self._keys = keys
        self._path = f"{state_path}bronze_to_silver.late.json"

    def waiting(self) -> Waiting:
        """All of it. ReadError where the state is not one that this job wrote."""
        text = self._files.read_text(self._path)
        if text is None:
            return Waiting()
        try:
            state = json.loads(text)
            dates = frozenset(date.fromisoformat(day) for day in state["dates"])
            return Waiting(frozenset(map(str, state["files"])), dates, date.fromisoformat(state["since"]))
        except (ValueError, KeyError, TypeError) as cause:
            raise ReadError(
                f"{self._path} is not readable ({cause}); delete it, and read the landing dates of the last two days "
                "with --from_date and --to_date"
            ) from cause

    def remember(self, late: Late, paths: Iterable[str], as_of: datetime) -> None:
        """Adds the files of a run, before the bookmark moves.

        :param paths: full paths of what the run read, among them those of `late`.
        """
        if not late.rows:
            return
        known = self.waiting()
        files = known.files | {path for path in paths if self._keys.key(path) in late.sources}
        self._write(files, known.dates | late.dates, known.since or as_of.astimezone(timezone.utc).date())

    def still_there(self, waiting: Waiting) -> list[str]:
        """The files that can be read, sorted; others were deleted meanwhile, and are named."""
        wanted = {self._keys.key(path) for path in waiting.files}
        folders = {path.rsplit("/", 1)[0] for path in waiting.files}
        listed = (info.path for folder in folders for info in self._files.list_files(folder))
        present = {key: path for path in listed if (key := self._keys.key(path)) in wanted}
        gone = sorted(wanted - set(present))
        if gone:
            print(
                f"warning: {len(gone)} raw objects were deleted before their late events were merged; first: {gone[0]}",
                file=sys.stderr,
                flush=True,
            )
        return sorted(present.values())

    def keep(self, held: Iterable[str], waiting: Waiting, as_of: datetime) -> None:
        """After the merge is published: only these files wait on, for the next UTC date."""
        files = frozenset(held)
        if files:
            self._write(files, waiting.dates, as_of.astimezone(timezone.utc).date())
        else:
            self._files.delete(self._path)

    def _write(self, files: Collection[str], dates: Collection[date], since: date) -> None:
        state = {
            "since": since.isoformat(),
            "dates": sorted(day.isoformat() for day in dates),
            "files": sorted(files),
        }
        self._files.write_text(self._path, json.dumps(state))


def at_any_age(bounds: Bounds) -> Bounds:
    """Bounds of a second reading: a row that was accepted in time stays accepted."""
    return replace(bounds, retention_days=_ANY_AGE)
