"""The Glue catalog through boto3, its requests checked against AWS's own model of them (botocore's stub does)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from clickstream_jobs.catalog import GlueCatalog
from clickstream_jobs.errors import CatalogError

DESCRIPTOR = {"Location": "s3://b/t/", "Columns": [{"Name": "a", "Type": "string"}]}
KEYS = {"DatabaseName": "db", "TableName": "t"}


@pytest.fixture
def client() -> Any:
    return boto3.client("glue", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def partition(day: str, location: str) -> dict[str, Any]:
    return {"Values": [day], "StorageDescriptor": {**DESCRIPTOR, "Location": location}}


def table(stub: Stubber, **extra: Any) -> None:
    found = {"Name": "t", "StorageDescriptor": DESCRIPTOR, **extra}
    stub.add_response("get_table", {"Table": found}, {"DatabaseName": "db", "Name": "t"})


def listed(stub: Stubber, *partitions: dict[str, Any]) -> None:
    stub.add_response("get_partitions", {"Partitions": list(partitions)}, {**KEYS, "ExcludeColumnSchema": True})


@pytest.mark.parametrize("owner", ["", "hadoop"])
def test_moving_a_table_keeps_all_but_its_location_and_sends_nothing_empty(
    client: Any, stub: Stubber, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    kept = {"Name": "t", "TableType": "EXTERNAL_TABLE", "Parameters": {"classification": "parquet"}}
    found = {**kept, "StorageDescriptor": DESCRIPTOR, "CreatedBy": "someone", "Owner": owner}
    # Not by the stub, which refuses to answer with an empty owner.
    monkeypatch.setattr(client, "get_table", lambda **_: {"Table": found})
    expected = {**kept, "StorageDescriptor": {**DESCRIPTOR, "Location": "s3://b/t/run=1"}}
    if owner:
        expected["Owner"] = owner
    stub.add_response("update_table", {}, {"DatabaseName": "db", "TableInput": expected, "SkipArchive": True})
    GlueCatalog(client).set_table_location("db", "t", "s3://b/t/run=1")


def test_new_partitions_are_created_and_known_ones_moved(client: Any, stub: Stubber) -> None:
    table(stub)
    listed(stub, partition("2026-01-01", "s3://b/old"), partition("2025-12-31", "s3://b/other"))
    stub.add_response(
        "batch_create_partition", {}, {**KEYS, "PartitionInputList": [partition("2026-01-02", "s3://b/two")]}
    )
    moved = {"PartitionValueList": ["2026-01-01"], "PartitionInput": partition("2026-01-01", "s3://b/one")}
    stub.add_response("batch_update_partition", {}, {**KEYS, "Entries": [moved]})
    GlueCatalog(client).set_partitions("db", "t", {date(2026, 1, 1): "s3://b/one", date(2026, 1, 2): "s3://b/two"})


def test_a_refused_partition_is_an_error_that_says_what_to_do(client: Any, stub: Stubber) -> None:
    listed(stub, partition("2026-01-01", "s3://b/old"))
    error = {"PartitionValues": ["2026-01-01"], "ErrorDetail": {"ErrorCode": "ConcurrentModificationException"}}
    stub.add_response(
        "batch_delete_partition", {"Errors": [error]}, {**KEYS, "PartitionsToDelete": [{"Values": ["2026-01-01"]}]}
    )
    with pytest.raises(CatalogError, match="refused 1 partitions of db.t.*Concurrent.*run the job again"):
        GlueCatalog(client).remove_partitions("db", "t", [date(2026, 1, 1), date(2026, 1, 5)])


def test_only_the_dates_asked_for_are_listed_and_none_needs_no_call(client: Any, stub: Stubber) -> None:
    catalog = GlueCatalog(client)
    assert catalog.partitions("db", "t", []) == {}
    listed(stub, partition("2026-01-01", "s3://b/one"), partition("2026-01-02", "s3://b/two"))
    assert catalog.partitions("db", "t", [date(2026, 1, 2)]) == {date(2026, 1, 2): "s3://b/two"}


def test_a_missing_table_is_named(client: Any, stub: Stubber) -> None:
    stub.add_client_error("get_table", "EntityNotFoundException")
    with pytest.raises(CatalogError, match=r"table db\.t is not in the Glue catalog"):
        GlueCatalog(client).table_location("db", "t")
