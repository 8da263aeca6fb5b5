"""What a query needs of each table, taken from DuckDB's own optimizer.

The query is planned over empty stand-in tables. The plan then names, for each of them, the columns that are really
read (through views, CTEs, SELECT * and unused subqueries) and the filters that may be applied to it alone. That is
sounder than reading the SQL: what may cross an outer join or a window is the optimizer's business.

Stand-in columns have names that occur nowhere else (`ref_0__c3`), so the plan's text can be searched for them.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from .hive_types import quote

#: Statistics of an empty table would make every scan of it an empty result; the others scan one table twice or add
#: filters that exist only at run time.
_DISABLED = "statistics_propagation,empty_result_pullup,late_materialization,join_filter_pushdown"
#: The setting above belongs to the database, not to the connection: two plans at once would undo each other's. A query
#: that runs meanwhile is only planned less well.
_PLANNING = threading.Lock()


@dataclass
class TableUse:
    """How one stand-in table is used.

    `paths`: columns read, by position; a tuple with more members is a field of a struct, e.g. (3, "id").
    `places`: the filters at each place of the plan that reads the table, as SQL over the stand-in's columns; a row is
    needed if it passes all filters of at least one place. No place: the table is not read.
    """

    paths: set[tuple[int | str, ...]] = field(default_factory=set)
    places: list[list[str]] = field(default_factory=list)

    @property
    def columns(self) -> set[int]:
        return {int(path[0]) for path in self.paths}


def column_name(table: str, index: int) -> str:
    """The stand-in's name of the column at this position."""
    return f"{table}__c{index}"


def create_stand_in(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[tuple[str, str]]) -> None:
    """Creates the empty stand-in `table` for (column, DuckDB type) pairs.

    The plan's text leaves a filter out whose place among the columns read is beyond the table's number of columns
    (DuckDB 1.5.5), which fields of structs, each a column read of its own, bring about. So there is a column more for
    each field: without its filter, a column would seem to be unused and be read as nulls.
    """
    fields = sum(kind.count("STRUCT(") + kind.count(",") for _, kind in columns)
    padding = [f"{table}__pad{i} BOOLEAN" for i in range(fields)]
    inner = ", ".join([*(f"{column_name(table, i)} {kind}" for i, (_, kind) in enumerate(columns)), *padding])
    outer = ", ".join(f"{column_name(table, i)} AS {quote(name)}" for i, (name, _) in enumerate(columns))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table}__t ({inner})")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT {outer} FROM {table}__t")


def plan_uses(
    connection: duckdb.DuckDBPyConnection, sql: str, tables: Sequence[str], prune: bool = True
) -> dict[str, TableUse]:
    """Plans `sql` over the stand-ins; raises the duckdb.Error of the binder. `prune=False` gives no filters."""
    with _PLANNING:
        connection.execute(f"SET disabled_optimizers = '{_DISABLED}'")
        try:
            row = connection.execute(f"EXPLAIN (FORMAT JSON) {sql}").fetchone()
        finally:
            connection.execute("SET disabled_optimizers = ''")
    uses = {name: TableUse() for name in tables}
    for node in json.loads(row[1]) if row is not None else []:
        for scan, above in _scans(node, []):
            name = str(scan["Table"]).rsplit(".", 1)[-1].strip('"').removesuffix("__t")
            use = uses.get(name)
            if use is None:
                continue
            texts = _texts(scan.get("Filters")) + above
            for text in _texts(scan.get("Projections")) + texts:
                use.paths |= _paths(name, text)
            use.places.append([c for text in texts if prune for c in _conditions(text)])
    return uses


def _scans(node: dict[str, Any], above: list[str]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Every scan with the conditions of the filters directly above it."""
    info = node.get("extra_info") or {}
    if "Table" in info:
        yield info, above
        return
    below = above + _texts(info.get("Expression")) if node.get("name") == "FILTER" else []
    for child in node.get("children") or []:
        yield from _scans(child, below)


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and text]


def _paths(table: str, text: str) -> set[tuple[int | str, ...]]:
    found = re.findall(rf"{table}__c(\d+)((?:\.[A-Za-z_]\w*)*)", text)
    return {(int(index), *rest.split(".")[1:]) for index, rest in found}


def _conditions(text: str) -> Iterator[str]:
    """The conditions as SQL, without what means nothing outside of the plan.

    `a > 1 AND optional: a = 2 OR a = 3` are two: an optional one is implied by the query as well. The text has no
    parentheses around it, so a condition behind it may seem to belong to it; that only makes it weaker.
    """
    for part in re.split(r"(?:^|\s+AND\s+)optional:\s*", text.strip()):
        # "#1" names a column of an inner plan node and would bind to something else here.
        if part and not any(mark in part for mark in ("#", "Dynamic Filter", "optional:", "SUBQUERY")):
            yield part


def matching_rows(
    connection: duckdb.DuckDBPyConnection, relation: str, use: TableUse, columns: str, order_by: str
) -> list[tuple[Any, ...]]:
    """Rows of `relation` that some place of the plan may need.

    Filters that cannot be evaluated on it (they need other columns) are left to the query itself: more rows are
    returned then, never fewer.
    """
    alternatives: list[str] = []
    for place in use.places:
        kept: list[str] = []
        for condition in place:
            try:
                connection.execute(f"EXPLAIN SELECT 1 FROM {relation} WHERE {condition}")
            except duckdb.Error:
                continue
            kept.append(f"({condition})")
        alternatives.append(" AND ".join(kept) or "true")
    where = " OR ".join(f"({text})" for text in alternatives) or "false"
    return connection.execute(f"SELECT {columns} FROM {relation} WHERE {where} ORDER BY {order_by}").fetchall()
