"""Scheduled actions: pause, resume and resize of clusters at their time."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...errors import AwsError
from .paging import page
from .schedules import next_action, next_actions
from .store import Record, State, as_moment, as_text

log = logging.getLogger(__name__)

TABLE = "scheduled_actions"
_MOST = 200
_KINDS = ("PauseCluster", "ResumeCluster", "ResizeCluster")

#: Performs an operation of the API: (operation, body).
Perform = Callable[[str, dict[str, Any]], Any]


class ScheduledActions:
    """Operations, and `due`, which the service's clock asks."""

    def create(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        name = body["ScheduledActionName"]
        if re.fullmatch(r"[A-Za-z](?:-?[A-Za-z0-9])*", name) is None or len(name) > 63:
            raise AwsError(
                "InvalidParameterValue",
                f"ScheduledActionName {name} must have 1 to 63 letters, digits and single hyphens, begin with a letter "
                "and not end with a hyphen",
            )
        if name in state.table(TABLE):
            raise AwsError("ScheduledActionAlreadyExists", f"Scheduled action {name} already exists")
        if len(state.table(TABLE)) >= _MOST:
            raise AwsError("ScheduledActionQuotaExceeded", f"An account has at most {_MOST} scheduled actions")
        record: Record = {
            "ScheduledActionName": name,
            "ScheduledActionDescription": body.get("ScheduledActionDescription"),
            "State": "ACTIVE" if body.get("Enable", True) else "DISABLED",
        }
        self._set(state, record, body)
        state.table(TABLE)[name] = record
        return self._shown(state, record)

    def describe(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        found = list(state.table(TABLE).values())
        if (name := body.get("ScheduledActionName")) is not None:
            found = [self._get(state, name)]
        if (kind := body.get("TargetActionType")) is not None:
            found = [one for one in found if kind in one["TargetAction"]]
        if (active := body.get("Active")) is not None:
            found = [one for one in found if (one["State"] == "ACTIVE") == active]
        if body.get("Filters") or body.get("StartTime") or body.get("EndTime"):
            raise AwsError("UnsupportedOperation", "Filters and times are not supported by the local target here")
        return page([self._shown(state, record) for record in found], body, "ScheduledActions")

    def modify(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._get(state, body["ScheduledActionName"])
        if "ScheduledActionDescription" in body:
            record["ScheduledActionDescription"] = body["ScheduledActionDescription"]
        if "Enable" in body:
            record["State"] = "ACTIVE" if body["Enable"] else "DISABLED"
        self._set(state, record, {**record, **body})
        return self._shown(state, record)

    def delete(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        del state.table(TABLE)[self._get(state, body["ScheduledActionName"])["ScheduledActionName"]]
        return {}

    def due(self, state: State) -> list[tuple[str, str, dict[str, Any]]]:
        """(name, operation, body) of each action whose time has come; a missed time fires once and late."""
        found = []
        for record in state.table(TABLE).values():
            if record["_next"] is None or as_moment(record["_next"]) > state.now:
                continue
            record["_next"] = _next(record, state.now)
            if record["State"] == "ACTIVE":
                ((operation, body),) = record["TargetAction"].items()
                found.append((record["ScheduledActionName"], operation, dict(body)))
        return found

    def _set(self, state: State, record: Record, body: dict[str, Any]) -> None:
        target = {kind: given for kind, given in body["TargetAction"].items() if given is not None}
        if len(target) != 1:
            raise AwsError("InvalidScheduledAction", f"TargetAction must be exactly one of {', '.join(_KINDS)}")
        if re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/.+", body["IamRole"]) is None:
            raise AwsError("InvalidParameterValue", f"IamRole {body['IamRole']} must be a role's ARN")
        ((_, action),) = target.items()
        state.find("clusters", action["ClusterIdentifier"], "ClusterNotFound", "Cluster")
        start, end = body.get("StartTime"), body.get("EndTime")
        try:
            times = {key: as_text(as_moment(text)) for key, text in (("StartTime", start), ("EndTime", end)) if text}
        except ValueError as error:
            raise AwsError("InvalidParameterValue", f"StartTime and EndTime must be ISO 8601 times: {error}") from error
        if len(times) == 2 and times["StartTime"] >= times["EndTime"]:
            raise AwsError("InvalidParameterValue", f"StartTime {start} must be before EndTime {end}")
        record |= {"TargetAction": target, "IamRole": body["IamRole"], "Schedule": body["Schedule"], **times}
        record["_next"] = _next(record, state.now)

    def _get(self, state: State, name: str) -> Record:
        return state.find(TABLE, name, "ScheduledActionNotFound", "Scheduled action")

    def _shown(self, state: State, record: Record) -> dict[str, Any]:
        if record["State"] != "ACTIVE":
            return {**record, "NextInvocations": []}
        moments = next_actions(record["Schedule"], _begin(record, state.now), _end(record))
        return {**record, "NextInvocations": [as_text(moment) for moment in moments]}


def _begin(record: Record, now: datetime) -> datetime:
    start = record.get("StartTime")
    return now if start is None else max(now, as_moment(start))


def _end(record: Record) -> datetime | None:
    end = record.get("EndTime")
    return None if end is None else as_moment(end)


def _next(record: Record, now: datetime) -> str | None:
    moment, end = next_action(record["Schedule"], _begin(record, now)), _end(record)
    return None if moment is None or (end is not None and moment > end) else as_text(moment)


def perform(name: str, operation: str, body: dict[str, Any], act: Perform) -> None:
    """Runs a due action. As on AWS, one that the cluster's state forbids is lost; the log says so."""
    try:
        act(operation, body)
    except AwsError as error:
        log.warning("scheduled action %s could not %s: %s", name, operation, error)
