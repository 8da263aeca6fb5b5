"""Settings of a bronze_to_silver run, checked by the entry script."""

from __future__ import annotations

from dataclasses import dataclass

from .days import Days
from .quality import Bounds

#: Stands for every rule in `--replay_rule`.
ANY_RULE = "*"


@dataclass(frozen=True)
class Replay:
    """Which quarantined rows are judged again."""

    #: Id of a rule that they broke, or ANY_RULE.
    rule: str
    #: Landing dates.
    days: Days
    #: `source_file` that they came from, None for any.
    file: str | None = None


@dataclass(frozen=True)
class Privacy:
    """Where erasure keeps its lists; paths end with a slash."""

    #: Requests, suppression list, and what a request was located in.
    privacy_path: str
    #: Table `subjects`.
    subjects_path: str

    @property
    def suppression(self) -> str:
        """Folder of the suppression list."""
        return f"{self.privacy_path}suppression/"

    @property
    def suppressed(self) -> str:
        """Folder of the files that rows of suppressed people came from."""
        return f"{self.privacy_path}suppressed/"


@dataclass(frozen=True)
class SilverSettings:
    """Arguments of a run."""

    run_id: str
    silver_database: str
    raw_path: str
    events_path: str
    quarantine_path: str
    #: Holds, released hours and mappings; ends with a slash.
    state_path: str
    #: Folder for staged rows, deleted when the run ends.
    temp_path: str
    bounds: Bounds
    #: Percent of rows without a violation that a run needs to publish.
    quality_gate_percent: float = 90
    #: False: a run under the gate fails; True: it publishes all the same and says so.
    publish_low_quality: bool = False
    #: Merge events of dates that are over once a day (late.py), not with each run.
    late_events_daily: bool = False
    #: Days around the touched dates in which an event_id must be unique too: a retry may be stamped after midnight.
    dedupe_window_days: int = 1
    #: Age from which run folders that nothing refers to are deleted, hours.
    sweep_grace_hours: float = 24
    #: Backfill: read all raw files that landed on these dates, whatever the bookmark says, and leave it as it is.
    dates: Days | None = None
    #: Read quarantine instead of raw files.
    replay: Replay | None = None
    #: None: rows of nobody are suppressed and no index is kept.
    privacy: Privacy | None = None
    #: Path of a request object: take its people out of silver, and read nothing else.
    erase_request: str | None = None
