"""Runs statements, each on a thread and in a session of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from ...context import EngineContext
from ..sql.errors import RedshiftError, StatementCancelledError, describe
from ..sql.session import Session
from ..warehouses import Warehouse
from .identity import ensure_iam_user
from .parameters import as_mapping, fill_in
from .results import records, result_size
from .statements import ABORTED, FAILED, FINISHED, STARTED, Statement, Statements, SubStatement
from .stores import Stores

log = logging.getLogger(__name__)

#: How long a pause or the end waits for a statement that does not see that it was cancelled. Seconds.
_CLOSE_SECONDS = 10.0
#: What the sub-statements of a batch say that never ran.
_NOT_RUN = "Connection or an prior query failed."


class Executor:
    """`finished` is told of each statement that has ended."""

    def __init__(self, context: EngineContext, statements: Statements, finished: Callable[[Statement], None]) -> None:
        self._statements = statements
        self._finished = finished
        self._stores = Stores(context)

    def submit(self, statement: Statement, warehouse: Warehouse) -> None:
        threading.Thread(
            target=self._run, args=(statement, warehouse), name=f"redshift-{statement.id}", daemon=True
        ).start()

    def cancel(self, statement: Statement, reason: str) -> bool:
        """The state is ABORTED at once; the thread ends a moment later. False when it had ended already."""
        session = statement.session
        if session is not None and not session.cancel():
            # It is committed; to call it aborted would be a lie.
            statement.ended.wait(_CLOSE_SECONDS)
            return False
        if not self._statements.end(statement, ABORTED, reason):
            return False
        for sub in statement.subs:
            if sub.status not in (FINISHED, FAILED):
                sub.end(ABORTED, reason)
        return True

    def stop_warehouse(self, warehouse: Warehouse) -> None:
        """Ends the warehouse's statements and closes its storage."""
        running = [s for s in self._statements.newest_first() if s.warehouse == warehouse.key and not s.ended.is_set()]
        for statement in running:
            self.cancel(statement, "The warehouse was stopped")
        for statement in running:
            statement.ended.wait(_CLOSE_SECONDS)
        self._stores.close(warehouse.key)

    def close(self) -> None:
        running = [s for s in self._statements.newest_first() if not s.ended.is_set()]
        for statement in running:
            self.cancel(statement, "The local target was stopped")
        for statement in running:
            statement.ended.wait(_CLOSE_SECONDS)
        self._stores.close_all()

    def with_session(self, warehouse: Warehouse, user: str, database: str, work: Callable[[Session], None]) -> None:
        """Runs `work` in a session, for operations that answer at once."""
        storage = self._stores.of(warehouse)
        ensure_iam_user(storage, user)
        session = Session(storage, user, database)
        try:
            # Outside of a transaction, so nothing else would keep the file in its place.
            with storage.gate.inside():
                work(session)
        finally:
            session.close()

    def _run(self, statement: Statement, warehouse: Warehouse) -> None:
        try:
            if self._statements.begin(statement):
                self._carry_out(statement, warehouse)
        finally:
            statement.session = None
            if statement.with_event:
                self._finished(statement)
            statement.ended.set()

    def _carry_out(self, statement: Statement, warehouse: Warehouse) -> None:
        session: Session | None = None
        try:
            storage = self._stores.of(warehouse)
            ensure_iam_user(storage, statement.user)
            session = statement.session = Session(storage, statement.user, statement.database)
            statement.pid = session.pid
            if statement.status != STARTED:
                # Cancelled when there was no session to tell.
                session.cancelled.set()
            status, error = self._run_all(statement, session)
        except Exception as failure:  # noqa: BLE001 - whatever went wrong is the statement's failure, not the service's
            # No session: the user or the database does not exist, or the file cannot be opened.
            status, error = FAILED, _message(failure)
            for sub in statement.subs:
                sub.end(FAILED if sub is statement.subs[0] else ABORTED, error)
        if session is not None:
            session.close()
        self._statements.end(statement, status, error)

    def _run_all(self, statement: Statement, session: Session) -> tuple[str, str]:
        """Status and error of the whole; whatever is not committed is undone."""
        transaction = statement.batch and not statement.auto_commit
        if transaction:
            session.start_batch()
        values = as_mapping(statement.parameters)
        failed: tuple[int, str] | None = None
        for place, sub in enumerate(statement.subs, 1):
            if failed is not None and transaction:
                sub.end(ABORTED, _NOT_RUN)
                continue
            if transaction and not session.in_block:
                # TRUNCATE, or a COMMIT of the client's, has ended the transaction: the rest is the next one.
                session.start_batch()
            try:
                self._run_one(sub, session, fill_in(sub.sql, values))
            except Exception as error:  # noqa: BLE001 - as above
                failed = failed or (place, _message(error))
                if isinstance(error, StatementCancelledError) or session.cancelled.is_set():
                    sub.end(ABORTED, _message(error))
                    return ABORTED, _message(error)
                sub.end(FAILED, _message(error))
        if failed is None and transaction:
            try:
                session.commit()
            except Exception as error:  # noqa: BLE001 - as above
                failed = (len(statement.subs), _message(error))
                statement.subs[-1].end(FAILED, _message(error))
        if failed is None:
            return FINISHED, ""
        return FAILED, f"Query #{failed[0]} failed with {failed[1]}" if statement.batch else failed[1]

    def _run_one(self, sub: SubStatement, session: Session, sql: str) -> None:
        start = time.monotonic()
        sub.end(STARTED)
        try:
            outcome = session.execute(sql)
            if outcome.columns is not None:
                # Printed here, so that a value which cannot be shown fails the statement.
                sub.records = records(outcome.rows, outcome.columns)
                sub.size = result_size(sub.records)
            sub.outcome = replace(outcome, rows=[])
        finally:
            sub.query_id, sub.duration = session.query_id, round((time.monotonic() - start) * 1e9)
        sub.end(FINISHED)


def _message(error: Exception) -> str:
    text = describe(error)
    if "Internal error" in text:
        log.error("a statement failed inside of the engine", exc_info=error)
    # What the connection itself refuses has its own severity.
    fatal = isinstance(error, RedshiftError) and str(error).startswith("FATAL:")
    return str(error) if fatal else text
