"""The configuration of a workgroup: what it may hold, how it is updated, and which of its settings a query gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import EngineError
from ...lake.files import split_url
from .requests import invalid

ENGINE_VERSION = "Athena engine version 3"

#: Settings that would change what a query does, and that the local target has not.
_REFUSED = {
    "ManagedQueryResultsConfiguration": "Enabled",
    "ManagedQueryResultsConfigurationUpdates": "Enabled",
    "IdentityCenterConfiguration": "EnableIdentityCenter",
    "QueryResultsS3AccessGrantsConfiguration": "EnableS3AccessGrants",
    "AdditionalConfiguration": "",
    "ExecutionRole": "",
    "CustomerContentEncryptionConfiguration": "",
    "MonitoringConfiguration": "",
    "EngineConfiguration": "",
    "EnableMinimumEncryptionConfiguration": "",
}
_PLAIN = (
    "EnforceWorkGroupConfiguration",
    "PublishCloudWatchMetricsEnabled",
    "BytesScannedCutoffPerQuery",
    "RequesterPaysEnabled",
)
_RESULT_SETTINGS = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")


def new_configuration(given: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a new workgroup, with AWS's defaults."""
    _check(given)
    found: dict[str, Any] = {
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": True,
        "RequesterPaysEnabled": False,
        **{name: given[name] for name in _PLAIN if name in given},
        "ResultConfiguration": dict(given.get("ResultConfiguration") or {}),
        "EngineVersion": _engine(given.get("EngineVersion")),
    }
    check_results(found["ResultConfiguration"])
    return found


def updated(configuration: Mapping[str, Any], updates: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration after ConfigurationUpdates; what they do not name stays."""
    _check(updates)
    found = {**configuration, **{name: updates[name] for name in _PLAIN if name in updates}}
    if updates.get("RemoveBytesScannedCutoffPerQuery"):
        if "BytesScannedCutoffPerQuery" in updates:
            raise invalid("BytesScannedCutoffPerQuery and RemoveBytesScannedCutoffPerQuery cannot both be given")
        found.pop("BytesScannedCutoffPerQuery", None)
    if "EngineVersion" in updates:
        found["EngineVersion"] = _engine(updates["EngineVersion"])
    changes = updates.get("ResultConfigurationUpdates") or {}
    results = dict(configuration["ResultConfiguration"])
    for name in _RESULT_SETTINGS:
        if changes.get(f"Remove{name}"):
            if name in changes:
                raise invalid(f"{name} and Remove{name} cannot both be given")
            results.pop(name, None)
        elif name in changes:
            results[name] = changes[name]
    check_results(results)
    found["ResultConfiguration"] = results
    return found


def results_for(configuration: Mapping[str, Any], client: Mapping[str, Any] | None) -> dict[str, Any]:
    """The result configuration of a query: the workgroup's if it enforces its own, else the client's over it."""
    own = dict(configuration["ResultConfiguration"])
    return own if configuration["EnforceWorkGroupConfiguration"] else {**own, **(client or {})}


def check_results(results: Mapping[str, Any]) -> None:
    """Raises InvalidRequestException for a ResultConfiguration that cannot be honoured."""
    location = results.get("OutputLocation")
    if location is not None:
        try:
            bucket, _ = split_url(location)
        except EngineError as error:
            raise invalid("outputLocation is not a valid S3 path.") from error
        if not bucket:
            raise invalid("outputLocation is not a valid S3 path.")
    encryption = results.get("EncryptionConfiguration") or {}
    if encryption.get("EncryptionOption") == "CSE_KMS":
        raise invalid("NOT_SUPPORTED: CSE_KMS, encryption by the client, is not supported by the local target")
    if encryption.get("EncryptionOption") == "SSE_KMS" and not encryption.get("KmsKey"):
        raise invalid("KmsKey is required for the encryption option SSE_KMS")


def put_arguments(results: Mapping[str, Any]) -> dict[str, str]:
    """S3 arguments of every object that the query writes."""
    encryption = results.get("EncryptionConfiguration") or {}
    option, found = encryption.get("EncryptionOption"), dict[str, str]()
    if option == "SSE_S3":
        found["ServerSideEncryption"] = "AES256"
    elif option == "SSE_KMS":
        found |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": encryption["KmsKey"]}
    if results.get("ExpectedBucketOwner"):
        found["ExpectedBucketOwner"] = results["ExpectedBucketOwner"]
    if results.get("AclConfiguration"):
        found["ACL"] = "bucket-owner-full-control"
    return found


def _engine(given: Mapping[str, Any] | None) -> dict[str, str]:
    selected = (given or {}).get("SelectedEngineVersion") or "AUTO"
    if selected not in ("AUTO", ENGINE_VERSION):
        raise invalid(f"Engine version '{selected}' is not supported; choose AUTO or {ENGINE_VERSION}")
    return {"SelectedEngineVersion": selected, "EffectiveEngineVersion": ENGINE_VERSION}


def _check(given: Mapping[str, Any]) -> None:
    for name, switch in _REFUSED.items():
        value = given.get(name)
        if value and (not switch or value.get(switch)):
            raise invalid(f"NOT_SUPPORTED: {name} is not supported by the local target")
