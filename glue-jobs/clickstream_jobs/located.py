"""Where the people of a batch are: `privacy/located/<batch>.json`, written before anything is rewritten.

A run that was killed and comes again finds less than the first did, so what is found is merged with what was found.
The object names requests, dates and raw objects, never an id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .files import Files
from .raw import landing_date
from .subjects import Batch, EraseRequestError


@dataclass
class LocatedRequest:
    """What was found of one request, before the first rewrite."""

    hash: str
    #: Rows of events by event date.
    events: dict[date, int] = field(default_factory=dict)
    #: Rows of quarantine by landing date.
    quarantine: dict[date, int] = field(default_factory=dict)
    #: Keys of raw objects.
    source_files: set[str] = field(default_factory=set)


@dataclass
class Located:
    """What was found of a batch."""

    batch: str
    requests: dict[str, LocatedRequest]
    #: The index does not name every raw object: all are read.
    scan_all: bool = False
    #: Keys of raw objects that silver has not read, so that nobody knows whose lines are in them.
    unread: set[str] = field(default_factory=set)
    #: ISO 8601, UTC; of the last run.
    located_at: str = ""

    @staticmethod
    def of(batch: Batch) -> Located:
        """Nothing found yet."""
        return Located(batch.id, {one.request: LocatedRequest(one.hash) for one in batch.subjects})

    def add(self, earlier: Located) -> None:
        """Takes over what an earlier run found."""
        self.scan_all = self.scan_all or earlier.scan_all
        self.unread |= earlier.unread
        for request, before in earlier.requests.items():
            now = self.requests.get(request)
            if now is not None:
                # A date that an earlier run has not finished has rows in both: the earlier one saw all of them.
                now.events |= before.events
                now.quarantine |= before.quarantine
                now.source_files |= before.source_files

    @property
    def source_files(self) -> list[str]:
        """Keys of all raw objects, sorted."""
        return sorted(self.unread.union(*(one.source_files for one in self.requests.values())))

    @property
    def event_dates(self) -> set[date]:
        """Dates of events that held rows of the people."""
        return {day for one in self.requests.values() for day in one.events}

    @property
    def landing_dates(self) -> set[date]:
        """Dates on which lines of the people landed."""
        found = {landing_date(key) for key in self.source_files}
        return found | {day for one in self.requests.values() for day in one.quarantine}


def located_path(privacy_path: str, batch: str) -> str:
    """Object of a batch."""
    return f"{privacy_path}located/{batch}.json"


def write_located(files: Files, privacy_path: str, located: Located) -> None:
    """Writes the object of the batch."""
    files.write_text(located_path(privacy_path, located.batch), json.dumps(_to_json(located), indent=1) + "\n")


def read_located(files: Files, privacy_path: str, batch: Batch) -> Located | None:
    """The object of the batch, None before silver was searched; EraseRequestError when it is something else."""
    path = located_path(privacy_path, batch.id)
    text = files.read_text(path)
    if text is None:
        return None
    try:
        raw = json.loads(text)
        requests = {name: _request(one) for name, one in raw["requests"].items()}
        unread = {str(key) for key in raw["unread"]}
        return Located(str(raw["batch"]), requests, bool(raw["scan_all"]), unread, str(raw["located_at"]))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        # Never taken for nothing: what silver has lost already is named here alone.
        raise EraseRequestError(
            f"{path} does not say where the batch was located ({type(problem).__name__}); restore its former version"
        ) from None


def require_located(files: Files, privacy_path: str, batch: Batch) -> Located:
    """The object of the batch; EraseRequestError before silver was searched."""
    located = read_located(files, privacy_path, batch)
    if located is None:
        path = located_path(privacy_path, batch.id)
        raise EraseRequestError(f"{path} does not exist; run bronze_to_silver with this --erase_request first")
    return located


def _to_json(located: Located) -> dict[str, Any]:
    return {
        "batch": located.batch,
        "located_at": located.located_at,
        "scan_all": located.scan_all,
        "unread": sorted(located.unread),
        "requests": {
            name: {
                "hash": one.hash,
                "events": _dates(one.events),
                "quarantine": _dates(one.quarantine),
                "source_files": sorted(one.source_files),
            }
            for name, one in sorted(located.requests.items())
        },
    }


def _dates(rows: Mapping[date, int]) -> dict[str, int]:
    return {day.isoformat(): rows[day] for day in sorted(rows)}


def _request(raw: Mapping[str, Any]) -> LocatedRequest:
    def days(name: str) -> dict[date, int]:
        return {date.fromisoformat(day): int(rows) for day, rows in raw[name].items()}

    return LocatedRequest(
        str(raw["hash"]), days("events"), days("quarantine"), {str(key) for key in raw["source_files"]}
    )


def iso(days: Iterable[date]) -> list[str]:
    """Dates as a report writes them."""
    return [day.isoformat() for day in sorted(days)]
