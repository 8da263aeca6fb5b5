"""What the last gold run had read: one small JSON object, the gold job's bookmark.

Glue's own bookmarks remember files of a source; the gold job asks another question, which silver partitions moved,
and the answer must be the same on AWS and locally. ``--job-bookmark-option`` keeps its meaning: enable reads and
commits, pause reads only, disable does neither (everything is recomputed).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from .errors import JobError
from .files import Files

_FORMAT = 1


class StateError(JobError):
    """The record of the last run cannot be understood."""


def _path(state_path: str, job: str) -> str:
    return f"{state_path.rstrip('/')}/{job}.json"


def read_state(files: Files, state_path: str, job: str, option: str) -> dict[date, str]:
    """Silver locations at the end of the last run, ``{event date: folder}``; empty before the first run.

    :param option: enable, pause or disable.
    :raises StateError: when the object is not one that this job wrote.
    """
    if option == "disable":
        return {}
    path = _path(state_path, job)
    text = files.read_text(path)
    if text is None:
        return {}
    try:
        raw = json.loads(text)
        if raw["format"] != _FORMAT:
            raise ValueError(f"format {raw['format']!r} instead of {_FORMAT}")
        return {date.fromisoformat(day): str(location) for day, location in raw["silver"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise StateError(
            f"{path} is not a record of {job} ({cause}); delete it to recompute all of gold in the next run"
        ) from cause


def write_state(files: Files, state_path: str, job: str, option: str, silver: Mapping[date, str]) -> None:
    """Record that gold now matches these silver partitions; only after everything is published."""
    if option != "enable":
        return
    record = {"format": _FORMAT, "silver": {day.isoformat(): silver[day] for day in sorted(silver)}}
    files.write_text(_path(state_path, job), json.dumps(record, indent=1) + "\n")
