"""CloudWatch metrics of workgroups that publish them, with the names and dimensions of AWS/Athena."""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ...context import EngineContext
from .executions import Execution

log = logging.getLogger(__name__)

#: One call takes 1,000 metrics; a query has six.
_BATCH = 100
#: How long the first query's metrics wait for others.
_GATHER_SECONDS = 0.2
#: Metric -> member of the timeline. Milliseconds.
_TIMES = {
    "TotalExecutionTime": "TotalExecutionTimeInMillis",
    "QueryQueueTime": "QueryQueueTimeInMillis",
    "QueryPlanningTime": "QueryPlanningTimeInMillis",
    "EngineExecutionTime": "EngineExecutionTimeInMillis",
    "ServiceProcessingTime": "ServiceProcessingTimeInMillis",
}


class Metrics:
    """Sends them from a thread of its own: a query does not wait for its metrics."""

    def __init__(self, context: EngineContext) -> None:
        self._cloudwatch = context.client("cloudwatch", context.endpoints.cloudwatch)
        self._waiting: queue.SimpleQueue[Execution | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._send, name="athena-metrics", daemon=True)
        self._thread.start()

    def publish(self, execution: Execution) -> None:
        """For an execution that has ended."""
        if execution.publish_metrics:
            self._waiting.put(execution)

    def close(self) -> None:
        """Sends what waits."""
        self._waiting.put(None)
        self._thread.join(timeout=5)

    def _send(self) -> None:
        open_ended = True
        while open_ended:
            first = self._waiting.get()
            if first is None:
                return
            batch, until = [first], time.monotonic() + _GATHER_SECONDS
            while open_ended and len(batch) < _BATCH and (rest := until - time.monotonic()) > 0:
                try:
                    following = self._waiting.get(timeout=rest)
                except queue.Empty:
                    break
                open_ended = following is not None
                batch += [] if following is None else [following]
            self._put([data for execution in batch for data in metric_data(execution)])

    def _put(self, data: list[dict[str, Any]]) -> None:
        try:
            self._cloudwatch.put_metric_data(Namespace="AWS/Athena", MetricData=data)
        except (BotoCoreError, ClientError) as error:
            log.warning("metrics of queries were not sent: %s", error)


def metric_data(execution: Execution) -> list[dict[str, Any]]:
    dimensions = [
        {"Name": "QueryState", "Value": execution.state},
        {"Name": "QueryType", "Value": execution.statement.statement_type},
        {"Name": "WorkGroup", "Value": execution.workgroup},
    ]
    common = {"Dimensions": dimensions, "Timestamp": execution.completed}
    timeline = execution.timeline()
    data = [
        {**common, "MetricName": name, "Unit": "Milliseconds", "Value": timeline[member]}
        for name, member in _TIMES.items()
    ]
    return [*data, {**common, "MetricName": "ProcessedBytes", "Unit": "Bytes", "Value": execution.scanned}]
