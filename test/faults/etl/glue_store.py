"""The Glue Data Catalog in memory, by the part of boto3's client that the jobs call, with the failures that AWS has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError
from injection import Fault


class EntityNotFoundError(ClientError):
    """As the client's `exceptions.EntityNotFoundException`."""


class GlueStore:
    """A boto3 `glue` client. Each operation is a step of `fault`, named `glue:<operation>`."""

    class exceptions:  # noqa: N801 - the client's own name
        EntityNotFoundException = EntityNotFoundError

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str], dict[str, Any]] = {}
        self._partitions: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self.fault: Fault | None = None
        #: Refuse every second entry of the next batch and do the others, once.
        self.halve_next_batch = False
        self.halved = False
        #: Called once, before the next change of the partitions of this table.
        self.before_change: tuple[str, Callable[[], None]] | None = None

    def create_table(self, database: str, name: str, location: str) -> None:
        """Deploys a table."""
        descriptor = {"Location": location, "Columns": []}
        self._tables[(database, name)] = {"Name": name, "StorageDescriptor": descriptor}
        self._partitions[(database, name)] = {}

    def get_table(self, **call: Any) -> dict[str, Any]:
        return self._step("get_table", lambda: {"Table": deepcopy(self._table(call["DatabaseName"], call["Name"]))})

    def update_table(self, **call: Any) -> dict[str, Any]:
        def update() -> dict[str, Any]:
            key = (call["DatabaseName"], call["TableInput"]["Name"])
            self._tables[key] = deepcopy(call["TableInput"])
            return {}

        return self._step("update_table", update)

    def get_paginator(self, operation: str) -> Any:
        assert operation == "get_partitions"
        return self

    def paginate(self, **call: Any) -> Iterator[dict[str, Any]]:
        def page() -> dict[str, Any]:
            self._table(call["DatabaseName"], call["TableName"])
            return {"Partitions": deepcopy(list(self._partitions_of(call).values()))}

        yield self._step("get_partitions", page)

    def batch_create_partition(self, **call: Any) -> dict[str, Any]:
        entries = [(given["Values"], given) for given in call["PartitionInputList"]]
        return self._change("batch_create_partition", call, entries, exists=False)

    def batch_update_partition(self, **call: Any) -> dict[str, Any]:
        entries = [(entry["PartitionValueList"], entry["PartitionInput"]) for entry in call["Entries"]]
        return self._change("batch_update_partition", call, entries, exists=True)

    def batch_delete_partition(self, **call: Any) -> dict[str, Any]:
        entries = [(entry["Values"], None) for entry in call["PartitionsToDelete"]]
        return self._change("batch_delete_partition", call, entries, exists=True)

    def _change(self, operation: str, call: dict[str, Any], entries: list[Any], exists: bool) -> dict[str, Any]:
        if self.before_change is not None and self.before_change[0] == call["TableName"]:
            do, self.before_change = self.before_change[1], None
            do()
        return self._step(operation, lambda: self._changed(call, entries, exists))

    def _changed(self, call: dict[str, Any], entries: list[Any], exists: bool) -> dict[str, Any]:
        found, errors = self._partitions_of(call), []
        halve = self.halve_next_batch and len(entries) > 1
        if halve:
            self.halve_next_batch, self.halved = False, True
        for number, (values, given) in enumerate(entries):
            (day,) = values
            if (halve and number % 2) or (day in found) != exists:
                code = "InternalServiceException" if halve else "AlreadyExistsException"
                errors.append({"PartitionValues": values, "ErrorDetail": {"ErrorCode": code}})
            elif given is None:
                del found[day]
            else:
                found[day] = deepcopy(given)
        return {"Errors": errors} if errors else {}

    def _table(self, database: str, name: str) -> dict[str, Any]:
        if (database, name) not in self._tables:
            raise EntityNotFoundError({"Error": {"Code": "EntityNotFoundException", "Message": name}}, "GetTable")
        return self._tables[(database, name)]

    def _partitions_of(self, call: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return self._partitions[(call["DatabaseName"], call["TableName"])]

    def _step(self, operation: str, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return do() if self.fault is None else self.fault.step(f"glue:{operation}", do)


def throttled(at: int, throughout: bool) -> Fault:
    """ThrottlingException after all retries of the client: once, or until the run has ended."""

    def error(step: str) -> ClientError:
        answer = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
        return ClientError(answer, step.removeprefix("glue:"))

    return Fault(at, error, lasting=throughout, counts=_is_glue)


def answer_lost(at: int) -> Fault:
    """The catalog does what it is told, and the connection breaks before the answer."""
    return Fault(at, lambda step: ReadTimeoutError(endpoint_url=step), after=True, counts=_is_glue)


def _is_glue(step: str) -> bool:
    return step.startswith("glue:")
