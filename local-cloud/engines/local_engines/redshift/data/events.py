"""EventBridge events of the Data API ("Monitoring events for the Redshift Data API", 2026-11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...context import EngineContext
from ...glue.events import publisher
from .statements import RETENTION, Statement

DETAIL_TYPE = "Redshift Data Statement Status Change"


def status_change(statement: Statement, principal: str) -> dict[str, Any]:
    """Detail of the event of a statement that has ended; `rows` as ResultRows has them, 0 for a batch."""
    last = statement.subs[-1]
    return {
        "principal": principal,
        "statementName": statement.name,
        "statementId": statement.id,
        "redshiftQueryId": last.query_id,
        "state": statement.status,
        "rows": 0 if statement.batch else max(last.result_rows, 0),
        "expireAt": int((statement.created + RETENTION).timestamp()),
    }


def event_publisher(context: EngineContext) -> Callable[[Statement], None]:
    """Publishes the event of an ended statement; a failure to do so is logged and nothing else."""
    publish = publisher(context.client("events"), context.service_token, "aws.redshift-data")
    principal = f"arn:aws:iam::{context.account}:root"
    return lambda statement: publish(DETAIL_TYPE, status_change(statement, principal))
