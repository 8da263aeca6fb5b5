"""Audit logging of clusters: where its files would go. The state is kept and checked; no log file is written."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError

from ...errors import AwsError
from .store import Record, State

TABLE = "logging"
_EXPORTS = ("connectionlog", "useractivitylog", "userlog")
#: What Redshift does with the bucket (management guide, "Database audit logging", bucket permissions).
_NEEDED = ("s3:PutObject", "s3:GetBucketAcl")
_OFF: Record = {"LoggingEnabled": False}


class AuditLogging:
    """Operations; the bucket is looked at in the emulator's S3."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def enable(self, state: State, body: dict[str, Any], cluster: Record) -> dict[str, Any]:
        kind = body.get("LogDestinationType", "s3")
        exports = list(body.get("LogExports") or [])
        unknown = sorted(set(exports) - set(_EXPORTS))
        if unknown:
            raise AwsError("InvalidParameterValue", f"LogExports {', '.join(unknown)}: known are {', '.join(_EXPORTS)}")
        if kind == "s3table":
            raise AwsError("UnsupportedOperation", "LogDestinationType s3table is not supported by the local target")
        if kind == "cloudwatch":
            if not exports or body.get("BucketName"):
                message = "LogDestinationType cloudwatch needs LogExports and takes no BucketName"
                raise AwsError("InvalidParameterCombination", message)
        else:
            if not body.get("BucketName"):
                raise AwsError("InvalidParameterCombination", "LogDestinationType s3 needs a BucketName")
            self._check_bucket(body["BucketName"], body.get("S3KeyPrefix") or "")
        record: Record = {
            "ClusterIdentifier": cluster["ClusterIdentifier"],
            "LoggingEnabled": True,
            "LogDestinationType": kind,
            "BucketName": body.get("BucketName"),
            "S3KeyPrefix": body.get("S3KeyPrefix"),
            "LogExports": exports or None,
        }
        state.table(TABLE)[cluster["ClusterIdentifier"]] = record
        return record

    def disable(self, state: State, cluster: Record) -> dict[str, Any]:
        state.table(TABLE).pop(cluster["ClusterIdentifier"], None)
        return dict(_OFF)

    def status(self, state: State, cluster: Record) -> dict[str, Any]:
        return state.table(TABLE).get(cluster["ClusterIdentifier"], dict(_OFF))

    def _check_bucket(self, bucket: str, prefix: str) -> None:
        if re.fullmatch(r"[\w\s.:/=+\\@-]{0,256}", prefix) is None:
            raise AwsError("InvalidS3KeyPrefixFault", f"S3KeyPrefix {prefix} has characters that it must not have")
        try:
            policy = json.loads(self._s3.get_bucket_policy(Bucket=bucket)["Policy"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucket":
                raise AwsError("BucketNotFoundFault", f"Could not find bucket {bucket}.") from error
            if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise
            policy = {"Statement": []}
        missing = [action for action in _NEEDED if not _allows(policy, action)]
        if missing:
            raise AwsError(
                "InsufficientS3BucketPolicyFault",
                f"Cannot read ACLs of bucket {bucket} or write to it: its policy must allow redshift.amazonaws.com "
                f"{', '.join(missing)}",
            )


def _allows(policy: dict[str, Any], action: str) -> bool:
    return any(
        statement.get("Effect") == "Allow"
        and "redshift.amazonaws.com" in _listed((statement.get("Principal") or {}), "Service")
        and any(fnmatchcase(action.lower(), one.lower()) for one in _listed(statement, "Action"))
        for statement in policy["Statement"]
    )


def _listed(owner: Any, key: str) -> list[str]:
    value = owner.get(key, []) if isinstance(owner, dict) else []
    return value if isinstance(value, list) else [value]
