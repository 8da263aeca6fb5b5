"""Bookmarks by Glue's API, on the objects that the jobs write."""

from __future__ import annotations

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError
from local_engines.errors import AwsError
from local_engines.glue.bookmarks import Bookmarks, script_name

JOB: dict[str, Any] = {
    "Name": "etl-0a1b2c3",
    "Command": {"Name": "glueetl", "ScriptLocation": "s3://code/scripts/silver_to_gold-0123456789ab.py"},
    "DefaultArguments": {"--state_path": "s3://store/state/"},
}


class FakeS3:
    """Objects in memory, with S3's answer for one that is not there."""

    def __init__(self, objects: dict[tuple[str, str], bytes]) -> None:
        self.objects = objects

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if (Bucket, Key) not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "none"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def delete_object(self, Bucket: str, Key: str) -> None:  # noqa: N803
        self.objects.pop((Bucket, Key), None)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("s3://b/scripts/silver_to_gold-0123456789ab.py", "silver_to_gold"),
        ("s3://b/silver_to_gold.py", "silver_to_gold"),
        ("s3://b/load-2.py", "load-2"),
    ],
)
def test_script_name_drops_folder_extension_and_content_hash(location: str, expected: str) -> None:
    assert script_name(location) == expected


def test_an_entry_is_the_object_that_the_job_wrote_and_a_reset_forgets_it() -> None:
    s3 = FakeS3({("store", "state/silver_to_gold.json"): b'{"format":1}', ("store", "state/other.json"): b"{}"})
    bookmarks = Bookmarks(s3)
    assert bookmarks.entry(JOB, []) == {
        "JobName": "etl-0a1b2c3",
        "Version": 0,
        "Run": 0,
        "Attempt": 0,
        "JobBookmark": '{"format":1}',
    }
    assert bookmarks.reset(JOB, [])["JobBookmark"] == "{}"
    assert list(s3.objects) == [("store", "state/other.json")]
    with pytest.raises(AwsError) as caught:
        bookmarks.entry(JOB, [])
    assert caught.value.code == "EntityNotFoundException"


def test_a_job_without_a_state_path_has_no_bookmark() -> None:
    with pytest.raises(AwsError) as caught:
        Bookmarks(FakeS3({})).entry({**JOB, "DefaultArguments": {}}, [])
    assert caught.value.code == "EntityNotFoundException"
