"""The CloudWatch API, its clock, and the timer of its alarms.

Clients speak AWS JSON 1.0 (X-Amz-Target GraniteServiceVersion20100801): the pinned SDK for JavaScript and boto3 do.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.validate import ParamValidator

from ..constraints import violations
from ..context import EngineContext
from ..errors import AwsError, UnknownOperation
from .alarms.book import AlarmBook
from .alarms.watch import Surroundings, Watch
from .clock import Clock, from_text
from .dashboards import Dashboards
from .errors import refusal
from .metrics.get import get_metric_data, get_metric_statistics, list_metrics
from .metrics.put import put_metric_data
from .metrics.store import RETENTION, MetricStore
from .sources.collection import Collection
from .sources.counters import Functions
from .sources.gauges import Clusters, Queues
from .tags import Tags

log = logging.getLogger(__name__)

#: AWS evaluates most alarms once a minute. Here more often, so that a minute's end is soon seen. Seconds.
EVERY = 10.0

Operation = Callable[[dict[str, Any]], dict[str, Any]]


class CloudWatchService:
    """Dispatches calls; `handle` may be called from many threads at once. `start` starts the timer."""

    target_prefix = "GraniteServiceVersion20100801"
    forwards = False

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self.clock = clock = Clock()
        # The model alone: no call goes out through this client.
        self._model = context.client("cloudwatch").meta.service_model
        self._validator = ParamValidator()
        self._store = store = MetricStore()
        gauges: dict[str, Any] = {"AWS/SQS": Queues(context.client("sqs"))}
        if context.endpoints.redshift is not None:
            gauges["AWS/Redshift"] = Clusters(context.client("redshift", context.endpoints.redshift))
        counters = {"AWS/Lambda": Functions(context.client("cloudwatch"))}
        self._sources = sources = Collection(store, clock.now, gauges, counters)
        self._book = book = AlarmBook(context.region, context.account, clock.now)
        self._watch = Watch(
            book,
            store,
            Surroundings(context.region, context.account, clock.now, self._publish, self._tell, sources.unmeasured),
        )
        dashboards, tags = Dashboards(context.account), Tags(book)
        self._operations: dict[str, Operation] = {
            "PutMetricData": lambda body: put_metric_data(store, body, clock.now()),
            "GetMetricStatistics": lambda body: get_metric_statistics(store, body, sources.refresh),
            "GetMetricData": lambda body: get_metric_data(store, body, sources.refresh),
            "ListMetrics": lambda body: list_metrics(store, body, clock.now()),
            "PutMetricAlarm": book.put_metric,
            "PutCompositeAlarm": book.put_composite,
            "DescribeAlarms": book.describe,
            "DescribeAlarmHistory": book.describe_history,
            "DeleteAlarms": book.delete,
            "SetAlarmState": self._watch.set_state,
            "EnableAlarmActions": lambda body: book.enable(body, True),
            "DisableAlarmActions": lambda body: book.enable(body, False),
            "PutDashboard": lambda body: dashboards.put(body, clock.now()),
            "GetDashboard": dashboards.get,
            "ListDashboards": dashboards.list,
            "DeleteDashboards": dashboards.delete,
            "TagResource": tags.tag,
            "UntagResource": tags.untag,
            "ListTagsForResource": tags.list,
        }

    @property
    def local(self) -> dict[str, Operation]:
        """Paths for tests, by their names below `/_local/`."""
        return {"clock": self._set_clock, "evaluate": lambda body: self.evaluate()}

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answers one call; UnknownOperation for what the local target does not have."""
        action = self._operations.get(operation)
        if action is None:
            raise UnknownOperation(operation)
        shape = self._model.operation_model(operation).input_shape
        if shape is not None:
            report = self._validator.validate(body, shape)
            problems = [report.generate_report()] if report.has_errors() else list(violations(shape, body))
            if problems:
                some = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
                raise refusal("ValidationError", f"{some}: {'; '.join(problems)}")
        return action(body)

    def start(self) -> None:
        """Evaluates from now on, until the context stops."""
        threading.Thread(target=self._keep_watch, name="cloudwatch", daemon=True).start()

    def evaluate(self) -> dict[str, Any]:
        """One pass over all alarms; answers when all that follows from it is sent."""
        self._sources.refresh(self._watch.keys())
        return self._watch.evaluate()

    def close(self) -> None:
        """Nothing is kept: the timer ends with the context."""

    def _set_clock(self, body: dict[str, Any]) -> dict[str, Any]:
        now = body.get("now")
        try:
            self.clock.set(from_text(str(now)))
        except ValueError:
            raise AwsError(
                "ValidationException", f"now is {now!r}: it must be a time such as 2026-11-25T13:00:00Z"
            ) from None
        return {"now": now}

    def _keep_watch(self) -> None:
        while not self._context.stopping.wait(EVERY):
            try:
                self.evaluate()
                self._store.forget(self.clock.now() - RETENTION)
            except Exception:
                log.exception("alarms could not be evaluated; the next look is in %s s", EVERY)

    def _publish(self, arn: str, subject: str, message: str) -> None:
        self._context.client("sns").publish(TopicArn=arn, Subject=subject, Message=message)

    def _tell(self, arn: str, detail: dict[str, Any]) -> None:
        """Sends "CloudWatch Alarm State Change" to the default bus, as a service (see glue/emulator_main.py)."""
        entry = {
            "Source": "aws.cloudwatch",
            "DetailType": "CloudWatch Alarm State Change",
            "Resources": [arn],
            "Detail": json.dumps(detail),
        }
        if self._context.service_token is None:
            return
        try:
            answer = self._context.client("events").put_events(
                Entries=[{**entry, "TraceHeader": self._context.service_token}]
            )
            if answer.get("FailedEntryCount"):
                log.warning("the event of %s was refused: %s", arn, answer["Entries"])
        except (BotoCoreError, ClientError) as error:
            # An event is news about an alarm, not a part of it.
            log.warning("the event of %s was not sent: %s", arn, error)
