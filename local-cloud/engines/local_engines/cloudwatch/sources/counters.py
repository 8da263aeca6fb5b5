"""Counters of services that the emulator keeps: AWS/Lambda."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..metrics.store import MetricKey

log = logging.getLogger(__name__)


class Functions:
    """AWS/Lambda: what the emulator counted since the last look. Its own CloudWatch has these metrics by real time."""

    names = frozenset(("Invocations", "Errors", "Throttles"))

    def __init__(self, cloudwatch: Any) -> None:
        self._cloudwatch = cloudwatch
        self._begin = datetime.fromtimestamp(time.time() - 60, timezone.utc)
        self._seen: dict[MetricKey, tuple[float, float]] = {}

    def read(self, key: MetricKey) -> tuple[float, float] | None:
        """Sum and number of samples that are new; None where there are none."""
        try:
            answer = self._cloudwatch.get_metric_statistics(
                Namespace=key.namespace,
                MetricName=key.name,
                Dimensions=[{"Name": name, "Value": value} for name, value in sorted(key.dimensions)],
                StartTime=self._begin,
                EndTime=datetime.fromtimestamp(time.time() + 60, timezone.utc),
                Period=60,
                Statistics=["Sum", "SampleCount"],
            )
        except (BotoCoreError, ClientError) as error:
            log.warning("the emulator's %s %s: %s", key.namespace, key.name, error)
            return None
        total = sum(point["Sum"] for point in answer["Datapoints"])
        count = sum(point["SampleCount"] for point in answer["Datapoints"])
        before = self._seen.get(key, (0.0, 0.0))
        self._seen[key] = (total, count)
        return (total - before[0], count - before[1]) if count > before[1] else None
