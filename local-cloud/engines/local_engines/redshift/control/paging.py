"""Pages of the Redshift API's lists (Marker, MaxRecords)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import AwsError

_LEAST, _MOST = 20, 100


def page(items: Sequence[Any], body: Mapping[str, Any], member: str) -> dict[str, Any]:
    """An answer with this page's items and, where there are more, the Marker of the next one.

    :raises AwsError: InvalidParameterValue for a size outside 20 to 100 or a Marker that was not given out.
    """
    size = body.get("MaxRecords", _MOST)
    if not _LEAST <= size <= _MOST:
        raise AwsError("InvalidParameterValue", f"MaxRecords {size} must be from {_LEAST} to {_MOST}")
    marker = body.get("Marker") or "0"
    if not marker.isdigit() or int(marker) > len(items):
        raise AwsError("InvalidParameterValue", f"Marker {marker} is not one that was given out")
    end = int(marker) + size
    following = {"Marker": str(end)} if end < len(items) else {}
    return {member: list(items[int(marker) : end]), **following}


def with_tags(items: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those with any of the tag keys and any of the tag values that the request names."""
    keys, values = body.get("TagKeys"), body.get("TagValues")
    return [
        item
        for item in items
        if (not keys or any(tag["Key"] in keys for tag in item.get("Tags", [])))
        and (not values or any(tag.get("Value") in values for tag in item.get("Tags", [])))
    ]
