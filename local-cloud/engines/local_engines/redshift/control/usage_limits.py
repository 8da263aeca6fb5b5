"""Usage limits of clusters. They are kept, not enforced: the local target measures no Spectrum bill."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from ...errors import AwsError
from .paging import page, with_tags
from .store import Record, State

TABLE = "usage_limits"
#: Feature -> the one kind of limit that it takes (API reference, CreateUsageLimit).
_LIMIT_TYPES = {
    "spectrum": "data-scanned",
    "concurrency-scaling": "time",
    "cross-region-datasharing": "data-scanned",
    "extra-compute-for-automatic-optimization": "time",
}
_SAME = ("ClusterIdentifier", "FeatureType", "Period", "BreachAction")
_MOST_PER_FEATURE = 4


class UsageLimits:
    """Operations."""

    def __init__(self, arn: Callable[[str], str]) -> None:
        self._arn = arn

    def create(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        state.find("clusters", body["ClusterIdentifier"], "ClusterNotFound", "Cluster")
        feature, kind = body["FeatureType"], body["LimitType"]
        if _LIMIT_TYPES[feature] != kind:
            raise AwsError("InvalidUsageLimit", f"LimitType {kind} must be {_LIMIT_TYPES[feature]} for {feature}")
        _check_amount(body["Amount"])
        identifier = str(uuid.uuid4())
        record: Record = {
            "UsageLimitId": identifier,
            "ClusterIdentifier": body["ClusterIdentifier"],
            "FeatureType": feature,
            "LimitType": kind,
            "Amount": body["Amount"],
            "Period": body.get("Period", "monthly"),
            "BreachAction": body.get("BreachAction", "log"),
            "Tags": body.get("Tags") or [],
            "_arn": self._arn(f"usagelimit:{identifier}"),
        }
        others = [one for one in state.table(TABLE).values() if _same(one, record, _SAME[:2])]
        if any(_same(one, record, _SAME) for one in others):
            raise AwsError("UsageLimitAlreadyExists", f"The cluster has such a usage limit for {feature} already")
        if len(others) >= _MOST_PER_FEATURE:
            raise AwsError(
                "LimitExceededFault", f"A cluster has at most {_MOST_PER_FEATURE} usage limits for {feature}"
            )
        state.table(TABLE)[identifier] = record
        return record

    def describe(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        """An unknown id gives an empty list, as AWS does."""
        found = list(state.table(TABLE).values())
        for key in ("UsageLimitId", "ClusterIdentifier", "FeatureType"):
            if body.get(key) is not None:
                found = [one for one in found if one[key] == body[key]]
        return page(with_tags(found, body), body, "UsageLimits")

    def modify(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._get(state, body)
        if "Amount" in body:
            _check_amount(body["Amount"])
        record |= {key: body[key] for key in ("Amount", "BreachAction") if key in body}
        return record

    def delete(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        del state.table(TABLE)[self._get(state, body)["UsageLimitId"]]
        return {}

    def _get(self, state: State, body: dict[str, Any]) -> Record:
        return state.find(TABLE, body["UsageLimitId"], "UsageLimitNotFound", "Usage limit")


def _same(one: Record, other: Record, keys: tuple[str, ...]) -> bool:
    return all(one[key] == other[key] for key in keys)


def _check_amount(amount: int) -> None:
    if amount < 1:
        raise AwsError("InvalidUsageLimit", f"Amount {amount} must be positive")
