"""What a principal that has opted in may see, and by which role Lake Formation lets it read."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from .grants import Grants, OptIns
from .locations import Locations
from .places import Place

#: A permission with which one may know of a table, beside SELECT on one of its columns.
_KNOWING = {"ALL", "DESCRIBE", "SELECT", "INSERT", "DELETE", "ALTER", "DROP"}


class Judge:
    """Safe from many threads."""

    def __init__(
        self, lock: AbstractContextManager[Any], grants: Grants, opt_ins: OptIns, locations: Locations
    ) -> None:
        self._lock, self._grants, self._opt_ins, self._locations = lock, grants, opt_ins, locations

    def knows(self, principal: str) -> bool:
        """Whether the principal has opted in anywhere."""
        with self._lock:
            return any(True for _ in self._opt_ins.any_of(principal))

    def governs(self, principal: str, database: str, table: str = "") -> bool:
        """Whether the principal needs grants for the database, or for the table of it."""
        with self._lock:
            return self._opt_ins.covers(principal, Place(database, table))

    def sees_database(self, principal: str, database: str) -> bool:
        with self._lock:
            return bool(self._grants.permissions(principal, Place(database)) & _KNOWING)

    def columns(self, principal: str, database: str, table: str, names: Iterable[str]) -> list[str] | None:
        """Those of a table's columns that the principal may select; None where it may not know of the table."""
        with self._lock:
            mine = [name for name in names if self._selects(principal, Place(database, table, name))]
            known = self._grants.permissions(principal, Place(database, table)) & _KNOWING
            return mine if mine or known else None

    def reading_role(self, bucket_and_prefix: str) -> str | None:
        """ARN of the role that reads a place (`bucket/prefix`); None where it lies in no registered location."""
        with self._lock:
            return self._locations.role_of(f"arn:aws:s3:::{bucket_and_prefix}")

    def _selects(self, principal: str, place: Place) -> bool:
        return bool(self._grants.permissions(principal, place) & {"ALL", "SELECT"})
