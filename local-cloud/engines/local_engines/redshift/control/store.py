"""The state of the control plane: tables of records in one JSON file that survives the engines' process."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ...errors import AwsError

log = logging.getLogger(__name__)

#: Members as the API names them; those that begin with "_" are the engine's own and never leave it.
Record = dict[str, Any]


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


def as_text(moment: datetime) -> str:
    """A moment as records keep it and as AWS writes it: ISO 8601, UTC, milliseconds."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_moment(text: str) -> datetime:
    """The moment of an ISO 8601 text; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


class State:
    """The tables inside one transaction, and the moment at which it takes place."""

    def __init__(self, data: dict[str, dict[str, Record]], now: datetime) -> None:
        self._data = data
        self.now = now
        self.afterwards: list[Callable[[], None]] = []

    def table(self, name: str) -> dict[str, Record]:
        """Records by their key; made when it is first asked for."""
        return self._data.setdefault(name, {})

    def find(self, table: str, key: str, code: str, what: str) -> Record:
        """A record. Raises AwsError with `code` where there is none."""
        found = self.table(table).get(key)
        if found is None:
            raise AwsError(code, f"{what} {key} not found.")
        return found

    def after(self, action: Callable[[], None]) -> None:
        """Runs `action` when the transaction is kept and the lock is free: it may block, and may ask the store."""
        self.afterwards.append(action)


class Store:
    """All or nothing: a transaction that raises leaves memory and file as they were.

    The file is replaced by a complete new one, so a killed process leaves the state before or after a transaction.
    """

    def __init__(self, file: Path, now: Callable[[], datetime] = utc_now) -> None:
        self._file = file
        self._now = now
        self._lock = threading.Lock()
        self._text = file.read_text() if file.exists() else "{}"
        self._data: dict[str, dict[str, Record]] = json.loads(self._text)

    @contextmanager
    def transaction(self) -> Iterator[State]:
        """One at a time; a thread must not open a second one inside of it."""
        with self._lock:
            state = State(self._data, self._now())
            try:
                yield state
                self._keep()
            except BaseException:
                self._data = json.loads(self._text)
                raise
        for action in state.afterwards:
            action()

    def _keep(self) -> None:
        text = json.dumps(self._data)
        if text == self._text:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, self._file)
        self._text = text
