"""Copies a run's output files to CloudWatch Logs while it runs."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger(__name__)

#: PutLogEvents: at most 10,000 events and 1,048,576 bytes a call, 26 bytes of overhead an event, 256 KB an event.
_MAX_EVENTS = 10_000
_MAX_BYTES = 1_000_000
_OVERHEAD = 26
_MAX_EVENT = 200_000


class LogShipper:
    """One file to one stream of a log group; `ship` may be called at any time, `ship(final=True)` once at the end."""

    def __init__(self, client: Any, group: str, stream: str, file: Path) -> None:
        self._client = client
        self._group = group
        self._stream = stream
        self._file = file
        self._offset = 0
        self._created = False

    def ship(self, final: bool = False) -> None:
        """Sends the whole lines that are new. Logs must never fail a run: an error is only noted."""
        try:
            with self._file.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return
        end = len(data) if final else data.rfind(b"\n") + 1
        lines = [line[:_MAX_EVENT] for line in data[:end].decode(errors="replace").splitlines() if line]
        self._offset += end
        try:
            self._create()
            for batch in batches(lines):
                now = int(time.time() * 1000)
                self._client.put_log_events(
                    logGroupName=self._group,
                    logStreamName=self._stream,
                    logEvents=[{"timestamp": now, "message": line} for line in batch],
                )
        except (BotoCoreError, ClientError) as error:
            log.warning("log lines of %s were not sent: %s", self._stream, error)

    def _create(self) -> None:
        if self._created:
            return
        for create in (
            lambda: self._client.create_log_group(logGroupName=self._group),
            lambda: self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream),
        ):
            try:
                create()
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                    raise
        self._created = True


def batches(lines: list[str]) -> list[list[str]]:
    """Lines in groups that PutLogEvents takes."""
    found: list[list[str]] = []
    size = 0
    for line in lines:
        cost = len(line.encode()) + _OVERHEAD
        if not found or len(found[-1]) == _MAX_EVENTS or size + cost > _MAX_BYTES:
            found.append([])
            size = 0
        found[-1].append(line)
        size += cost
    return found
