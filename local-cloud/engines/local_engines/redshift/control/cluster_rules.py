"""What AWS refuses of a cluster although its API model does not say so.

Sources: API reference, CreateCluster and ModifyCluster; management guide, "Quotas and limits" and "Clusters and nodes"
(nodes per type), "Reserved words" (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...errors import AwsError
from .reserved_words import RESERVED_WORDS

#: Node type -> fewest and most nodes. One node is a single-node cluster, which the largest types do not offer.
NODES: Mapping[str, tuple[int, int]] = {
    "dc2.large": (1, 32),
    "dc2.8xlarge": (2, 128),
    "ra3.large": (1, 16),
    "ra3.xlplus": (1, 32),
    "ra3.4xlarge": (2, 128),
    "ra3.16xlarge": (2, 128),
}
#: Availability zone relocation, pausing of managed storage and several zones need one of these.
MANAGED_STORAGE = ("ra3.",)
_MULTI_AZ = ("ra3.xlplus", "ra3.4xlarge", "ra3.16xlarge")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK_MINUTES = 7 * 24 * 60
_MOST_ROLES = 50

IDENTIFIER = re.compile(r"(?=.{1,63}$)[a-z](?:-?[a-z0-9])*")
_PASSWORD = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[!-~]{8,64}")
_NOT_IN_PASSWORDS = re.compile(r"""['"\\/@]""")
_KMS_KEY = re.compile(r"(arn:[\w-]+:kms:[\w-]+:\d{12}:(key|alias)/.+|alias/.+|[0-9a-f-]{36}|mrk-[0-9a-f]{32})")


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message)


def check_new(body: Mapping[str, Any]) -> None:
    """CreateCluster's input. Raises AwsError: InvalidParameterValue or InvalidParameterCombination."""
    identifier = body["ClusterIdentifier"]
    if IDENTIFIER.fullmatch(identifier) is None:
        raise invalid(
            f"ClusterIdentifier {identifier} must have 1 to 63 lowercase letters, digits and single hyphens, begin "
            "with a letter and not end with a hyphen"
        )
    check_nodes(body["NodeType"], body.get("ClusterType", "multi-node"), body.get("NumberOfNodes"))
    check_user(body["MasterUsername"])
    check_database(body.get("DBName", "dev"))
    check_password(body, needed=True)
    if body.get("Encrypted") is False:
        raise invalid("Encrypted is false: every new cluster is encrypted; leave it out")
    check_settings(body, body["NodeType"])


def check_settings(body: Mapping[str, Any], node_type: str) -> None:
    """What can be set at creation and changed later."""
    _check_port(body.get("Port"), node_type)
    if (window := body.get("PreferredMaintenanceWindow")) is not None:
        check_window(window)
    least = 1 if node_type.startswith(MANAGED_STORAGE) else 0
    days = body.get("AutomatedSnapshotRetentionPeriod")
    if days is not None and not least <= days <= 35:
        raise invalid(f"AutomatedSnapshotRetentionPeriod {days} must be from {least} to 35 days for {node_type}")
    check_manual_retention(body.get("ManualSnapshotRetentionPeriod"))
    if body.get("ClusterVersion", "1.0") != "1.0":
        raise invalid(f"ClusterVersion {body['ClusterVersion']} does not exist: the only one is 1.0")
    if body.get("MaintenanceTrackName", "current") not in ("current", "trailing"):
        raise AwsError("InvalidClusterTrack", f"The track {body['MaintenanceTrackName']} does not exist.")
    if body.get("AvailabilityZoneRelocation") and not node_type.startswith(MANAGED_STORAGE):
        raise invalid(f"AvailabilityZoneRelocation needs RA3 nodes, not {node_type}")
    if body.get("MultiAZ") and node_type not in _MULTI_AZ:
        raise invalid(f"MultiAZ needs one of {', '.join(_MULTI_AZ)}, not {node_type}")
    if (key := body.get("KmsKeyId")) is not None and _KMS_KEY.fullmatch(key) is None:
        raise invalid(f"KmsKeyId {key} must be a key's id or ARN, or an alias")


def check_nodes(node_type: str, cluster_type: str, count: int | None) -> int:
    """Checks node type, cluster type and number together; returns the number of nodes."""
    if node_type not in NODES:
        raise invalid(f"NodeType {node_type} must be one of {', '.join(NODES)}")
    least, most = NODES[node_type]
    if cluster_type == "single-node":
        if count not in (None, 1):
            raise combination(f"NumberOfNodes {count} is for multi-node clusters; a single-node cluster has one")
        if least > 1:
            raise invalid(f"{node_type} has no single-node clusters: ask for {least} nodes or more")
        return 1
    if cluster_type != "multi-node":
        raise invalid(f"ClusterType {cluster_type} must be single-node or multi-node")
    if count is None:
        raise combination("Number of nodes must be specified for a multi-node cluster: give NumberOfNodes")
    if not max(least, 2) <= count <= most:
        raise invalid(
            f"NumberOfNodes {count} must be from {max(least, 2)} to {most} for a multi-node {node_type} cluster"
        )
    return count


def check_user(name: str) -> None:
    if re.fullmatch(r"[a-z][a-z0-9_+.@-]{0,127}", name) is None or name == "public" or name in RESERVED_WORDS:
        raise invalid(
            f"MasterUsername {name} must have 1 to 128 lowercase letters, digits and _ + . @ -, begin with a letter "
            "and be no reserved word"
        )


def check_database(name: str) -> None:
    if re.fullmatch(r"[a-z][a-z0-9_$-]{0,63}", name) is None or name in RESERVED_WORDS:
        raise invalid(
            f"DBName {name} must have 1 to 64 lowercase letters, digits and _ $ -, begin with a letter and be no "
            "reserved word"
        )


def check_password(body: Mapping[str, Any], *, needed: bool) -> None:
    """The password or its management, never both."""
    password, managed = body.get("MasterUserPassword"), body.get("ManageMasterPassword")
    if password is not None and managed:
        raise combination("MasterUserPassword cannot be given with ManageMasterPassword")
    if needed and password is None and not managed:
        raise combination("MasterUserPassword or ManageMasterPassword must be given")
    if password is not None and (_PASSWORD.fullmatch(password) is None or _NOT_IN_PASSWORDS.search(password)):
        raise invalid(
            "MasterUserPassword must have 8 to 64 printable characters without ' \" \\ / @, among them an uppercase "
            "letter, a lowercase letter and a digit"
        )
    if body.get("MasterPasswordSecretKmsKeyId") is not None and (managed is False or (needed and not managed)):
        raise combination("MasterPasswordSecretKmsKeyId is only for ManageMasterPassword")


def check_window(window: str) -> None:
    """ddd:hh24:mi-ddd:hh24:mi, 30 minutes to 24 hours."""
    match = re.fullmatch(r"([a-z]{3}):([01]\d|2[0-3]):([0-5]\d)-([a-z]{3}):([01]\d|2[0-3]):([0-5]\d)", window.lower())
    if match is None or match.group(1) not in _DAYS or match.group(4) not in _DAYS:
        raise invalid(f"PreferredMaintenanceWindow {window} must be like sun:03:00-sun:03:30")
    day, hour, minute, end_day, end_hour, end_minute = match.groups()
    begin = _DAYS.index(day) * 1440 + int(hour) * 60 + int(minute)
    end = _DAYS.index(end_day) * 1440 + int(end_hour) * 60 + int(end_minute)
    if not 30 <= (end - begin) % _WEEK_MINUTES <= 24 * 60:
        raise invalid(f"PreferredMaintenanceWindow {window} must last from 30 minutes to 24 hours")


def check_manual_retention(days: int | None) -> None:
    if days is not None and days != -1 and not 1 <= days <= 3653:
        raise AwsError("InvalidRetentionPeriodFault", f"A manual snapshot is kept -1 or 1 to 3653 days, not {days}")


def check_roles(roles: list[str], default: str | None) -> None:
    """ARNs of the roles that a cluster is to have, all together."""
    for role in roles:
        if re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/.+", role) is None:
            raise invalid(f"The IAM role {role} must be a role's ARN")
    if len(roles) > _MOST_ROLES:
        raise invalid(f"{len(roles)} IAM roles: a cluster has at most {_MOST_ROLES}")
    if default and default not in roles:
        raise invalid(f"DefaultIamRoleArn {default} must be one of the cluster's IAM roles")


def _check_port(port: int | None, node_type: str) -> None:
    if port is None:
        return
    if node_type.startswith(MANAGED_STORAGE):
        if not (5431 <= port <= 5455 or 8191 <= port <= 8215):
            raise invalid(f"Port {port} must be from 5431 to 5455 or from 8191 to 8215 for {node_type}")
    elif not 1150 <= port <= 65535:
        raise invalid(f"Port {port} must be from 1150 to 65535 for {node_type}")
