"""A connection of one user: statements, one after the other, and their transactions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ...errors import AwsError
from ...lake.catalog import GlueCatalog
from .catalog import Catalog
from .definitions import Relation, User
from .dispatch import run, statement_type
from .errors import RedshiftError, StatementCancelledError, describe
from .locks import SHARE, Transaction
from .names import RedshiftNames
from .outcome import Outcome
from .privileges import Privileges
from .queries import ExternalScan
from .recording import record_statement
from .storage import Storage, utc_now

#: Statements after which a transaction has still done nothing that a new snapshot would lose.
_NO_WORK = ("LOCK", "BEGIN", "SET")


@dataclass(frozen=True)
class RoleLake:
    """Catalog and objects, with the rights of one role; `may_read` judges what DuckDB reads past `s3`."""

    glue: GlueCatalog
    s3: Any
    may_read: Callable[[Iterable[str]], None]


class Session:
    """Not for two threads at once, but for `cancel`. `database` must be the warehouse's."""

    def __init__(self, storage: Storage, user: str, database: str) -> None:
        """Raises RedshiftError when the user or the database does not exist."""
        if database != storage.warehouse.database:
            raise RedshiftError(f'FATAL: database "{database}" does not exist')
        self.storage = storage
        self.pid = storage.next_id()
        self.connection = storage.cursor()
        self.catalog = Catalog(self.connection)
        self.glue = GlueCatalog(storage.context)
        self._lakes: dict[str, RoleLake] = {}
        self.temporary: dict[str, Relation] = {}
        with storage.gate.inside():
            found = self.catalog.user(user)
        if found is None:
            self.connection.close()
            raise RedshiftError(f'FATAL: password authentication failed for user "{user}"')
        self.user: User = found
        self.query_id = 0
        self.scans: list[ExternalScan] = []
        #: "schema.name" of what the current statement names.
        self.depends: set[str] = set()
        self.lock_wait = 0.0
        self.cancelled = threading.Event()
        #: A transaction is either committed or cancelled, never both.
        self._finishing = threading.Lock()
        self._committed = False
        self._closing = threading.Lock()
        self._closed = threading.Event()
        self._transaction: Transaction | None = None
        #: BEGIN has been said, so that a statement's end is not the transaction's.
        self._explicit = False
        self._failed = False
        self._touched = False

    # Statements

    def execute(self, sql: str) -> Outcome:
        """Runs one statement, in a transaction of its own unless one is open; raises what went wrong, after undoing it.

        Whatever the end, the statement is in SYS_QUERY_HISTORY afterwards.
        """
        self.query_id, self.scans, self.depends, self.lock_wait = self.storage.next_id(), [], set(), 0.0
        started, query_type = utc_now(), statement_type(sql)
        transaction = self._transaction
        try:
            if self.cancelled.is_set():
                raise StatementCancelledError("Query cancelled on user's request")
            if self._failed and query_type not in ("ROLLBACK", "COMMIT"):
                raise RedshiftError("current transaction is aborted, commands ignored until end of transaction block")
            transaction = self._transaction or self._begin()
            outcome = run(self, sql)
            self._touched = self._touched or outcome.query_type not in _NO_WORK
            if not self._explicit and self._transaction is not None:
                self.commit()
            if outcome.rewrites_storage:
                self.storage.compact(self.cancelled.is_set)
        except Exception as error:
            self._undo()
            record_statement(self, sql, query_type, started, transaction, None, describe(error))
            raise
        record_statement(self, sql, query_type, started, transaction, outcome, "")
        return outcome

    def _undo(self) -> None:
        if self._transaction is None:
            return
        if self._explicit:
            # As in PostgreSQL, the block is lost, but its end is the client's to say.
            self._failed = True
        else:
            self.rollback()

    # Transactions

    def _begin(self) -> Transaction:
        self.storage.gate.enter()
        transaction = Transaction(self.storage.next_id(), self.pid)
        transaction.cancelled = self.cancelled
        self.storage.locks.begin(transaction)
        # DuckDB takes its snapshot when the first table is touched, not here.
        try:
            self.connection.execute("BEGIN TRANSACTION")
        except Exception:
            self.storage.gate.leave()
            raise
        self._transaction, self._touched, self._committed = transaction, False, False
        return transaction

    @property
    def in_block(self) -> bool:
        return self._explicit

    def begin_block(self) -> None:
        """BEGIN: the transaction goes on until COMMIT or ROLLBACK."""
        if self._explicit:
            raise RedshiftError("there is already a transaction in progress")
        self._explicit = True

    def start_batch(self) -> None:
        """All statements from here to `commit` are one transaction."""
        self._begin()
        self._explicit = True

    def commit(self) -> None:
        """Raises RedshiftError 1023 when the transaction cannot be put in an order with the others."""
        transaction, failed = self._transaction, self._failed
        if transaction is None:
            return
        if failed:
            self.rollback()
            return
        try:
            self.storage.locks.check(transaction)
            with self._finishing:
                if self.cancelled.is_set():
                    raise StatementCancelledError("Query cancelled on user's request")
                self.connection.execute("COMMIT")
                self._committed = True
        except Exception:
            self.rollback()
            raise
        self._end(committed=True)

    def rollback(self) -> None:
        if self._transaction is None:
            return
        # DuckDB may have ended it by itself.
        with suppress(duckdb.Error):
            self.connection.execute("ROLLBACK")
        self._end(committed=False)

    def _end(self, committed: bool) -> None:
        transaction = self._transaction
        self._transaction, self._explicit, self._failed = None, False, False
        if transaction is not None:
            self.storage.locks.end(transaction, committed)
            self.storage.gate.leave()

    def lock(self, mode: str, tables: Iterable[str], begins: bool = True) -> None:
        """Waits for the locks. A transaction that has done nothing yet then begins anew, so that it sees what was
        committed meanwhile. `begins=False`: this is no work yet (LOCK)."""
        transaction = self._transaction
        names = set(tables)
        if transaction is None or not names:
            return
        start = time.monotonic()
        waited = self.storage.locks.acquire(transaction, names, mode)
        self.lock_wait += time.monotonic() - start
        if not self._touched and (waited or mode != SHARE):
            self.connection.execute("ROLLBACK")
            self.storage.locks.begin(transaction)
            self.connection.execute("BEGIN TRANSACTION")
        self._touched = self._touched or begins

    def read(self, tables: set[str]) -> None:
        """The statement reads these of the warehouse's tables."""
        self.lock(SHARE, tables)
        if self._transaction is not None:
            self._transaction.reads |= tables

    def write(self, relation: Relation, mode: str, reads: bool) -> None:
        """The statement changes this table; `reads`: what it does depends on what is in it."""
        if relation.kind == "temporary":
            return
        self.lock(mode, [relation.key])
        if self._transaction is not None:
            self._transaction.writes.add(relation.key)
            if reads:
                self._transaction.reads.add(relation.key)

    def refuse_in_block(self, what: str) -> None:
        """For statements that must not be part of a longer transaction."""
        if self._explicit:
            raise RedshiftError(f"{what} cannot run inside a transaction block")

    # Surroundings

    @property
    def privileges(self) -> Privileges:
        return Privileges(self.catalog, self.user)

    @property
    def transaction_id(self) -> int:
        return self._transaction.id if self._transaction is not None else 0

    @property
    def folder(self) -> Path:
        """For files on their way to S3."""
        return self.storage.warehouse.directory / "unload" / str(self.query_id)

    def names(self) -> RedshiftNames:
        warehouse = self.storage.warehouse
        return RedshiftNames(
            self.catalog, self.privileges, lambda role: self.lake(role).glue, self.temporary, warehouse.database
        )

    def require_role(self, role: str) -> str:
        """The role, if the warehouse may take it on; raises RedshiftError."""
        if role not in self.storage.warehouse.iam_roles:
            raise RedshiftError(
                f"Not authorized to get credentials of role {role} DETAIL: error: Not authorized to get credentials of "
                f"role {role} code: 30000 context: the role is not associated with {self.storage.warehouse.name}"
            )
        return role

    def lake(self, role: str) -> RoleLake:
        """The lake as `role` sees it; raises RedshiftError where the role does not trust Redshift."""
        if role not in self._lakes:
            warehouse = self.storage.warehouse
            kind = "redshift-serverless" if warehouse.key.startswith("workgroup:") else "redshift"
            try:
                context = self.storage.context.for_role(role, f"{kind}.amazonaws.com", f"{kind}-{warehouse.name}"[:64])
            except AwsError as error:
                raise RedshiftError(f"Not authorized to get credentials of role {role}: {error.message}") from error
            self._lakes[role] = RoleLake(GlueCatalog(context), context.client("s3"), context.may_read)
        return self._lakes[role]

    def cancel(self) -> bool:
        """Asks for the end of the running statement, from another thread. False: its transaction has been committed."""
        with self._finishing:
            if self._committed:
                return False
            self.cancelled.set()
        threading.Thread(target=self._interrupt, name="redshift-cancel", daemon=True).start()
        return True

    def _interrupt(self) -> None:
        # An interrupt between two of DuckDB's calls is lost, so one is not enough.
        while not self._closed.wait(0.02):
            with self._closing:
                if not self._closed.is_set():
                    self.connection.interrupt()

    def close(self) -> None:
        """Rolls back what is open."""
        with self._closing:
            self._closed.set()
        with suppress(duckdb.Error):
            self.rollback()
            self.connection.close()
