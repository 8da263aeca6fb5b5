"""The scan limit of a workgroup: BytesScannedCutoffPerQuery."""

from __future__ import annotations

from uuid import uuid4

import pytest
from engines.athena.support import LAKE, RESULTS, Cloud, QueryFailed


def group(cloud: Cloud) -> str:
    """A new workgroup with the lowest limit that AWS takes; results go to s3://results/<name>/."""
    name = f"limited-{uuid4().hex[:8]}"
    results = {"OutputLocation": f"s3://{RESULTS}/{name}/"}
    configuration = {"ResultConfiguration": results, "BytesScannedCutoffPerQuery": 10_000_000}
    cloud.athena.create_work_group(Name=name, Configuration=configuration)
    return name


@pytest.fixture(scope="module")
def wide(cloud: Cloud) -> int:
    """A JSON table of 12 MB in two days; its size in bytes."""
    cloud.database("wide_db")
    serde = "org.openx.data.jsonserde.JsonSerDe"
    place = cloud.table("wide_db", "wide", {"x": "string"}, keys={"d": "string"}, serde=serde)
    total = 0
    for day in ("1", "2"):
        body = (b'{"x": "' + b"y" * 990 + b'"}\n') * 6_100
        total += cloud.put(f"{place}d={day}/a.json", body)
        cloud.partition("wide_db", "wide", [day], f"{place}d={day}/")
    assert total > 12_000_000
    return total


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM wide",
        "INSERT INTO target SELECT x FROM wide",
        "UNLOAD (SELECT x FROM wide) TO 's3://lake/cut-off/' WITH (format = 'JSON')",
        "CREATE TABLE copied AS SELECT x FROM wide",
    ],
)
def test_a_query_above_the_limit_is_cancelled_before_it_reads(cloud: Cloud, wide: int, sql: str) -> None:
    name = group(cloud)
    if cloud.rows("SHOW TABLES IN wide_db 'target'") == []:
        cloud.table("wide_db", "target", {"x": "string"})
    before = cloud.keys(f"s3://{LAKE}/")
    with pytest.raises(QueryFailed) as caught:
        cloud.run(sql, "wide_db", workgroup=name)
    assert (caught.value.state, str(caught.value)) == ("CANCELLED", "Bytes scanned limit was exceeded")
    assert caught.value.execution["Statistics"]["DataScannedInBytes"] == 10_000_000
    assert "AthenaError" not in caught.value.execution["Status"]
    assert cloud.keys(f"s3://{LAKE}/") == before
    assert cloud.keys(f"s3://{RESULTS}/{name}/") == []


def test_a_query_below_the_limit_runs(cloud: Cloud, wide: int) -> None:
    name = group(cloud)
    answer = cloud.run("SELECT count(*) FROM wide WHERE d = '1'", "wide_db", workgroup=name)
    assert (answer.value, answer.scanned) == ("6100", wide // 2)
    assert cloud.run("EXPLAIN SELECT * FROM wide", "wide_db", workgroup=name).scanned == 0
