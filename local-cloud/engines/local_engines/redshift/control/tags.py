"""Tags of everything that has an ARN here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import AwsError
from .paging import page
from .store import Record, State

_MOST = 50
#: Table -> the API's word for what it holds.
_KINDS = {
    "clusters": "cluster",
    "subnet_groups": "subnetgroup",
    "parameter_groups": "parametergroup",
    "snapshots": "snapshot",
    "snapshot_schedules": "snapshotschedule",
    "usage_limits": "usagelimit",
}


def tag(state: State, body: dict[str, Any]) -> dict[str, Any]:
    """CreateTags: new keys are added, known ones get the new value."""
    _, record = _get(state, body["ResourceName"])
    tags = {item["Key"]: item for item in record["Tags"]} | {item["Key"]: item for item in body["Tags"]}
    if any(key.lower().startswith("aws:") for key in tags):
        raise AwsError("InvalidTagFault", "The prefix aws: is reserved for AWS")
    if len(tags) > _MOST:
        raise AwsError("TagLimitExceededFault", f"{len(tags)} tags: a resource has at most {_MOST}")
    record["Tags"] = list(tags.values())
    return {}


def untag(state: State, body: dict[str, Any]) -> dict[str, Any]:
    _, record = _get(state, body["ResourceName"])
    record["Tags"] = [item for item in record["Tags"] if item["Key"] not in body["TagKeys"]]
    return {}


def describe(state: State, body: dict[str, Any]) -> dict[str, Any]:
    """By ResourceName, by ResourceType, or all."""
    if body.get("ResourceName") is not None and body.get("ResourceType") is not None:
        raise AwsError("InvalidParameterCombination", "Give either ResourceName or ResourceType")
    named = body.get("ResourceName")
    found = [_get(state, named)] if named is not None else list(_all(state))
    kind = body.get("ResourceType")
    keys, values = body.get("TagKeys"), body.get("TagValues")
    tagged = [
        {"Tag": item, "ResourceName": record["_arn"], "ResourceType": what}
        for what, record in found
        for item in record["Tags"]
        if kind in (None, what) and (not keys or item["Key"] in keys) and (not values or item.get("Value") in values)
    ]
    return page(tagged, body, "TaggedResources")


def _all(state: State) -> Iterator[tuple[str, Record]]:
    for table, kind in _KINDS.items():
        for record in state.table(table).values():
            yield kind, record


def _get(state: State, arn: str) -> tuple[str, Record]:
    for kind, record in _all(state):
        if record["_arn"] == arn:
            return kind, record
    raise AwsError("ResourceNotFoundFault", f"The resource {arn} does not exist.")
