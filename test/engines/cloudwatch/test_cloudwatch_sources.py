"""Metrics of services: which are measured, and when there is no data point."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from local_engines.cloudwatch.metrics.store import MetricKey, MetricStore
from local_engines.cloudwatch.sources.collection import Collection
from local_engines.cloudwatch.sources.gauges import Clusters

START = 1_800_000_000.0
HEALTH = MetricKey.of("AWS/Redshift", "HealthStatus", [{"Name": "ClusterIdentifier", "Value": "c"}])


class Plane:
    """A control plane with one cluster."""

    status = "available"

    def describe_clusters(self, **request: str) -> dict[str, Any]:
        if request["ClusterIdentifier"] != "c":
            raise ClientError({"Error": {"Code": "ClusterNotFound", "Message": "x"}}, "DescribeClusters")
        return {"Clusters": [{"ClusterStatus": self.status}]}


@pytest.mark.parametrize(
    ("status", "value"),
    [
        ("available", 1.0),
        ("resizing", 1.0),
        ("rebooting", 0.0),
        ("paused", None),
        ("resuming", None),
        ("creating", None),
    ],
)
def test_health_of_a_cluster(status: str, value: float | None) -> None:
    plane = Plane()
    plane.status = status
    reading = Clusters(plane).read(HEALTH, START)
    assert reading == (None if value is None else (value, "Count"))


def test_a_cluster_that_is_not_there_has_no_health() -> None:
    other = MetricKey.of("AWS/Redshift", "HealthStatus", [{"Name": "ClusterIdentifier", "Value": "d"}])
    assert Clusters(Plane()).read(other, START) is None


def test_a_gauge_has_one_value_a_minute_and_the_last_one_stays() -> None:
    store, plane, now = MetricStore(), Plane(), [START]
    collection = Collection(store, lambda: now[0], {"AWS/Redshift": Clusters(plane)}, {})
    for status in ("available", "rebooting"):
        plane.status = status
        collection.refresh([HEALTH, HEALTH])
        now[0] += 20
    values = [(sample.at - START, sample.total) for sample in store.between(HEALTH, START - 600, START + 600)]
    assert values == [(-60.0, 1.0), (0.0, 0.0)]


class Counted:
    names = frozenset(("Errors",))

    def __init__(self) -> None:
        self.new: tuple[float, float] | None = None

    def read(self, key: MetricKey) -> tuple[float, float] | None:
        return self.new


def test_what_was_counted_since_the_last_look_falls_into_a_minute_that_is_over_if_it_can() -> None:
    store, counter, now = MetricStore(), Counted(), [START + 10]
    collection = Collection(store, lambda: now[0], {}, {"AWS/Lambda": counter})
    key = MetricKey.of("AWS/Lambda", "Errors", None)
    for moment, new in ((START + 20, (1.0, 2.0)), (START + 70, (3.0, 3.0)), (START + 80, None)):
        now[0], counter.new = moment, new
        collection.refresh([key])
    found = [(one.at - START, one.total, one.count) for one in store.between(key, START - 600, START + 600)]
    assert sorted(found) == [(0.0, 1.0, 2.0), (0.0, 3.0, 3.0)]


def test_nobody_claims_to_measure_what_nobody_measures() -> None:
    collection = Collection(
        MetricStore(), lambda: START, {"AWS/Redshift": Clusters(Plane())}, {"AWS/Lambda": Counted()}
    )
    measured = [HEALTH, MetricKey("AWS/Lambda", "Errors"), MetricKey("Clickstream", "x"), MetricKey("AWS/Athena", "x")]
    assert [collection.unmeasured(key) for key in measured] == [None] * 4
    assert "AWS/Redshift CPUUtilization" in (collection.unmeasured(MetricKey("AWS/Redshift", "CPUUtilization")) or "")


def test_old_samples_are_forgotten() -> None:
    store, now = MetricStore(), [START]
    collection = Collection(store, lambda: now[0], {"AWS/Redshift": Clusters(Plane())}, {})
    collection.refresh([HEALTH])
    store.forget(START)
    assert [one.at for one in store.between(HEALTH, 0, START + 60)] == [START]
    store.forget(START + 60)
    assert store.keys(0) == []
