"""The storage of one warehouse: one DuckDB file, opened when it is first needed."""

from __future__ import annotations

import itertools
import threading
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


@dataclass
class Storage:
    """An open file. Each statement gets a cursor of its own; `locks` are those of all its transactions."""

    context: EngineContext
    warehouse: Warehouse
    root: duckdb.DuckDBPyConnection
    locks: LockTable = field(default_factory=LockTable)
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

    def close(self) -> None:
        """Everything committed is in the file afterwards."""
        self.root.close()


def utc_now() -> datetime:
    """Redshift's timestamps have no zone and are in UTC."""
    return datetime.now(timezone.utc).replace(tzinfo=None)
