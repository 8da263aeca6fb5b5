"""Catalog calls of Glue that the emulator lacks, done by those that it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ..errors import AwsError

#: What names a table, and nothing else, in every request.
_TABLE = ("CatalogId", "DatabaseName", "TableName")


def catalog_calls(emulator: Any) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
    """Operation -> answer; `emulator` is a boto3 Glue client of the emulator."""

    def batch_delete_partition(body: dict[str, Any]) -> dict[str, Any]:
        """Each partition fails alone, as on AWS."""
        errors = []
        for partition in body["PartitionsToDelete"]:
            try:
                # The emulator's DeletePartition succeeds for a partition that is not there; its GetPartition does not.
                emulator.get_partition(**_table(body), PartitionValues=partition["Values"])
                emulator.delete_partition(**_table(body), PartitionValues=partition["Values"])
            except ClientError as error:
                errors.append(_refused(partition["Values"], error))
        return {"Errors": errors} if errors else {}

    def update_partition(body: dict[str, Any]) -> dict[str, Any]:
        entry = {"PartitionValueList": body["PartitionValueList"], "PartitionInput": body["PartitionInput"]}
        answer = emulator.batch_update_partition(**_table(body), Entries=[entry])
        for refused in answer.get("Errors", []):
            detail = refused["ErrorDetail"]
            raise AwsError(detail["ErrorCode"], detail.get("ErrorMessage", ""))
        return {}

    return {"BatchDeletePartition": batch_delete_partition, "UpdatePartition": update_partition}


def _table(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in _TABLE if name in body}


def _refused(values: list[str], error: ClientError) -> dict[str, Any]:
    problem = error.response["Error"]
    detail = {"ErrorCode": problem.get("Code", "InternalFailure"), "ErrorMessage": problem.get("Message", "")}
    return {"PartitionValues": values, "ErrorDetail": detail}
