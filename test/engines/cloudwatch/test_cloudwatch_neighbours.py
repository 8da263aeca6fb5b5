"""CloudWatch beside the emulator: SNS, EventBridge, queues and functions that it measures."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engines.cloudwatch.support import ACCOUNT, REGION, client
from local_engines.cloudwatch.service import CloudWatchService
from local_engines.context import Endpoints, EngineContext
from local_engines.ministack import MiniStack
from local_engines.server import EngineServer


class Cloud:
    def __init__(self, folder: Path) -> None:
        self.server = EngineServer()
        self.emulator = MiniStack(folder, REGION, ACCOUNT)
        self.server.emulator_url = self.emulator.url
        endpoints = Endpoints(self.emulator.url, self.server.url, self.server.url, cloudwatch=self.server.url)
        context = EngineContext(endpoints, folder, REGION, ACCOUNT, self.emulator.service_token)
        self.service = CloudWatchService(context)
        self.server.register([self.service])
        self.server.start()
        self.api = client("cloudwatch", self.server.url)
        names = ("sqs", "sns", "events", "lambda")
        self.sqs, self.sns, self.events, self.functions = (client(name, self.emulator.url) for name in names)

    def queue(self, name: str) -> tuple[str, str]:
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def receive(self, url: str) -> dict[str, Any]:
        (message,) = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return dict(json.loads(message["Body"]))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    found = Cloud(tmp_path_factory.mktemp("neighbours"))
    try:
        yield found
    finally:
        found.server.stop()
        found.emulator.stop()


def alarm(cloud: Cloud, name: str, namespace: str, metric: str, dimension: tuple[str, str], **more: Any) -> None:
    cloud.api.put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": dimension[0], "Value": dimension[1]}],
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        **{"Statistic": "Maximum", **more},
    )


def test_a_dead_letter_reaches_people(cloud: Cloud) -> None:
    dead, _ = cloud.queue("dead")
    inbox, inbox_arn = cloud.queue("inbox")
    news, news_arn = cloud.queue("news")
    topic = cloud.sns.create_topic(Name="alarms")["TopicArn"]
    cloud.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox_arn)
    pattern = {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}
    cloud.events.put_rule(Name="news", EventPattern=json.dumps(pattern))
    cloud.events.put_targets(Rule="news", Targets=[{"Id": "q", "Arn": news_arn}])
    visible = ("AWS/SQS", "ApproximateNumberOfMessagesVisible", ("QueueName", "dead"))
    alarm(cloud, "dead-letters", *visible, AlarmActions=[topic])
    assert cloud.service.evaluate()["changed"] == [{"alarm": "dead-letters", "from": "INSUFFICIENT_DATA", "to": "OK"}]
    cloud.sqs.send_message(QueueUrl=dead, MessageBody="x")
    cloud.service.clock.set(cloud.service.clock.now() + 120)
    assert cloud.service.evaluate()["changed"] == [{"alarm": "dead-letters", "from": "OK", "to": "ALARM"}]
    told = cloud.receive(inbox)
    assert told["Subject"] == 'ALARM: "dead-letters" in US East (N. Virginia)'
    assert json.loads(told["Message"])["Trigger"]["Dimensions"] == [{"value": "dead", "name": "QueueName"}]
    event = cloud.receive(news)
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:dead-letters"]
    assert event["detail"]["previousState"]["value"] == "OK"


def test_the_age_of_the_oldest_message_grows(cloud: Cloud) -> None:
    url, _ = cloud.queue("waiting")
    alarm(cloud, "old", "AWS/SQS", "ApproximateAgeOfOldestMessage", ("QueueName", "waiting"))
    cloud.service.evaluate()
    cloud.sqs.send_message(QueueUrl=url, MessageBody="x")
    ages = []
    for _ in range(3):
        cloud.service.clock.set(cloud.service.clock.now() + 60)
        cloud.service.evaluate()
        now = cloud.service.clock.now()
        points = cloud.api.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName="ApproximateAgeOfOldestMessage",
            Dimensions=[{"Name": "QueueName", "Value": "waiting"}],
            StartTime=now - 600,
            EndTime=now + 60,
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        ages.append(max(points, key=lambda point: point["Timestamp"])["Maximum"])
    assert ages[0] < 10 and 59 < ages[1] < 70 and 119 < ages[2] < 140


def test_a_topic_that_is_gone_is_noted(cloud: Cloud) -> None:
    absent = f"arn:aws:sns:{REGION}:{ACCOUNT}:absent"
    alarm(cloud, "untold", "N", "m", ("a", "b"), AlarmActions=[absent])
    cloud.api.set_alarm_state(AlarmName="untold", StateValue="ALARM", StateReason="x")
    items = cloud.api.describe_alarm_history(AlarmName="untold", HistoryItemType="Action")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in items] == [f"Failed to execute action {absent}"]
    assert "NotFound" in json.loads(items[0]["HistoryData"])["error"]


def test_errors_of_functions_are_counted(cloud: Cloud) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(
            "index.js", "exports.handler = async ({ fail }) => { if (fail) throw new Error('x'); return 1; };"
        )
    cloud.functions.create_function(
        FunctionName="worker",
        Runtime="nodejs22.x",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/x",
        Code={"ZipFile": archive.getvalue()},
    )
    alarm(cloud, "failing", "AWS/Lambda", "Errors", ("FunctionName", "worker"), Statistic="Sum")

    def changes() -> list[str]:
        cloud.service.clock.set(cloud.service.clock.now() + 60)
        return [one["to"] for one in cloud.service.evaluate()["changed"] if one["alarm"] == "failing"]

    cloud.functions.invoke(FunctionName="worker", Payload=b"{}")
    assert until(changes) == ["OK"]
    cloud.functions.invoke(FunctionName="worker", Payload=b'{"fail": true}')
    assert until(changes) == ["ALARM"]


def until(look: Callable[[], list[str]]) -> list[str]:
    """The emulator counts a call when it has answered."""
    deadline = time.monotonic() + 10
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found
