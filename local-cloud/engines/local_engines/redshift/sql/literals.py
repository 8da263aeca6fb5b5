"""Values inside of SQL text: for each parameter DuckDB's Python client looks for packages that are not installed, which
takes longer than most statements here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...lake.hive_types import literal


def value_sql(value: Any) -> str:
    """DuckDB's SQL of a text, number, truth value, timestamp or None."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP {literal(value.isoformat(sep=' '))}"
    return literal(str(value))


def fill(sql: str, values: Sequence[Any]) -> str:
    """The statement with each `?` replaced; it must have no other question mark."""
    parts = sql.split("?")
    pairs = zip(parts, [*(value_sql(value) for value in values), ""], strict=True)
    return "".join(part + shown for part, shown in pairs)
