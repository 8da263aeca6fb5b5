"""Metrics: what is put, what comes back, mathematics; dashboards."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from engines.cloudwatch.support import START, Engine, refused

STAT = {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}


def statistics(engine: Engine, *wanted: str, period: int = 60, **more: object) -> list[dict[str, float]]:
    request = {"Namespace": "N", "MetricName": "m", "StartTime": START, "EndTime": START + 600, "Period": period}
    points = engine.api.get_metric_statistics(**request, Statistics=list(wanted), **more)["Datapoints"]
    return [{name: point[name] for name in wanted} for point in sorted(points, key=lambda one: one["Timestamp"])]


def test_all_ways_to_put_a_value(engine: Engine) -> None:
    engine.put(0, 4)
    data = {"MetricName": "m", "Timestamp": START + 30}
    engine.api.put_metric_data(Namespace="N", MetricData=[{**data, "Values": [1.0, 2.0], "Counts": [3.0, 1.0]}])
    sets = {"SampleCount": 2, "Sum": 20, "Minimum": 8, "Maximum": 12}
    engine.api.put_metric_data(Namespace="N", MetricData=[{**data, "StatisticValues": sets}])
    wanted = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
    assert statistics(engine, *wanted) == [
        {"SampleCount": 7, "Sum": 29, "Average": pytest.approx(29 / 7), "Minimum": 1, "Maximum": 12}
    ]
    # A statistic set does not tell its values: no percentile of that minute.
    answer = engine.api.get_metric_statistics(
        Namespace="N", MetricName="m", StartTime=START, EndTime=START + 60, Period=60, ExtendedStatistics=["p50"]
    )
    assert answer["Datapoints"][0]["ExtendedStatistics"] == {}


def test_units_dimensions_and_periods_keep_apart(engine: Engine) -> None:
    engine.put(0, 1, Unit="Seconds")
    engine.put(60, 2, Unit="Count")
    engine.put(120, 3, Dimensions=[{"Name": "a", "Value": "b"}])
    assert statistics(engine, "Sum") == [{"Sum": 1}, {"Sum": 2}]
    assert statistics(engine, "Sum", Unit="Count") == [{"Sum": 2}]
    assert statistics(engine, "Sum", period=300) == [{"Sum": 3}]
    listed = engine.api.list_metrics(Namespace="N", Dimensions=[{"Name": "a"}])["Metrics"]
    assert listed == [{"Namespace": "N", "MetricName": "m", "Dimensions": [{"Name": "a", "Value": "b"}]}]
    assert len(engine.api.list_metrics(Namespace="N")["Metrics"]) == 2


def test_a_long_request_comes_compressed(engine: Engine) -> None:
    data = [{"MetricName": f"m{n}", "Value": 1.0, "Timestamp": START} for n in range(1000)]
    engine.api.put_metric_data(Namespace="N", MetricData=data)
    metrics = [one for page in engine.api.get_paginator("list_metrics").paginate() for one in page["Metrics"]]
    assert len(metrics) == 1000
    with refused("InvalidParameterValue", "1000"):
        engine.api.put_metric_data(Namespace="N", MetricData=[*data, data[0]])


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({}, "MissingParameter"),
        # AWS JSON has it as a text.
        ({"Value": float("nan")}, "ValidationError"),
        ({"Value": 2.0**361}, "InvalidParameterValue"),
        ({"Value": 1.0, "Values": [1.0]}, "InvalidParameterCombination"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "InvalidParameterValue"),
        ({"Values": [float(n) for n in range(151)]}, "InvalidParameterValue"),
        ({"Value": 1.0, "Timestamp": START + 3 * 3600}, "InvalidParameterValue"),
        ({"Value": 1.0, "Timestamp": START - 15 * 86_400}, "InvalidParameterValue"),
        ({"Value": 1.0, "Dimensions": [{"Name": "a", "Value": str(n)} for n in range(2)]}, "InvalidParameterValue"),
        ({"Value": 1.0, "Dimensions": [{"Name": str(n), "Value": "x"} for n in range(31)]}, None),
        ({"Value": 1.0, "Unit": "Parsecs"}, "ValidationError"),
        ({"Value": 1.0, "StorageResolution": 30}, "InvalidParameterValue"),
    ],
)
def test_values_that_are_refused(engine: Engine, datum: dict[str, object], code: str | None) -> None:
    good = {"MetricName": "good", "Value": 1.0}
    with pytest.raises(ClientError) as caught:
        engine.api.put_metric_data(Namespace="N", MetricData=[good, {"MetricName": "m", **datum}])
    assert code in (None, caught.value.response["Error"]["Code"])
    assert engine.api.list_metrics(Namespace="N")["Metrics"] == []


def data(engine: Engine, expression: str, end: float = 300) -> list[float]:
    """Values of the expression over m, n, oldest first; m is 1, 2, 4 and n is 10, -, 20, in the first three minutes."""
    for minute, value in enumerate((1, 2, 4)):
        engine.put(minute * 60, value)
    engine.put(0, 10, "n")
    engine.put(120, 20, "n")
    second = {**STAT, "Metric": {"Namespace": "N", "MetricName": "n"}}
    queries = [
        {"Id": "e", "Expression": expression},
        {"Id": "m", "MetricStat": STAT, "ReturnData": False},
        {"Id": "n", "MetricStat": second, "ReturnData": False},
    ]
    answer = engine.api.get_metric_data(
        MetricDataQueries=queries, StartTime=START, EndTime=START + end, ScanBy="TimestampAscending"
    )
    (result,) = answer["MetricDataResults"]
    return list(result["Values"])


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("m + n", [11, 24]),
        ("m * 2 - 1", [1, 3, 7]),
        ("-m ^ 2", [1, 4, 16]),
        ("n / (m - 1)", [pytest.approx(20 / 3)]),
        ("m > 1", [0, 1, 1]),
        ("m > 1 AND m < 4", [0, 1, 0]),
        ("IF(m >= 2, m, 0)", [0, 2, 4]),
        ("IF(m >= 2, m)", [2, 4]),
        ("FILL(n, 0)", [10, 0, 20, 0, 0]),
        ("FILL(n, REPEAT)", [10, 10, 20, 20, 20]),
        ("FILL(n, LINEAR)", [10, 15, 20]),
        ("MAX([m, n])", [10, 2, 20]),
        ("SUM(METRICS())", [11, 2, 24]),
        ("m / SUM(m)", [pytest.approx(1 / 7), pytest.approx(2 / 7), pytest.approx(4 / 7)]),
        ("AVG([m, n])", [5.5, 2, 12]),
        ("RATE(m)", [pytest.approx(1 / 60), pytest.approx(2 / 60)]),
        ("DIFF(m)", [1, 2]),
        ("RUNNING_SUM(m)", [1, 3, 7]),
        ("m / PERIOD(m)", [pytest.approx(1 / 60), pytest.approx(2 / 60), pytest.approx(4 / 60)]),
        ("ABS(m - 3)", [2, 1, 1]),
        ("MIN(m)", [1, 1, 1, 1, 1]),
    ],
)
def test_mathematics(engine: Engine, expression: str, values: list[float]) -> None:
    assert data(engine, expression) == values


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("STDDEV(m)", "STDDEV is not supported"),
        ("m +", "ends too early"),
        ("m + x", "no id"),
        ("SEARCH('a', 'b')", "not supported"),
        ("e + 1", "circle"),
        ("FILL(m)", "2 to 2 arguments"),
        ("m n", "not expected"),
    ],
)
def test_mathematics_that_is_refused(engine: Engine, expression: str, words: str) -> None:
    with refused("InvalidParameterValue", words):
        data(engine, expression)


def test_an_alarm_must_watch_one_series(engine: Engine) -> None:
    single = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    for expression, words in (("SUM(m)", "one time series"), ("[m, m]", "one time series")):
        metrics = [{"Id": "e", "Expression": expression}, {"Id": "m", "MetricStat": STAT, "ReturnData": False}]
        with refused("InvalidParameterValue", words):
            engine.alarm(Metrics=metrics, **single)
    with refused("InvalidParameterValue", "return data"):
        engine.alarm(Metrics=[{"Id": "e", "Expression": "m"}, {"Id": "m", "MetricStat": STAT}], **single)


def test_dashboards(engine: Engine) -> None:
    text = {"type": "text", "x": 0, "y": 0, "width": 24, "height": 2, "properties": {"markdown": "# hello"}}
    body = json.dumps({"widgets": [text]})
    assert engine.api.put_dashboard(DashboardName="d", DashboardBody=body)["DashboardValidationMessages"] == []
    assert engine.api.get_dashboard(DashboardName="d")["DashboardBody"] == body
    (entry,) = engine.api.list_dashboards(DashboardNamePrefix="d")["DashboardEntries"]
    assert entry["Size"] == len(body)
    for bad in ("{", "[]", json.dumps({"widgets": [{**text, "width": 25}]}), json.dumps({"widgets": [{"type": "x"}]})):
        with refused("InvalidParameterInput", "DashboardBody"):
            engine.api.put_dashboard(DashboardName="d", DashboardBody=bad)
    engine.api.delete_dashboards(DashboardNames=["d"])
    with refused("ResourceNotFound", "d does not exist"):
        engine.api.get_dashboard(DashboardName="d")


def test_what_the_local_target_has_not_is_named(engine: Engine) -> None:
    with refused("UnknownOperationException", "PutAnomalyDetector is not supported by the local target"):
        engine.api.put_anomaly_detector(Namespace="N", MetricName="m", Stat="Sum")
