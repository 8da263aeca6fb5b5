"""What clusters and workgroups need of EC2: subnets, security groups and the default VPC, looked up in the emulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError


@dataclass(frozen=True)
class Subnet:
    id: str
    vpc: str
    zone: str


class MissingInNetwork(Exception):  # noqa: N818 - the caller turns it into its own API's error
    """A subnet, security group or default VPC that does not exist; the text says which."""


class Networks:
    """Read-only questions to EC2."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def subnets(self, ids: Sequence[str]) -> list[Subnet]:
        """In the order asked for. Raises MissingInNetwork."""
        found: dict[str, Subnet] = {}
        try:
            for item in self._client.describe_subnets(SubnetIds=list(ids))["Subnets"]:
                found[item["SubnetId"]] = Subnet(item["SubnetId"], item["VpcId"], item["AvailabilityZone"])
        except ClientError as error:
            if "NotFound" not in error.response["Error"]["Code"]:
                raise
        missing = [name for name in ids if name not in found]
        if missing:
            raise MissingInNetwork(f"Some input subnets in :{list(missing)} are invalid.")
        return [found[name] for name in ids]

    def default_vpc(self) -> str:
        """Raises MissingInNetwork where the account has none."""
        filters = [{"Name": "isDefault", "Values": ["true"]}]
        vpcs = self._client.describe_vpcs(Filters=filters)["Vpcs"]
        if not vpcs:
            raise MissingInNetwork("The account has no default VPC: name a subnet group.")
        return str(vpcs[0]["VpcId"])

    def default_subnets(self) -> list[Subnet]:
        """The subnets of the default VPC. Raises MissingInNetwork."""
        filters = [{"Name": "vpc-id", "Values": [self.default_vpc()]}]
        found = self._client.describe_subnets(Filters=filters)["Subnets"]
        return [Subnet(item["SubnetId"], item["VpcId"], item["AvailabilityZone"]) for item in found]

    def security_groups(self, ids: Sequence[str], vpc: str) -> list[str]:
        """The ids, or the VPC's default group where none is asked for. Raises MissingInNetwork."""
        if ids:
            known = self._groups({"Name": "group-id", "Values": list(ids)}, vpc)
            missing = sorted(set(ids) - set(known))
            if missing:
                raise MissingInNetwork(f"The security groups {', '.join(missing)} do not exist in {vpc}.")
            return list(ids)
        return self._groups({"Name": "group-name", "Values": ["default"]}, vpc)

    def _groups(self, wanted: dict[str, Any], vpc: str) -> list[str]:
        filters = [wanted, {"Name": "vpc-id", "Values": [vpc]}]
        return [item["GroupId"] for item in self._client.describe_security_groups(Filters=filters)["SecurityGroups"]]
