"""What the local target says of tables that it would read wrong."""

from __future__ import annotations

import pytest
from local_engines.lake.catalog import Table
from local_engines.lake.readable import UnreadableTableError, check_readable

CLOUDTRAIL = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"


def _table(input_format: str | None) -> Table:
    """A table of JSON as the catalog holds it."""
    storage = {} if input_format is None else {"InputFormat": input_format}
    serde = "org.apache.hive.hcatalog.data.JsonSerDe"
    return Table("audit", "cloudtrail", (), (), "s3://trail/", serde, raw={"StorageDescriptor": storage})


@pytest.mark.parametrize("lines", [None, "org.apache.hadoop.mapred.TextInputFormat"])
def test_json_in_lines_is_read(lines: str | None) -> None:
    check_readable(_table(lines))


def test_json_in_another_container_is_refused_by_its_name() -> None:
    with pytest.raises(UnreadableTableError) as caught:
        check_readable(_table(CLOUDTRAIL))
    assert str(caught.value).startswith(
        f"HIVE_UNSUPPORTED_FORMAT: table audit.cloudtrail has the input format '{CLOUDTRAIL}'"
    )
