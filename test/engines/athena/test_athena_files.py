"""Which objects belong to which partition, however many calls it takes to find out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_engines.errors import EngineError
from local_engines.lake.catalog import Partition
from local_engines.lake.files import LakeFile, list_files, split_url


class Bucket:
    """S3's listing over (key, size, storage class), `page` keys a call."""

    def __init__(self, objects: list[tuple[str, int, str]], page: int) -> None:
        self.objects = sorted(objects)
        self.page = page
        self.calls = 0

    def _matching(self, prefix: str) -> list[dict[str, Any]]:
        return [
            {"Key": key, "Size": size, "StorageClass": storage}
            for key, size, storage in self.objects
            if key.startswith(prefix)
        ]

    def list_objects_v2(self, Bucket: str, Prefix: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.calls += 1
        found = self._matching(Prefix)
        return {"Contents": found[: self.page], "IsTruncated": len(found) > self.page}

    def get_paginator(self, operation: str) -> Bucket:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's names
        found = self._matching(Prefix)
        for start in range(0, max(len(found), 1), self.page):
            self.calls += 1
            yield {"Contents": found[start : start + self.page]}


def partitions(*folders: str) -> list[Partition]:
    return [Partition((str(index),), f"s3://b/{folder}") for index, folder in enumerate(folders)]


def urls(bucket: Bucket, *folders: str) -> list[tuple[str, int]]:
    return [(file.url.removeprefix("s3://b/"), file.partition) for file in list_files(bucket, partitions(*folders))]


OBJECTS = [
    ("t/d=1/a", 5, "STANDARD"),
    ("t/d=1/deep/b", 6, "STANDARD_IA"),
    ("t/d=1/_SUCCESS", 7, "STANDARD"),
    ("t/d=1/.hidden", 7, "STANDARD"),
    ("t/d=1/_tmp/c", 7, "STANDARD"),
    ("t/d=1/empty", 0, "STANDARD"),
    ("t/d=1/folder/", 7, "STANDARD"),
    ("t/d=1/cold", 7, "GLACIER"),
    ("t/d=1/colder", 7, "DEEP_ARCHIVE"),
    ("t/d=1/instant", 8, "GLACIER_IR"),
    ("t/d=10/x", 9, "STANDARD"),
]


@pytest.mark.parametrize("page", [1, 3, 1000])
def test_hidden_empty_and_archived_objects_are_skipped(page: int) -> None:
    found = urls(Bucket(OBJECTS, page), "t/d=1/")
    assert found == [("t/d=1/a", 0), ("t/d=1/deep/b", 0), ("t/d=1/instant", 0)]


def test_a_location_without_slash_is_a_folder() -> None:
    assert urls(Bucket(OBJECTS, 1000), "t/d=1", "t/d=10") == urls(Bucket(OBJECTS, 1000), "t/d=1/", "t/d=10/")


@pytest.mark.parametrize("page", [2, 1000])
def test_an_object_belongs_to_every_partition_around_it(page: int) -> None:
    found = urls(Bucket([("t/a/1", 1, "STANDARD"), ("t/a/b/2", 1, "STANDARD")], page), "t/a/", "t/a/b/", "t/a/")
    assert sorted(found) == [("t/a/1", 0), ("t/a/1", 2), ("t/a/b/2", 0), ("t/a/b/2", 1), ("t/a/b/2", 2)]


def test_a_small_table_takes_one_call() -> None:
    bucket = Bucket([(f"t/d={day}/a", 1, "STANDARD") for day in range(40)], 1000)
    assert len(urls(bucket, *(f"t/d={day}/" for day in range(40)))) == 40
    assert bucket.calls == 1


def test_several_buckets() -> None:
    places = [Partition(("1",), "s3://b/t/"), Partition(("2",), "s3a://c/t/")]
    files = list_files(Bucket([("t/a", 3, "STANDARD")], 1000), places)
    assert files == [LakeFile("s3://b/t/a", 3, 0), LakeFile("s3://c/t/a", 3, 1)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["a", "b", "_x", "sub/c"])), unique=True, max_size=60),
    st.lists(st.integers(0, 45), unique=True, min_size=1, max_size=40),
    st.integers(1, 30),
)
def test_the_way_of_listing_changes_nothing(keys: list[tuple[int, str]], wanted: list[int], page: int) -> None:
    objects = [(f"t/d={day}/{name}", 1, "STANDARD") for day, name in keys]
    folders = [f"t/d={day}/" for day in wanted]
    expected = {
        (f"t/d={day}/{name}", wanted.index(day)) for day, name in keys if day in wanted and not name.startswith("_")
    }
    assert set(urls(Bucket(objects, page), *folders)) == expected


@pytest.mark.parametrize("location", ["", "hdfs://b/x", "s3://", "/local/path"])
def test_a_location_must_be_in_s3(location: str) -> None:
    with pytest.raises(EngineError, match="is not an S3 location"):
        split_url(location)
