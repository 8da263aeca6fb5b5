"""The S3 store of the archive job against the emulator, whose Glacier classes refuse a GET until they are restored."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from clickstream_jobs.archive_store import ALWAYS, Digest, S3ObjectStore, StoredObject
from local_engines.ministack import MiniStack

BODY = b"PAR1" + bytes(range(256)) * 100
SHA256 = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
SOURCE = "s3://gold/fact_clicks/event_date=2026-01-02/run=g1/part-0.snappy.parquet"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    emulator = MiniStack(tmp_path_factory.mktemp("s3"), "us-east-1", "000000000000")
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    try:
        client = boto3.client("s3", endpoint_url=emulator.url, region_name="us-east-1", **keys)
        client.create_bucket(Bucket="gold")
        # As Spark writes: without a SHA-256 of its own.
        client.put_object(Bucket="gold", Key=SOURCE.removeprefix("s3://gold/"), Body=BODY)
        yield client
    finally:
        emulator.stop()


@pytest.fixture
def store(s3: Any) -> S3ObjectStore:
    return S3ObjectStore(s3)


def archived(store: S3ObjectStore, storage_class: str) -> tuple[str, Digest]:
    """Copies the source; (key, digest of the source)."""
    key = f"archive/{storage_class}/part-00000.snappy.parquet"
    digest = store.digest(SOURCE)
    store.copy(SOURCE, digest.version, f"s3://gold/{key}", storage_class)
    return key, digest


def test_a_copy_bears_class_size_and_a_checksum_that_the_store_computed(store: S3ObjectStore) -> None:
    key, digest = archived(store, "GLACIER_IR")
    assert (digest.size, digest.sha256) == (len(BODY), SHA256)
    found = store.describe(f"s3://gold/{key}")
    assert found == StoredObject(len(BODY), SHA256, "GLACIER_IR", ALWAYS)
    assert store.digest(f"s3://gold/{key}").sha256 == SHA256, "Instant Retrieval is read like any object"
    source = store.describe(SOURCE)
    assert source is not None and source.storage_class == "STANDARD", "S3 gives STANDARD no class"


def test_there_is_no_state_of_an_object_that_is_not_there(store: S3ObjectStore) -> None:
    assert store.describe("s3://gold/archive/absent") is None


def test_a_bucket_that_may_not_be_asked_is_no_missing_object(
    s3: Any, store: S3ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "HeadObject")

    monkeypatch.setattr(s3, "head_object", forbidden)
    with pytest.raises(ClientError, match="403"):
        store.describe(SOURCE)


def test_a_source_that_changed_since_it_was_read_is_not_copied(store: S3ObjectStore) -> None:
    with pytest.raises(ClientError, match="PreconditionFailed"):
        store.copy(SOURCE, '"0123456789abcdef0123456789abcdef"', "s3://gold/archive/changed", "GLACIER_IR")
    assert store.describe("s3://gold/archive/changed") is None


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_deep_classes_are_proven_without_reading_and_read_after_a_restore(
    s3: Any, store: S3ObjectStore, storage_class: str
) -> None:
    key, _ = archived(store, storage_class)
    uri = f"s3://gold/{key}"
    assert store.describe(uri) == StoredObject(len(BODY), SHA256, storage_class, None)
    with pytest.raises(ClientError, match="InvalidObjectState"):
        store.digest(uri)
    s3.restore_object(Bucket="gold", Key=key, RestoreRequest={"Days": 3, "GlacierJobParameters": {"Tier": "Standard"}})
    under_way = store.describe(uri)
    assert under_way is not None and under_way.readable_until is None, "asked for is not readable yet"
    deadline = time.monotonic() + 30
    while (found := store.describe(uri)) is not None and found.readable_until is None:
        assert time.monotonic() < deadline, "the emulator restores within seconds"
        time.sleep(0.2)
    assert found is not None and found.readable_until is not None
    left = found.readable_until - datetime.now(timezone.utc)
    assert timedelta(days=3) < left < timedelta(days=4, minutes=1), "a copy ends at the midnight after its days"
    assert store.digest(uri).sha256 == SHA256
    with pytest.raises(ClientError, match="InvalidObjectState"):
        s3.restore_object(Bucket="gold", Key="archive/GLACIER_IR/part-00000.snappy.parquet", RestoreRequest={"Days": 1})
