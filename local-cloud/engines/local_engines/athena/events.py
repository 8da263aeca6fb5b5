"""Athena's EventBridge events, as the user guide has them ("Monitor Athena query events with EventBridge", 2026-11)."""

from __future__ import annotations

import json
import logging
import queue
import threading
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ..context import EngineContext

if TYPE_CHECKING:
    from .api.executions import Execution

log = logging.getLogger(__name__)

_DETAIL_TYPE = "Athena Query State Change"
#: PutEvents takes as many entries.
_BATCH = 10


def state_change(execution: Execution, previous: str | None) -> dict[str, Any]:
    """Detail of the event for the state that the execution has now; no previous state for a query that is new."""
    detail: dict[str, Any] = {
        "versionId": "0",
        "currentState": execution.state,
        "statementType": execution.statement.statement_type,
        "queryExecutionId": execution.id,
        "workgroupName": execution.workgroup,
        # Counts the states of the query, as text.
        "sequenceNumber": str(execution.changes),
    }
    if previous is not None:
        detail["previousState"] = previous
    if execution.state == "FAILED" and execution.error is not None:
        error = execution.error
        detail["athenaError"] = {
            "errorCategory": float(str(error["ErrorCategory"])),
            "errorType": float(str(error["ErrorType"])),
            "errorMessage": error["ErrorMessage"],
            "retryable": error["Retryable"],
        }
    return detail


class StateChanges:
    """Sends the events, in order, from a thread of its own: a query does not wait for its events."""

    def __init__(self, context: EngineContext) -> None:
        self._events = context.client("events")
        # The emulator takes events of source aws.athena from those only who know it (glue/emulator_main.py).
        self._token = context.service_token
        self._waiting: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._send, name="athena-events", daemon=True)
        self._thread.start()

    def publish(self, execution: Execution, previous: str | None) -> None:
        """For an execution that has just changed its state. Nothing is sent where events are not needed (tests)."""
        if self._token is not None:
            self._waiting.put(state_change(execution, previous))

    def close(self) -> None:
        """Sends what waits."""
        self._waiting.put(None)
        self._thread.join(timeout=5)

    def _send(self) -> None:
        open_ended = True
        while open_ended:
            batch: list[dict[str, Any]] = []
            following = self._waiting.get()
            while following is not None and len(batch) < _BATCH:
                batch.append(following)
                if len(batch) == _BATCH or self._waiting.empty():
                    break
                following = self._waiting.get()
            open_ended = following is not None
            if batch:
                self._put(batch)

    def _put(self, batch: list[dict[str, Any]]) -> None:
        entries = [
            {
                "Source": "aws.athena",
                "DetailType": _DETAIL_TYPE,
                "Detail": json.dumps(detail),
                "TraceHeader": self._token,
            }
            for detail in batch
        ]
        try:
            answer = self._events.put_events(Entries=entries)
            if answer.get("FailedEntryCount"):
                log.warning("events of queries were refused: %s", answer["Entries"])
        except (BotoCoreError, ClientError) as error:
            # An event is news about a query, not a part of it; AWS too delivers these on a best-effort basis.
            log.warning("events of queries were not sent: %s", error)
