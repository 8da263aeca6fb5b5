"""A small pool of threads that run queries, each with a session of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import duckdb

from ...context import EngineContext
from ...lake.catalog import GlueCatalog
from ...lake_formation.vending import vended
from ...sql.duck import DuckPool
from ..errors import athena_error, describe
from ..language.statements import CreateTableAs, Insert, Select, Unload
from .dispatch import run_statement
from .outcome import Outcome
from .output import publish
from .session import CancelledError, ScanLimitError, Session

if TYPE_CHECKING:
    from ..api.executions import Execution, Executions

log = logging.getLogger(__name__)

#: Queries that run at once; more wait in the queue, as on AWS.
_WORKERS = 4
#: How long `close` waits for a worker that does not see its end.
_CLOSE_SECONDS = 10.0
_SCANNING = (Select, CreateTableAs, Insert, Unload)
#: State, StateChangeReason, AthenaError.
_End = tuple[str, str | None, dict[str, object] | None]


class Executor:
    """Runs executions; `finished` is told of each that ran to an end."""

    def __init__(self, context: EngineContext, executions: Executions, finished: Callable[[Execution], None]) -> None:
        self._context = context
        self._executions = executions
        self._finished = finished
        self._pool = DuckPool(context)
        self._folder = context.directory / "athena"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="athena")

    def submit(
        self, execution: Execution, put_arguments: dict[str, str], instead: Callable[[], None] | None = None
    ) -> None:
        """`instead` carries out a statement that needs no engine."""
        self._workers.submit(self._run, execution, put_arguments, instead)

    def stop(self, execution: Execution, reason: str) -> None:
        """The state is CANCELLED at once; the thread ends a moment later. Nothing happens to one that has ended."""
        if self._executions.end(execution, "CANCELLED", reason) and execution.session is not None:
            execution.session.stop()

    def close(self) -> None:
        """Ends every query and waits for the threads."""
        running = [e for e in self._executions.newest_first() if not e.ended.is_set()]
        for execution in running:
            self.stop(execution, "The local target was stopped")
        self._workers.shutdown(wait=False, cancel_futures=True)
        for execution in self._executions.newest_first():
            if execution.session is not None:
                execution.session.ended.wait(_CLOSE_SECONDS)
        self._pool.close()

    def _run(self, execution: Execution, put_arguments: dict[str, str], instead: Callable[[], None] | None) -> None:
        if not self._executions.begin(execution):
            return
        session: Session | None = None
        try:
            session = execution.session = self._session(execution, put_arguments)
            execution.timings = session.timings
            # Stopped since `begin`, when there was no session to tell.
            if execution.ended.is_set():
                raise CancelledError(execution.reason or "")
            self._carry_out(execution, session, instead)
            end: _End = ("SUCCEEDED", None, None)
        except (CancelledError, duckdb.InterruptException):
            end = ("CANCELLED", "Query cancelled by user", None)
        except ScanLimitError as error:
            # What AWS would bill: it stops as soon as the limit is passed.
            execution.scanned = execution.scan_limit or 0
            end = ("CANCELLED", str(error), None)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is the query's failure, not the service's
            end = self._failure(execution, error, session)
        # Whoever sees the end finds nothing left of the query.
        if session is not None:
            session.close()
        self._executions.end(execution, *end)
        self._finished(execution)

    def _session(self, execution: Execution, put_arguments: dict[str, str]) -> Session:
        folder = self._folder / execution.id
        folder.mkdir()
        context = execution.engine or self._context
        return Session(
            connection=self._pool.cursor(),
            catalog=GlueCatalog(context),
            glue=context.client("glue"),
            s3=context.client("s3"),
            may_read=context.may_read,
            vended=lambda table: vended(context, table),
            database=execution.database,
            output=execution.results["OutputLocation"],
            query_id=execution.id,
            folder=folder,
            put_arguments=put_arguments,
            scan_limit=execution.scan_limit if isinstance(execution.statement, _SCANNING) else None,
        )

    def _carry_out(self, execution: Execution, session: Session, instead: Callable[[], None] | None) -> None:
        with session.timings.measure_all():
            if instead is not None:
                instead()
            outcome = run_statement(session, execution.statement) if instead is None else Outcome()
            execution.columns, execution.is_csv = outcome.columns, outcome.is_csv
            execution.has_rows = outcome.written is None
            if isinstance(execution.statement, _SCANNING):
                execution.scanned = session.report.bytes
            publish(execution, session, outcome)
        session.check()

    def _failure(self, execution: Execution, error: Exception, session: Session | None) -> _End:
        reason = describe(error, session.tree if session is not None else None)
        if not isinstance(error, duckdb.Error) and reason.startswith("GENERIC_INTERNAL_ERROR"):
            log.exception("query %s failed", execution.id)
        return "FAILED", reason, athena_error(reason)
