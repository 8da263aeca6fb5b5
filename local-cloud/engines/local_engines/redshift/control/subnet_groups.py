"""Cluster subnet groups."""

from __future__ import annotations

import re
from typing import Any

from ...errors import AwsError
from .networks import MissingInNetwork
from .paging import page, with_tags
from .store import Record, State
from .surroundings import Surroundings

TABLE = "subnet_groups"
_MEMBER = "ClusterSubnetGroup"
_MOST_SUBNETS = 20
_NAME = re.compile(r"[a-z0-9-]{1,255}")


class SubnetGroups:
    """Operations."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def get(self, state: State, name: str) -> Record:
        """Raises ClusterSubnetGroupNotFoundFault."""
        return state.find(TABLE, name.lower(), "ClusterSubnetGroupNotFoundFault", "Cluster subnet group")

    def create(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        name = str(body["ClusterSubnetGroupName"]).lower()
        if _NAME.fullmatch(name) is None or name == "default":
            raise AwsError(
                "InvalidParameterValue",
                f"ClusterSubnetGroupName {name} must have 1 to 255 letters, digits and hyphens and not be default",
            )
        if name in state.table(TABLE):
            raise AwsError("ClusterSubnetGroupAlreadyExists", f"Cluster subnet group {name} already exists")
        record: Record = {
            "ClusterSubnetGroupName": name,
            "Description": body["Description"],
            "SubnetGroupStatus": "Complete",
            "SupportedClusterIpAddressTypes": ["ipv4"],
            "Tags": body.get("Tags") or [],
            "_arn": self._surroundings.arn(f"subnetgroup:{name}"),
            **self._subnets(body["SubnetIds"]),
        }
        state.table(TABLE)[name] = record
        return {_MEMBER: record}

    def describe(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        if (name := body.get("ClusterSubnetGroupName")) is not None:
            return {"ClusterSubnetGroups": [self.get(state, name)]}
        return page(with_tags(list(state.table(TABLE).values()), body), body, "ClusterSubnetGroups")

    def modify(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self.get(state, body["ClusterSubnetGroupName"])
        found = self._subnets(body["SubnetIds"])
        if found["VpcId"] != record["VpcId"]:
            raise AwsError("InvalidSubnet", f"The new subnets must be in the group's VPC {record['VpcId']}")
        record |= {**found, "Description": body.get("Description", record["Description"])}
        return {_MEMBER: record}

    def delete(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        name = self.get(state, body["ClusterSubnetGroupName"])["ClusterSubnetGroupName"]
        for cluster in state.table("clusters").values():
            if cluster.get("ClusterSubnetGroupName") == name:
                message = f"Cluster subnet group {name} is in use by cluster {cluster['ClusterIdentifier']}"
                raise AwsError("InvalidClusterSubnetGroupStateFault", message)
        del state.table(TABLE)[name]
        return {}

    def _subnets(self, ids: list[str]) -> dict[str, Any]:
        if not 1 <= len(ids) <= _MOST_SUBNETS:
            raise AwsError("InvalidParameterValue", f"{len(ids)} subnets: a group has from 1 to {_MOST_SUBNETS}")
        try:
            subnets = self._surroundings.networks.subnets(ids)
        except MissingInNetwork as error:
            raise AwsError("InvalidSubnet", str(error)) from error
        vpcs = {subnet.vpc for subnet in subnets}
        if len(vpcs) > 1:
            raise AwsError(
                "InvalidSubnet", f"The subnets of a group must be in one VPC, not in {', '.join(sorted(vpcs))}"
            )
        return {
            "VpcId": subnets[0].vpc,
            "Subnets": [
                {
                    "SubnetIdentifier": subnet.id,
                    "SubnetAvailabilityZone": {"Name": subnet.zone},
                    "SubnetStatus": "Active",
                }
                for subnet in subnets
            ],
        }
