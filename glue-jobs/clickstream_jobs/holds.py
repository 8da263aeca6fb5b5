"""Hours that a breaking drift keeps out of silver, and hours that came free again.

Objects below the state path, by the folder of the raw hour (`year=2026/month=03/day=10/hour=10`):

* `holds/<hour>.json`: the hour's raw files are left alone; the landing check writes it, `cli drift` deletes it.
* `released/<hour>.json`: all of the hour's raw files are read once more; `cli drift` writes it, the job deletes it.
* `bronze_to_silver.skipped.json`: hours whose new files a run left alone. Glue's bookmark takes every file that it
  handed out as read, so they are read as a whole once their hold is gone, with or without a marker.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from .days import Days
from .errors import ReadError
from .files import Files
from .raw import SourceKeys, day_folder, supported_files

_HOUR_FILE = re.compile(r"(year=\d{4}/month=\d{2}/day=\d{2}/hour=\d{2})\.json$")


@dataclass(frozen=True)
class RawFiles:
    """What a run reads, and what it leaves alone."""

    #: Full paths, sorted.
    paths: list[str]
    #: Raw files of held hours, whether an earlier run had read them or not.
    held_files: int = 0
    #: Hours of which all files are read, sorted.
    released: tuple[str, ...] = ()
    #: Hours whose new files are left alone.
    skipped: frozenset[str] = field(default=frozenset())


class Holds:
    """Holds of one raw folder. Hours are read once, when the run looks for its files."""

    def __init__(self, files: Files, keys: SourceKeys, raw_path: str, state_path: str) -> None:
        self._files = files
        self._keys = keys
        self._raw_path = raw_path
        self._holds, self._released = f"{state_path}holds/", f"{state_path}released/"
        self._skipped_file = f"{state_path}bronze_to_silver.skipped.json"
        self._markers: dict[str, str] = {}

    def new_files(self, new: Iterable[str]) -> RawFiles:
        """The bookmark's new files without those of held hours, and all files of the hours that came free."""
        # The markers first: a hold that is laid after them is newer than the release, and wins.
        self._markers = {hour: self._files.read_text(path) or "" for hour, path in self._hours(self._released).items()}
        held = set(self._hours(self._holds))
        released = sorted((set(self._markers) | self._skipped()) - held)
        found = list(new)
        for hour in released:
            found += self._in_folder(hour)
        by_key = {self._keys.key(path): path for path in found}
        skipped = {hour for path in by_key.values() if (hour := self._keys.hour(path)) in held}
        paths = sorted(path for path in by_key.values() if self._keys.hour(path) not in held)
        return RawFiles(paths, self._count(held), tuple(released), frozenset(hour for hour in skipped if hour))

    def of_dates(self, days: Days) -> RawFiles:
        """All raw files that landed on these dates, without those of held hours."""
        held = set(self._hours(self._holds))
        found = [path for day in days.all() for path in self._in_folder(day_folder(day))]
        paths = [path for path in found if self._keys.hour(path) not in held]
        return RawFiles(sorted(paths), len(found) - len(paths))

    def held_keys(self) -> set[str]:
        """`source_file` of the raw objects that no run reads now, though an earlier one may have."""
        return {self._keys.key(path) for hour in self._hours(self._holds) for path in self._in_folder(hour)}

    def remember(self, read: RawFiles) -> None:
        """Before the bookmark moves: what was left alone has to be read later."""
        known = self._skipped()
        if not read.skipped <= known:
            self._write_skipped(known | read.skipped)

    def forget(self, read: RawFiles) -> None:
        """After everything is published and committed. A marker that was written anew meanwhile stays: its decision may
        have come with a mapping that this run did not know."""
        for hour in read.released:
            path = f"{self._released}{hour}.json"
            if hour in self._markers and self._files.read_text(path) == self._markers[hour]:
                self._files.delete(path)
        known = self._skipped()
        if known & set(read.released):
            self._write_skipped(known - set(read.released))

    def _hours(self, folder: str) -> dict[str, str]:
        """{hour: path} of the objects below a folder."""
        hours: dict[str, str] = {}
        for info in self._files.list_files(folder):
            found = _HOUR_FILE.search(info.path)
            if found:
                hours[found[1]] = info.path
            else:
                print(f"warning: {info.path} names no hour and is passed over", file=sys.stderr, flush=True)
        return hours

    def _in_folder(self, folder: str) -> list[str]:
        return supported_files(info.path for info in self._files.list_files(f"{self._raw_path}{folder}/"))

    def _count(self, hours: Iterable[str]) -> int:
        return sum(len(self._in_folder(hour)) for hour in hours)

    def _skipped(self) -> set[str]:
        text = self._files.read_text(self._skipped_file)
        if text is None:
            return set()
        try:
            return {str(hour) for hour in json.loads(text)["hours"]}
        except (ValueError, KeyError, TypeError) as cause:
            raise ReadError(
                f"{self._skipped_file} is not readable ({cause}); delete it, and read the dates of the hours that were "
                "held with --from_date and --to_date"
            ) from cause

    def _write_skipped(self, hours: Iterable[str]) -> None:
        self._files.write_text(self._skipped_file, json.dumps({"hours": sorted(hours)}))
