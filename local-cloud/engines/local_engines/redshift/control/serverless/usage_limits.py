"""Usage limits of workgroups. They are kept, not enforced: no RPU-hours are measured here."""

from __future__ import annotations

import uuid
from typing import Any

from ..store import Record, State
from ..surroundings import Surroundings
from .errors import conflict, invalid, not_found

TABLE = "serverless_usage_limits"
_SAME = ("resourceArn", "usageType", "period", "breachAction")


class ServerlessUsageLimits:
    """Operations."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def create(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        arn = body["resourceArn"]
        if all(one["workgroupArn"] != arn for one in state.table("workgroups").values()):
            raise not_found(f"The resource {arn} does not exist.", arn)
        _check_amount(body["amount"])
        identifier = str(uuid.uuid4())
        record: Record = {
            "usageLimitId": identifier,
            "usageLimitArn": self._surroundings.context.arn("redshift-serverless", f"usagelimit/{identifier}"),
            "resourceArn": arn,
            "usageType": body["usageType"],
            "amount": body["amount"],
            "period": body.get("period", "monthly"),
            "breachAction": body.get("breachAction", "log"),
        }
        for other in state.table(TABLE).values():
            if all(other[key] == record[key] for key in _SAME):
                raise conflict(f"The usage limit {other['usageLimitId']} is the same but for its amount: change that.")
        state.table(TABLE)[identifier] = record
        return {"usageLimit": record}

    def read(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        return {"usageLimit": self._get(state, body)}

    def list(self, state: State, body: dict[str, Any]) -> list[Record]:
        wanted = [(key, body[key]) for key in ("resourceArn", "usageType") if key in body]
        return [one for one in state.table(TABLE).values() if all(one[key] == value for key, value in wanted)]

    def update(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._get(state, body)
        if "amount" in body:
            _check_amount(body["amount"])
        record |= {key: body[key] for key in ("amount", "breachAction") if key in body}
        return {"usageLimit": record}

    def delete(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        return {"usageLimit": state.table(TABLE).pop(self._get(state, body)["usageLimitId"])}

    def _get(self, state: State, body: dict[str, Any]) -> Record:
        identifier = body["usageLimitId"]
        found = state.table(TABLE).get(identifier)
        if found is None:
            raise not_found(f"The usage limit {identifier} does not exist.", identifier)
        return found


def _check_amount(amount: int) -> None:
    if amount < 1:
        raise invalid(f"amount {amount} must be positive")
