"""Catalog calls of principals that have opted in to Lake Formation: what they may not select is not there for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ..errors import AwsError, UnknownOperation
from ..iam.guard import current_caller
from ..lake_formation.catalog import column_names
from ..lake_formation.judge import Judge

Answer = dict[str, Any]


class GovernedCatalog:
    """Answers through `emulator`, root's Glue client; whether IAM lets the caller ask has been judged before."""

    def __init__(self, emulator: Any, judge: Judge) -> None:
        self._emulator, self._judge = emulator, judge
        self._operations: dict[str, Callable[[str, Answer], Answer]] = {
            "GetDatabase": self._get_database,
            "GetDatabases": self._get_databases,
            "GetTable": self._get_table,
            "GetTables": self._get_tables,
            "GetPartition": lambda principal, body: self._partitions(principal, body, "get_partition"),
            "GetPartitions": lambda principal, body: self._partitions(principal, body, "get_partitions"),
            "BatchGetPartition": lambda principal, body: self._partitions(principal, body, "batch_get_partition"),
        }

    def handle(self, operation: str, body: Answer) -> Answer:
        """UnknownOperation for what nobody has to be kept from."""
        caller, action = current_caller.get(), self._operations.get(operation)
        if caller is None or action is None or not self._judge.knows(caller.principal):
            raise UnknownOperation(operation)
        try:
            answer = action(caller.principal, body)
        except ClientError as error:
            found = error.response["Error"]
            status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
            raise AwsError(found["Code"], found["Message"], status) from error
        answer.pop("ResponseMetadata", None)
        return answer

    def _get_database(self, principal: str, body: Answer) -> Answer:
        if not self._sees_database(principal, body["Name"]):
            raise _insufficient(f"Required Describe on {body['Name']}")
        return dict(self._emulator.get_database(**body))

    def _get_databases(self, principal: str, body: Answer) -> Answer:
        answer = dict(self._emulator.get_databases(**body))
        seen = [one for one in answer["DatabaseList"] if self._sees_database(principal, one["Name"])]
        return {**answer, "DatabaseList": seen}

    def _get_table(self, principal: str, body: Answer) -> Answer:
        answer = dict(self._emulator.get_table(**body))
        table = self._cut(principal, body["DatabaseName"], answer["Table"])
        if table is None:
            raise _insufficient(f"Required Describe on {body['Name']}")
        return {**answer, "Table": table}

    def _get_tables(self, principal: str, body: Answer) -> Answer:
        answer = dict(self._emulator.get_tables(**body))
        tables = [self._cut(principal, body["DatabaseName"], table) for table in answer["TableList"]]
        return {**answer, "TableList": [table for table in tables if table is not None]}

    def _partitions(self, principal: str, body: Answer, call: str) -> Answer:
        database, name = body["DatabaseName"], body["TableName"]
        table = self._emulator.get_table(DatabaseName=database, Name=name)["Table"]
        cut = self._cut(principal, database, table)
        if cut is None:
            raise _insufficient(f"Required Select on {name}")
        answer = dict(getattr(self._emulator, call)(**body))
        kept = set(column_names(cut))
        found = [answer["Partition"]] if "Partition" in answer else answer.get("Partitions") or []
        for partition in found:
            storage = partition.get("StorageDescriptor")
            if storage and storage.get("Columns"):
                storage["Columns"] = [column for column in storage["Columns"] if column["Name"] in kept]
        return answer

    def _sees_database(self, principal: str, name: str) -> bool:
        return not self._judge.governs(principal, name) or self._judge.sees_database(principal, name)

    def _cut(self, principal: str, database: str, table: Answer) -> Answer | None:
        """The table with the columns that the principal may select; None where it may not know of it."""
        if not self._judge.governs(principal, database, table["Name"]):
            return table
        kept = self._judge.columns(principal, database, table["Name"], column_names(table))
        if kept is None:
            return None
        storage = table.get("StorageDescriptor") or {}
        return {
            **table,
            "StorageDescriptor": {**storage, "Columns": _of(storage.get("Columns"), kept)},
            "PartitionKeys": _of(table.get("PartitionKeys"), kept),
        }


def _of(columns: list[Answer] | None, kept: list[str]) -> list[Answer]:
    return [column for column in columns or [] if column["Name"] in kept]


def _insufficient(required: str) -> AwsError:
    return AwsError("AccessDeniedException", f"Insufficient Lake Formation permission(s): {required}")
