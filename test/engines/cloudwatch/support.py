"""A CloudWatch engine on a clock that tests set; no emulator behind it, but a record of what was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from local_engines.cloudwatch.clock import from_text
from local_engines.cloudwatch.service import CloudWatchService
from local_engines.context import Endpoints, EngineContext
from local_engines.server import EngineServer

REGION, ACCOUNT = "us-east-1", "000000000000"
#: A whole minute.
START = from_text("2026-11-25T12:00:00Z")
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
#: Nobody listens there.
NOBODY = "http://127.0.0.1:9"


def client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}),
    )


class Sent:
    """What would have been told."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str, dict[str, Any]]] = []
        self.events: list[dict[str, Any]] = []

    def publish(self, arn: str, subject: str, message: str) -> None:
        self.messages.append((arn, subject, json.loads(message)))

    def tell(self, arn: str, detail: dict[str, Any]) -> None:
        self.events.append({"arn": arn, **detail})

    @property
    def subjects(self) -> list[str]:
        """`ALARM a`"""
        return [f"{message['NewStateValue']} {message['AlarmName']}" for _, _, message in self.messages]


class Door:
    """A server and a client for all tests: making them takes longer than most tests."""

    def __init__(self, folder: Path) -> None:
        self.server = EngineServer(NOBODY)
        endpoints = Endpoints(NOBODY, self.server.url, self.server.url, cloudwatch=self.server.url)
        self.context = EngineContext(endpoints, folder, REGION, ACCOUNT)
        self.api = client("cloudwatch", self.server.url)
        self.server.start()


class Engine:
    """A new service behind the door, and what was sent by it."""

    def __init__(self, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent = sent = Sent()
        monkeypatch.setattr(CloudWatchService, "_publish", lambda _, *told: sent.publish(*told))
        monkeypatch.setattr(CloudWatchService, "_tell", lambda _, *told: sent.tell(*told))
        self.url, self.api = door.server.url, door.api
        self.service = CloudWatchService(door.context)
        door.server.register([self.service])
        door.server.local |= self.service.local
        self.at(0)

    def at(self, seconds: float) -> None:
        """Sets the clock, by seconds after `START`."""
        self.now = START + seconds
        self.service.clock.set(self.now)

    def evaluate(self, seconds: float) -> list[str]:
        """Evaluates at that time; what changed, as `a OK`."""
        self.at(seconds)
        return [f"{one['alarm']} {one['to']}" for one in self.service.evaluate()["changed"]]

    def put(self, seconds: float, value: float, name: str = "m", **more: Any) -> None:
        datum = {"MetricName": name, "Value": value, "Timestamp": START + seconds, **more}
        self.api.put_metric_data(Namespace="N", MetricData=[datum])

    def alarm(self, name: str = "a", **settings: Any) -> None:
        """Over 1 of metric N m for a minute, unless told otherwise."""
        request: dict[str, Any] = {
            "Namespace": "N",
            "MetricName": "m",
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [TOPIC],
            "OKActions": [TOPIC],
            **settings,
        }
        request = {key: value for key, value in request.items() if value is not None}
        self.api.put_metric_alarm(AlarmName=name, **request)

    def state(self, name: str = "a") -> str:
        found = self.api.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return str([*found["MetricAlarms"], *found["CompositeAlarms"]][0]["StateValue"])

    def history(self, kind: str, **more: Any) -> list[str]:
        """Summaries, oldest first."""
        request = {"HistoryItemType": kind, "ScanBy": "TimestampAscending", **more}
        kinds = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        items = self.api.describe_alarm_history(**{**kinds, **request})["AlarmHistoryItems"]
        return [item["HistorySummary"] for item in items]


@contextmanager
def refused(code: str, *words: str) -> Iterator[None]:
    """The call inside must be refused with this code, and a text with these words."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    for word in words:
        assert word in error["Message"], error
