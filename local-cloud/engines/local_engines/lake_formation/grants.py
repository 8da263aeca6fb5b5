"""Grants and opt-ins of principals (API reference, "GrantPermissions", "CreateLakeFormationOptIn")."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .catalog import Catalog
from .places import Place, Resource, invalid, not_found, only_member, same_principal, without_catalog
from .tags import Tags

#: Developer guide, "Lake Formation permissions reference": permissions by what they are granted on.
_TABLE = ("ALL", "SELECT", "ALTER", "DROP", "DELETE", "INSERT", "DESCRIBE")
_DATABASE = ("ALL", "ALTER", "DROP", "CREATE_TABLE", "DESCRIBE")
_ON = {
    "Database": _DATABASE,
    "Table": _TABLE,
    "TableWithColumns": ("SELECT", "DESCRIBE"),
    "DataLocation": ("DATA_LOCATION_ACCESS",),
}


@dataclass
class Grant:
    principal: str
    resource: dict[str, Any]
    permissions: set[str]
    grantable: set[str] = field(default_factory=set)
    at: float = field(default_factory=time.time)

    def to_api(self) -> dict[str, Any]:
        return {
            "Principal": {"DataLakePrincipalIdentifier": self.principal},
            "Resource": self.resource,
            "Permissions": sorted(self.permissions),
            "PermissionsWithGrantOption": sorted(self.grantable),
            "LastUpdated": self.at,
        }


class Grants:
    """Not safe from many threads by itself; the service locks."""

    def __init__(self, catalog: Catalog, tags: Tags, registered: Any) -> None:
        """`registered`: whether an ARN is of a registered location."""
        self._catalog, self._tags, self._registered = catalog, tags, registered
        self._all: list[Grant] = []

    def grant(self, body: Mapping[str, Any]) -> dict[str, Any]:
        principal, resource = _principal(body), without_catalog(body["Resource"])
        permissions, grantable = set(body["Permissions"]), set(body.get("PermissionsWithGrantOption") or ())
        self._check(resource, permissions, grantable)
        held = self._find(principal, resource)
        if held is None:
            self._all.append(Grant(principal, resource, permissions, grantable))
        else:
            held.permissions |= permissions
            held.grantable |= grantable
        return {}

    def revoke(self, body: Mapping[str, Any]) -> dict[str, Any]:
        principal, resource = _principal(body), without_catalog(body["Resource"])
        held, gone = self._find(principal, resource), set(body["Permissions"])
        if held is None or not gone <= held.permissions:
            raise invalid("No permissions revoked. Grantee has no permissions on the resource.")
        held.permissions -= gone
        held.grantable -= set(body.get("PermissionsWithGrantOption") or ()) | gone
        self._all = [grant for grant in self._all if grant.permissions]
        return {}

    def list(self, body: Mapping[str, Any]) -> dict[str, Any]:
        wanted = None if body.get("Resource") is None else without_catalog(body["Resource"])
        principal = (body.get("Principal") or {}).get("DataLakePrincipalIdentifier")
        found = [
            grant.to_api()
            for grant in self._all
            if (principal is None or grant.principal == principal) and (wanted is None or grant.resource == wanted)
        ]
        return {"PrincipalResourcePermissions": found}

    def permissions(self, principal: str, place: Place) -> set[str]:
        """What the principal may do with the place."""
        found: set[str] = set()
        for grant in self._all:
            if same_principal(grant.principal, principal) and self._covers(grant.resource, place):
                found |= grant.permissions
        return found

    def _covers(self, resource: Resource, place: Place) -> bool:
        kind = only_member(resource)
        named = resource[kind]
        if kind == "LFTagPolicy":
            level = "TABLE" if place.table else "DATABASE"
            return bool(named["ResourceType"] == level and self._tags.matches(place, named.get("Expression") or ()))
        if kind == "Database":
            return place == Place(named["Name"])
        if kind not in ("Table", "TableWithColumns") or not place.table or place.database != named["DatabaseName"]:
            return False
        if kind == "Table":
            return named.get("TableWildcard") is not None or place.table == named["Name"]
        excluded = (named.get("ColumnWildcard") or {}).get("ExcludedColumnNames") or ()
        names = named.get("ColumnNames")
        chosen = place.column in names if names else place.column not in excluded
        return bool(place.table == named["Name"] and place.column and chosen)

    def _check(self, resource: Resource, permissions: set[str], grantable: set[str]) -> None:
        kind = only_member(resource)
        allowed = _ON.get(kind, ())
        if kind == "LFTagPolicy":
            expression = resource[kind].get("Expression")
            if not expression:
                raise invalid("LFTagPolicy must have an Expression: named expressions are not supported locally")
            self._tags.check_expression(expression)
            allowed = _TABLE if resource[kind]["ResourceType"] == "TABLE" else _DATABASE
        elif kind == "DataLocation" and not self._registered(resource[kind]["ResourceArn"]):
            raise invalid(f"{resource[kind]['ResourceArn']} is not registered: register the S3 path first")
        if unknown := sorted((permissions | grantable) - set(allowed)):
            raise invalid(f"Permissions modification is invalid: {', '.join(unknown)} on {kind}")
        if not grantable <= permissions:
            raise invalid("PermissionsWithGrantOption must be part of Permissions")
        self._catalog.check(resource)

    def _find(self, principal: str, resource: dict[str, Any]) -> Grant | None:
        return next((one for one in self._all if one.principal == principal and one.resource == resource), None)


class OptIns:
    """Who needs Lake Formation's grants for what; everybody else needs IAM's rights only."""

    def __init__(self, catalog: Catalog, account: str) -> None:
        self._catalog, self._account = catalog, account
        self._all: list[tuple[str, dict[str, Any], float]] = []

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        principal, resource = _principal(body), without_catalog(body["Resource"])
        kind = only_member(resource)
        if kind not in ("Database", "Table"):
            raise invalid(f"The local target takes opt-ins for databases and tables, not for {kind}")
        self._catalog.check(resource)
        if not any(one[:2] == (principal, resource) for one in self._all):
            self._all.append((principal, resource, time.time()))
        return {}

    def delete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        gone = (_principal(body), without_catalog(body["Resource"]))
        if not any(one[:2] == gone for one in self._all):
            raise not_found("The opt-in does not exist")
        self._all = [one for one in self._all if one[:2] != gone]
        return {}

    def list(self, body: Mapping[str, Any]) -> dict[str, Any]:
        wanted = None if body.get("Resource") is None else without_catalog(body["Resource"])
        principal = (body.get("Principal") or {}).get("DataLakePrincipalIdentifier")
        return {
            "LakeFormationOptInsInfoList": [
                {
                    "Principal": {"DataLakePrincipalIdentifier": who},
                    "Resource": self._with_catalog(resource),
                    "LastModified": at,
                }
                for who, resource, at in self._all
                if (principal is None or who == principal) and (wanted is None or resource == wanted)
            ]
        }

    def any_of(self, principal: str) -> Iterator[dict[str, Any]]:
        return (resource for who, resource, _ in self._all if same_principal(who, principal))

    def covers(self, principal: str, place: Place) -> bool:
        """Whether the principal needs grants for the database, or for the table, itself."""
        for resource in self.any_of(principal):
            kind = only_member(resource)
            named = resource[kind]
            if kind == "Database" and place == Place(named["Name"]):
                return True
            named_here = kind == "Table" and place.table != "" and named["DatabaseName"] == place.database
            if named_here and (named.get("TableWildcard") is not None or named["Name"] == place.table):
                return True
        return False

    def _with_catalog(self, resource: Resource) -> dict[str, Any]:
        kind = only_member(resource)
        return {kind: {"CatalogId": self._account, **resource[kind]}}


def _principal(body: Mapping[str, Any]) -> str:
    """ARN of a role or user; InvalidInputException."""
    given = str((body.get("Principal") or {}).get("DataLakePrincipalIdentifier") or "")
    parts = given.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith(("role/", "user/")):
        raise invalid(f"Invalid principal, ARN must be of a role or user: {given!r}")
    return given
