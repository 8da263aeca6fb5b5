"""Asynchronous invocations of functions in the emulator, as emulator_main.py makes them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from local_engines.ministack import MiniStack

REGION, ACCOUNT = "us-east-1", "000000000000"
CODE = """
const { appendFileSync } = require("node:fs");
exports.handler = async (event) => {
  appendFileSync(process.env.TRIES, "x");
  throw new Error("out of order");
};
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    emulator = MiniStack(tmp_path_factory.mktemp("emulator"), REGION, ACCOUNT)
    try:
        yield lambda service: boto3.client(
            service,
            endpoint_url=emulator.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
    finally:
        emulator.stop()


def broken_function(client: Callable[[str], Any], name: str, tries: Path) -> tuple[str, str]:
    """ARN of a function that always fails, and URL of its dead letters."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.js", CODE)
    url = client("sqs").create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    made = client("lambda").create_function(
        FunctionName=name,
        Runtime="nodejs22.x",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/x",
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"TRIES": str(tries)}},
        DeadLetterConfig={"TargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}-dlq"},
    )
    return made["FunctionArn"], url


def dead_letter(client: Callable[[str], Any], url: str) -> dict[str, Any]:
    (message,) = client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=15)["Messages"]
    return dict(json.loads(message["Body"]))


def test_a_notification_that_fails_is_tried_three_times_and_kept(client: Any, tmp_path: Path) -> None:
    arn, url = broken_function(client, "told", tmp_path / "tries")
    topic = client("sns").create_topic(Name="news")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    client("sns").publish(TopicArn=topic, Message="the alarm")
    assert "the alarm" in json.dumps(dead_letter(client, url))
    assert (tmp_path / "tries").read_text() == "xxx"


def test_an_event_that_fails_is_tried_three_times_and_kept(client: Any, tmp_path: Path) -> None:
    arn, url = broken_function(client, "woken", tmp_path / "tries")
    events = client("events")
    events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="orders", Targets=[{"Id": "function", "Arn": arn}])
    events.put_events(Entries=[{"Source": "shop", "DetailType": "order", "Detail": json.dumps({"id": "o-1"})}])
    assert "o-1" in json.dumps(dead_letter(client, url))
    assert (tmp_path / "tries").read_text() == "xxx"
