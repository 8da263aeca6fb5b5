"""Raw objects and their versions, one at a time; S3 by boto3. Goes to Spark's workers, which open their own client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from .errors import ReadError

#: User metadata of an object that erasure has written: `x-amz-meta-clickstream-rewritten: erasure`. Whoever is told of
#: new objects (alerts, the landing check) passes it over, since its lines are not news.
REWRITTEN_KEY, REWRITTEN_VALUE = "clickstream-rewritten", "erasure"
#: What GetObject answers and PutObject takes.
_KEPT_HEADERS = ("ContentType", "ContentEncoding", "ContentDisposition", "ContentLanguage", "CacheControl")
#: Answers to a conditional write that lost against another writer (S3 user guide, "Conditional writes").
_CHANGED = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")
#: Limit of DeleteObjects.
_DELETE_BATCH = 1000


class NeedsRestoreError(Exception):
    """The object lies in an archive tier and cannot be read until it is restored."""


class ChangedError(Exception):
    """Another writer has put a newer version since the object was read."""


@dataclass(frozen=True)
class RawObject:
    """An object as it was read."""

    content: bytes = field(repr=False)
    etag: str
    #: Arguments of PutObject that keep what the producer said of the object.
    headers: dict[str, Any]
    version: str


class RawStore(Protocol):
    """What the rewriting of raw objects needs of a store; `key` is a `source_file`."""

    def read(self, key: str) -> RawObject | None:
        """The current version, None when there is none. NeedsRestoreError."""

    def replace(self, key: str, content: bytes, read: RawObject) -> None:
        """A new current version, marked as rewritten. ChangedError when `read` is not the current one any more."""

    def remove(self, key: str, read: RawObject) -> int:
        """Deletes the version that was read and all before it for good; returns how many versions."""

    def purge(self, key: str) -> int:
        """Deletes all versions but the current one for good; returns how many."""

    def note(self, path: str, text: str) -> None:
        """Keeps a text at a path that is none of a raw object; a later one replaces it."""


@dataclass
class S3RawStore:
    """RawStore of one bucket. Region and endpoint are the driver's: a worker's environment may name neither."""

    bucket: str
    region: str | None = None
    endpoint: str | None = None
    _client: Any = field(default=None, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_client": None}

    @property
    def client(self) -> Any:
        """The client of this process."""
        if self._client is None:
            import boto3
            from botocore.config import Config

            config = Config(retries={"mode": "standard", "max_attempts": 5})
            self._client = boto3.client("s3", region_name=self.region, endpoint_url=self.endpoint, config=config)
        return self._client

    def read(self, key: str) -> RawObject | None:
        from botocore.exceptions import ClientError

        try:
            found = self.client.get_object(Bucket=self.bucket, Key=key)
            content = found["Body"].read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("NoSuchKey", "404"):
                return None
            if code == "InvalidObjectState":
                raise NeedsRestoreError(key) from error
            raise ReadError(f"s3://{self.bucket}/{key} cannot be read ({code}); run the job again") from error
        headers = {name: found[name] for name in _KEPT_HEADERS if found.get(name)}
        headers["Metadata"] = found.get("Metadata") or {}
        return RawObject(content, found["ETag"], headers, found.get("VersionId") or "null")

    def replace(self, key: str, content: bytes, read: RawObject) -> None:
        from botocore.exceptions import ClientError

        headers = {**read.headers, "Metadata": {**read.headers["Metadata"], REWRITTEN_KEY: REWRITTEN_VALUE}}
        try:
            self.client.put_object(Bucket=self.bucket, Key=key, Body=content, IfMatch=read.etag, **headers)
        except ClientError as error:
            if error.response["Error"]["Code"] in _CHANGED:
                raise ChangedError(key) from error
            raise

    def remove(self, key: str, read: RawObject) -> int:
        versions = list(self._versions(key))
        ids = [one["VersionId"] for one in versions]
        # Newest first: what came after the version that was read is not ours to delete.
        older = versions[ids.index(read.version) :] if read.version in ids else versions
        return self._delete(key, older)

    def purge(self, key: str) -> int:
        versions = list(self._versions(key))
        current = [one for one in versions if one["IsLatest"] and "ETag" in one]
        return self._delete(key, [one for one in versions if one not in current])

    def note(self, path: str, text: str) -> None:
        bucket, _, key = path.partition("://")[2].partition("/")
        self.client.put_object(Bucket=bucket, Key=key, Body=text.encode())

    def _versions(self, key: str) -> Iterator[dict[str, Any]]:
        """Versions and delete markers of exactly this key, newest first."""
        found: list[dict[str, Any]] = []
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=key):
            found += [one for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])] if one["Key"] == key]
        return iter(sorted(found, key=lambda one: (one["IsLatest"], one["LastModified"]), reverse=True))

    def _delete(self, key: str, versions: list[dict[str, Any]]) -> int:
        for start in range(0, len(versions), _DELETE_BATCH):
            objects = [{"Key": key, "VersionId": one["VersionId"]} for one in versions[start : start + _DELETE_BATCH]]
            answer = self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
            if answer.get("Errors"):
                code = answer["Errors"][0].get("Code")
                raise ReadError(f"versions of s3://{self.bucket}/{key} cannot be deleted ({code}); run the job again")
        return len(versions)
