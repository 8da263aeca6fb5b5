"""Cost Explorer and Budgets over a ledger whose lines are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from local_engines.context import Endpoints, EngineContext
from local_engines.costs.budgets import BudgetsService
from local_engines.costs.ledger import CostLine, Ledger
from local_engines.costs.service import CostExplorerService
from local_engines.errors import AwsError
from local_engines.server import EngineServer

ACCOUNT = "000000000000"
NOW = datetime(2026, 11, 25, 7, tzinfo=timezone.utc)
PIPELINE = {"Tags": {"Key": "pipeline", "Values": ["p"], "MatchOptions": ["EQUALS"]}}
SERVICE = [{"Type": "DIMENSION", "Key": "SERVICE"}]
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"


class Costs:
    def __init__(self, folder: Path) -> None:
        self.server = EngineServer("http://127.0.0.1:9")
        self.context = EngineContext(Endpoints(*[self.server.url] * 3), folder, "us-east-1", ACCOUNT)
        self.server.start()
        self.api = boto3.client(
            "ce",
            endpoint_url=self.server.url,
            region_name="us-east-1",
            aws_access_key_id="t",
            aws_secret_access_key="t",
            config=Config(retries={"max_attempts": 0}),
        )

    def fresh(self) -> Costs:
        self.measured: list[CostLine] = []
        self.ledger = Ledger([lambda start, end: self.measured])
        self.server.register([CostExplorerService(self.context, self.ledger, NOW.timestamp)])
        return self

    def add(self, day: str, service: str, usd: float, **tags: str) -> None:
        self.ledger.add({"date": day, "service": service, "usd": usd, "tags": tags})

    def ask(self, start: str, end: str, **more: Any) -> list[dict[str, Any]]:
        request = {"Granularity": "DAILY", "Metrics": ["AmortizedCost"], "TimePeriod": {"Start": start, "End": end}}
        return list(self.api.get_cost_and_usage(**{**request, **more})["ResultsByTime"])

    def monitor(self, **more: Any) -> str:
        described = {"MonitorName": "m", "MonitorType": "CUSTOM", "MonitorSpecification": {"Tags": PIPELINE["Tags"]}}
        return str(self.api.create_anomaly_monitor(AnomalyMonitor=described, **more)["MonitorArn"])


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Costs]:
    found = Costs(tmp_path_factory.mktemp("costs"))
    try:
        yield found
    finally:
        found.server.stop()


@pytest.fixture
def costs(door: Costs) -> Costs:
    return door.fresh()


def test_costs_of_a_tag_by_service_and_day(costs: Costs) -> None:
    costs.add("2026-11-24", "AWS Glue", 1.5, pipeline="p")
    costs.add("2026-11-24", "AWS Glue", 0.25, pipeline="p")
    costs.add("2026-11-24", "AWS Glue", 9, pipeline="other")
    costs.measured.append(CostLine("2026-11-24", "Amazon Athena", 0.00005, {"pipeline": "p"}))
    costs.add("2026-11-25", "AWS Glue", 7, pipeline="p")
    first, second = costs.ask("2026-11-23", "2026-11-25", Filter=PIPELINE, GroupBy=SERVICE)
    assert first["Groups"] == []
    assert [(group["Keys"], group["Metrics"]) for group in second["Groups"]] == [
        (["AWS Glue"], {"AmortizedCost": {"Amount": "1.75", "Unit": "USD"}}),
        (["Amazon Athena"], {"AmortizedCost": {"Amount": "0.00005", "Unit": "USD"}}),
    ]
    assert second["TimePeriod"] == {"Start": "2026-11-24", "End": "2026-11-25"}
    (month,) = costs.ask("2026-11-01", "2026-12-01", Granularity="MONTHLY")
    assert month["Total"]["AmortizedCost"]["Amount"] == "17.75005"
    (day,) = costs.ask("2026-11-25", "2026-11-26", GroupBy=[{"Type": "TAG", "Key": "pipeline"}])
    assert day["Groups"][0]["Keys"] == ["pipeline$p"]
    other = {"And": [{"Not": PIPELINE}, {"Dimensions": {"Key": "SERVICE", "Values": ["AWS Glue"]}}]}
    (day,) = costs.ask("2026-11-24", "2026-11-25", Filter=other)
    assert day["Total"]["AmortizedCost"]["Amount"] == "9"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"TimePeriod": {"Start": "2026-11-25", "End": "2026-11-25"}}, "before end date"),
        ({"Granularity": "HOURLY"}, "HOURLY"),
        ({"Metrics": ["UsageQuantity"]}, "UsageQuantity"),
        ({"GroupBy": [{"Type": "DIMENSION", "Key": "AZ"}]}, "AZ"),
        ({"Filter": {"Dimensions": {"Key": "REGION", "Values": ["x"]}}}, "REGION"),
        ({"Filter": {**PIPELINE, "Not": PIPELINE}}, "exactly one member"),
    ],
)
def test_questions_that_are_refused(costs: Costs, change: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        costs.ask("2026-11-24", "2026-11-25", **change)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_line_must_be_whole(costs: Costs) -> None:
    with pytest.raises(AwsError, match="is no cost line"):
        costs.ledger.add({"date": "yesterday", "service": "x", "usd": 1})


def test_monitors_and_subscriptions(costs: Costs) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    monitor = costs.monitor(ResourceTags=tags)
    assert costs.api.list_tags_for_resource(ResourceArn=monitor)["ResourceTags"] == tags
    costs.api.update_anomaly_monitor(MonitorArn=monitor, MonitorName="n")
    (found,) = costs.api.get_anomaly_monitors(MonitorArnList=[monitor])["AnomalyMonitors"]
    assert found["MonitorName"] == "n" and found["MonitorSpecification"] == {"Tags": PIPELINE["Tags"]}
    threshold = {"Dimensions": {"Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "Values": ["1"]}}
    described = {
        "SubscriptionName": "s",
        "MonitorArnList": [monitor],
        "Frequency": "IMMEDIATE",
        "Subscribers": [{"Type": "SNS", "Address": TOPIC}],
        "ThresholdExpression": threshold,
    }
    arn = costs.api.create_anomaly_subscription(AnomalySubscription=described)["SubscriptionArn"]
    (held,) = costs.api.get_anomaly_subscriptions(SubscriptionArnList=[arn])["AnomalySubscriptions"]
    assert held["ThresholdExpression"] == threshold and held["MonitorArnList"] == [monitor]
    with pytest.raises(ClientError, match="takes EMAIL subscribers only"):
        costs.api.update_anomaly_subscription(SubscriptionArn=arn, Frequency="DAILY")
    costs.api.delete_anomaly_subscription(SubscriptionArn=arn)
    costs.api.delete_anomaly_monitor(MonitorArn=monitor)
    with pytest.raises(costs.api.exceptions.UnknownMonitorException):
        costs.api.get_anomaly_monitors(MonitorArnList=[monitor])


def test_an_unusual_day_is_an_anomaly_and_a_usual_one_is_none(costs: Costs) -> None:
    monitor = costs.monitor()
    for ago in range(1, 15):
        day = (NOW - timedelta(days=ago)).date().isoformat()
        costs.add(day, "AWS Glue", 10 + ago % 2, pipeline="p")
        costs.add(day, "Amazon Athena", 1, pipeline="p")
    today = NOW.date().isoformat()
    costs.add(today, "AWS Glue", 40, pipeline="p")
    costs.add(today, "Amazon Athena", 1, pipeline="p")
    costs.add(today, "Amazon Redshift", 99, pipeline="p")
    asked = {"MonitorArn": monitor, "DateInterval": {"StartDate": "2026-11-11", "EndDate": today}}
    (found,) = costs.api.get_anomalies(**asked)["Anomalies"]
    # Redshift is too young to be known.
    assert found["DimensionValue"] == "AWS Glue" and found["AnomalyStartDate"].startswith(today)
    assert found["Impact"]["TotalImpact"] == pytest.approx(40 - 10.5)


def test_a_budget_shows_what_was_spent(costs: Costs) -> None:
    costs.add("2026-10-31", "AWS Glue", 50, pipeline="p")
    costs.add("2026-11-02", "AWS Glue", 20, pipeline="p")
    costs.add("2026-11-25", "Amazon Athena", 5, pipeline="p")
    costs.add("2026-11-25", "Amazon Athena", 5, pipeline="other")
    service = BudgetsService(costs.context, costs.ledger, NOW.timestamp)
    budget = {
        "BudgetName": "b",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "100", "Unit": "USD"},
    }
    shown = service._with_spend({**budget, "CostFilters": {"TagKeyValue": ["user:pipeline$p"]}})
    spend = shown["CalculatedSpend"]
    assert spend["ActualSpend"] == {"Amount": "25", "Unit": "USD"}
    assert spend["ForecastedSpend"] == {"Amount": "30", "Unit": "USD"}
    with pytest.raises(AwsError, match="AZ is not supported"):
        service._with_spend({**budget, "CostFilters": {"AZ": ["x"]}})
