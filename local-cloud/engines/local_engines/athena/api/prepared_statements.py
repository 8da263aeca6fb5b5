"""Prepared statements, and putting their parameters in."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ...errors import AwsError
from ...sql.syntax import SqlSyntaxError
from ...sql.tokens import tokenize
from .requests import invalid, page, with_token
from .workgroups import WorkGroups

_PAGE = 50


class PreparedStatements:
    """All prepared statements by workgroup and name; safe from many threads."""

    def __init__(self, workgroups: WorkGroups) -> None:
        self._workgroups = workgroups
        self._lock = threading.Lock()
        self._all: dict[tuple[str, str], dict[str, Any]] = {}

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        workgroup, name = self._workgroups.get(body["WorkGroup"]).name, body["StatementName"]
        with self._lock:
            if (workgroup, name) in self._all:
                raise invalid(f"Prepared Statement {name} already exists in WorkGroup {workgroup}")
        self.put(workgroup, name, body["QueryStatement"], body.get("Description") or "")
        return {}

    def put(self, workgroup: str, name: str, sql: str, description: str = "") -> None:
        """Creates or replaces one: PREPARE does the latter."""
        with self._lock:
            self._all[(workgroup, name)] = {
                "StatementName": name,
                "QueryStatement": sql,
                "WorkGroupName": workgroup,
                "Description": description,
                "LastModifiedTime": datetime.now(timezone.utc),
            }

    def sql(self, workgroup: str, name: str) -> str:
        return str(self._find(workgroup, name)["QueryStatement"])

    def get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"PreparedStatement": self._find(self._workgroups.get(body["WorkGroup"]).name, body["StatementName"])}

    def _find(self, workgroup: str, name: str) -> dict[str, Any]:
        with self._lock:
            found = self._all.get((workgroup, name))
        if found is None:
            message = f"PreparedStatement {name} was not found in workGroup {workgroup}"
            raise AwsError("ResourceNotFoundException", message, ResourceName=name)
        return found

    def update(self, body: dict[str, Any]) -> dict[str, Any]:
        workgroup, name = self._workgroups.get(body["WorkGroup"]).name, body["StatementName"]
        description = body.get("Description") or self._find(workgroup, name)["Description"]
        self.put(workgroup, name, body["QueryStatement"], description)
        return {}

    def delete(self, body: dict[str, Any]) -> dict[str, Any]:
        self.remove(self._workgroups.get(body["WorkGroup"]).name, body["StatementName"])
        return {}

    def remove(self, workgroup: str, name: str) -> None:
        self._find(workgroup, name)
        with self._lock:
            self._all.pop((workgroup, name), None)

    def list(self, body: dict[str, Any]) -> dict[str, Any]:
        workgroup = self._workgroups.get(body["WorkGroup"]).name
        with self._lock:
            found = [s for (group, _), s in sorted(self._all.items()) if group == workgroup]
        chosen, token = page(found, body, _PAGE)
        members = ("StatementName", "LastModifiedTime")
        return with_token({"PreparedStatements": [{m: s[m] for m in members} for s in chosen]}, token)

    def batch_get(self, body: dict[str, Any]) -> dict[str, Any]:
        workgroup, wanted = self._workgroups.get(body["WorkGroup"]).name, list(body["PreparedStatementNames"])
        with self._lock:
            known = {name: s for (group, name), s in self._all.items() if group == workgroup}
        return {
            "PreparedStatements": [known[name] for name in wanted if name in known],
            "UnprocessedPreparedStatementNames": [
                {
                    "StatementName": name,
                    "ErrorCode": "STATEMENT_NOT_FOUND",
                    "ErrorMessage": f"PreparedStatement {name} was not found in workGroup {workgroup}",
                }
                for name in wanted
                if name not in known
            ],
        }

    def in_workgroup(self, workgroup: str) -> bool:
        with self._lock:
            return any(group == workgroup for group, _ in self._all)

    def clear(self, workgroup: str) -> None:
        with self._lock:
            self._all = {key: value for key, value in self._all.items() if key[0] != workgroup}


def fill_in(sql: str, parameters: Sequence[str]) -> str:
    """`sql` with each `?` replaced by the parameter of its position; raises SqlSyntaxError, or AwsError for a count
    that does not match."""
    places = [token for token in tokenize(sql) if token.text == "?" and token.kind == "symbol"]
    if len(places) != len(parameters):
        raise invalid(
            f"INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected {len(places)} but found "
            f"{len(parameters)}",
            "MALFORMED_QUERY",
        )
    out, at = "", 0
    for place, parameter in zip(places, parameters, strict=True):
        out += sql[at : place.start] + _literal(parameter)
        at = place.end
    return out + sql[at:]


def _literal(parameter: str) -> str:
    """A parameter is one constant expression, in SQL: a text needs its quotes."""
    try:
        parsed = sqlglot.parse(parameter, read="trino")
    except SqlglotError as error:
        raise SqlSyntaxError(f"line 1:1: the parameter {parameter} is not an expression") from error
    value = parsed[0] if len(parsed) == 1 else None
    if value is None or isinstance(value, (exp.Query, exp.Command, exp.DDL)) or value.find(exp.Column, exp.Subquery):
        raise SqlSyntaxError(f"line 1:1: the parameter {parameter} is not a constant; a text needs single quotes")
    return parameter if isinstance(value, (exp.Literal, exp.Boolean, exp.Null)) else f"({parameter})"
