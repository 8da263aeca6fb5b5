"""What a statement gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .columns import ResultColumn


@dataclass(frozen=True)
class Outcome:
    """What a statement gave: rows with their columns, or only a number of rows that it changed (-1: none is known)."""

    query_type: str
    columns: list[ResultColumn] | None = None
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    changed: int = -1
    #: The file is to be written anew once the statement is committed.
    rewrites_storage: bool = False
