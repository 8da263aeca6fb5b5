"""Temporary database credentials. Nothing here listens for SQL connections, so the password opens no door."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ...errors import AwsError
from .store import Record, State, as_text

_SHORTEST, _LONGEST = 900, 3600
#: The local target checks no signature: everybody is the account's root user.
_CALLER = "IAM:root"


def lifetime(body: Mapping[str, Any], member: str, code: str) -> int:
    """Seconds that credentials last. Raises AwsError with `code` outside 900 to 3600."""
    seconds = int(body.get(member, _SHORTEST))
    if not _SHORTEST <= seconds <= _LONGEST:
        raise AwsError(code, f"{member} {seconds} must be from {_SHORTEST} to {_LONGEST}")
    return seconds


def for_user(state: State, body: dict[str, Any], _: Record) -> dict[str, Any]:
    """GetClusterCredentials."""
    prefix = "IAMA" if body.get("AutoCreate") else "IAM"
    return _issue(state.now, f"{prefix}:{body['DbUser']}", lifetime(body, "DurationSeconds", "InvalidParameterValue"))


def for_caller(state: State, body: dict[str, Any], _: Record) -> dict[str, Any]:
    """GetClusterCredentialsWithIAM."""
    seconds = lifetime(body, "DurationSeconds", "InvalidParameterValue")
    return {**_issue(state.now, _CALLER, seconds), "NextRefreshTime": as_text(state.now + timedelta(seconds=seconds))}


def for_workgroup(now: datetime, body: Mapping[str, Any]) -> dict[str, Any]:
    """GetCredentials of Redshift Serverless; times are epoch seconds there."""
    seconds = lifetime(body, "durationSeconds", "ValidationException")
    end = (now + timedelta(seconds=seconds)).timestamp()
    return {"dbUser": _CALLER, "dbPassword": secrets.token_urlsafe(48), "expiration": end, "nextRefreshTime": end}


def _issue(now: datetime, user: str, seconds: int) -> dict[str, Any]:
    return {
        "DbUser": user,
        "DbPassword": secrets.token_urlsafe(48),
        "Expiration": as_text(now + timedelta(seconds=seconds)),
    }
