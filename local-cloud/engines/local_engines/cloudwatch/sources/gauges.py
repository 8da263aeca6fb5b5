"""Gauges of services: what a queue holds, whether a cluster answers."""

from __future__ import annotations

import logging
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..metrics.store import MetricKey

log = logging.getLogger(__name__)

#: Metric -> the queue's attribute (SQS developer guide, "Available CloudWatch metrics for Amazon SQS").
_QUEUE_METRICS = {
    "ApproximateNumberOfMessagesVisible": "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
}
_AGE = "ApproximateAgeOfOldestMessage"

#: States in which AWS puts no HealthStatus, because nobody expects an answer.
_SILENT = ("paused", "pausing", "resuming", "creating", "deleting", "final-snapshot")
#: States in which queries are answered.
_HEALTHY = ("available", "modifying", "resizing", "renaming", "storage-full")


class Queues:
    """AWS/SQS.

    The emulator does not tell the age of the oldest message. It is the time since the queue was first seen with one:
    too young by at most the interval of the looks. A queue that was empty only between two looks counts as never empty.
    """

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs
        self._waiting_since: dict[MetricKey, float] = {}

    @property
    def names(self) -> frozenset[str]:
        return frozenset((*_QUEUE_METRICS, _AGE))

    def read(self, key: MetricKey, now: float) -> tuple[float, str] | None:
        """Value and unit; None where there is no such queue."""
        dimensions = dict(key.dimensions)
        if set(dimensions) != {"QueueName"}:
            return None
        try:
            url = self._sqs.get_queue_url(QueueName=dimensions["QueueName"])["QueueUrl"]
            found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        except (BotoCoreError, ClientError) as error:
            log.debug("queue %s: %s", dimensions["QueueName"], error)
            return None
        if key.name != _AGE:
            return float(found.get(_QUEUE_METRICS[key.name], 0)), "Count"
        waiting = sum(
            int(found.get(name, 0))
            for name in ("ApproximateNumberOfMessages", _QUEUE_METRICS["ApproximateNumberOfMessagesNotVisible"])
        )
        if waiting == 0:
            self._waiting_since.pop(key, None)
            return 0.0, "Seconds"
        return max(0.0, now - self._waiting_since.setdefault(key, now)), "Seconds"


class Clusters:
    """AWS/Redshift: HealthStatus of a cluster, by its state in the local control plane."""

    names = frozenset(("HealthStatus",))

    def __init__(self, redshift: Any) -> None:
        self._redshift = redshift

    def read(self, key: MetricKey, now: float) -> tuple[float, str] | None:
        """1 or 0; None while it is paused, made or deleted, or where there is no such cluster."""
        dimensions = dict(key.dimensions)
        if set(dimensions) != {"ClusterIdentifier"}:
            return None
        try:
            answer = self._redshift.describe_clusters(ClusterIdentifier=dimensions["ClusterIdentifier"])
        except (BotoCoreError, ClientError) as error:
            log.debug("cluster %s: %s", dimensions["ClusterIdentifier"], error)
            return None
        cluster = answer["Clusters"][0]
        status = cluster["ClusterStatus"]
        if status in _SILENT:
            return None
        answers = cluster.get("ClusterAvailabilityStatus") not in ("Unavailable", "Failed")
        return (1.0 if status in _HEALTHY and answers else 0.0), "Count"
