"""Writes a statement that has ended into the warehouse's history."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING

from .locks import Transaction
from .outcome import Outcome
from .storage import utc_now

if TYPE_CHECKING:
    from .session import Session

#: Limits of the view's columns.
_TEXT, _ERROR = 4_000, 512
_VERSION = "Redshift 1.0 (local target)"
_LITERALS = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
#: query_type of SYS_QUERY_HISTORY for what is no type of its own.
_UTILITY = {"COMMIT", "ROLLBACK", "BEGIN", "SET", "ANALYZE", "VACUUM", "LOCK"}


def record_statement(
    session: Session,
    sql: str,
    query_type: str,
    started: datetime,
    transaction: Transaction | None,
    outcome: Outcome | None,
    error: str,
) -> None:
    """`outcome` is None for a statement that failed or was cancelled; `error` says why."""
    ended = utc_now()
    elapsed = _micros(started, ended)
    waited = round(session.lock_wait * 1e6)
    rows = outcome.rows if outcome is not None else []
    returned = (
        len(rows) if outcome is not None and outcome.columns is not None else max(outcome.changed, 0) if outcome else 0
    )
    status = "success" if outcome is not None else "canceled" if session.cancelled.is_set() else "failed"
    xid = transaction.id if transaction is not None else session.transaction_id
    text = sql[:_TEXT]
    compute = "primary" if session.storage.warehouse.key.startswith("cluster:") else "serverless"
    user = session.user.id
    session.storage.record(
        "queries",
        [(
            user, session.query_id, "default", xid, session.pid, session.storage.warehouse.database,
            "UTILITY" if query_type in _UTILITY else query_type, status, False, started, ended, elapsed, 0,
            max(0, elapsed - waited), error.removeprefix("ERROR: ")[:_ERROR], returned,
            sum(len(str(cell)) for row in rows for cell in row if cell is not None), text, _VERSION, "", compute, 0, 0,
            waited, 100, "Default queue", "normal", "false", _hash(sql), _hash(_LITERALS.sub("?", sql)), 1, 0,
        )],
    )  # fmt: skip
    session.storage.record(
        "external_queries",
        [
            (
                user, session.query_id, xid, 0, index, "S3", started, ended, elapsed, scan.total_partitions,
                scan.qualified_partitions, scan.files, scan.rows, scan.bytes, scan.file_format, scan.location, text, "",
                scan.table, "f", "f", 0, 0,
            )
            for index, scan in enumerate(session.scans)
        ],
    )  # fmt: skip


def _micros(started: datetime, ended: datetime) -> int:
    return round((ended - started).total_seconds() * 1e6)


def _hash(text: str) -> str:
    return hashlib.md5(" ".join(text.split()).encode(), usedforsecurity=False).hexdigest()
