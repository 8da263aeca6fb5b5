"""Namespaces: databases, users and their encryption."""

from __future__ import annotations

import re
import shutil
import uuid
from typing import Any

from ..cluster_rules import check_database, check_password, check_roles, check_user
from ..lifecycle import GONE, set_off, settle
from ..store import Record, State, as_text
from ..surroundings import Surroundings
from .errors import conflict, invalid, not_found, one_change, translated

TABLE = "namespaces"
_STATUS = "status"
_EXPORTS = ("userlog", "connectionlog", "useractivitylog")
_DEFAULT_ADMIN = "admin"
_DEFAULT_DATABASE = "dev"
#: May be changed in one request, since one needs the other.
_TOGETHER = (
    frozenset({"adminUsername", "adminUserPassword", "manageAdminPassword", "adminPasswordSecretKmsKeyId"}),
    frozenset({"iamRoles", "defaultIamRoleArn"}),
)
#: Refused by name: nothing here could behave as they ask.
_UNSUPPORTED = ("redshiftIdcApplicationArn", "s3TableAction", "s3TableGranularity", "s3TableKmsKeyId", "s3TableNames")


class Namespaces:
    """Operations. The folder of a namespace's storage lives as long as the namespace."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def get(self, state: State, name: str) -> Record:
        """Raises ResourceNotFoundException."""
        found = state.table(TABLE).get(name)
        if found is None:
            raise not_found(f"The namespace {name} does not exist.", name)
        return found

    def create(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        name = body["namespaceName"]
        if name in state.table(TABLE):
            raise conflict(f"Namespace {name} already exists.")
        self._check(body)
        user, database = body.get("adminUsername", _DEFAULT_ADMIN), body.get("dbName", _DEFAULT_DATABASE)
        with translated():
            check_user(user)
            check_database(database)
        identifier = str(uuid.uuid4())
        arn = self._surroundings.context.arn("redshift-serverless", f"namespace/{identifier}")
        record: Record = {
            "namespaceName": name,
            "namespaceId": identifier,
            "namespaceArn": arn,
            "adminUsername": user,
            "dbName": database,
            "creationDate": as_text(state.now),
            "kmsKeyId": body.get("kmsKeyId", "AWS_OWNED_KMS_KEY"),
            "iamRoles": list(body.get("iamRoles") or []),
            "defaultIamRoleArn": body.get("defaultIamRoleArn"),
            "logExports": list(body.get("logExports") or []),
            "status": "AVAILABLE",
            "_arn": arn,
            "_tags": list(body.get("tags") or []),
        }
        with translated():
            check_roles(record["iamRoles"], record["defaultIamRoleArn"])
        if body.get("manageAdminPassword"):
            self._manage_password(record, body.get("adminPasswordSecretKmsKeyId"))
        state.table(TABLE)[name] = record
        return {"namespace": shown(record)}

    def read(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        return {"namespace": shown(self.get(state, body["namespaceName"]))}

    def update(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._available(state, body["namespaceName"])
        one_change(body, "namespaceName", _TOGETHER)
        self._check(body)
        user = body.get("adminUsername", record["adminUsername"])
        if user != record["adminUsername"] and body.get("adminUserPassword") is None:
            raise invalid(f"adminUsername {user}: give adminUserPassword, too, to change it")
        with translated():
            check_user(user)
        roles = body.get("iamRoles", record["iamRoles"])
        default = body.get("defaultIamRoleArn", record["defaultIamRoleArn"])
        with translated():
            check_roles([_role(role) for role in roles], default)
        secrets = self._surroundings.secrets
        if body.get("manageAdminPassword") is True and "adminPasswordSecretArn" not in record:
            self._manage_password(record, body.get("adminPasswordSecretKmsKeyId"))
        elif body.get("manageAdminPassword") is False or body.get("adminUserPassword") is not None:
            secrets.forget(state, record, "adminPasswordSecretArn")
            record.pop("adminPasswordSecretKmsKeyId", None)
        record |= {"iamRoles": [_role(role) for role in roles], "defaultIamRoleArn": default or None}
        record["adminUsername"] = user
        record |= {key: body[key] for key in ("kmsKeyId", "logExports") if key in body}
        set_off(record, state, _STATUS, self._surroundings.timing, via="MODIFYING", to="AVAILABLE")
        return {"namespace": shown(record)}

    def delete(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        name = body["namespaceName"]
        record = self._available(state, name)
        if body.get("finalSnapshotName") is not None:
            raise invalid("finalSnapshotName: snapshots of namespaces are not supported by the local target")
        users = [one["workgroupName"] for one in state.table("workgroups").values() if one["namespaceName"] == name]
        if users:
            raise conflict(f"Namespace {name} is associated with workgroup {', '.join(users)}: delete that first.")
        self._surroundings.secrets.forget(state, record, "adminPasswordSecretArn")
        set_off(record, state, _STATUS, self._surroundings.timing, via="DELETING", to=GONE)
        return {"namespace": shown(record)}

    def settle(self, state: State) -> None:
        def gone(at: State, record: Record) -> None:
            folder = self._surroundings.folder("namespaces", record["namespaceName"])
            at.after(lambda: shutil.rmtree(folder, ignore_errors=True))

        settle(state, TABLE, gone)

    def _available(self, state: State, name: str) -> Record:
        record = self.get(state, name)
        if record[_STATUS] != "AVAILABLE":
            raise conflict(f"There is an operation running on the namespace {name}: it is {record[_STATUS]}.")
        return record

    def _check(self, body: dict[str, Any]) -> None:
        for name in _UNSUPPORTED:
            if body.get(name):
                raise invalid(f"{name} is not supported by the local target")
        unknown = sorted(set(body.get("logExports") or []) - set(_EXPORTS))
        if unknown:
            raise invalid(f"logExports {', '.join(unknown)}: known are {', '.join(_EXPORTS)}")
        with translated():
            password = {
                "MasterUserPassword": body.get("adminUserPassword"),
                "ManageMasterPassword": body.get("manageAdminPassword"),
            }
            check_password(password, needed=False)
        if body.get("adminPasswordSecretKmsKeyId") and body.get("manageAdminPassword") is not True:
            raise invalid("adminPasswordSecretKmsKeyId is only for manageAdminPassword")

    def _manage_password(self, record: Record, kms_key: str | None) -> None:
        arn = self._surroundings.secrets.create(record["namespaceName"], record["adminUsername"], kms_key)
        record |= {"adminPasswordSecretArn": arn, "adminPasswordSecretKmsKeyId": kms_key}


def shown(record: Record) -> dict[str, Any]:
    """The namespace as the API gives it; its roles are texts with their state in them."""
    roles = [f"IamRole(applyStatus=in-sync, iamRoleArn={role})" for role in record["iamRoles"]]
    return {**record, "iamRoles": roles}


def _role(role: str) -> str:
    """The ARN of a role. AWS also takes the form in which it shows roles: IamRole(applyStatus=…, iamRoleArn=…)."""
    match = re.search(r"iamRoleArn=(arn:[^),]+)", role)
    return match.group(1) if match is not None else role
