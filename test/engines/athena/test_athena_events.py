"""The events of queries that change their state, as a queue behind a rule gets them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engines.athena.support import REGION, Cloud
from local_engines.athena.service import AthenaService

GROUP = "events"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud whose Athena may publish as a service does."""
    found = ServiceCloud(tmp_path_factory.mktemp("athena-events"))
    try:
        yield found
    finally:
        found.close()


class ServiceCloud(Cloud):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.context.service_token = self.emulator.service_token
        self.service.close()
        self.service = AthenaService(self.context)
        self.server.register([self.service])
        self.athena.create_work_group(
            Name=GROUP, Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/events/"}}
        )


@pytest.fixture(scope="module")
def queue_url(cloud: Cloud) -> str:
    """A queue that gets every event of the workgroup."""
    sqs, events = cloud.client("sqs"), cloud.client("events")
    url: str = sqs.create_queue(QueueName="athena-events")["QueueUrl"]
    pattern = {
        "source": ["aws.athena"],
        "detail-type": ["Athena Query State Change"],
        "detail": {"workgroupName": [GROUP]},
    }
    events.put_rule(Name="athena-events", EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:{REGION}:{cloud.context.account}:athena-events"
    events.put_targets(Rule="athena-events", Targets=[{"Id": "queue", "Arn": arn}])
    return url


def start(cloud: Cloud, sql: str, group: str = GROUP) -> str:
    return str(cloud.athena.start_query_execution(QueryString=sql, WorkGroup=group)["QueryExecutionId"])


def events_of(cloud: Cloud, url: str, query_id: str, last: set[str]) -> list[dict[str, Any]]:
    """The events of one query up to one of the states `last`, in their order."""
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + 20
    while not any(event["detail"]["currentState"] in last for event in found):
        assert time.monotonic() < deadline, f"no event of {last}: {found}"
        answer = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            event = json.loads(message["Body"])
            if event["detail"]["queryExecutionId"] == query_id:
                found.append(event)
    return sorted(found, key=lambda event: int(event["detail"]["sequenceNumber"]))


def test_a_query_tells_of_each_of_its_states_once_and_in_order(cloud: Cloud, queue_url: str) -> None:
    query_id = start(cloud, "SELECT 1")
    events = events_of(cloud, queue_url, query_id, {"SUCCEEDED"})
    assert [event["detail"] for event in events] == [
        detail(query_id, "QUEUED", None, "1"),
        detail(query_id, "RUNNING", "QUEUED", "2"),
        detail(query_id, "SUCCEEDED", "RUNNING", "3"),
    ]
    assert {(event["source"], event["detail-type"]) for event in events} == {
        ("aws.athena", "Athena Query State Change")
    }


def test_a_failed_query_says_why(cloud: Cloud, queue_url: str) -> None:
    query_id = start(cloud, "SELECT * FROM nowhere.nothing")
    last = events_of(cloud, queue_url, query_id, {"FAILED"})[-1]["detail"]
    error = last.pop("athenaError")
    assert last == detail(query_id, "FAILED", "RUNNING", "3")
    assert "nowhere" in error.pop("errorMessage")
    assert error == {"errorCategory": 2.0, "errorType": 1301.0, "retryable": False}


def test_a_query_that_is_stopped_ends_once(cloud: Cloud, queue_url: str) -> None:
    query_id = start(cloud, "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 10000)) b(y)")
    cloud.athena.stop_query_execution(QueryExecutionId=query_id)
    cloud.athena.stop_query_execution(QueryExecutionId=query_id)
    events = events_of(cloud, queue_url, query_id, {"CANCELLED", "SUCCEEDED"})
    ended = [event["detail"] for event in events if event["detail"]["currentState"] not in ("QUEUED", "RUNNING")]
    # Stopped in the queue or while it ran: the events say which.
    before = events[-2]["detail"]["currentState"]
    assert ended == [detail(query_id, "CANCELLED", before, str(len(events)))]


def test_a_statement_of_ddl_says_that_it_is_one(cloud: Cloud, queue_url: str) -> None:
    query_id = start(cloud, "CREATE DATABASE IF NOT EXISTS events_database")
    last = events_of(cloud, queue_url, query_id, {"SUCCEEDED"})[-1]["detail"]
    assert last["statementType"] == "DDL"


def detail(query_id: str, state: str, previous: str | None, sequence: str) -> dict[str, Any]:
    found = {
        "versionId": "0",
        "currentState": state,
        "statementType": "DML",
        "queryExecutionId": query_id,
        "workgroupName": GROUP,
        "sequenceNumber": sequence,
    }
    return found if previous is None else {**found, "previousState": previous}
