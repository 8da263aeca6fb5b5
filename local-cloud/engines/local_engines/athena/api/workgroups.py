"""Workgroups and their tags."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ...errors import AwsError
from .configuration import ENGINE_VERSION, new_configuration, updated
from .requests import invalid, page, with_token

PRIMARY = "primary"
_PAGE = 50


@dataclass
class WorkGroup:
    """One workgroup; `configuration` is the API's, complete."""

    name: str
    configuration: dict[str, Any]
    description: str = ""
    state: str = "ENABLED"
    created: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    tags: dict[str, str] = field(default_factory=dict)

    def to_api(self) -> dict[str, Any]:
        return {
            "Name": self.name,
            "State": self.state,
            "Configuration": self.configuration,
            "Description": self.description,
            "CreationTime": self.created,
        }

    def summary(self) -> dict[str, Any]:
        return {
            "Name": self.name,
            "State": self.state,
            "Description": self.description,
            "CreationTime": self.created,
            "EngineVersion": self.configuration["EngineVersion"],
        }


class WorkGroups:
    """All workgroups; safe from many threads. `contents` says whether a workgroup holds anything, `empty` ends that."""

    def __init__(self, arn: Callable[[str], str]) -> None:
        self._arn = arn
        self._lock = threading.RLock()
        # AWS makes it with the account, and lets the client choose where results go.
        primary = WorkGroup(PRIMARY, new_configuration({"EnforceWorkGroupConfiguration": False}))
        self._all: dict[str, WorkGroup] = {PRIMARY: primary}
        self.contents: list[Callable[[str], bool]] = []
        self.empty: list[Callable[[str], None]] = []

    def get(self, name: str | None) -> WorkGroup:
        """Raises InvalidRequestException; no name means the primary one."""
        with self._lock:
            found = self._all.get(name or PRIMARY)
        if found is None:
            raise invalid(f"WorkGroup {name} is not found.")
        return found

    def usable(self, name: str | None) -> WorkGroup:
        """A workgroup that runs queries."""
        found = self.get(name)
        if found.state == "DISABLED":
            raise invalid(f"WorkGroup {found.name} is disabled.")
        return found

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        group = WorkGroup(
            body["Name"],
            new_configuration(body.get("Configuration") or {}),
            body.get("Description") or "",
            tags=_tags(body.get("Tags") or []),
        )
        with self._lock:
            if group.name in self._all:
                raise invalid("WorkGroup is already created")
            self._all[group.name] = group
        return {}

    def describe(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"WorkGroup": self.get(body["WorkGroup"]).to_api()}

    def update(self, body: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            group = self.get(body["WorkGroup"])
            configuration = updated(group.configuration, body.get("ConfigurationUpdates") or {})
            group.configuration = configuration
            group.description = body.get("Description", group.description) or ""
            group.state = body.get("State") or group.state
        return {}

    def delete(self, body: dict[str, Any]) -> dict[str, Any]:
        name = self.get(body["WorkGroup"]).name
        if name == PRIMARY:
            raise invalid("WorkGroup primary cannot be deleted.")
        if not body.get("RecursiveDeleteOption") and any(holds(name) for holds in self.contents):
            raise invalid(f"WorkGroup {name} is not empty")
        for clear in self.empty:
            clear(name)
        with self._lock:
            self._all.pop(name, None)
        return {}

    def list(self, body: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            groups = sorted(self._all.values(), key=lambda group: group.name)
        chosen, token = page(groups, body, _PAGE)
        return with_token({"WorkGroups": [group.summary() for group in chosen]}, token)

    def list_engine_versions(self, body: dict[str, Any]) -> dict[str, Any]:
        versions = [
            {"SelectedEngineVersion": name, "EffectiveEngineVersion": ENGINE_VERSION}
            for name in ("AUTO", ENGINE_VERSION)
        ]
        chosen, token = page(versions, body, 10)
        return with_token({"EngineVersions": chosen}, token)

    # Tags

    def tag(self, body: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._by_arn(body["ResourceARN"]).tags.update(_tags(body["Tags"]))
        return {}

    def untag(self, body: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            group = self._by_arn(body["ResourceARN"])
            group.tags = {key: value for key, value in group.tags.items() if key not in body["TagKeys"]}
        return {}

    def list_tags(self, body: dict[str, Any]) -> dict[str, Any]:
        group = self._by_arn(body["ResourceARN"])
        tags = [{"Key": key, "Value": value} for key, value in sorted(group.tags.items())]
        # The model wants at least 75 a page.
        chosen, token = page(tags, body, 75)
        return with_token({"Tags": chosen}, token)

    def _by_arn(self, arn: str) -> WorkGroup:
        prefix = self._arn("workgroup/")
        with self._lock:
            found = self._all.get(arn[len(prefix) :]) if arn.startswith(prefix) else None
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Resource {arn} is not found.", ResourceName=arn)
        return found


def _tags(given: list[dict[str, str]]) -> dict[str, str]:
    for tag in given:
        if "Key" not in tag:
            raise invalid("A tag needs a Key")
    return {tag["Key"]: tag.get("Value") or "" for tag in given}
