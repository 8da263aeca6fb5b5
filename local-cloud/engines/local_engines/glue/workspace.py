"""A run's private folder: script, modules, settings, temporary files, output."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from . import arguments as job_arguments
from .failures import RunError
from .runs import JobRun


class Workspace:
    """Folders of one run below `root`; `fetch` fills them from S3."""

    def __init__(self, root: Path, run: JobRun) -> None:
        self.folder = root / run.id
        self.scripts = self.folder / "script"
        self.modules = self.folder / "modules"
        self.jars = self.folder / "jars"
        self.conf = self.folder / "conf"
        self.tmp = self.folder / "tmp"
        self.stdout = self.folder / "stdout.log"
        self.stderr = self.folder / "stderr.log"
        #: Id of the run's process group, for tools and tests that kill it.
        self.pid = self.folder / "pid"
        self._run = run

    def fetch(self, s3: Any) -> Path:
        """Downloads what the run needs and returns the script; RunError names an object that is not there."""
        for folder in (self.scripts, self.modules, self.jars, self.conf, self.tmp):
            folder.mkdir(parents=True, exist_ok=True)
        effective = self._run.effective
        for address in job_arguments.comma_list(effective, "--extra-py-files"):
            _download(s3, address, self.modules)
        for address in job_arguments.comma_list(effective, "--extra-jars"):
            _download(s3, address, self.jars)
        # Glue puts these beside the script, which is its working directory.
        for address in job_arguments.comma_list(effective, "--extra-files"):
            _download(s3, address, self.scripts)
        return _download(s3, self._run.script, self.scripts)

    def python_path(self) -> Sequence[str]:
        """Archives themselves, and the folder for plain modules."""
        archives = sorted(str(file) for file in self.modules.iterdir() if file.suffix in (".zip", ".egg", ".whl"))
        return [*archives, str(self.modules)]

    def error_text(self, limit: int = 64_000) -> str:
        """The end of standard error."""
        try:
            return self.stderr.read_bytes()[-limit:].decode(errors="replace")
        except OSError:
            return ""

    def clean(self) -> None:
        """Deletes everything but the output: shuffle files of a large run take gigabytes."""
        for folder in (self.tmp, self.modules, self.jars, self.conf):
            shutil.rmtree(folder, ignore_errors=True)


def _download(s3: Any, address: str, folder: Path) -> Path:
    parts = urlsplit(address)
    key = parts.path.lstrip("/")
    if parts.scheme not in ("s3", "s3a") or not parts.netloc or not key:
        raise RunError(f"{address!r} is not the address of an S3 object; it must be s3://bucket/key")
    target = folder / PurePosixPath(key).name
    try:
        s3.download_file(parts.netloc, key, str(target))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise RunError(f"{address} cannot be read ({code}); upload it, or correct the job's definition") from error
    except BotoCoreError as error:
        raise RunError(f"{address} cannot be read: {error}") from error
    return target
