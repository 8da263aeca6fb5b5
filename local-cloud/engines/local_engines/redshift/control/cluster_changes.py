"""What ModifyCluster changes: at once, or after a time in a transitional state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import AwsError
from .cluster_records import ClusterRecords, refuse_unsupported
from .cluster_rules import check_nodes, check_password, check_settings, combination, invalid
from .store import Record, State

#: Settings of the control plane; the cluster itself does not notice.
_AT_ONCE = (
    "AutomatedSnapshotRetentionPeriod", "ManualSnapshotRetentionPeriod", "AllowVersionUpgrade", "MaintenanceTrackName",
)  # fmt: skip
_PENDING = ("NodeType", "NumberOfNodes", "ClusterType", "PubliclyAccessible", "EnhancedVpcRouting")


@dataclass
class Changes:
    """`later` is set when the state `via` is over; `pending` is what PendingModifiedValues shows until then."""

    via: str = "modifying"
    at_once: Record = field(default_factory=dict)
    later: Record = field(default_factory=dict)
    pending: Record = field(default_factory=dict)


def changes_of(state: State, record: Record, body: Mapping[str, Any], records: ClusterRecords) -> Changes:
    """Checks a request against the cluster that it is for. Raises AwsError."""
    refuse_unsupported(body)
    check_password(body, needed=False)
    if body.get("ManageMasterPassword") is False and body.get("MasterUserPassword") is None:
        raise combination("MasterUserPassword must be given when ManageMasterPassword is turned off")
    if body.get("Encrypted") is False:
        raise AwsError("UnsupportedOperation", "An encrypted cluster cannot be made unencrypted here")
    if "AvailabilityZone" in body:
        raise AwsError("UnsupportedOperation", "Relocation to another AvailabilityZone is not supported locally")
    node_type = body.get("NodeType", record["NodeType"])
    check_settings(body, node_type)
    changes = Changes()
    _size(record, body, changes)
    changes.at_once |= {name: body[name] for name in _AT_ONCE if name in body}
    if "PreferredMaintenanceWindow" in body:
        changes.at_once["PreferredMaintenanceWindow"] = body["PreferredMaintenanceWindow"].lower()
    if "ClusterParameterGroupName" in body:
        name = body["ClusterParameterGroupName"]
        changes.later["ClusterParameterGroups"] = records.parameter_group(state, name, "pending-reboot")
    if "VpcSecurityGroupIds" in body:
        groups = records.security_groups(list(body["VpcSecurityGroupIds"]), record["VpcId"])
        changes.later["VpcSecurityGroups"] = groups
    for member, shown in (("AvailabilityZoneRelocation", "AvailabilityZoneRelocationStatus"), ("MultiAZ", "MultiAZ")):
        if member in body:
            words = ("enabled", "disabled") if member != "MultiAZ" else ("Enabled", "Disabled")
            changes.later[shown] = words[0] if body[member] else words[1]
    if "KmsKeyId" in body and body["KmsKeyId"] != record["KmsKeyId"]:
        changes.later["KmsKeyId"] = body["KmsKeyId"]
    if "Port" in body:
        changes.later["_port"] = body["Port"]
    changes.later |= {name: body[name] for name in ("PubliclyAccessible", "EnhancedVpcRouting") if name in body}
    changes.pending |= {name: body[name] for name in _PENDING if name in body}
    if body.get("MasterUserPassword") is not None:
        changes.pending["MasterUserPassword"] = "****"
        # Nothing reads a password here, but the time that the change takes is seen.
        changes.later.setdefault("_port", record["_port"])
    return changes


def _size(record: Record, body: Mapping[str, Any], changes: Changes) -> None:
    given = {name: body[name] for name in ("NodeType", "ClusterType", "NumberOfNodes") if name in body}
    if not given:
        return
    node_type = given.get("NodeType", record["NodeType"])
    count = given.get("NumberOfNodes")
    kind = given.get("ClusterType")
    if kind is None:
        kind = "multi-node" if (count if count is not None else record["NumberOfNodes"]) > 1 else "single-node"
    if count is None and kind == "multi-node":
        count = record["NumberOfNodes"]
    if node_type != record["NodeType"] and kind == "multi-node" and "NumberOfNodes" not in given:
        raise combination(f"NumberOfNodes must be given with a new NodeType {node_type}")
    nodes = check_nodes(node_type, kind, count)
    if (node_type, nodes) == (record["NodeType"], record["NumberOfNodes"]):
        if set(body) <= {"ClusterIdentifier", *given}:
            raise invalid(f"The cluster has {nodes} {node_type} nodes already: ask for another type or number")
        return
    changes.via = "resizing"
    changes.later |= {"NodeType": node_type, "NumberOfNodes": nodes}
