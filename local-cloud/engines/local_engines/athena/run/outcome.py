"""What a statement leaves: columns and rows, or files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..results import Row
from ..values import column_info


@dataclass
class Outcome:
    """`is_csv`: a result with a header (SELECT); else plain text, one line a row.

    `update_count` and `written` (URLs) are for statements that write data.
    """

    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: Iterable[Row] = ()
    is_csv: bool = False
    update_count: int | None = None
    written: list[str] | None = None


def text_outcome(lines: Iterable[str], *columns: str) -> Outcome:
    """The answer to SHOW, DESCRIBE and EXPLAIN: text columns, cells of a line parted by tabs."""
    return Outcome([{**column_info(name, "VARCHAR"), "Type": "string"} for name in columns], ([line] for line in lines))


def written_outcome(count: int, files: list[str]) -> Outcome:
    """The answer to statements that write data: no rows, one number."""
    return Outcome([column_info("rows", "BIGINT")], (), True, count, files)
