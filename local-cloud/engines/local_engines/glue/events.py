"""Glue's EventBridge events, in the shapes of the developer guide ("Automating Glue with EventBridge", 2026-11)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .runs import JobRun

log = logging.getLogger(__name__)

_SEVERITY = {"SUCCEEDED": "INFO", "FAILED": "ERROR", "TIMEOUT": "WARN", "STOPPED": "INFO"}

#: Publishes one event: detail type, detail.
Publish = Callable[[str, dict[str, Any]], None]


def state_change(run: JobRun) -> dict[str, Any]:
    """Detail of "Glue Job State Change"; only for a run in a final state."""
    messages = {
        "SUCCEEDED": "Job run succeeded",
        "STOPPED": "Job run stopped",
        "TIMEOUT": "Job run timed out",
        "FAILED": f"JobName:{run.job_name} and JobRunId:{run.id} failed to execute with exception {run.error_message}",
    }
    return {
        "jobName": run.job_name,
        "severity": _SEVERITY[run.state],
        "state": run.state,
        "jobRunId": run.id,
        "message": messages[run.state],
    }


def run_status(run: JobRun) -> dict[str, Any]:
    """Detail of "Glue Job Run Status", sent once a run is older than its NotifyDelayAfter."""
    return {
        "jobName": run.job_name,
        "severity": "INFO",
        "notificationCondition": {"NotifyDelayAfter": float(run.notify_delay_minutes or 0)},
        "state": run.state,
        "jobRunId": run.id,
        "message": f"Job is in {run.state} state",
        "startedOn": run.started_on.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def publisher(client: Any, token: str | None, source: str = "aws.glue") -> Publish:
    """Sends events of an AWS service to the default bus.

    The emulator, as AWS, refuses sources that begin with "aws." unless the sender proves to be a service: `token`
    (see emulator_main.py).
    """

    def publish(detail_type: str, detail: dict[str, Any]) -> None:
        entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
        if token is not None:
            entry["TraceHeader"] = token
        try:
            answer = client.put_events(Entries=[entry])
            if answer.get("FailedEntryCount"):
                log.warning("event %s was refused: %s", detail_type, answer["Entries"])
        except (BotoCoreError, ClientError) as error:
            # An event is news about a run, not a part of it.
            log.warning("event %s was not sent: %s", detail_type, error)

    return publish
