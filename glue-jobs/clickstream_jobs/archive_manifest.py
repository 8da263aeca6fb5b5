"""The record of one archived date: what was copied, from where, and what it must add up to. `cli restore` reads it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from .errors import JobError
from .files import Files

_FORMAT = 1
_READ_THREADS = 8


class ManifestError(JobError):
    """A manifest that this job did not write."""


@dataclass(frozen=True)
class ArchivedFile:
    """One object of the archive."""

    uri: str
    bytes: int
    rows: int
    #: SHA-256 in base64, as S3 shows it.
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """One date in the archive."""

    date: date
    #: Folder of the objects.
    location: str
    #: Folder of fact_clicks that was copied.
    source: str
    #: Folder of the date in daily_sales at that time, None without one; a later move tells that gold came again.
    sales: str | None
    storage_class: str
    rows: int
    #: USD, as the sum of the column prints.
    revenue: str
    #: Run of the archive job.
    run_id: str
    #: ISO 8601, UTC.
    archived_at: str
    files: tuple[ArchivedFile, ...]

    @property
    def bytes(self) -> int:
        """Size of all objects."""
        return sum(file.bytes for file in self.files)


def manifest_path(folder: str, day: date) -> str:
    """Object of a date's manifest."""
    return f"{folder.rstrip('/')}/event_date={day.isoformat()}.json"


def to_json(manifest: Manifest) -> str:
    """The manifest as the text of its object."""
    fields = asdict(manifest) | {"date": manifest.date.isoformat()}
    return json.dumps({"format": _FORMAT, **fields}, indent=1) + "\n"


def from_json(text: str, where: str) -> Manifest:
    """Reads `to_json`'s text; ManifestError that names `where` for anything else."""
    try:
        raw: dict[str, Any] = json.loads(text)
        if raw.pop("format") != _FORMAT:
            raise ValueError(f"its format is not {_FORMAT}")
        files = tuple(ArchivedFile(**file) for file in raw.pop("files"))
        return Manifest(**raw | {"date": date.fromisoformat(raw["date"]), "files": files})
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        # Never taken for a missing one: the objects that it names would then look like left-overs.
        raise ManifestError(
            f"{where} is no manifest of the archive ({cause}); restore the version before it, the bucket keeps old ones"
        ) from cause


def write_manifest(files: Files, folder: str, manifest: Manifest) -> None:
    """Writes or replaces the manifest of its date, in the STANDARD class: it must be readable at once."""
    files.write_text(manifest_path(folder, manifest.date), to_json(manifest))


def read_manifests(files: Files, folder: str) -> dict[date, Manifest]:
    """Every manifest below `folder` by date; empty before the first archived date."""
    paths = [info.path for info in files.list_files(folder) if info.path.endswith(".json")]
    with ThreadPoolExecutor(max_workers=_READ_THREADS) as pool:
        return {manifest.date: manifest for manifest in pool.map(lambda path: _read(files, path), sorted(paths))}


def _read(files: Files, path: str) -> Manifest:
    return from_json(files.read_text(path) or "", path)
