"""The storage of one warehouse: one DuckDB file, opened when it is first needed."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import duckdb

from ...context import EngineContext
from ...lake.hive_types import literal
from ...sql.duck import DUCKDB_SETTINGS, open_duckdb
from ..warehouses import Warehouse
from .catalog import create_catalog
from .history import create_history, last_query_id
from .literals import value_sql
from .locks import LockTable
from .macros import create_macros

#: Name of the file in the warehouse's folder.
FILE = "warehouse.duckdb"
#: How often who waits for the end of all transactions looks whether it was cancelled. Seconds.
_LOOK_SECONDS = 0.1


class Gate:
    """Lets many transactions in at once, or one piece of work that needs the file for itself."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._closed = False

    def enter(self) -> None:
        """Waits while the file is being rewritten."""
        with self._changed:
            while self._closed:
                self._changed.wait()
            self._inside += 1

    def leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Not for who is inside already: it would wait for itself."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    @contextmanager
    def alone(self, cancelled: Callable[[], bool]) -> Iterator[bool]:
        """Lets nobody in any more, waits until nobody is inside; False, and nothing is held, when cancelled before."""
        with self._changed:
            while self._closed and not cancelled():
                self._changed.wait(_LOOK_SECONDS)
            if cancelled():
                yield False
                return
            self._closed = True
            while self._inside > 0 and not cancelled():
                self._changed.wait(_LOOK_SECONDS)
            given = self._inside == 0
        try:
            yield given
        finally:
            with self._changed:
                self._closed = False
                self._changed.notify_all()


@dataclass
class Storage:
    """An open file. Each statement gets a cursor of its own; `locks` are those of all its transactions."""

    context: EngineContext
    warehouse: Warehouse
    root: duckdb.DuckDBPyConnection
    locks: LockTable = field(default_factory=LockTable)
    gate: Gate = field(default_factory=Gate)
    _ids: Any = None
    _id_lock: threading.Lock = field(default_factory=threading.Lock)
    _history: threading.Lock = field(default_factory=threading.Lock)

    @staticmethod
    def open(context: EngineContext, warehouse: Warehouse) -> Storage:
        """Opens the file, or makes it; what was committed before a crash is there."""
        root = open_duckdb(context, warehouse.directory / "spill")
        path = warehouse.directory / FILE
        root.execute(f"ATTACH {literal(str(path))} AS warehouse")
        create_macros(root)
        create_catalog(root, warehouse.admin_user)
        create_history(root)
        storage = Storage(context, warehouse, root)
        storage._ids = itertools.count(last_query_id(root) + 1)
        return storage

    def cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self.root.cursor()
        # The macros are in the database in memory; the second schema is only there to be searched for them.
        cursor.execute(DUCKDB_SETTINGS)
        return cursor

    def next_id(self) -> int:
        """Of a query, a transaction or a session: unique in the warehouse, and growing."""
        with self._id_lock:
            return int(next(self._ids))

    def record(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Adds rows to a table of the history, in a transaction of its own: a rolled back statement has run too."""
        if not rows:
            return
        lines = ", ".join(f"({', '.join(value_sql(value) for value in row)})" for row in rows)
        with self._history:
            try:
                cursor = self.cursor()
            except duckdb.ConnectionException:
                # The warehouse has been closed meanwhile; nobody can ask it any more.
                return
            try:
                cursor.execute(f"INSERT INTO warehouse.engine.{table} VALUES {lines}")
            finally:
                cursor.close()

    def compact(self, cancelled: Callable[[], bool]) -> None:
        """Rewrites the file with what is there now, so that no block of it holds a deleted row, as after VACUUM in
        Redshift: DuckDB only marks blocks as free and leaves their bytes. Waits for the end of all transactions."""
        path = self.warehouse.directory / FILE
        fresh = path.with_suffix(".fresh")
        # The history is written outside of transactions, also by who is in one: it waits only while the file is away.
        with self.gate.alone(cancelled) as given, self._history:
            if not given:
                return
            fresh.unlink(missing_ok=True)
            self.root.execute(f"ATTACH {literal(str(fresh))} AS fresh")
            try:
                self.root.execute("COPY FROM DATABASE warehouse TO fresh")
            finally:
                self.root.execute("DETACH fresh")
            self.root.execute("DETACH warehouse")
            # The old file stays until the new one has its name, so that a crash in between loses neither.
            fresh.replace(path)
            self.root.execute(f"ATTACH {literal(str(path))} AS warehouse")

    def close(self) -> None:
        """Everything committed is in the file afterwards."""
        self.root.close()


def utc_now() -> datetime:
    """Redshift's timestamps have no zone and are in UTC."""
    return datetime.now(timezone.utc).replace(tzinfo=None)
