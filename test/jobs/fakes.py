"""In-memory stand-ins for AWS services that the jobs call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from clickstream_jobs.errors import CatalogError
from clickstream_jobs.files import FileInfo


class FakeCatalog:
    """Catalog that keeps locations in dicts; tables of `table_locations` exist without partitions."""

    def __init__(self, table_locations: Mapping[tuple[str, str], str] | None = None) -> None:
        self._tables: dict[tuple[str, str], str] = dict(table_locations or {})
        self._partitions: dict[tuple[str, str], dict[date, str]] = {}
        self.fail_next_move = False

    def _check(self) -> None:
        if self.fail_next_move:
            self.fail_next_move = False
            raise CatalogError("the catalog refused the move; run the job again")

    def partitions(self, database: str, table: str, dates: Iterable[date] | None = None) -> dict[date, str]:
        found = self._partitions.get((database, table), {})
        if dates is None:
            return dict(found)
        return {day: found[day] for day in set(dates) if day in found}

    def set_partitions(self, database: str, table: str, locations: Mapping[date, str]) -> None:
        self._check()
        self._partitions.setdefault((database, table), {}).update(locations)

    def remove_partitions(self, database: str, table: str, dates: Iterable[date]) -> None:
        self._check()
        found = self._partitions.get((database, table), {})
        for day in dates:
            found.pop(day, None)

    def table_location(self, database: str, table: str) -> str:
        if (database, table) not in self._tables:
            raise CatalogError(f"table {database}.{table} is not in the catalog; deploy the stack first")
        return self._tables[(database, table)]

    def set_table_location(self, database: str, table: str, location: str) -> None:
        self._check()
        self._tables[(database, table)] = location


class MemoryFiles:
    """Files of an object store, in a dict; each write is a minute later than the one before."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, int]] = {}
        self._now_ms = 0

    def qualified(self, path: str) -> str:
        return path.rstrip("/")

    def list_files(self, path: str) -> list[FileInfo]:
        found = sorted(name for name in self._files if name.startswith(path))
        return [FileInfo(name, len(self._files[name][0]), self._files[name][1]) for name in found]

    def read_text(self, path: str) -> str | None:
        return self._files[path][0] if path in self._files else None

    def write_text(self, path: str, text: str) -> None:
        self._now_ms += 60_000
        self._files[path] = (text, self._now_ms)

    def delete(self, path: str) -> None:
        self._files.pop(path, None)


class FakeCloudWatch:
    """Records put_metric_data calls."""

    def __init__(self) -> None:
        self.calls: list[dict[str, object]] = []

    def put_metric_data(self, **call: object) -> None:
        self.calls.append(call)
