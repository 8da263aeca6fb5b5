"""From a query's tree to DuckDB SQL that is ready to run in the session's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from ...lake.hive_types import quote
from ...lake.query import Lake, ScanReport, prepare
from ...sql.binder import Reference, bind
from .columns import ResultColumn, name_columns, origins, result_column
from .definitions import Relation
from .errors import unsupported
from .names import LOCAL, ROW_ID, SYSTEM
from .refusals import check_aliases
from .super_paths import expand_super_paths
from .system_views import system_rows_sql
from .translate import to_duckdb

if TYPE_CHECKING:
    from .session import Session

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)


@dataclass(frozen=True)
class Compiled:
    """DuckDB's SQL over temporary views, which exist until the next query of the session is compiled."""

    sql: str
    columns: list[ResultColumn]


@dataclass(frozen=True)
class ExternalScan:
    """One external table as one query read it."""

    table: str
    location: str
    file_format: str
    total_partitions: int
    qualified_partitions: int
    files: int
    rows: int
    bytes: int


def compile_query(session: Session, tree: exp.Query) -> Compiled:
    """Binds, checks privileges, takes the readers' locks, finds the files of external tables; changes `tree`."""
    name_columns(tree)
    names = session.names()
    references = bind(tree, names)
    session.read(names.reads)
    session.depends |= names.named
    _create_views(session, references)
    known = origins(tree, references)
    check_aliases(tree, references)
    expand_super_paths(tree, references)
    lake = [r for r in references if r.table.serde_library not in (LOCAL, SYSTEM)]
    if lake:
        _fold_subqueries(session, tree, references, {r.name for r in lake})
    sql = to_duckdb(tree, references, session.user.name)
    if lake:
        seen = session.lake(_role(lake))
        source = Lake(seen.glue, seen.s3, lambda table: [], skip_archived=False, may_read=seen.may_read)
        report = prepare(session.connection, sql, lake, source, datetime.now(timezone.utc))
        _record(session, report)
    rows = session.connection.execute(f"DESCRIBE {sql}").fetchall()
    matched = known if known is not None and len(known) == len(rows) else [None] * len(rows)
    columns = [result_column(row[0], row[1], origin) for row, origin in zip(rows, matched, strict=True)]
    return Compiled(sql, columns)


def _role(lake: Sequence[Reference]) -> str:
    roles = {str(reference.table.raw["role"]) for reference in lake}
    if len(roles) > 1:
        raise unsupported(f"a statement over external schemas of several roles ({', '.join(sorted(roles))})")
    return roles.pop()


def _create_views(session: Session, references: Sequence[Reference]) -> None:
    for reference in references:
        table = reference.table
        if table.serde_library == SYSTEM:
            body = system_rows_sql(session, table.name)
        elif table.serde_library == LOCAL:
            relation: Relation = table.raw["relation"]
            picked = [quote(column.name) for column in relation.columns]
            if table.raw["row_id"]:
                picked.append(f"rowid AS {ROW_ID}")
            body = f"SELECT {', '.join(picked)} FROM {relation.physical}"
        else:
            continue
        session.connection.execute(f"CREATE OR REPLACE TEMP VIEW {reference.name} AS {body}")


def _fold_subqueries(session: Session, tree: exp.Query, references: Sequence[Reference], lake: set[str]) -> None:
    """Puts the value of a scalar subquery over the warehouse's own tables in its place: partitions can be pruned by a
    constant. The transaction's snapshot is the same, so is the answer."""
    for node in list(tree.find_all(exp.Subquery)):
        if not isinstance(node.parent, _COMPARISONS) or any(t.name in lake for t in node.find_all(exp.Table)):
            continue
        try:
            sql = to_duckdb(node.this.copy(), references, session.user.name)
            (described, *more) = session.connection.execute(f"DESCRIBE {sql}").fetchall()
        except duckdb.BinderException:
            # It refers to the query around it.
            continue
        if more:
            continue
        row = session.connection.execute(f"SELECT CAST(({sql}) AS VARCHAR)").fetchone()
        value: Any = row[0] if row is not None else None
        node.replace(
            exp.cast(exp.Null() if value is None else exp.Literal.string(value), described[1], dialect="duckdb")
        )


def _record(session: Session, report: ScanReport) -> None:
    """Notes for SYS_EXTERNAL_QUERY_DETAIL what each external table costs. Redshift counts the rows of what it
    reads; here they are those of the partitions that are left."""
    for scan in report.tables:
        table = scan.reference.table
        row = session.connection.execute(f"SELECT count(*) FROM {scan.reference.name}").fetchone()
        total = len(session.glue.partitions(table)) if table.partition_keys else 0
        session.scans.append(
            ExternalScan(
                f"{session.storage.warehouse.database}_{table.raw['schema']}_{table.name}",
                table.location,
                "Parquet" if table.is_parquet else "JSON",
                total,
                scan.partitions if table.partition_keys else 0,
                scan.files,
                int(row[0]) if row is not None else 0,
                scan.bytes,
            )
        )
