"""The engine's clock: real speed, and any time that a test sets."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone


class Clock:
    """Epoch seconds (UTC). Until `set` is called it is the real time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = 0.0

    def now(self) -> float:
        with self._lock:
            return time.time() + self._ahead

    def set(self, now: float) -> None:
        """Goes on from `now`; going back is allowed, what has happened stays as it is."""
        with self._lock:
            self._ahead = now - time.time()


def as_text(at: float) -> str:
    """As CloudWatch writes times into messages and reasons: `2026-11-25T13:00:00.000+0000`."""
    moment = datetime.fromtimestamp(at, timezone.utc)
    return f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond // 1000:03d}+0000"


def from_text(text: str) -> float:
    """Epoch seconds of an ISO 8601 text; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)).timestamp()


def floor(at: float, step: float) -> float:
    """The latest multiple of `step` seconds that is not after `at`."""
    return at - at % step
