"""Snapshot schedules and the clusters that follow them. The snapshots themselves are not taken: nothing reads them."""

from __future__ import annotations

import re
import uuid
from typing import Any

from ...errors import AwsError
from .paging import page, with_tags
from .schedules import check_snapshot_schedule, next_snapshots
from .store import Record, State, as_text
from .surroundings import Surroundings

TABLE = "snapshot_schedules"


class SnapshotSchedules:
    """Operations."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def create(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("DryRun"):
            raise AwsError("UnsupportedOperation", "DryRun is not supported by the local target")
        name = str(body.get("ScheduleIdentifier") or f"snapshot-schedule-{uuid.uuid4()}").lower()
        if re.fullmatch(r"[a-z0-9-]{1,255}", name) is None:
            message = f"ScheduleIdentifier {name} must have 1 to 255 letters, digits and hyphens"
            raise AwsError("InvalidParameterValue", message)
        if name in state.table(TABLE):
            raise AwsError("SnapshotScheduleAlreadyExists", f"Snapshot schedule {name} already exists")
        definitions = list(body.get("ScheduleDefinitions") or [])
        check_snapshot_schedule(definitions)
        record: Record = {
            "ScheduleIdentifier": name,
            "ScheduleDefinitions": definitions,
            "ScheduleDescription": body.get("ScheduleDescription", ""),
            "Tags": body.get("Tags") or [],
            "_arn": self._surroundings.arn(f"snapshotschedule:{name}"),
        }
        state.table(TABLE)[name] = record
        return self._shown(state, record)

    def describe(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        """An unknown identifier gives an empty list, as AWS does."""
        found = list(state.table(TABLE).values())
        if (name := body.get("ScheduleIdentifier")) is not None:
            found = [one for one in found if one["ScheduleIdentifier"] == name.lower()]
        shown = [self._shown(state, record) for record in found]
        if (cluster := body.get("ClusterIdentifier")) is not None:
            shown = [one for one in shown if any(c["ClusterIdentifier"] == cluster for c in one["AssociatedClusters"])]
        return page(with_tags(shown, body), body, "SnapshotSchedules")

    def modify(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._get(state, body["ScheduleIdentifier"])
        check_snapshot_schedule(body["ScheduleDefinitions"])
        record["ScheduleDefinitions"] = list(body["ScheduleDefinitions"])
        return self._shown(state, record)

    def delete(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._get(state, body["ScheduleIdentifier"])
        clusters = self._clusters(state, record["ScheduleIdentifier"])
        if clusters:
            names = ", ".join(cluster["ClusterIdentifier"] for cluster in clusters)
            message = f"Snapshot schedule {record['ScheduleIdentifier']} is associated with the clusters {names}"
            raise AwsError("InvalidClusterSnapshotScheduleState", message)
        del state.table(TABLE)[record["ScheduleIdentifier"]]
        return {}

    def associate(self, state: State, body: dict[str, Any], cluster: Record) -> dict[str, Any]:
        """ModifyClusterSnapshotSchedule."""
        if body.get("DisassociateSchedule"):
            cluster.pop("SnapshotScheduleIdentifier", None)
            cluster.pop("SnapshotScheduleState", None)
            return {}
        if body.get("ScheduleIdentifier") is None:
            message = "ScheduleIdentifier must be given, unless DisassociateSchedule is true"
            raise AwsError("InvalidParameterCombination", message)
        record = self._get(state, body["ScheduleIdentifier"])
        cluster |= {"SnapshotScheduleIdentifier": record["ScheduleIdentifier"], "SnapshotScheduleState": "ACTIVE"}
        return {}

    def _get(self, state: State, name: str) -> Record:
        return state.find(TABLE, name.lower(), "SnapshotScheduleNotFound", "Snapshot schedule")

    def _clusters(self, state: State, name: str) -> list[Record]:
        found = state.table("clusters").values()
        return [cluster for cluster in found if cluster.get("SnapshotScheduleIdentifier") == name]

    def _shown(self, state: State, record: Record) -> dict[str, Any]:
        clusters = self._clusters(state, record["ScheduleIdentifier"])
        return {
            **record,
            "NextInvocations": [as_text(one) for one in next_snapshots(record["ScheduleDefinitions"], state.now)],
            "AssociatedClusterCount": len(clusters),
            "AssociatedClusters": [
                {"ClusterIdentifier": cluster["ClusterIdentifier"], "ScheduleAssociationState": "ACTIVE"}
                for cluster in clusters
            ],
        }
