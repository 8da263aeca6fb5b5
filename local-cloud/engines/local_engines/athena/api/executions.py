"""Query executions: their records and states."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from ...context import EngineContext
from ..language.statements import Statement, substatement_of
from ..run.session import Session, Timings
from .configuration import ENGINE_VERSION
from .requests import invalid

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"
ENDED = (SUCCEEDED, FAILED, CANCELLED)


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass
class Execution:
    """One query. `sql` is what the client sent, `statement` what runs (a prepared statement's, for EXECUTE)."""

    sql: str
    statement: Statement
    workgroup: str
    #: QueryExecutionContext as it was given.
    context: dict[str, str]
    #: ResultConfiguration that is in force; OutputLocation ends with a slash.
    results: dict[str, Any]
    scan_limit: int | None
    publish_metrics: bool
    parameters: list[str] = field(default_factory=list)
    reuse: dict[str, Any] | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = QUEUED
    reason: str | None = None
    error: dict[str, object] | None = None
    submitted: datetime = field(default_factory=utc_now)
    started: datetime | None = None
    completed: datetime | None = None
    timings: Timings = field(default_factory=Timings)
    scanned: int = 0
    #: Where the result is, or would be.
    location: str = ""
    manifest: str | None = None
    columns: list[dict[str, Any]] = field(default_factory=list)
    #: False: there is no result file to read rows from.
    has_rows: bool = False
    is_csv: bool = False
    update_count: int = 0
    output_rows: int = 0
    output_bytes: int = 0
    session: Session | None = None
    #: With the rights of who started it.
    engine: EngineContext | None = None
    stop_requested: bool = False
    #: How many states it has had.
    changes: int = 1
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def database(self) -> str:
        return self.context.get("Database", "default").lower()

    def to_api(self) -> dict[str, Any]:
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted}
        if self.completed is not None:
            status["CompletionDateTime"] = self.completed
        if self.reason is not None:
            status["StateChangeReason"] = self.reason
        if self.error is not None:
            status["AthenaError"] = self.error
        answer: dict[str, Any] = {
            "QueryExecutionId": self.id,
            "Query": self.sql,
            "StatementType": self.statement.statement_type,
            "ResultConfiguration": {**self.results, "OutputLocation": self.location},
            "ResultReuseConfiguration": self.reuse or {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": self.context,
            "Status": status,
            "Statistics": self.statistics(),
            "WorkGroup": self.workgroup,
            "EngineVersion": {"SelectedEngineVersion": ENGINE_VERSION, "EffectiveEngineVersion": ENGINE_VERSION},
            "SubstatementType": substatement_of(self.statement),
        }
        return {**answer, "ExecutionParameters": self.parameters} if self.parameters else answer

    def timeline(self) -> dict[str, int]:
        """Milliseconds of each phase; a phase that has not begun is 0."""
        until = self.completed or utc_now()
        return {
            "QueryQueueTimeInMillis": _millis(((self.started or until) - self.submitted).total_seconds()),
            "ServicePreProcessingTimeInMillis": 0,
            "QueryPlanningTimeInMillis": _millis(self.timings.planning),
            "EngineExecutionTimeInMillis": _millis(self.timings.engine),
            "ServiceProcessingTimeInMillis": _millis(self.timings.service),
            "TotalExecutionTimeInMillis": _millis((until - self.submitted).total_seconds()),
        }

    def statistics(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "DataScannedInBytes": self.scanned,
            # Results are never reused here.
            "ResultReuseInformation": {"ReusedPreviousResult": False},
            **self.timeline(),
        }
        return found if self.manifest is None else {**found, "DataManifestLocation": self.manifest}

    def runtime_statistics(self) -> dict[str, Any]:
        rows = {"InputBytes": self.scanned, "OutputRows": self.output_rows, "OutputBytes": self.output_bytes}
        return {"QueryRuntimeStatistics": {"Timeline": self.timeline(), "Rows": rows}}


def _millis(seconds: float) -> int:
    return max(0, round(seconds * 1000))


#: Told of an execution that has just changed its state, and of the state before (None: it is new).
Changed = Callable[[Execution, str | None], None]


class Executions:
    """All executions, oldest first; safe from many threads. `changed` must not call back."""

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._all: dict[str, Execution] = {}
        #: ClientRequestToken -> (id, request): the same request again starts no second query.
        self._tokens: dict[str, tuple[str, dict[str, Any]]] = {}

    def once(self, token: str | None, request: dict[str, Any], make: Callable[[], Execution]) -> tuple[Execution, bool]:
        """The execution of this request, and whether it is new; raises InvalidRequestException for a token that came
        with another request."""
        # `make` looks at S3 and the catalog: who only reads must not wait for that.
        with self._starting:
            known = self._tokens.get(token) if token else None
            if known is not None:
                if known[1] != request:
                    raise invalid("Idempotent parameters do not match")
                with self._lock:
                    if known[0] in self._all:
                        return self._all[known[0]], False
            execution = make()
            with self._lock:
                self._all[execution.id] = execution
                self._changed(execution, None)
            if token:
                self._tokens[token] = (execution.id, request)
        return execution, True

    def get(self, identifier: str) -> Execution:
        with self._lock:
            found = self._all.get(identifier)
        if found is None:
            raise invalid(f"QueryExecution {identifier} was not found")
        return found

    def newest_first(self, workgroup: str | None = None) -> list[Execution]:
        """All, or those of one workgroup."""
        with self._lock:
            found = list(self._all.values())
        return [e for e in reversed(found) if workgroup is None or e.workgroup == workgroup]

    def forget(self, workgroup: str) -> None:
        with self._lock:
            self._all = {key: e for key, e in self._all.items() if e.workgroup != workgroup}

    def begin(self, execution: Execution) -> bool:
        """QUEUED -> RUNNING; False when it was stopped in the queue."""
        with self._lock:
            if execution.state != QUEUED:
                return False
            execution.state, execution.started = RUNNING, utc_now()
            self._note(execution, QUEUED)
        return True

    def end(self, execution: Execution, state: str, reason: str | None, error: dict[str, object] | None = None) -> bool:
        """To a final state, once; False when it had one already."""
        with self._lock:
            if execution.state in ENDED:
                return False
            previous = execution.state
            execution.state, execution.reason, execution.error = state, reason, error
            execution.completed = utc_now()
            # A thread that has not noticed yet goes on measuring.
            execution.timings = replace(execution.timings)
            self._note(execution, previous)
        execution.ended.set()
        return True

    def _note(self, execution: Execution, previous: str) -> None:
        execution.changes += 1
        self._changed(execution, previous)
