"""The Lake Formation API. What readers may see is `judge`'s to say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from ..context import EngineContext
from ..errors import AwsError, UnknownOperation
from ..iam.guard import current_caller
from ..requests import RequestChecker
from .catalog import Catalog
from .grants import Grants, OptIns
from .judge import Judge
from .locations import Locations
from .places import invalid, same_principal
from .tags import Tags

_READING = ("Get", "List", "Describe")
#: What an account has unless somebody changes it: new databases and tables are open to IAM.
_BY_IAM = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]


class LakeFormationService:
    """Dispatches calls; `handle` may be called from many threads at once. Of the REST protocol."""

    target_prefix = "lakeformation"
    forwards = False

    def __init__(self, context: EngineContext) -> None:
        self._checker = RequestChecker(context.client("lakeformation").meta.service_model, "InvalidInputException")
        self._lock = threading.RLock()
        catalog, locations = Catalog(context.client("glue")), Locations()
        tags = Tags(catalog, context.account)
        grants, opt_ins = Grants(catalog, tags, locations.registered), OptIns(catalog, context.account)
        self.judge = Judge(self._lock, grants, opt_ins, locations)
        #: The local cloud's owner administers it; others once they are named.
        self._settings: dict[str, Any] = {
            "DataLakeAdmins": [{"DataLakePrincipalIdentifier": f"arn:aws:iam::{context.account}:root"}],
            "ReadOnlyAdmins": [],
            "CreateDatabaseDefaultPermissions": _BY_IAM,
            "CreateTableDefaultPermissions": _BY_IAM,
            "Parameters": {"CROSS_ACCOUNT_VERSION": "4"},
            "TrustedResourceOwners": [],
            "AllowExternalDataFiltering": False,
            "ExternalDataFilteringAllowList": [],
            "AuthorizedSessionTagValueList": [],
        }
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "GetDataLakeSettings": lambda body: {"DataLakeSettings": self._settings},
            "PutDataLakeSettings": self._put_settings,
            "CreateLFTag": tags.create,
            "GetLFTag": tags.get,
            "ListLFTags": tags.list,
            "UpdateLFTag": tags.update,
            "DeleteLFTag": tags.delete,
            "AddLFTagsToResource": tags.add,
            "RemoveLFTagsFromResource": tags.remove,
            "GetResourceLFTags": tags.of_resource,
            "RegisterResource": locations.register,
            "DescribeResource": locations.describe,
            "DeregisterResource": locations.deregister,
            "ListResources": locations.list,
            "GrantPermissions": grants.grant,
            "RevokePermissions": grants.revoke,
            "ListPermissions": grants.list,
            "CreateLakeFormationOptIn": opt_ins.create,
            "DeleteLakeFormationOptIn": opt_ins.delete,
            "ListLakeFormationOptIns": opt_ins.list,
        }

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answers one call; UnknownOperation for what the local target does not have."""
        action = self._operations.get(operation)
        if action is None:
            raise UnknownOperation(operation)
        self._checker.check(operation, body)
        if body.get("NextToken"):
            raise invalid("NextToken is not one that was given out: everything is on one page")
        with self._lock:
            if not operation.startswith(_READING):
                self._check_administrator(operation)
            return action(body)

    def close(self) -> None:
        """Nothing runs here."""

    def _check_administrator(self, operation: str) -> None:
        caller = current_caller.get()
        admins = [one["DataLakePrincipalIdentifier"] for one in self._settings["DataLakeAdmins"]]
        if caller is not None and not any(same_principal(caller.principal, admin) for admin in admins):
            message = f"Insufficient Lake Formation permission(s): {caller.principal} is no data lake administrator"
            raise AwsError("AccessDeniedException", f"{message} ({operation})")

    def _put_settings(self, body: Mapping[str, Any]) -> dict[str, Any]:
        # The whole is replaced, as on AWS.
        self._settings = dict(body["DataLakeSettings"])
        self._settings.setdefault("DataLakeAdmins", [])
        return {}
