"""Table and partition locations in the Glue Data Catalog: moving one is what publishes a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Protocol

from .errors import CatalogError

# Limits of the Glue API for one call.
_BATCH_WRITE = 100
_BATCH_DELETE = 25

# What get_table returns and update_table accepts; the rest of a Table is refused in a TableInput.
_TABLE_INPUT_KEYS = (
    "Name",
    "Description",
    "Owner",
    "LastAccessTime",
    "LastAnalyzedTime",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
    "TargetTable",
)


class Catalog(Protocol):
    """What the jobs need of a catalog; partitions have one key, a date."""

    def partitions(self, database: str, table: str, dates: Iterable[date] | None = None) -> dict[date, str]:
        """Locations of the registered partitions, of `dates` only when given."""

    def set_partitions(self, database: str, table: str, locations: Mapping[date, str]) -> None:
        """Registers the partitions, or moves those that exist; each date changes in one step."""

    def remove_partitions(self, database: str, table: str, dates: Iterable[date]) -> None:
        """Removes partitions from the catalog; their files stay. Dates that are not registered are ignored."""

    def table_location(self, database: str, table: str) -> str:
        """Location of an unpartitioned table."""

    def set_table_location(self, database: str, table: str, location: str) -> None:
        """Moves an unpartitioned table in one step."""


def _chunks(items: list[Any], size: int) -> list[list[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


class GlueCatalog:
    """Catalog by a boto3 `glue` client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def _table(self, database: str, table: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._client.get_table(DatabaseName=database, Name=table)["Table"]
        except self._client.exceptions.EntityNotFoundException as cause:
            raise CatalogError(
                f"table {database}.{table} is not in the Glue catalog; deploy the stack before the job runs"
            ) from cause
        return found

    def partitions(self, database: str, table: str, dates: Iterable[date] | None = None) -> dict[date, str]:
        wanted = None if dates is None else set(dates)
        if wanted is not None and not wanted:
            return {}
        found: dict[date, str] = {}
        pages = self._client.get_paginator("get_partitions").paginate(
            DatabaseName=database, TableName=table, ExcludeColumnSchema=True
        )
        try:
            for page in pages:
                for partition in page["Partitions"]:
                    day = date.fromisoformat(partition["Values"][0])
                    # Filtered here, not by Expression: one listing of a few hundred dates costs less than a wrong one.
                    if wanted is None or day in wanted:
                        found[day] = partition["StorageDescriptor"]["Location"]
        except self._client.exceptions.EntityNotFoundException as cause:
            raise CatalogError(
                f"table {database}.{table} is not in the Glue catalog; deploy the stack before the job runs"
            ) from cause
        return found

    def set_partitions(self, database: str, table: str, locations: Mapping[date, str]) -> None:
        if not locations:
            return
        descriptor = self._table(database, table)["StorageDescriptor"]
        present = self.partitions(database, table, locations)

        def partition_input(day: date) -> dict[str, Any]:
            return {
                "Values": [day.isoformat()],
                "StorageDescriptor": {**descriptor, "Location": locations[day]},
            }

        new = sorted(day for day in locations if day not in present)
        moved = sorted(day for day in locations if day in present)
        for days in _chunks(new, _BATCH_WRITE):
            answer = self._client.batch_create_partition(
                DatabaseName=database, TableName=table, PartitionInputList=[partition_input(day) for day in days]
            )
            self._check(answer, database, table)
        for days in _chunks(moved, _BATCH_WRITE):
            answer = self._client.batch_update_partition(
                DatabaseName=database,
                TableName=table,
                Entries=[
                    {"PartitionValueList": [day.isoformat()], "PartitionInput": partition_input(day)} for day in days
                ],
            )
            self._check(answer, database, table)

    def remove_partitions(self, database: str, table: str, dates: Iterable[date]) -> None:
        days = sorted(self.partitions(database, table, dates))
        for chunk in _chunks(days, _BATCH_DELETE):
            answer = self._client.batch_delete_partition(
                DatabaseName=database,
                TableName=table,
                PartitionsToDelete=[{"Values": [day.isoformat()]} for day in chunk],
            )
            self._check(answer, database, table)

    def table_location(self, database: str, table: str) -> str:
        return str(self._table(database, table)["StorageDescriptor"]["Location"])

    def set_table_location(self, database: str, table: str, location: str) -> None:
        found = self._table(database, table)
        # An empty text is no owner: get_table may return it, update_table refuses it.
        table_input = {key: found[key] for key in _TABLE_INPUT_KEYS if found.get(key) not in (None, "")}
        table_input["StorageDescriptor"] = {**found["StorageDescriptor"], "Location": location}
        self._client.update_table(DatabaseName=database, TableInput=table_input, SkipArchive=True)

    @staticmethod
    def _check(answer: dict[str, Any], database: str, table: str) -> None:
        errors = answer.get("Errors", [])
        if errors:
            raise CatalogError(
                f"the Glue catalog refused {len(errors)} partitions of {database}.{table}, first: {errors[0]}; "
                "run the job again, it moves every partition of the run anew"
            )
