"""Saved queries."""

from __future__ import annotations

import threading
import uuid
from typing import Any

from .requests import invalid, page, with_token
from .workgroups import WorkGroups

_PAGE = 50


class NamedQueries:
    """All saved queries by id; safe from many threads."""

    def __init__(self, workgroups: WorkGroups) -> None:
        self._workgroups = workgroups
        self._lock = threading.Lock()
        self._all: dict[str, dict[str, Any]] = {}
        #: ClientRequestToken -> (id, request): the same request again makes no second query.
        self._tokens: dict[str, tuple[str, dict[str, Any]]] = {}

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        workgroup = self._workgroups.get(body.get("WorkGroup"))
        token = body.get("ClientRequestToken")
        with self._lock:
            if token in self._tokens:
                known, request = self._tokens[token]
                if request != body:
                    raise invalid("Idempotent parameters do not match")
                return {"NamedQueryId": known}
            identifier = str(uuid.uuid4())
            self._all[identifier] = {
                "Name": body["Name"],
                **({"Description": body["Description"]} if "Description" in body else {}),
                "Database": body["Database"],
                "QueryString": body["QueryString"],
                "NamedQueryId": identifier,
                "WorkGroup": workgroup.name,
            }
            if token:
                self._tokens[token] = (identifier, dict(body))
        return {"NamedQueryId": identifier}

    def get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"NamedQuery": self._find(body["NamedQueryId"])}

    def _find(self, identifier: str) -> dict[str, Any]:
        with self._lock:
            found = self._all.get(identifier)
        if found is None:
            raise invalid(f"NamedQuery {identifier} was not found")
        return found

    def update(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self._find(body["NamedQueryId"])
        members = ("Name", "Description", "QueryString")
        with self._lock:
            found.update({member: body[member] for member in members if member in body})
        return {}

    def delete(self, body: dict[str, Any]) -> dict[str, Any]:
        identifier = self._find(body["NamedQueryId"])["NamedQueryId"]
        with self._lock:
            self._all.pop(identifier, None)
        return {}

    def list(self, body: dict[str, Any]) -> dict[str, Any]:
        workgroup = self._workgroups.get(body.get("WorkGroup")).name
        with self._lock:
            found = [key for key, query in self._all.items() if query["WorkGroup"] == workgroup]
        chosen, token = page(found, body, _PAGE)
        return with_token({"NamedQueryIds": chosen}, token)

    def batch_get(self, body: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            known = dict(self._all)
        wanted = list(body["NamedQueryIds"])
        return {
            "NamedQueries": [known[key] for key in wanted if key in known],
            "UnprocessedNamedQueryIds": [
                {"NamedQueryId": key, "ErrorCode": "INVALID_INPUT", "ErrorMessage": f"NamedQuery {key} was not found"}
                for key in wanted
                if key not in known
            ],
        }

    def in_workgroup(self, workgroup: str) -> bool:
        with self._lock:
            return any(query["WorkGroup"] == workgroup for query in self._all.values())

    def clear(self, workgroup: str) -> None:
        with self._lock:
            self._all = {key: query for key, query in self._all.items() if query["WorkGroup"] != workgroup}
