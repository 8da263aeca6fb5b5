"""Lists of texts as temporary tables: values of partitions, URLs of files."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from .hive_types import literal

#: Up to here the values stand in the SQL, which is faster than parameters: for each of those DuckDB's Python client
#: looks for packages that are not installed.
_INLINE = 10_000


def load_texts(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Sequence[str],
    values: Sequence[Sequence[str | None]],
    row_number: str | None = None,
) -> None:
    """Creates the table `name` of these columns, all of one length; `row_number` names one more, counted from 0."""
    count = len(values[0])
    inline = count * len(columns) <= _INLINE
    lists = [_list(column) if inline else "CAST(? AS VARCHAR[])" for column in values]
    picked = [f"unnest({texts}) AS {column}" for texts, column in zip(lists, columns, strict=True)]
    if row_number is not None:
        picked.append(f"unnest(range({count})) AS {row_number}")
    parameters = [] if inline else [list(column) for column in values]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {', '.join(picked)}", parameters)


def _list(values: Sequence[str | None]) -> str:
    return f"CAST([{', '.join('NULL' if v is None else literal(v) for v in values)}] AS VARCHAR[])"
