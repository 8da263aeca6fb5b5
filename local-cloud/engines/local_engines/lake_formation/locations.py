"""Registered locations (API reference, "RegisterResource")."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..errors import AwsError
from .places import invalid, not_found


class Locations:
    """Not safe from many threads by itself; the service locks."""

    def __init__(self) -> None:
        self._all: dict[str, dict[str, Any]] = {}

    def register(self, body: Mapping[str, Any]) -> dict[str, Any]:
        arn = body["ResourceArn"].rstrip("/")
        if not arn.startswith("arn:aws:s3:::"):
            raise invalid(f"{arn} is no location in S3: its ARN must be of a bucket or a prefix")
        if (body.get("RoleArn") is None) != (body.get("UseServiceLinkedRole") is True):
            raise invalid("Give either RoleArn or UseServiceLinkedRole")
        if body.get("RoleArn") is None:
            raise invalid("The local target has no service-linked role of Lake Formation: give RoleArn")
        if arn in self._all:
            raise AwsError("AlreadyExistsException", f"Resource {arn} is already registered")
        self._all[arn] = {
            "ResourceArn": arn,
            "RoleArn": body["RoleArn"],
            "HybridAccessEnabled": bool(body.get("HybridAccessEnabled")),
            "LastModified": time.time(),
        }
        return {}

    def describe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"ResourceInfo": self._known(body["ResourceArn"])}

    def deregister(self, body: Mapping[str, Any]) -> dict[str, Any]:
        del self._all[self._known(body["ResourceArn"])["ResourceArn"]]
        return {}

    def list(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"ResourceInfoList": [self._all[arn] for arn in sorted(self._all)]}

    def registered(self, arn: str) -> bool:
        return self.role_of(arn) is not None

    def role_of(self, arn: str) -> str | None:
        """ARN of the role by which a bucket or prefix (an ARN) is read; None where it is in no registered location."""
        wanted = arn.rstrip("/")
        for known, info in self._all.items():
            if wanted == known or wanted.startswith(f"{known}/"):
                return str(info["RoleArn"])
        return None

    def _known(self, arn: str) -> dict[str, Any]:
        found = self._all.get(arn.rstrip("/"))
        if found is None:
            raise not_found(f"Resource {arn} is not registered")
        return found
