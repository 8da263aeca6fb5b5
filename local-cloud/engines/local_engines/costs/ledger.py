"""Cost lines: what was used on which day, by which service, with which tags."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..errors import AwsError


@dataclass(frozen=True)
class CostLine:
    """`day` is a UTC date, ISO; `service` in Cost Explorer's words."""

    day: str
    service: str
    usd: float
    tags: Mapping[str, str] = field(default_factory=dict)


#: What was used since the beginning of this local cloud, or from the first day to before the last one.
Source = Callable[[str, str], Iterable[CostLine]]


class Ledger:
    """Lines that tests add, and those that the sources compute anew with each question."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = list(sources)
        self._added: list[CostLine] = []
        self._lock = threading.Lock()

    def add(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """One line of `{"date", "service", "usd", "tags"}`. Raises ValidationException."""
        try:
            day = date.fromisoformat(body["date"]).isoformat()
            line = CostLine(day, str(body["service"]), float(body["usd"]), dict(body.get("tags") or {}))
        except (KeyError, ValueError, TypeError) as error:
            message = (
                f'{dict(body)} is no cost line: {{"date": "2026-11-25", "service": "…", "usd": 1.5, "tags": {{}}}}'
            )
            raise AwsError("ValidationException", message) from error
        with self._lock:
            self._added.append(line)
        return {}

    def lines(self, start: str, end: str) -> list[CostLine]:
        """Lines with start ≤ day < end."""
        with self._lock:
            found = list(self._added)
        for source in self._sources:
            found += source(start, end)
        return [line for line in found if start <= line.day < end]
