"""The S3 stores of erasure against the emulator: versions, marks, and writers that come in between."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

import boto3
import pytest
from clickstream_jobs.partition_eraser import S3Copier
from clickstream_jobs.raw_erasure import count_object, erase_object
from clickstream_jobs.raw_store import ChangedError, NeedsRestoreError, S3RawStore
from local_engines.ministack import MiniStack
from test_erasure_lines import ANN, People

PEOPLE = People(ANN.by_identity())
NOTES = "s3://raw/notes/"
ANN_LINE, OTHER = b'{"user_id":"u1"}\n', b'{"user_id":"u2"}\r\n'


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    emulator = MiniStack(tmp_path_factory.mktemp("s3"), "us-east-1", "000000000000")
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ACCESS_KEY_ID", "test")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    try:
        client = boto3.client("s3", endpoint_url=emulator.url, region_name="us-east-1")
        client.create_bucket(Bucket="raw")
        client.put_bucket_versioning(Bucket="raw", VersioningConfiguration={"Status": "Enabled"})
        yield client
    finally:
        emulator.stop()
        patch.undo()


@pytest.fixture
def store(s3: Any) -> S3RawStore:
    opened = S3RawStore("raw", "us-east-1", s3.meta.endpoint_url)
    assert opened.read("none") is None
    # As it travels to a worker: with no client.
    return pickle.loads(pickle.dumps(opened))


def note_of(key: str) -> str:
    """Key of an object's note."""
    return f"notes/{hashlib.sha256(key.encode()).hexdigest()}.json"


def versions(s3: Any, key: str) -> list[bytes | None]:
    """Contents of all versions, newest first; None for a delete marker."""
    answer = s3.list_object_versions(Bucket="raw", Prefix=key)
    found = [(one, True) for one in answer.get("Versions", [])]
    found += [(one, False) for one in answer.get("DeleteMarkers", [])]
    return [
        s3.get_object(Bucket="raw", Key=key, VersionId=one["VersionId"])["Body"].read() if is_object else None
        for one, is_object in sorted(found, key=lambda pair: pair[0]["IsLatest"], reverse=True)
        if one["Key"] == key
    ]


def test_an_object_keeps_key_and_headers_and_loses_its_past(s3: Any, store: S3RawStore) -> None:
    headers = {"ContentType": "application/x-ndjson", "Metadata": {"producer": "web"}}
    s3.put_object(Bucket="raw", Key="a.json", Body=ANN_LINE)
    s3.put_object(Bucket="raw", Key="a.json.other", Body=ANN_LINE)
    s3.put_object(Bucket="raw", Key="a.json", Body=ANN_LINE + OTHER, **headers)
    assert count_object(store, PEOPLE, "a.json").removed == {"ann": 1}
    found = erase_object(store, PEOPLE, "a.json", NOTES)
    assert (found.state, found.lines, found.removed, found.versions) == ("rewritten", 2, {"ann": 1}, 2)
    assert versions(s3, "a.json") == [OTHER]
    assert json.loads(versions(s3, note_of("a.json"))[0] or b"") == {**asdict(found), "versions": 0}
    now = s3.get_object(Bucket="raw", Key="a.json")
    assert now["Metadata"] == {"producer": "web", "clickstream-rewritten": "erasure"}
    assert now["ContentType"] == "application/x-ndjson"
    again = erase_object(store, PEOPLE, "a.json", NOTES)
    assert (again.state, again.versions) == ("unchanged", 0)
    assert versions(s3, "a.json.other") == [ANN_LINE], "a key that begins alike is another object"


def test_an_object_of_nobody_else_leaves_neither_version_nor_marker(s3: Any, store: S3RawStore) -> None:
    for _ in range(2):
        s3.put_object(Bucket="raw", Key="b.json", Body=ANN_LINE)
    assert (erase_object(store, PEOPLE, "b.json", NOTES).state, versions(s3, "b.json")) == ("removed", [])
    # Gone by the lifecycle, but not its versions.
    s3.put_object(Bucket="raw", Key="b.json", Body=ANN_LINE)
    s3.delete_object(Bucket="raw", Key="b.json")
    gone = erase_object(store, PEOPLE, "b.json", NOTES)
    assert (gone.state, gone.versions, versions(s3, "b.json")) == ("gone", 2, [])
    assert erase_object(store, PEOPLE, "b.json", NOTES).versions == 0


def test_a_file_that_is_corrected_meanwhile_is_read_again(
    s3: Any, store: S3RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.put_object(Bucket="raw", Key="c.json", Body=ANN_LINE + OTHER)
    read = store.read("c.json")
    assert read is not None
    corrected = OTHER + ANN_LINE + OTHER
    s3.put_object(Bucket="raw", Key="c.json", Body=corrected)
    with pytest.raises(ChangedError):
        store.replace("c.json", OTHER, read)
    assert store.remove("c.json", read) == 1, "only what was read and what came before it"
    assert versions(s3, "c.json") == [corrected]

    stale = [read]
    fresh = store.read
    monkeypatch.setattr(store, "read", lambda key: stale.pop() if stale else fresh(key))
    found = erase_object(store, PEOPLE, "c.json", NOTES)
    assert (found.state, found.lines) == ("rewritten", 3)
    assert versions(s3, "c.json") == [OTHER + OTHER]


def test_what_cannot_be_read_waits(s3: Any, store: S3RawStore) -> None:
    s3.put_object(Bucket="raw", Key="cold.json", Body=ANN_LINE, StorageClass="GLACIER")
    with pytest.raises(NeedsRestoreError):
        store.read("cold.json")
    for work in (partial(erase_object, notes=NOTES), count_object):
        assert [work(store, PEOPLE, key).state for key in ("cold.json", "x.json.zst")] == ["waiting", "waiting"]


def test_files_of_tables_are_copied_inside_the_store(s3: Any) -> None:
    s3.put_object(Bucket="raw", Key="t/run=1/part-0.parquet", Body=b"PAR1")
    S3Copier(s3).copy("s3a://raw/t/run=1/part-0.parquet", "s3://raw/t/run=2/part-0.parquet")
    assert s3.get_object(Bucket="raw", Key="t/run=2/part-0.parquet")["Body"].read() == b"PAR1"
