"""Puts objects with the session's encryption."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import ClientError

from ...errors import EngineError
from ...lake.files import split_url
from .session import Session
from .tables import StatementError

#: Larger files go in parts; for smaller ones the threads of an upload manager cost more than the upload.
_ONE_PUT_BYTES = 8 * 1024 * 1024


def put_bytes(session: Session, body: bytes, url: str) -> None:
    bucket, key = split_url(url)
    session.s3.put_object(Bucket=bucket, Key=key, Body=body, **session.put_arguments)


def put_file(session: Session, path: Path, url: str) -> None:
    if path.stat().st_size <= _ONE_PUT_BYTES:
        put_bytes(session, path.read_bytes(), url)
        return
    bucket, key = split_url(url)
    session.s3.upload_file(str(path), bucket, key, ExtraArgs=session.put_arguments)


def upload(session: Session, files: Sequence[tuple[Path, str]]) -> list[str]:
    """Uploads (file, URL) pairs; after a failure nothing of them stays. Returns the URLs."""
    done: list[str] = []
    try:
        for path, url in files:
            session.check()
            put_file(session, path, url)
            done.append(url)
    except (EngineError, ClientError, OSError):
        for url in done:
            bucket, key = split_url(url)
            with suppress(ClientError):
                session.s3.delete_object(Bucket=bucket, Key=key)
        raise
    return done


def require_empty(session: Session, location: str, what: str) -> None:
    """Athena writes only into folders that hold nothing."""
    bucket, key = split_url(location)
    if session.s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("KeyCount", 0):
        raise StatementError(
            f"HIVE_PATH_ALREADY_EXISTS: Target directory for {what} already exists: {location}. You may need to "
            f"manually clean the data at location '{location}' before retrying. Athena will not delete data in your "
            "account."
        )
