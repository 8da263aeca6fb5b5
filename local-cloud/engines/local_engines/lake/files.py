"""Which objects of S3 belong to a table: Athena's rules for hidden, archived and empty ones."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..errors import EngineError
from .catalog import Partition

#: Athena skips these without a word: restoring would take hours. Spectrum fails unless they have been restored.
_ARCHIVED = {"GLACIER", "DEEP_ARCHIVE"}
_LIST_THREADS = 4
#: Above this, folders of a large table are found in one listing of their common prefix instead of one call each.
_LIST_EACH = 24


class ArchivedObjectError(EngineError):
    """An object of an archive class that has not been restored; `url` names it."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is archived; restore it before it is read")
        self.url = url


@dataclass(frozen=True)
class LakeFile:
    """One object to read; `partition` is an index into the partitions that were asked for."""

    url: str
    size: int
    partition: int
    archived: bool = False


def split_url(location: str) -> tuple[str, str]:
    """(bucket, key) of s3://bucket/key; s3a and s3n are the same to Hive."""
    scheme, _, rest = location.partition("://")
    if scheme not in ("s3", "s3a", "s3n") or not rest:
        raise EngineError(f"'{location}' is not an S3 location; it must be s3://bucket/prefix/")
    bucket, _, key = rest.partition("/")
    return bucket, key


def list_files(
    s3: Any, partitions: Sequence[Partition], skip_archived: bool = True, read_restored: bool = False
) -> list[LakeFile]:
    """The readable objects below each partition's folder, sub-folders included, in key order.

    :param read_restored: with `skip_archived`, archived objects that have been restored are read (a table property).
    :raises ArchivedObjectError: with `skip_archived=False`, for the first archived object that is not restored.
    """
    by_bucket: dict[str, list[tuple[str, int]]] = {}
    for index, partition in enumerate(partitions):
        bucket, prefix = split_url(partition.location)
        folder = prefix if prefix == "" or prefix.endswith("/") else prefix + "/"
        by_bucket.setdefault(bucket, []).append((folder, index))
    files: list[LakeFile] = []
    for bucket, folders in by_bucket.items():
        files.extend(_list_bucket(s3, bucket, sorted(folders)))
    if skip_archived and not read_restored:
        return [file for file in files if not file.archived]
    return [file for file in files if not file.archived or _restored(s3, file, skip_archived)]


def _restored(s3: Any, file: LakeFile, skip: bool) -> bool:
    bucket, key = split_url(file.url)
    if 'ongoing-request="false"' in s3.head_object(Bucket=bucket, Key=key).get("Restore", ""):
        return True
    if not skip:
        raise ArchivedObjectError(file.url)
    return False


def _list_bucket(s3: Any, bucket: str, folders: list[tuple[str, int]]) -> list[LakeFile]:
    """`folders` are (folder, index of its partition), sorted."""
    # What the first and the last have in common all have.
    first, last = folders[0][0], folders[-1][0]
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    common = first[: first.rfind("/", 0, same) + 1]
    answer = s3.list_objects_v2(Bucket=bucket, Prefix=common)
    if not answer.get("IsTruncated"):
        # A small table, or a single folder: one call was enough.
        return _of_folders(bucket, folders, answer.get("Contents", []))
    if len(folders) > _LIST_EACH:
        return _of_folders(bucket, folders, _objects(s3, bucket, common))
    with ThreadPoolExecutor(max_workers=_LIST_THREADS) as pool:
        listed = pool.map(lambda item: (item, _objects(s3, bucket, item[0])), folders)
        return [file for item, objects in listed for file in _of_folders(bucket, [item], objects)]


def _of_folders(bucket: str, folders: list[tuple[str, int]], objects: list[dict[str, Any]]) -> list[LakeFile]:
    # Two partitions may share a folder, or one lie inside the other's: an object then belongs to both.
    indexes: dict[str, list[int]] = {}
    for folder, index in folders:
        indexes.setdefault(folder, []).append(index)
    return [
        file
        for found in objects
        for folder in _parents(found["Key"])
        for index in indexes.get(folder, ())
        for file in _readable(bucket, folder, index, found)
    ]


def _parents(key: str) -> list[str]:
    """ "", "a/", "a/b/" for a/b/c."""
    return [key[:at] for at in range(len(key)) if at == 0 or key[at - 1] == "/"]


def _objects(s3: Any, bucket: str, prefix: str) -> list[dict[str, Any]]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [found for page in pages for found in page.get("Contents", [])]


def _readable(bucket: str, folder: str, partition: int, found: dict[str, Any]) -> list[LakeFile]:
    below = found["Key"][len(folder) :]
    hidden = any(part.startswith(("_", ".")) for part in below.split("/"))
    if hidden or found["Size"] == 0 or below.endswith("/"):
        return []
    archived = found.get("StorageClass") in _ARCHIVED
    return [LakeFile(f"s3://{bucket}/{found['Key']}", int(found["Size"]), partition, archived)]
