"""Archived objects: skipped, and read once they are restored by tables that ask for it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from engines.athena.support import LAKE, Cloud


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_restored_objects_are_read_by_tables_with_the_property_only(
    cloud: Cloud, tmp_path: Path, storage_class: str
) -> None:
    database = cloud.database(f"restored_{storage_class.lower()}")
    place = f"s3://{LAKE}/{database}/objects/"
    asking = {"read_restored_glacier_objects": "true"}
    cloud.table(database, "asking", {"n": "int"}, location=place, parameters=asking)
    cloud.table(database, "silent", {"n": "int"}, location=place)
    for name, given in (("cold", {"StorageClass": storage_class}), ("instant", {"StorageClass": "GLACIER_IR"})):
        file = cloud.put_parquet(f"{place}{name}.parquet", "SELECT unnest(range(3))::INT AS n", tmp_path)
        cloud.put(f"{place}{name}.parquet", file.read_bytes(), **given)

    def rows(table: str) -> int:
        return int(cloud.value(f"SELECT count(*) FROM {database}.{table}") or 0)

    assert (rows("asking"), rows("silent")) == (3, 3), "Instant Retrieval is read, the other class skipped"
    key = f"{database}/objects/cold.parquet"
    cloud.s3.restore_object(Bucket=LAKE, Key=key, RestoreRequest={"Days": 1})
    assert rows("asking") == 3, "a restore that is under way gives nothing yet"
    deadline = time.monotonic() + 30
    while 'ongoing-request="false"' not in cloud.s3.head_object(Bucket=LAKE, Key=key).get("Restore", ""):
        assert time.monotonic() < deadline, "the emulator restores within seconds"
        time.sleep(0.2)
    assert (rows("asking"), rows("silent")) == (6, 3)
