"""Metric alarms: what they look at, when they change, whom they tell."""

from __future__ import annotations

import json
import urllib.request

import pytest
from engines.cloudwatch.support import TOPIC, Engine, refused

DIMENSIONS = [{"Name": "Pipeline", "Value": "p"}]


def test_an_alarm_sees_its_own_dimensions_only_and_whole_minutes(engine: Engine) -> None:
    engine.alarm(Dimensions=DIMENSIONS)
    engine.put(0, 9)
    assert engine.evaluate(65) == []
    assert engine.state() == "INSUFFICIENT_DATA"
    engine.put(60, 9, Dimensions=DIMENSIONS)
    assert engine.evaluate(119) == []
    assert engine.evaluate(120) == ["a ALARM"]


def test_actions_follow_transitions_and_nothing_else(engine: Engine) -> None:
    engine.alarm()
    for minute, value in enumerate((0, 5, 6, 7, 0, 0)):
        engine.put(minute * 60, value)
    for minute in range(6):
        engine.evaluate(minute * 60 + 61)
        engine.evaluate(minute * 60 + 70)
    assert engine.sent.subjects == ["OK a", "ALARM a", "OK a"]
    assert engine.history("StateUpdate") == [
        "Alarm updated from INSUFFICIENT_DATA to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from ALARM to OK",
    ]
    assert engine.history("Action") == [f"Successfully executed action {TOPIC}"] * 3


def test_the_message_is_what_aws_sends(engine: Engine) -> None:
    engine.alarm(AlarmDescription="too much", Dimensions=DIMENSIONS, EvaluationPeriods=3, DatapointsToAlarm=2)
    for minute in (0, 1):
        engine.put(minute * 60, 5 + minute, Dimensions=DIMENSIONS)
    assert engine.evaluate(121.5) == ["a ALARM"]
    ((arn, subject, message),) = engine.sent.messages
    assert (arn, subject) == (TOPIC, 'ALARM: "a" in US East (N. Virginia)')
    reason = (
        "Threshold Crossed: 2 out of the last 3 datapoints [6.0 (25/11/26 12:01:00), 5.0 (25/11/26 12:00:00)] were "
        "greater than the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )
    configured = message.pop("AlarmConfigurationUpdatedTimestamp")
    assert configured.startswith("2026-11-25T12:00:00.") and configured.endswith("+0000")
    changed = message.pop("StateChangeTime")
    assert changed.startswith("2026-11-25T12:02:01.5")
    assert message == {
        "AlarmName": "a",
        "AlarmDescription": "too much",
        "AWSAccountId": "000000000000",
        "NewStateValue": "ALARM",
        "NewStateReason": reason,
        "Region": "US East (N. Virginia)",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a",
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [TOPIC],
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "m",
            "Namespace": "N",
            "StatisticType": "Statistic",
            "Statistic": "MAXIMUM",
            "Unit": None,
            "Dimensions": [{"value": "p", "name": "Pipeline"}],
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 1.0,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }
    (event,) = engine.sent.events
    assert event["arn"] == message["AlarmArn"] and event["state"]["value"] == "ALARM"
    assert event["previousState"]["value"] == "INSUFFICIENT_DATA"
    (query,) = event["configuration"]["metrics"]
    assert query["metricStat"]["metric"] == {"namespace": "N", "name": "m", "dimensions": {"Pipeline": "p"}}


@pytest.mark.parametrize(
    ("comparison", "value", "state"),
    [
        ("GreaterThanThreshold", 1, "OK"),
        ("GreaterThanOrEqualToThreshold", 1, "ALARM"),
        ("LessThanThreshold", 1, "OK"),
        ("LessThanOrEqualToThreshold", 1, "ALARM"),
        ("LessThanThreshold", 0.5, "ALARM"),
    ],
)
def test_comparisons(engine: Engine, comparison: str, value: float, state: str) -> None:
    engine.alarm(ComparisonOperator=comparison)
    engine.put(0, value)
    assert engine.evaluate(60) == [f"a {state}"]


def test_silence_is_what_the_alarm_says_it_is(engine: Engine) -> None:
    for treatment in ("missing", "ignore", "breaching", "notBreaching"):
        engine.alarm(treatment, TreatMissingData=treatment)
    engine.put(0, 0)
    engine.evaluate(60)
    assert engine.evaluate(180) == []
    assert sorted(engine.evaluate(240)) == ["breaching ALARM", "missing INSUFFICIENT_DATA"]
    assert engine.state("ignore") == engine.state("notBreaching") == "OK"
    (message,) = [one for _, _, one in engine.sent.messages if one["NewStateValue"] == "ALARM"]
    assert message["NewStateReason"] == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[Breaching]."
    )


def test_percentiles_and_math(engine: Engine) -> None:
    engine.alarm("p", Statistic=None, ExtendedStatistic="p90", Threshold=8)
    entry = {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Maximum"}
    other = {**entry, "Metric": {"Namespace": "N", "MetricName": "base"}}
    metrics = [
        {"Id": "e", "Expression": "IF(base > 0, m / base, 0)", "Label": "ratio", "ReturnData": True},
        {"Id": "m", "MetricStat": entry, "ReturnData": False},
        {"Id": "base", "MetricStat": other, "ReturnData": False},
    ]
    single = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    engine.alarm("math", Metrics=metrics, Threshold=1.5, **single)
    for value in range(1, 11):
        engine.put(0, value)
    engine.put(0, 5, "base")
    assert sorted(engine.evaluate(60)) == ["math ALARM", "p ALARM"]
    told = next(message for _, _, message in engine.sent.messages if message["AlarmName"] == "math")
    assert told["Trigger"]["Metrics"][0] == {
        "Id": "e", "Expression": "IF(base > 0, m / base, 0)", "Label": "ratio", "ReturnData": True,
    }  # fmt: skip
    # A quotient whose divisor is not there has no data point.
    engine.put(60, 100)
    engine.put(120, 100)
    engine.evaluate(300)
    assert engine.state("math") == "INSUFFICIENT_DATA"


def test_disabled_actions_are_not_made_up_for(engine: Engine) -> None:
    engine.alarm()
    engine.api.disable_alarm_actions(AlarmNames=["a", "unknown"])
    engine.put(0, 5)
    assert engine.evaluate(60) == ["a ALARM"]
    engine.api.enable_alarm_actions(AlarmNames=["a"])
    engine.evaluate(61)
    assert engine.sent.messages == []
    engine.put(60, 0)
    engine.evaluate(120)
    assert engine.sent.subjects == ["OK a"]


def test_a_set_state_holds_until_the_next_look(engine: Engine) -> None:
    engine.alarm()
    engine.put(0, 0)
    engine.evaluate(60)
    engine.api.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="a drill")
    assert engine.state() == "ALARM"
    assert engine.evaluate(61) == ["a OK"]
    assert engine.sent.subjects == ["OK a", "ALARM a", "OK a"]
    assert engine.sent.messages[1][2]["NewStateReason"] == "a drill"
    with refused("ResourceNotFound", "zz"):
        engine.api.set_alarm_state(AlarmName="zz", StateValue="OK", StateReason="x")


def test_an_alarm_warms_up_before_it_is_looked_at(engine: Engine) -> None:
    engine.alarm(TreatMissingData="breaching", WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 30})
    assert engine.evaluate(29 * 60) == []
    assert engine.evaluate(31 * 60) == ["a ALARM"]
    # Its first data ends it, unless the alarm says otherwise.
    for name, only in (("b", False), ("c", True)):
        warm_up = {"WarmUpPeriodDurationInMinutes": 30, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": only}
        engine.alarm(name, MetricName=name, WarmUpConfiguration=warm_up)
        engine.put(32 * 60, 5, name)
    assert engine.evaluate(33 * 60) == ["b ALARM"]


def test_what_nobody_measures_says_so(engine: Engine) -> None:
    engine.alarm(Namespace="AWS/SNS", MetricName="NumberOfNotificationsFailed")
    assert engine.evaluate(0) == []
    (found,) = engine.api.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert found["StateValue"] == "INSUFFICIENT_DATA"
    assert "does not measure AWS/SNS NumberOfNotificationsFailed" in found["StateReason"]


def test_a_put_again_keeps_state_and_tags(engine: Engine) -> None:
    engine.alarm(Tags=[{"Key": "team", "Value": "a"}])
    engine.put(0, 5)
    engine.evaluate(60)
    engine.alarm(Threshold=3, Tags=[{"Key": "team", "Value": "b"}])
    (found,) = engine.api.describe_alarms(StateValue="ALARM", AlarmNamePrefix="a")["MetricAlarms"]
    assert found["Threshold"] == 3
    tags = engine.api.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "a"}]
    engine.api.tag_resource(ResourceARN=found["AlarmArn"], Tags=[{"Key": "owner", "Value": "x"}])
    engine.api.untag_resource(ResourceARN=found["AlarmArn"], TagKeys=["team"])
    assert engine.api.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == [{"Key": "owner", "Value": "x"}]
    assert engine.history("ConfigurationUpdate") == ['Alarm "a" created', 'Alarm "a" updated']


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"Statistic": None}, "ValidationError", "Exactly one of Statistic and ExtendedStatistic"),
        ({"ExtendedStatistic": "p95"}, "ValidationError", "Exactly one of Statistic and ExtendedStatistic"),
        ({"Statistic": None, "ExtendedStatistic": "tm90"}, "InvalidParameterValue", "tm90 is not supported"),
        ({"Statistic": None, "ExtendedStatistic": "p101"}, "InvalidParameterValue", "p101"),
        ({"Period": 61}, "InvalidParameterValue", "61"),
        ({"Period": None}, "MissingParameter", "Period"),
        ({"Threshold": None}, "MissingParameter", "Threshold"),
        ({"DatapointsToAlarm": 2}, "ValidationError", "at most EvaluationPeriods"),
        ({"Period": 300, "EvaluationPeriods": 289}, "ValidationError", "86400"),
        ({"TreatMissingData": "zero"}, "ValidationError", "zero"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "InvalidParameterValue", "anomaly detection"),
        ({"AlarmActions": ["x"]}, "ValidationError", "Invalid arn syntax"),
        ({"AlarmActions": ["arn:aws:lambda:us-east-1:000000000000:function:f"]}, "InvalidParameterValue", "SNS topics"),
        ({"AlarmActions": ["arn:aws:sns:eu-west-1:000000000000:t"]}, "ValidationError", "topic of us-east-1"),
        ({"AlarmActions": [TOPIC + str(n) for n in range(6)]}, "ValidationError", "less than or equal to 5"),
        ({"AlarmDescription": "x" * 1025}, "ValidationError", "1024"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "InvalidParameterValue", "local target"),
    ],
)
def test_refusals(engine: Engine, change: dict[str, object], code: str, words: str) -> None:
    with refused(code, words):
        engine.alarm(**change)


def test_the_paths_of_tests(engine: Engine) -> None:
    def post(name: str, body: object) -> object:
        data = json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{engine.url}/_local/{name}", data=data)) as answer:
            return json.loads(answer.read())

    engine.alarm()
    engine.put(0, 5)
    post("clock", {"now": "2026-11-25T12:01:00Z"})
    changed = [{"alarm": "a", "from": "INSUFFICIENT_DATA", "to": "ALARM"}]
    assert post("evaluate", {}) == {"evaluated": 1, "changed": changed}
    with pytest.raises(urllib.error.HTTPError, match="400"):
        post("clock", {"now": "soon"})
    with pytest.raises(urllib.error.HTTPError, match="404"):
        post("clocks", {})
