"""What is kept of a cluster, how it is made from a request, and how the API shows it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from ...errors import AwsError
from ..warehouses import Warehouse
from .cluster_rules import check_new, check_nodes, check_roles, combination
from .networks import MissingInNetwork
from .parameter_groups import ParameterGroups
from .store import Record, State, as_text
from .subnet_groups import SubnetGroups
from .surroundings import Surroundings

TABLE = "clusters"
#: Member of a record that a drill sets (`Clusters.set_availability`); absent otherwise.
AVAILABILITY = "_availability"
#: AWS chooses a window at random in a block of hours of the region; here it is one of them.
_WINDOW = "sun:05:00-sun:05:30"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PORT = 5439
#: Refused by name: nothing here could behave as they ask.
_UNSUPPORTED = (
    "HsmClientCertificateIdentifier", "HsmConfigurationIdentifier", "ElasticIp", "ClusterSecurityGroups",
    "RedshiftIdcApplicationArn", "CatalogName", "LoadSampleData", "AdditionalInfo", "NewClusterIdentifier",
)  # fmt: skip


def refuse_unsupported(body: Mapping[str, Any]) -> None:
    for name in _UNSUPPORTED:
        if body.get(name):
            raise AwsError("UnsupportedOperation", f"{name} is not supported by the local target")
    if body.get("IpAddressType", "ipv4") != "ipv4":
        raise AwsError("UnsupportedOperation", f"IpAddressType {body['IpAddressType']} is not supported locally")


class ClusterRecords:
    """Makes records of clusters; looks up what they refer to."""

    def __init__(self, surroundings: Surroundings, groups: ParameterGroups, subnets: SubnetGroups) -> None:
        self._surroundings = surroundings
        self._groups = groups
        self._subnets = subnets

    def new(self, state: State, body: Mapping[str, Any]) -> Record:
        """The record of a cluster to be created, without its secret and its state. Raises AwsError."""
        refuse_unsupported(body)
        check_new(body)
        identifier = body["ClusterIdentifier"]
        kind = body.get("ClusterType", "multi-node" if body.get("NumberOfNodes", 1) > 1 else "single-node")
        nodes = check_nodes(body["NodeType"], kind, body.get("NumberOfNodes"))
        roles = list(body.get("IamRoles") or [])
        check_roles(roles, body.get("DefaultIamRoleArn"))
        return {
            "ClusterIdentifier": identifier,
            "NodeType": body["NodeType"],
            "NumberOfNodes": nodes,
            "MasterUsername": body["MasterUsername"],
            "DBName": body.get("DBName", "dev"),
            "ClusterCreateTime": as_text(state.now),
            "AutomatedSnapshotRetentionPeriod": body.get("AutomatedSnapshotRetentionPeriod", 1),
            "ManualSnapshotRetentionPeriod": body.get("ManualSnapshotRetentionPeriod", -1),
            "ClusterParameterGroups": self.parameter_group(state, body.get("ClusterParameterGroupName"), "in-sync"),
            **self._network(state, body),
            "PreferredMaintenanceWindow": body.get("PreferredMaintenanceWindow", _WINDOW).lower(),
            "ClusterVersion": "1.0",
            "AllowVersionUpgrade": body.get("AllowVersionUpgrade", True),
            "PubliclyAccessible": body.get("PubliclyAccessible", False),
            "Encrypted": True,
            "KmsKeyId": body.get("KmsKeyId", "AWS_OWNED_KMS_KEY"),
            "EnhancedVpcRouting": body.get("EnhancedVpcRouting", False),
            "IamRoles": role_entries(roles),
            "DefaultIamRoleArn": body.get("DefaultIamRoleArn"),
            "MaintenanceTrackName": body.get("MaintenanceTrackName", "current"),
            "AvailabilityZoneRelocationStatus": "enabled" if body.get("AvailabilityZoneRelocation") else "disabled",
            "MultiAZ": "Enabled" if body.get("MultiAZ") else "Disabled",
            "IpAddressType": "ipv4",
            "AquaConfiguration": {"AquaStatus": "disabled", "AquaConfigurationStatus": "auto"},
            "ClusterNamespaceArn": self._surroundings.arn(f"namespace:{uuid.uuid4()}"),
            "Tags": list(body.get("Tags") or []),
            "_port": body.get("Port", _PORT),
            "_arn": self._surroundings.arn(f"cluster:{identifier}"),
        }

    def parameter_group(self, state: State, name: str | None, status: str) -> list[Record]:
        """The member ClusterParameterGroups. Raises ClusterParameterGroupNotFound."""
        group = self._groups.get(state, name if name is not None else "default.redshift-2.0")
        return [{"ParameterGroupName": group["ParameterGroupName"], "ParameterApplyStatus": status}]

    def security_groups(self, ids: list[str], vpc: str) -> list[Record]:
        """The member VpcSecurityGroups. Raises InvalidParameterValue for a group that the VPC does not have."""
        try:
            found = self._surroundings.networks.security_groups(ids, vpc)
        except MissingInNetwork as error:
            raise AwsError("InvalidParameterValue", str(error)) from error
        return [{"VpcSecurityGroupId": name, "Status": "active"} for name in found]

    def _network(self, state: State, body: Mapping[str, Any]) -> Record:
        name = body.get("ClusterSubnetGroupName")
        try:
            if name is not None:
                group = self._subnets.get(state, name)
                name, vpc = group["ClusterSubnetGroupName"], group["VpcId"]
                zones = [item["SubnetAvailabilityZone"]["Name"] for item in group["Subnets"]]
            else:
                subnets = self._surroundings.networks.default_subnets()
                name, vpc, zones = "default", self._surroundings.networks.default_vpc(), [one.zone for one in subnets]
        except MissingInNetwork as error:
            raise AwsError("InvalidVPCNetworkStateFault", str(error)) from error
        zone = body.get("AvailabilityZone", zones[0] if zones else None)
        if zone not in zones:
            raise AwsError(
                "InvalidVPCNetworkStateFault", f"No subnet of {name} is in {zone}: it has {', '.join(zones)}"
            )
        if body.get("MultiAZ") and len(set(zones)) < 3:
            raise combination(
                f"MultiAZ needs subnets in three zones, and the subnet group {name} has {', '.join(zones)}"
            )
        groups = self.security_groups(list(body.get("VpcSecurityGroupIds") or []), vpc)
        return {
            "ClusterSubnetGroupName": name,
            "VpcId": vpc,
            "AvailabilityZone": zone,
            "VpcSecurityGroups": groups,
            "ClusterSecurityGroups": [],
        }

    def shown(self, state: State, record: Record) -> dict[str, Any]:
        """The cluster as DescribeClusters gives it."""
        status, nodes = record["ClusterStatus"], record["NumberOfNodes"]
        roles = ["SHARED"] if nodes == 1 else ["LEADER", *(f"COMPUTE-{number}" for number in range(nodes))]
        region = self._surroundings.context.region
        address = f"{record['ClusterIdentifier']}.{self._surroundings.host_hash}.{region}.redshift.amazonaws.com"
        return {
            **record,
            "ClusterAvailabilityStatus": availability_of(record),
            # There is no address while the cluster is being made.
            "Endpoint": None if status == "creating" else {"Address": address, "Port": record["_port"]},
            "ClusterNodes": [{"NodeRole": role} for role in roles],
            "PendingModifiedValues": record.get("_pending", {}),
            "NextMaintenanceWindowStartTime": as_text(_next_window(record["PreferredMaintenanceWindow"], state.now)),
        }

    def warehouse(self, record: Record) -> Warehouse:
        identifier = record["ClusterIdentifier"]
        return Warehouse(
            f"cluster:{identifier}",
            identifier,
            record["DBName"],
            record["MasterUsername"],
            record.get("MasterPasswordSecretArn"),
            tuple(role["IamRoleArn"] for role in record["IamRoles"]),
            self._surroundings.folder("clusters", identifier),
        )


def role_entries(roles: list[str]) -> list[Record]:
    return [{"IamRoleArn": role, "ApplyStatus": "in-sync"} for role in roles]


def availability_of(record: Mapping[str, Any]) -> str:
    """ClusterAvailabilityStatus (API reference, "Cluster"): what a drill made of it while it runs, else its state."""
    status = record["ClusterStatus"]
    if status in ("available", "hardware-failure") and AVAILABILITY in record:
        return str(record[AVAILABILITY])
    if status in ("available", "final-snapshot"):
        return "Available"
    return "Unavailable" if status in ("paused", "creating", "deleting") else "Modifying"


def _next_window(window: str, now: datetime) -> datetime:
    day, hour, minute = window.split("-", 1)[0].split(":")
    start = datetime(now.year, now.month, now.day, int(hour), int(minute), tzinfo=timezone.utc)
    start += timedelta(days=(_DAYS.index(day) - now.weekday()) % 7)
    return start if start > now else start + timedelta(days=7)
