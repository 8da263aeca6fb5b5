"""Instants as texts."""

from __future__ import annotations

from datetime import datetime, timezone


def utc_text(microseconds: int) -> str:
    """ISO 8601 with milliseconds of an epoch time: `2026-03-10T10:00:00.123Z`."""
    instant = datetime.fromtimestamp(microseconds / 1_000_000, timezone.utc)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
