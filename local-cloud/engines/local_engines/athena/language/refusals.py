"""Statements that Athena runs and the local target does not."""

from __future__ import annotations

from ...errors import EngineError


class UnsupportedStatementError(EngineError):
    """A statement that the local target does not run; the message begins with NOT_SUPPORTED and names it."""


def unsupported(what: str) -> UnsupportedStatementError:
    return UnsupportedStatementError(f"NOT_SUPPORTED: {what}")
