"""People to erase, a lake that holds them, and stores on folders."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clickstream_jobs.erase_raw_run import EraseRawRun, EraseRawSettings
from clickstream_jobs.raw_store import ChangedError, NeedsRestoreError, RawObject
from clickstream_jobs.silver_erasure import SilverErasure
from clickstream_jobs.subjects import Batch, identity, keyed_hash, parse_batch
from clickstream_jobs.verification import Places
from pyspark import cloudpickle
from silver_data import KEY, SUBJECT_KEY, Lake

# Workers of Spark cannot import this folder.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


class FolderCopier:
    """Copier on plain files."""

    def __init__(self) -> None:
        self.copied: list[str] = []

    def copy(self, source: str, target: str) -> None:
        path = Path(target.removeprefix("file:"))
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source.removeprefix("file:"), path)
        self.copied.append(path.name)


@dataclass(frozen=True)
class FolderRawStore:
    """RawStore on plain files; older versions and marks lie in files beside them, since workers use it too."""

    root: str
    #: Keys that an archive tier holds.
    closed: frozenset[str] = frozenset()

    def _path(self, key: str) -> Path:
        return Path(self.root, key)

    def older(self, key: str) -> list[Path]:
        """Older versions; hidden names, which no reader of raw objects takes for events."""
        path = self._path(key)
        return sorted(path.parent.glob(f".{path.name}.v*"))

    def is_marked(self, key: str) -> bool:
        path = self._path(key)
        return path.with_name(f".{path.name}.marked").exists()

    def keep_version(self, key: str, content: bytes) -> None:
        path = self._path(key)
        path.with_name(f".{path.name}.v{len(self.older(key))}").write_bytes(content)

    def read(self, key: str) -> RawObject | None:
        if key in self.closed:
            raise NeedsRestoreError(key)
        path = self._path(key)
        if not path.exists():
            return None
        content = path.read_bytes()
        return RawObject(content, hashlib.sha256(content).hexdigest(), {"Metadata": {}}, "null")

    def replace(self, key: str, content: bytes, read: RawObject) -> None:
        path = self._path(key)
        before = path.read_bytes()
        if hashlib.sha256(before).hexdigest() != read.etag:
            raise ChangedError(key)
        self.keep_version(key, before)
        path.write_bytes(content)
        path.with_name(f".{path.name}.marked").touch()
        path.with_name(f".{path.name}.crc").unlink(missing_ok=True)

    def remove(self, key: str, read: RawObject) -> int:
        self._path(key).unlink()
        return 1 + self.purge(key)

    def purge(self, key: str) -> int:
        older = self.older(key)
        for path in older:
            os.unlink(path)
        return len(older)

    def note(self, path: str, text: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)


@dataclass(frozen=True)
class DyingRawStore(FolderRawStore):
    """A store whose worker dies between a new version of `last` and the end of its older ones."""

    last: str = ""

    def purge(self, key: str) -> int:
        if key == self.last:
            raise RuntimeError(f"killed after {key}")
        return super().purge(key)


def subject(request: str, user_id: str = "", emails: Iterable[str] = ()) -> dict[str, Any]:
    """One subject as `cli erase` writes it."""
    who = identity(user_id or next(iter(emails)))
    return {"request": request, "user_id": user_id, "emails": list(emails), "hash": keyed_hash(SUBJECT_KEY, who)}


def batch(*subjects: dict[str, Any]) -> Batch:
    return parse_batch(json.dumps({"batch": "b1", "subjects": subjects}), "b1.json")


class PrivateLake(Lake):
    """A lake with suppression list, index, and the jobs of erasure."""

    def __init__(self, spark: Any, folder: Path) -> None:
        super().__init__(spark, folder, erasure=True)
        self.copier = FolderCopier()
        self.store = FolderRawStore(f"{folder}/raw")

    def privacy(self, path: str, value: Any = None) -> Path:
        """An object below the privacy path."""
        at = self.folder / "silver/privacy" / path
        if value is not None:
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_text(json.dumps(value))
        return at

    def request(self, *subjects: dict[str, Any]) -> str:
        """Writes the request object b1."""
        return str(self.privacy("requests/b1.json", {"batch": "b1", "subjects": subjects}))

    def suppress(self, *subjects: dict[str, Any]) -> None:
        """Puts people on the suppression list."""
        for one in subjects:
            hashes = [keyed_hash(SUBJECT_KEY, identity(email)) for email in one["emails"]]
            entry = {"request": one["request"], "user_hash": one["hash"], "email_hashes": hashes, "since": "x"}
            self.privacy(f"suppression/{one['request']}.json", entry)

    def erasure(self, request: str) -> SilverErasure:
        """The next run in mode erase."""
        self.runs += 1
        settings = replace(self.settings, run_id=f"r{self.runs}", erase_request=request)
        return SilverErasure(self.spark, settings, self.catalog, self.bookmark("enable"), self.copier, KEY, SUBJECT_KEY)

    def erase(self, request: str) -> dict[str, Any]:
        return self.erasure(request).execute()

    def erase_raw(self, request: str, store: Any = None, archive: Any = None, **changes: Any) -> dict[str, Any]:
        """A run of erase_raw."""
        silver, gold = f"{self.folder}/silver", f"{self.folder}/gold"
        places = Places(
            f"{silver}/events/", f"{silver}/quarantine/", f"{silver}/subjects/", f"{gold}/fact_clicks/",
            f"{gold}/dim_users/", f"{gold}/archive/",
        )  # fmt: skip
        settings = EraseRawSettings(
            "x1",
            request,
            self.settings.raw_path,
            self.settings.state_path,
            f"{silver}/privacy/",
            f"{self.folder}/notes/",
            places,
        )
        settings = replace(settings, **changes)
        return EraseRawRun(self.spark, settings, store or self.store, archive, KEY, SUBJECT_KEY).execute()

    def bytes_of(self, *folders: str) -> dict[str, bytes]:
        """Every file below folders of the lake by its path."""
        paths = [path for folder in folders for path in Path(self.folder, folder).rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in paths}
