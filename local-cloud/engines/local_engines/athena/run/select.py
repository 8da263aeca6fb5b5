"""SELECT and EXPLAIN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...lake.hive_types import quote
from ..printing import printer, readable_type
from ..results import Row
from ..values import column_info
from .outcome import Outcome, text_outcome
from .session import Compiled, ResultColumn, Session

#: Enough to make Python's share small, few enough to stop between two of them.
_BATCH_ROWS = 5_000


def run_select(session: Session, compiled: Compiled) -> Outcome:
    columns = [column_info(c.name, c.kind if c.zone is None else "TIMESTAMP WITH TIME ZONE") for c in compiled.columns]
    return Outcome(columns, text_rows(session, compiled), is_csv=True)


def text_rows(session: Session, compiled: Compiled) -> Iterator[Row]:
    """Runs the query; rows as Athena prints them."""
    prints = [printer(column.type, column.zone) for column in compiled.columns]
    session.check()
    result = session.connection.execute(readable(compiled.sql, compiled.columns))
    while rows := result.fetchmany(_BATCH_ROWS):
        session.check()
        for row in rows:
            yield [show(value) for show, value in zip(prints, row, strict=True)]


def readable(sql: str, columns: Sequence[ResultColumn]) -> str:
    """The query with casts around what Python cannot read; see printing.readable_type."""
    wanted = [readable_type(column.type) for column in columns]
    if not any(wanted):
        return sql
    names = [quote(f"c{index}") for index in range(len(columns))]
    picked = [f"CAST({n} AS {w})" if w is not None else n for n, w in zip(names, wanted, strict=True)]
    return f"SELECT {', '.join(picked)} FROM ({sql}) AS result({', '.join(names)})"


def run_explain(session: Session, compiled: Compiled, validate_only: bool) -> Outcome:
    """The plan of the local engine, which says so: it is not the one that Athena would make."""
    if validate_only:
        return text_outcome(["true"], "Valid")
    rows = session.connection.execute(f"EXPLAIN {compiled.sql}").fetchall()
    files = session.report.file_bytes
    head = [
        "Plan of the local target (DuckDB), not of Athena's own engine",
        f"Partitions: {session.report.partitions}, files: {len(files)}, bytes to scan: {session.report.bytes}",
        f"Output: {', '.join(f'{column.name} {column.kind}' for column in compiled.columns)}",
    ]
    plan = "\n".join(str(row[-1]) for row in rows)
    return text_outcome([*head, *(line for line in plan.splitlines() if line.strip())], "Query Plan")
