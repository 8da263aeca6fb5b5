"""The surroundings of one statement: a DuckDB cursor, the catalog, a private folder, and the wish to stop."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from ...errors import EngineError
from ...lake.catalog import GlueCatalog, Table
from ...lake.plan import create_stand_in
from ...lake.query import Lake, Reader, ScanReport, prepare
from ...lake.relation import PATH_COLUMN
from ...sql.binder import Reference, bind, column_aliases, hide_column, unmarked
from ...sql.trino import to_duckdb
from ...sql.trino_functions import check_names
from ..language.statements import QueryText
from ..names import AthenaNames

#: `kind` of a null literal's column.
NULL_KIND = '"NULL"'


def _nameless(position: int) -> str:
    return f"_col{position}"


def _is_null(projection: exp.Expr | None) -> bool:
    """A null literal, to which DuckDB gives the type integer."""
    return projection is not None and isinstance(projection.unalias().unnest(), exp.Null)


def _zone(projection: exp.Expr | None) -> str | None:
    """The zone of `x AT TIME ZONE 'zone'` as a selected column. DuckDB has no timestamps with a zone of their own: it
    gives the local time, and the zone is printed behind it."""
    inner = projection.unalias().unnest() if projection is not None else None
    zone = inner.args.get("zone") if isinstance(inner, exp.AtTimeZone) else None
    if isinstance(inner, exp.Anonymous) and inner.name.lower() == "at_timezone":
        zone = inner.expressions[-1]
    return str(zone.name) if isinstance(zone, exp.Literal) else None


class CancelledError(EngineError):
    """Somebody asked for the statement's end."""


class ScanLimitError(EngineError):
    """The statement would scan more than its workgroup allows."""

    def __init__(self) -> None:
        super().__init__("Bytes scanned limit was exceeded")


@dataclass(frozen=True)
class ResultColumn:
    """`kind` is DuckDB's type; `type` the same as an object. `zone`: a local time of this zone, see _zone."""

    name: str
    kind: str
    type: DuckDBPyType
    zone: str | None = None


@dataclass(frozen=True)
class Compiled:
    """A query that is ready to run: DuckDB's SQL over views of the files that it needs."""

    sql: str
    columns: list[ResultColumn]


@dataclass
class Timings:
    """Seconds."""

    planning: float = 0.0
    engine: float = 0.0
    service: float = 0.0

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            setattr(self, part, getattr(self, part) + time.monotonic() - start)

    @contextmanager
    def measure_all(self) -> Iterator[None]:
        """What is neither planning nor service is the engine's."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.engine = max(0.0, time.monotonic() - start - self.planning - self.service)


@dataclass
class Session:
    """One statement's. `scan_limit` is its workgroup's, `output` the folder of its results (s3://…/)."""

    connection: duckdb.DuckDBPyConnection
    catalog: GlueCatalog
    glue: Any
    s3: Any
    database: str
    output: str
    query_id: str
    folder: Path
    #: S3 arguments of everything that the statement writes: encryption, owner, ACL.
    put_arguments: dict[str, str]
    scan_limit: int | None = None
    #: Raises AwsError for objects that the statement's owner may not read.
    may_read: Callable[[Iterable[str]], None] = lambda urls: None
    #: Who reads a table in the owner's place; None: the owner.
    vended: Callable[[Table], Reader | None] = lambda table: None
    stopped: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    timings: Timings = field(default_factory=Timings)
    report: ScanReport = field(default_factory=ScanReport)
    _closing: threading.Lock = field(default_factory=threading.Lock)
    #: The query as it was written, for places in error messages.
    tree: exp.Expr | None = None

    def check(self) -> None:
        """Raises CancelledError once somebody asked for the end."""
        if self.stopped.is_set():
            raise CancelledError("Query cancelled by user")

    def compile(self, query: QueryText) -> Compiled:
        """Binds and plans; raises ScanLimitError before a byte is read. Adds to the session's report."""
        with self.timings.measure("planning"):
            sql, references, names = self._bind(query)
            columns = self._describe(sql, references, query.tree)
            lake = Lake(self.catalog, self.s3, names.rows, may_read=self.may_read, vended=self.vended)
            found = prepare(self.connection, sql, references, lake, datetime.now(timezone.utc))
            self.report.file_bytes += found.file_bytes
            self.report.partitions += found.partitions
            self.check()
            if self.scan_limit is not None and self.report.bytes > self.scan_limit:
                raise ScanLimitError
            return Compiled(sql, columns)

    def columns_of(self, query: QueryText) -> list[ResultColumn]:
        """The columns that the query would have; no file is looked for."""
        with self.timings.measure("planning"):
            sql, references, _ = self._bind(query)
            return self._describe(sql, references, query.tree)

    def _bind(self, query: QueryText) -> tuple[str, list[Reference], AthenaNames]:
        self.check()
        self.tree = query.tree
        check_names(query.tree, query.sql)
        tree = query.tree.copy()
        column_aliases(tree, _nameless)
        names = AthenaNames(self.catalog, self.database)
        references = bind(tree, names)
        hide_column(tree, references, PATH_COLUMN)
        return to_duckdb(tree, references), references, names

    def _describe(self, sql: str, references: list[Reference], tree: exp.Query) -> list[ResultColumn]:
        """Over empty stand-ins, so that no file is opened for it."""
        with_path = [(PATH_COLUMN, "VARCHAR")] if f'"{PATH_COLUMN}"' in sql.lower() else []
        for reference in references:
            kinds = [(column.name, column.type.duckdb) for column in reference.table.all_columns]
            create_stand_in(self.connection, reference.name, kinds + with_path)
        rows = self.connection.execute(f"DESCRIBE {sql}").fetchall()
        selected = tree.selects
        known: list[exp.Expr | None] = list(selected) if len(selected) == len(rows) else [None] * len(rows)
        return [
            ResultColumn(
                unmarked(name, index, _nameless), NULL_KIND if _is_null(projection) else kind, duckdb.sqltype(kind),
                _zone(projection),
            )
            for index, ((name, kind, *_), projection) in enumerate(zip(rows, known, strict=True))
        ]  # fmt: skip

    def stop(self) -> None:
        """Asks for the end; interrupts DuckDB until the statement has ended."""
        self.stopped.set()
        threading.Thread(target=self._interrupt, name="athena-stop", daemon=True).start()

    def _interrupt(self) -> None:
        # An interrupt between two DuckDB calls is lost, so one is not enough.
        while not self.ended.wait(0.02):
            with self._closing:
                if not self.ended.is_set():
                    self.connection.interrupt()

    def close(self) -> None:
        # A connection must not be interrupted while it goes.
        with self._closing:
            self.ended.set()
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)
