"""Single objects of the archive: digest, copy into an archive class, and what the store says of a copy. S3 by boto3,
since Hadoop's FileSystem knows neither storage classes nor checksums."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from .errors import JobError

#: Classes that the archive may use, each with its minimum storage duration in days: an object that goes earlier is
#: billed to the end of it (https://aws.amazon.com/s3/storage-classes/, read 2026-11).
MINIMUM_STORAGE_DAYS = {"GLACIER_IR": 90, "GLACIER": 90, "DEEP_ARCHIVE": 180}
#: Classes whose objects a GET refuses until they are restored.
_NEED_RESTORE = ("GLACIER", "DEEP_ARCHIVE")
#: Largest object of one CopyObject call, bytes (S3 API reference, CopyObject).
MAX_COPY_BYTES = 5 * 1024**3
_READ_BYTES = 8 * 1024**2
#: `readable_until` of an object that nothing takes away.
ALWAYS = datetime.max.replace(tzinfo=timezone.utc)


class ArchiveError(JobError):
    """A copy in the archive is not what was to be archived."""


@dataclass(frozen=True)
class Digest:
    """What the bytes of an object are: size, SHA-256 in base64 (as S3 writes checksums), and the version read."""

    size: int
    sha256: str
    version: str


@dataclass(frozen=True)
class StoredObject:
    """What the store says of an object without giving its bytes."""

    size: int
    #: None where the store has no SHA-256 of it.
    sha256: str | None
    storage_class: str
    #: End of a restored copy; None for an object that cannot be read now.
    readable_until: datetime | None


class ObjectStore(Protocol):
    """What the archive job needs of an object store; `uri` is scheme://bucket/key."""

    def digest(self, uri: str) -> Digest:
        """Reads the whole object."""

    def describe(self, uri: str) -> StoredObject | None:
        """Asks for the object's state; None when there is no such object."""

    def copy(self, source: str, version: str, target: str, storage_class: str) -> None:
        """Copies inside the store; fails if the source is no longer `version`."""


class S3ObjectStore:
    """ObjectStore by a boto3 `s3` client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def digest(self, uri: str) -> Digest:
        found = self._client.get_object(**_place(uri))
        total, sha256 = 0, hashlib.sha256()
        for chunk in found["Body"].iter_chunks(_READ_BYTES):
            total += len(chunk)
            sha256.update(chunk)
        return Digest(total, base64.b64encode(sha256.digest()).decode(), found["ETag"])

    def describe(self, uri: str) -> StoredObject | None:
        try:
            found = self._client.head_object(**_place(uri), ChecksumMode="ENABLED")
        except self._client.exceptions.ClientError as error:
            # A HEAD has no body, so boto3 knows the status only.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        # S3 leaves the class out for STANDARD.
        storage_class = found.get("StorageClass", "STANDARD")
        return StoredObject(
            found["ContentLength"],
            found.get("ChecksumSHA256"),
            storage_class,
            ALWAYS if storage_class not in _NEED_RESTORE else restored_until(found.get("Restore")),
        )

    def copy(self, source: str, version: str, target: str, storage_class: str) -> None:
        # A PUT may name an archive class at once: no lifecycle transition, which is priced by the object and waits a
        # day. Encryption comes from the bucket's default. S3 computes SHA-256 of what it wrote and keeps it.
        self._client.copy_object(
            **_place(target),
            CopySource=_place(source),
            CopySourceIfMatch=version,
            StorageClass=storage_class,
            ChecksumAlgorithm="SHA256",
        )


def restored_until(header: str | None) -> datetime | None:
    """End of the restored copy by the `Restore` header of HeadObject; None without one or while it is being made.

    The header is `ongoing-request="true"`, or `ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"`.
    """
    expiry = re.search(r'expiry-date="([^"]+)"', header or "")
    if expiry is None or 'ongoing-request="false"' not in (header or ""):
        return None
    return parsedate_to_datetime(expiry.group(1))


def _place(uri: str) -> dict[str, str]:
    parts = urlsplit(uri)
    return {"Bucket": parts.netloc, "Key": parts.path.lstrip("/")}
