"""Cluster snapshots: records of the control plane. Their data is not kept, so restoring one is refused by name."""

from __future__ import annotations

import re
from typing import Any

from ...errors import AwsError
from .cluster_rules import check_manual_retention
from .lifecycle import set_off, settle
from .paging import page, with_tags
from .store import Record, State, as_moment, as_text
from .surroundings import Surroundings

TABLE = "snapshots"
_NAME = re.compile(r"(?=.{1,255}$)[a-z](?:-?[a-z0-9])*")
_COPIED = (
    "ClusterIdentifier", "AvailabilityZone", "ClusterCreateTime", "MasterUsername", "ClusterVersion", "NodeType",
    "NumberOfNodes", "DBName", "VpcId", "Encrypted", "KmsKeyId", "EnhancedVpcRouting", "MaintenanceTrackName",
    "MasterPasswordSecretArn", "MasterPasswordSecretKmsKeyId",
)  # fmt: skip


class Snapshots:
    """Operations on manual snapshots."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def take(self, state: State, cluster: Record, name: str, days: int, tags: list[Record]) -> Record:
        """A manual snapshot, kept for `days` (-1: for ever). Raises AwsError."""
        name = name.lower()
        if _NAME.fullmatch(name) is None:
            raise AwsError(
                "InvalidParameterValue",
                f"The snapshot identifier {name} must have 1 to 255 letters, digits and single hyphens, begin with a "
                "letter and not end with a hyphen",
            )
        if name in state.table(TABLE):
            raise AwsError("ClusterSnapshotAlreadyExists", f"Cannot create snapshot: {name} already exists.")
        check_manual_retention(days)
        arn = self._surroundings.arn(f"snapshot:{cluster['ClusterIdentifier']}/{name}")
        record: Record = {
            **{key: cluster[key] for key in _COPIED if cluster.get(key) is not None},
            "SnapshotIdentifier": name,
            "SnapshotArn": arn,
            "SnapshotCreateTime": as_text(state.now),
            "SnapshotRetentionStartTime": as_text(state.now),
            "SnapshotType": "manual",
            "Port": cluster["_port"],
            "OwnerAccount": self._surroundings.context.account,
            "ManualSnapshotRetentionPeriod": days,
            "Tags": tags,
            "_arn": arn,
        }
        set_off(record, state, "Status", self._surroundings.timing, via="creating", to="available")
        state.table(TABLE)[name] = record
        return record

    def create(self, state: State, body: dict[str, Any], cluster: Record) -> dict[str, Any]:
        days = body.get("ManualSnapshotRetentionPeriod", cluster["ManualSnapshotRetentionPeriod"])
        return {"Snapshot": self.take(state, cluster, body["SnapshotIdentifier"], days, body.get("Tags") or [])}

    def describe(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        found = list(state.table(TABLE).values())
        if body.get("SnapshotIdentifier") is not None:
            if body.get("ClusterIdentifier") is not None:
                message = "SnapshotIdentifier and ClusterIdentifier cannot be given together"
                raise AwsError("InvalidParameterCombination", message)
            found = [self._get(state, body["SnapshotIdentifier"])]
        for key in ("ClusterIdentifier", "SnapshotType", "SnapshotArn"):
            if body.get(key) is not None:
                found = [item for item in found if item[key] == body[key]]
        if body.get("StartTime") is not None:
            found = [one for one in found if as_moment(one["SnapshotCreateTime"]) >= as_moment(body["StartTime"])]
        if body.get("EndTime") is not None:
            found = [one for one in found if as_moment(one["SnapshotCreateTime"]) <= as_moment(body["EndTime"])]
        return page(with_tags(found, body), body, "Snapshots")

    def modify(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._get(state, body["SnapshotIdentifier"])
        days = body.get("ManualSnapshotRetentionPeriod")
        check_manual_retention(days)
        if days is not None:
            record["ManualSnapshotRetentionPeriod"] = days
        return {"Snapshot": record}

    def delete(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._get(state, body["SnapshotIdentifier"])
        if record["Status"] != "available":
            message = f"Cannot delete snapshot {record['SnapshotIdentifier']}: it is {record['Status']}"
            raise AwsError("InvalidClusterSnapshotState", message)
        del state.table(TABLE)[record["SnapshotIdentifier"]]
        return {"Snapshot": {**record, "Status": "deleted"}}

    def settle(self, state: State) -> None:
        settle(state, TABLE)

    def _get(self, state: State, name: str) -> Record:
        return state.find(TABLE, name.lower(), "ClusterSnapshotNotFound", "Snapshot")
