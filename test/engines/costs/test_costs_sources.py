"""Quantities of the local services, at the prices of the one file."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_engines.costs import prices, serverless, sources
from local_engines.costs.ledger import CostLine
from local_engines.errors import AwsError

DAY = "2026-11-25"
NOON = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
PRICES = {
    "athena.tbScanned": 5.0,
    "glue.dpuHour": 0.44,
    "glue.flexDpuHour": 0.29,
    "redshift.ra3Xlplus": 1.086,
    "redshift.rpuHour": 0.375,
    "s3.standard": 0.023,
}


class Api:
    """Answers of a service, by operation."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Any:
        answer = self._answers[operation]
        return lambda **request: answer(request) if callable(answer) else answer


class Context:
    """Stands for an EngineContext whose services answer what a test says."""

    class endpoints:  # noqa: N801 - the member's name
        athena = glue = redshift = redshift_serverless = redshift_data = ""

    def __init__(self, api: Api) -> None:
        self._api = api

    def client(self, *_: object) -> Api:
        return self._api

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:us-east-1:0:{resource}"


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sources, "price", PRICES.__getitem__)
    monkeypatch.setattr(serverless, "price", PRICES.__getitem__)
    return


def execution(state: str, scanned: int, kind: str = "DML", **more: Any) -> dict[str, Any]:
    status = {"State": state, "SubmissionDateTime": NOON}
    return {"Status": status, "StatementType": kind, "Statistics": {"DataScannedInBytes": scanned, **more}}


@pytest.mark.parametrize(
    ("given", "usd"),
    [
        (execution("SUCCEEDED", 2_000_000_000), 0.01),
        (execution("SUCCEEDED", 10), 0.00005),
        (execution("SUCCEEDED", 0), 0.00005),
        (execution("SUCCEEDED", 10_000_001), 0.000055),
        (execution("SUCCEEDED", 0, "DDL"), 0),
        (execution("FAILED", 2_000_000_000), 0),
        (execution("CANCELLED", 0), 0),
        (execution("CANCELLED", 2_000_000_000), 0.01),
        (execution("SUCCEEDED", 0, ResultReuseInformation={"ReusedPreviousResult": True}), 0),
    ],
)
def test_athena_scans(given: dict[str, Any], usd: float) -> None:
    api = Api(
        list_work_groups={"WorkGroups": [{"Name": "bi"}]},
        list_query_executions={"QueryExecutionIds": ["1"]},
        list_tags_for_resource={"Tags": [{"Key": "pipeline", "Value": "p"}]},
        batch_get_query_execution={"QueryExecutions": [given]},
    )
    lines = list(sources.Athena(Context(api))(DAY, DAY))  # type: ignore[arg-type]
    assert lines == ([CostLine(DAY, "Amazon Athena", pytest.approx(usd), {"pipeline": "p"})] if usd else [])


@pytest.mark.parametrize(
    ("run", "usd"),
    [
        ({"ExecutionTime": 3600, "MaxCapacity": 10.0}, 4.4),
        ({"ExecutionTime": 3, "MaxCapacity": 2.0}, 2 * 0.44 / 60),
        ({"ExecutionTime": 3600, "DPUSeconds": 1800.0, "ExecutionClass": "FLEX"}, 0.145),
    ],
)
def test_glue_runs(run: dict[str, Any], usd: float) -> None:
    ended, running = {"StartedOn": NOON, "CompletedOn": NOON, **run}, {"StartedOn": NOON, **run}
    unbegun = {**ended, "ExecutionTime": 0}
    api = Api(
        get_jobs={"Jobs": [{"Name": "silver"}]},
        get_job_runs={"JobRuns": [ended, running, unbegun]},
        get_tags={"Tags": {"pipeline": "p"}},
    )
    lines = list(sources.Glue(Context(api))(DAY, DAY))  # type: ignore[arg-type]
    assert lines == [CostLine(DAY, "AWS Glue", pytest.approx(usd), {"pipeline": "p"})]


def test_redshift_hours_count_while_it_runs() -> None:
    now, status = [NOON.timestamp()], ["available"]
    cluster = {"ClusterIdentifier": "c", "NodeType": "ra3.xlplus", "NumberOfNodes": 2, "Tags": []}
    api = Api(describe_clusters=lambda _: {"Clusters": [{**cluster, "ClusterStatus": status[0]}]})
    meter = sources.Redshift(Context(api), lambda: now[0])  # type: ignore[arg-type]
    for step in (0, 60, 60):
        now[0] += step
        meter.look()
    status[0] = "paused"
    now[0] += 60
    meter.look()
    # A clock that was set is no running.
    status[0] = "available"
    now[0] += 86_400
    meter.look()
    assert list(meter(DAY, DAY)) == [CostLine(DAY, "Amazon Redshift", pytest.approx(2 * 2 / 60 * 1.086), {})]


def test_serverless_is_charged_while_statements_run() -> None:
    def statement(second: int, seconds: int) -> dict[str, datetime]:
        begun = NOON + timedelta(seconds=second)
        return {"CreatedAt": begun, "UpdatedAt": begun + timedelta(seconds=seconds)}

    api = Api(
        list_workgroups={"workgroups": [{"workgroupName": "w", "workgroupArn": "arn", "baseCapacity": 8}]},
        list_statements={"Statements": [statement(0, 90), statement(30, 1), statement(1000, 1)]},
        list_tags_for_resource={"tags": [{"key": "pipeline", "value": "p"}]},
    )
    lines = list(serverless.Serverless(Context(api))(DAY, DAY))  # type: ignore[arg-type]
    assert [line.usd for line in lines] == [pytest.approx(s / 3600 * 8 * 0.375) for s in (90, 60)]
    assert {line.tags["pipeline"] for line in lines} == {"p"}


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 300))))
def test_busy_times_are_apart_and_hold_every_statement(times: list[tuple[int, int]]) -> None:
    statements = [(NOON + timedelta(seconds=a), NOON + timedelta(seconds=a + b)) for a, b in times]
    spans = serverless.busy(statements)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(spans))
    assert all(any(span[0] <= begun and ended <= span[1] for span in spans) for begun, ended in statements)
    assert all(span[1] - span[0] >= timedelta(seconds=60) for span in spans)


def test_stored_bytes_cost_their_share_of_the_month() -> None:
    class Pages:
        def paginate(self, **_: str) -> list[dict[str, Any]]:
            return [{"Versions": [{"Size": 400_000_000}]}, {"Versions": [{"Size": 600_000_000}]}, {}]

    api = Api(
        list_buckets={"Buckets": [{"Name": "raw"}]},
        get_paginator=None,
        get_bucket_tagging={"TagSet": [{"Key": "pipeline", "Value": "p"}]},
    )
    api.__dict__["get_paginator"] = lambda _: Pages()
    storage = sources.Storage(Context(api), NOON.timestamp)  # type: ignore[arg-type]
    expected = CostLine(DAY, "Amazon Simple Storage Service", pytest.approx(0.023 / 30), {"pipeline": "p"})
    assert list(storage(DAY, "2026-11-26")) == [expected]
    # Asked of another day, it remembers what it measured and measures nothing.
    assert list(storage("2026-11-20", "2026-11-21")) == [expected]


def test_a_price_that_is_not_listed_is_never_guessed(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_text(json.dumps({"prices": {"glue.dpuHour": {"usd": 0.44}}}))
    assert prices.price("glue.dpuHour", file) == 0.44
    with pytest.raises(AwsError, match=r"no price glue\.other in prices\.json"):
        prices.price("glue.other", file)


@pytest.mark.parametrize(
    "key",
    [*PRICES, "glue.v6DpuHour", "redshift.ra3Large", "redshift.ra34xlarge", "redshift.ra316xlarge"],
)
def test_the_project_lists_every_price_that_is_asked_for(key: str) -> None:
    assert prices.price(key) > 0
