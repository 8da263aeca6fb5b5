"""Statements of the Data API: their records and states."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from ...errors import AwsError
from ..sql.outcome import Outcome
from ..sql.session import Session

SUBMITTED, STARTED, FINISHED, FAILED, ABORTED = "SUBMITTED", "STARTED", "FINISHED", "FAILED", "ABORTED"
ENDED = (FINISHED, FAILED, ABORTED)
#: Results and records are kept so long ("Considerations when calling the Data API").
RETENTION = timedelta(hours=24)
#: A ClientToken means the same request for so long.
_TOKEN_LIFE = timedelta(hours=8)
#: Statements of one warehouse that may be active at once.
MAX_ACTIVE = 500


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass
class SubStatement:
    """One SQL text of a statement; a single statement has exactly one. `sql` is what the client sent."""

    id: str
    sql: str
    status: str = SUBMITTED
    error: str = ""
    created: datetime = field(default_factory=utc_now)
    updated: datetime = field(default_factory=utc_now)
    #: Nanoseconds.
    duration: int = -1
    query_id: int = -1
    #: What it gave; the rows of a query are in `records`.
    outcome: Outcome | None = None
    records: list[list[dict[str, Any]]] = field(default_factory=list)
    size: int = -1

    @property
    def has_result(self) -> bool:
        return self.outcome is not None and self.outcome.columns is not None

    @property
    def result_rows(self) -> int:
        """Rows returned or changed, -1 where there are none to count."""
        if self.outcome is None:
            return -1
        return len(self.records) if self.outcome.columns is not None else self.outcome.changed

    def end(self, status: str, error: str = "") -> None:
        """To this state, now."""
        self.status, self.error, self.updated = status, error, utc_now()

    def to_api(self) -> dict[str, Any]:
        """SubStatementData, whose members DescribeStatement has as well."""
        answer: dict[str, Any] = {
            "Id": self.id,
            "CreatedAt": self.created,
            "UpdatedAt": self.updated,
            "Duration": self.duration,
            "HasResultSet": self.has_result,
            "QueryString": self.sql,
            "RedshiftQueryId": self.query_id,
            "ResultRows": self.result_rows,
            "ResultSize": self.size,
            "Status": self.status,
        }
        return {**answer, "Error": self.error} if self.error else answer


@dataclass
class Statement:
    """One call of ExecuteStatement or BatchExecuteStatement. `target` are the request's members that say where and as
    whom it runs, `user` the database user that this came to."""

    sqls: list[str]
    target: dict[str, str]
    user: str
    database: str
    warehouse: str
    batch: bool
    parameters: list[dict[str, str]]
    name: str = ""
    with_event: bool = False
    auto_commit: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = SUBMITTED
    error: str = ""
    created: datetime = field(default_factory=utc_now)
    updated: datetime = field(default_factory=utc_now)
    duration: int = -1
    pid: int = 0
    subs: list[SubStatement] = field(default_factory=list)
    session: Session | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    started_at: float = 0.0

    def __post_init__(self) -> None:
        ids = [f"{self.id}:{place}" for place in range(1, len(self.sqls) + 1)] if self.batch else [self.id]
        self.subs = [SubStatement(identifier, sql) for identifier, sql in zip(ids, self.sqls, strict=True)]

    def created_answer(self) -> dict[str, Any]:
        """The answer to the call that made it."""
        answer: dict[str, Any] = {**self.target, "Id": self.id, "CreatedAt": self.created, "Database": self.database}
        return answer

    def describe(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            **self.target,
            "Id": self.id,
            "Database": self.database,
            "Status": self.status,
            "CreatedAt": self.created,
            "UpdatedAt": self.updated,
            "Duration": self.duration,
            "RedshiftPid": self.pid,
            "ResultFormat": "JSON",
        }
        if self.batch:
            answer |= {"ResultRows": -1, "ResultSize": -1, "RedshiftQueryId": 0}
            answer["HasResultSet"] = any(sub.has_result for sub in self.subs)
            answer["SubStatements"] = [sub.to_api() for sub in self.subs]
        else:
            sub = self.subs[0].to_api()
            picked = ("HasResultSet", "QueryString", "RedshiftQueryId", "ResultRows", "ResultSize")
            answer |= {name: sub[name] for name in picked}
        if self.parameters:
            answer["QueryParameters"] = self.parameters
        return {**answer, "Error": self.error} if self.error else answer

    def summary(self) -> dict[str, Any]:
        """StatementData of ListStatements."""
        answer: dict[str, Any] = {
            "Id": self.id,
            "Status": self.status,
            "CreatedAt": self.created,
            "UpdatedAt": self.updated,
            "IsBatchStatement": self.batch,
            "ResultFormat": "JSON",
            "QueryStrings" if self.batch else "QueryString": self.sqls if self.batch else self.sqls[0],
        }
        if self.name:
            answer["StatementName"] = self.name
        if "SecretArn" in self.target:
            answer["SecretArn"] = self.target["SecretArn"]
        return {**answer, "QueryParameters": self.parameters} if self.parameters else answer


class Statements:
    """All statements of the last 24 hours, oldest first; safe from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[str, Statement] = {}
        #: ClientToken -> (when, request, id).
        self._tokens: dict[str, tuple[datetime, dict[str, Any], str]] = {}

    def once(self, token: str | None, request: dict[str, Any], make: Callable[[], Statement]) -> tuple[Statement, bool]:
        """The statement of this request, and whether it is new; raises AwsError for a token that came with another
        request, or too many active statements."""
        with self._lock:
            self._forget_old()
            known = self._tokens.get(token) if token else None
            if known is not None and known[2] in self._all:
                if known[1] != request:
                    raise AwsError(
                        "ValidationException", "The request parameters do not match those of the ClientToken"
                    )
                return self._all[known[2]], False
            statement = make()
            active = [s for s in self._all.values() if s.status not in ENDED and s.warehouse == statement.warehouse]
            if len(active) >= MAX_ACTIVE:
                raise AwsError(
                    "ActiveStatementsExceededException", f"Active statements exceeded the allowed quota ({MAX_ACTIVE})"
                )
            self._all[statement.id] = statement
            if token:
                self._tokens[token] = (utc_now(), request, statement.id)
        return statement, True

    def _forget_old(self) -> None:
        now = utc_now()
        self._all = {key: s for key, s in self._all.items() if s.status not in ENDED or now - s.updated < RETENTION}
        self._tokens = {key: value for key, value in self._tokens.items() if now - value[0] < _TOKEN_LIFE}

    def get(self, identifier: str) -> Statement:
        """The statement of an id, or of the id of one of its sub-statements."""
        with self._lock:
            found = self._all.get(identifier.partition(":")[0])
        if found is None:
            raise AwsError("ResourceNotFoundException", "Query does not exist.", ResourceId=identifier)
        return found

    def newest_first(self) -> list[Statement]:
        with self._lock:
            return list(reversed(self._all.values()))

    def begin(self, statement: Statement) -> bool:
        """SUBMITTED -> STARTED; False when it was cancelled before."""
        with self._lock:
            if statement.status != SUBMITTED:
                return False
            statement.status, statement.updated, statement.started_at = STARTED, utc_now(), time.monotonic()
        return True

    def end(self, statement: Statement, status: str, error: str = "") -> bool:
        """To a final state, once; False when it had one already."""
        with self._lock:
            if statement.status in ENDED:
                return False
            statement.status, statement.error, statement.updated = status, error, utc_now()
            if statement.started_at:
                statement.duration = round((time.monotonic() - statement.started_at) * 1e9)
        return True
