"""Which raw files are new. State is committed only after the rows are published, so a crash re-reads, never skips."""

from __future__ import annotations

import json
from typing import Any, Protocol

from .errors import ReadError
from .files import FileInfo, Files
from .raw import supported_files

# Keys younger than this stay in the manifest. S3 stamps a multipart upload with the time it began, which may be up to
# seven days (the incomplete-upload limit) before it appears: an object that old can still be new.
WINDOW_MS = 7 * 24 * 3_600_000
_VERSION = 1


class Bookmark(Protocol):
    """Source of new files."""

    def new_files(self) -> list[str]:
        """Full paths of files that no committed run has read, sorted."""

    def commit(self) -> None:
        """Marks the files of the last `new_files` as read."""


class ManifestBookmark:
    """Glue's bookmark meaning without Glue: last-modified window plus the list of keys read within it.

    `option` is Glue's: `enable` reads what is new and commits; `pause` reads what is new and does not commit;
    `disable` reads everything and does not commit. An object that was overwritten has a new last-modified and is new.
    """

    def __init__(self, files: Files, raw_path: str, state_file: str, option: str) -> None:
        self._files = files
        self._raw_path = raw_path
        self._state_file = state_file
        self._option = option
        self._taken: list[FileInfo] = []
        self._newest_ms = 0
        self._read: dict[str, int] = {}

    def _load(self) -> None:
        text = self._files.read_text(self._state_file)
        if text is None:
            self._newest_ms, self._read = 0, {}
            return
        try:
            state = json.loads(text)
            self._newest_ms, self._read = int(state["newest_ms"]), {str(k): int(v) for k, v in state["files"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as cause:
            raise ReadError(
                f"bookmark {self._state_file} is not readable ({cause}); delete it to read all raw files again: "
                "rows already in silver count as duplicates then"
            ) from cause

    def new_files(self) -> list[str]:
        self._load()
        listed = {info.path: info for info in self._files.list_files(self._raw_path) if self._is_new(info)}
        paths = supported_files(listed)
        self._taken = [listed[path] for path in paths]
        return paths

    def _is_new(self, info: FileInfo) -> bool:
        if self._option == "disable":
            return True
        in_window = info.modified_ms > self._newest_ms - WINDOW_MS
        return in_window and self._read.get(self._key(info)) != info.modified_ms

    def _key(self, info: FileInfo) -> str:
        return info.path.split(self._raw_path.rstrip("/") + "/", 1)[-1]

    def commit(self) -> None:
        if self._option != "enable" or not self._taken:
            return
        newest = max(self._newest_ms, *(info.modified_ms for info in self._taken))
        read = {**self._read, **{self._key(info): info.modified_ms for info in self._taken}}
        floor = newest - WINDOW_MS
        state = {
            "version": _VERSION,
            "newest_ms": newest,
            "files": {key: modified for key, modified in sorted(read.items()) if modified > floor},
        }
        self._files.write_text(self._state_file, json.dumps(state, separators=(",", ":")))


class GlueBookmark:
    """Glue's own job bookmark. Never run on AWS yet.

    A DynamicFrame with a transformation_ctx is what makes Glue hand out new files only. It is used for their names:
    reading the lines goes through the same code as everywhere, which keeps invalid bytes and damaged gzip visible.
    The source is read as CSV with a separator that no line has, since Glue keeps no bookmark for plain text.
    """

    CONTEXT = "raw_events"
    _FILE = "source_path"

    def __init__(self, glue_context: Any, job: Any, raw_path: str) -> None:
        self._glue_context = glue_context
        self._job = job
        self._raw_path = raw_path

    def new_files(self) -> list[str]:
        frame = self._glue_context.create_dynamic_frame.from_options(
            connection_type="s3",
            connection_options={"paths": [self._raw_path], "recurse": True},
            format="csv",
            format_options={
                "separator": "\u0001",
                "quoteChar": -1,
                "withHeader": False,
                "attachFilename": self._FILE,
            },
            transformation_ctx=self.CONTEXT,
        ).toDF()
        if self._FILE not in frame.columns:
            return []
        return supported_files(row[0] for row in frame.select(self._FILE).distinct().collect())

    def commit(self) -> None:
        self._job.commit()
