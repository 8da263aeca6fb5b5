"""The Redshift Serverless API."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from ....errors import UnknownOperation
from ....requests import RequestChecker
from ..credentials import for_workgroup
from ..store import Record, State, Store
from ..surroundings import Surroundings
from .errors import invalid, not_found
from .namespaces import Namespaces, shown
from .usage_limits import ServerlessUsageLimits
from .workgroups import Workgroups

_PAGE = 100
_MOST_TAGS = 200
_TAGGED = ("namespaces", "workgroups")

Operation = Callable[[State, dict[str, Any]], dict[str, Any]]


class RedshiftServerlessService:
    """Dispatches RedshiftServerless.* calls, each as one transaction of the store."""

    target_prefix = "RedshiftServerless"
    forwards = False

    def __init__(self, surroundings: Surroundings, store: Store) -> None:
        model = surroundings.context.client("redshift-serverless").meta.service_model
        self._checker = RequestChecker(model, "ValidationException")
        self._store = store
        self._namespaces = namespaces = Namespaces(surroundings)
        self.workgroups = workgroups = Workgroups(surroundings, namespaces)
        limits = ServerlessUsageLimits(surroundings)
        self._operations: dict[str, Operation] = {
            "CreateNamespace": namespaces.create,
            "GetNamespace": namespaces.read,
            "UpdateNamespace": namespaces.update,
            "DeleteNamespace": namespaces.delete,
            "ListNamespaces": self._list_namespaces,
            "CreateWorkgroup": workgroups.create,
            "GetWorkgroup": workgroups.read,
            "UpdateWorkgroup": workgroups.update,
            "DeleteWorkgroup": workgroups.delete,
            "ListWorkgroups": self._list_workgroups,
            "CreateUsageLimit": limits.create,
            "GetUsageLimit": limits.read,
            "UpdateUsageLimit": limits.update,
            "DeleteUsageLimit": limits.delete,
            "ListUsageLimits": lambda state, body: _page(limits.list(state, body), body, "usageLimits"),
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": lambda state, body: {"tags": _tagged(state, body)["_tags"]},
            "GetCredentials": self._credentials,
        }

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answers one call; UnknownOperation for what the local target does not have."""
        action = self._operations.get(operation)
        if action is None:
            raise UnknownOperation(operation)
        self._checker.check(operation, body)
        with self._store.transaction() as state:
            self.settle(state)
            return self._checker.shaped(operation, action(state, body))

    def settle(self, state: State) -> None:
        """Ends the transitional states that are due."""
        self.workgroups.settle(state)
        self._namespaces.settle(state)

    def close(self) -> None:
        """Nothing runs here: the control plane's clock is closed by whom it belongs to."""

    def _list_namespaces(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        return _page([shown(record) for record in state.table("namespaces").values()], body, "namespaces")

    def _list_workgroups(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        found = [self.workgroups.shown(record) for record in state.table("workgroups").values()]
        return _page(found, body, "workgroups")

    def _tag(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = _tagged(state, body)
        tags = {item["key"]: item for item in record["_tags"]} | {item["key"]: item for item in body["tags"]}
        if len(tags) > _MOST_TAGS:
            raise invalid(f"{len(tags)} tags: a resource has at most {_MOST_TAGS}")
        record["_tags"] = list(tags.values())
        return {}

    def _untag(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = _tagged(state, body)
        record["_tags"] = [item for item in record["_tags"] if item["key"] not in body["tagKeys"]]
        return {}

    def _credentials(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        if "workgroupName" not in body:
            raise invalid("workgroupName must be given: there are no custom domains here")
        self.workgroups.get(state, body["workgroupName"])
        return for_workgroup(state.now, body)


def _tagged(state: State, body: dict[str, Any]) -> Record:
    for table in _TAGGED:
        for record in state.table(table).values():
            if record["_arn"] == body["resourceArn"]:
                return record
    raise not_found(f"The resource {body['resourceArn']} does not exist.", body["resourceArn"])


def _page(items: list[Record], body: dict[str, Any], member: str) -> dict[str, Any]:
    token = body.get("nextToken")
    try:
        start = int(base64.urlsafe_b64decode(token).decode()) if token else 0
    except ValueError as error:
        raise invalid(f"nextToken {token!r} is not one that was given out") from error
    end = start + int(body.get("maxResults") or _PAGE)
    following = {"nextToken": base64.urlsafe_b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return {member: items[start:end], **following}
