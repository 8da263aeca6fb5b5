"""The Redshift Data API: statements that are run for the client, and what it asks about them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ...context import EngineContext
from ...errors import AwsError, UnknownOperation
from ...iam.guard import current_caller
from ...requests import RequestChecker
from ..sql.errors import RedshiftError
from ..sql.session import Session
from ..warehouses import Warehouse, Warehouses
from . import listing
from .events import event_publisher
from .executor import Executor
from .identity import database_user
from .parameters import as_mapping, check_parameters
from .results import metadata, page
from .statements import ENDED, FINISHED, Statement, Statements, SubStatement

Item = TypeVar("Item")
#: Quotas of the Data API.
MAX_SQL_BYTES, MAX_BATCH = 100 * 1024, 40
_TARGET = ("ClusterIdentifier", "WorkgroupName", "SecretArn", "DbUser")
_PAGE = 1_000
#: ListStatements.
_STATEMENTS = 100
_NO_RESULT = "Query does not have result. Please check query status with DescribeStatement."


class RedshiftDataService:
    """Dispatches RedshiftData.* calls; `handle` may be called from many threads at once."""

    target_prefix = "RedshiftData"
    forwards = False

    def __init__(self, context: EngineContext, warehouses: Warehouses) -> None:
        self._context = context
        self._warehouses = warehouses
        self._checker = RequestChecker(context.client("redshift-data").meta.service_model, "ValidationException")
        self._statements = Statements()
        #: aws:userid of each statement's sender; empty for root.
        self._owners: dict[str, str] = {}
        self._executor = Executor(context, self._statements, event_publisher(context))
        warehouses.on_pause(self._executor.stop_warehouse)
        warehouses.on_delete(self._executor.stop_warehouse)
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "ExecuteStatement": lambda body: self._start(body, [body["Sql"]], batch=False),
            "BatchExecuteStatement": lambda body: self._start(body, body["Sqls"], batch=True),
            "DescribeStatement": self._describe,
            "GetStatementResult": self._result,
            "ListStatements": self._list,
            "CancelStatement": self._cancel,
            "ListDatabases": self._databases,
            "ListSchemas": self._schemas,
            "ListTables": self._tables,
            "DescribeTable": self._table,
        }

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        found = self._operations.get(operation)
        if found is None:
            raise UnknownOperation
        self._checker.check(operation, body)
        return found(body)

    def owner_of(self, identifier: str) -> str:
        """aws:userid of who sent a statement, or the batch it is part of; empty for root and for unknown ones."""
        return self._owners.get(identifier.partition(":")[0], "")

    def close(self) -> None:
        """Cancels what runs and closes the files; everything committed is in them."""
        self._executor.close()

    # Statements

    def _warehouse(self, body: dict[str, Any]) -> Warehouse:
        return self._warehouses.available(
            cluster_identifier=body.get("ClusterIdentifier"), workgroup_name=body.get("WorkgroupName")
        )

    def _start(self, body: dict[str, Any], sqls: list[str], batch: bool) -> dict[str, Any]:
        if body.get("SessionId") or body.get("SessionKeepAliveSeconds"):
            raise AwsError("ValidationException", "Sessions are not supported by the local target")
        if body.get("ResultFormat", "JSON") != "JSON":
            raise AwsError("ValidationException", "The result format CSV is not supported by the local target")
        if len(sqls) > MAX_BATCH:
            raise AwsError("ValidationException", f"A batch has at most {MAX_BATCH} statements; {len(sqls)} were given")
        for sql in sqls:
            if not sql.strip():
                raise AwsError("ValidationException", "SQL statement is empty")
            if len(sql.encode()) > MAX_SQL_BYTES:
                raise AwsError("ValidationException", f"A statement has at most 100 KB; this has {len(sql.encode())} B")
        warehouse = self._warehouse(body)
        user, database = database_user(self._context, warehouse, body)
        parameters = list(body.get("Parameters") or [])
        check_parameters(sqls, as_mapping(parameters))
        request = {key: value for key, value in body.items() if key not in ("ClientToken", "WaitTimeSeconds")}
        statement, new = self._statements.once(
            body.get("ClientToken"),
            request,
            lambda: Statement(
                list(sqls),
                {key: body[key] for key in _TARGET if body.get(key)},
                user,
                database,
                warehouse.key,
                batch,
                parameters,
                body.get("StatementName") or "",
                bool(body.get("WithEvent")),
                body.get("ExecutionMode") == "AUTO_COMMIT",
            ),
        )
        if new:
            caller = current_caller.get()
            self._owners[statement.id] = "" if caller is None else caller.user_id
            self._executor.submit(statement, warehouse)
        answer = statement.created_answer()
        if body.get("WaitTimeSeconds"):
            statement.ended.wait(float(body["WaitTimeSeconds"]))
            answer |= {"Status": statement.status, "RedshiftPid": statement.pid}
            answer["HasResultSet"] = any(sub.has_result for sub in statement.subs)
        return answer

    def _waited(self, body: dict[str, Any]) -> Statement:
        statement = self._statements.get(body["Id"])
        if body.get("WaitTimeSeconds"):
            statement.ended.wait(float(body["WaitTimeSeconds"]))
        return statement

    def _sub(self, statement: Statement, identifier: str) -> SubStatement:
        for sub in statement.subs:
            if sub.id == identifier:
                return sub
        if identifier == statement.id and statement.batch:
            raise AwsError("ResourceNotFoundException", _NO_RESULT, ResourceId=identifier)
        raise AwsError("ResourceNotFoundException", "Query does not exist.", ResourceId=identifier)

    def _describe(self, body: dict[str, Any]) -> dict[str, Any]:
        statement = self._waited(body)
        if body["Id"] == statement.id:
            return statement.describe()
        sub = self._sub(statement, body["Id"])
        return {**statement.target, "Database": statement.database, "RedshiftPid": statement.pid, **sub.to_api()}

    def _result(self, body: dict[str, Any]) -> dict[str, Any]:
        statement = self._waited(body)
        sub = self._sub(statement, body["Id"])
        outcome = sub.outcome
        if statement.status != FINISHED or outcome is None or outcome.columns is None:
            raise AwsError("ResourceNotFoundException", _NO_RESULT, ResourceId=body["Id"])
        found, following = page(sub.records, _offset(body.get("NextToken")))
        answer = {
            "Records": found,
            "ColumnMetadata": [metadata(column) for column in outcome.columns],
            "TotalNumRows": len(sub.records),
        }
        return answer if following is None else {**answer, "NextToken": _token(following)}

    def _list(self, body: dict[str, Any]) -> dict[str, Any]:
        """`StatementName` is a prefix; RoleLevel has no effect, since all callers are one."""
        wanted = body.get("Status") or "ALL"
        found = [
            statement.summary()
            for statement in self._statements.newest_first()
            if wanted in ("ALL", statement.status)
            and statement.name.startswith(body.get("StatementName") or "")
            and body.get("Database") in (None, statement.database)
            and body.get("ClusterIdentifier") in (None, statement.target.get("ClusterIdentifier"))
            and body.get("WorkgroupName") in (None, statement.target.get("WorkgroupName"))
        ]
        return self._paged("Statements", found, body, _STATEMENTS)

    def _cancel(self, body: dict[str, Any]) -> dict[str, Any]:
        statement = self._statements.get(body["Id"])
        if body["Id"] != statement.id:
            raise AwsError("ValidationException", "A sub-statement cannot be cancelled; cancel the batch")
        if statement.status in ENDED or not self._executor.cancel(statement, "Query cancelled by user."):
            state = statement.status
            raise AwsError("ValidationException", f"Could not cancel a query that is already in {state} state")
        return {"Status": True}

    # What is in a database

    def _ask(self, body: dict[str, Any], question: Callable[[Session], list[Item]]) -> list[Item]:
        warehouse = self._warehouse(body)
        user, database = database_user(self._context, warehouse, {"Database": warehouse.database, **body})
        found: list[Item] = []
        try:
            self._executor.with_session(
                warehouse, user, body.get("ConnectedDatabase") or database, lambda s: found.extend(question(s))
            )
        except RedshiftError as error:
            raise AwsError("ValidationException", str(error)) from error
        return found

    def _databases(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._paged("Databases", self._ask(body, listing.databases), body, _PAGE)

    def _schemas(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._paged("Schemas", self._ask(body, lambda s: listing.schemas(s, body)), body, _PAGE)

    def _tables(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._paged("Tables", self._ask(body, lambda s: listing.tables(s, body)), body, _PAGE)

    def _table(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self._ask(body, lambda s: listing.columns(s, body))
        return {"TableName": body.get("Table") or "", **self._paged("ColumnList", found, body, _PAGE)}

    def _paged(self, member: str, items: Sequence[Any], body: dict[str, Any], default: int) -> dict[str, Any]:
        start = _offset(body.get("NextToken"))
        end = start + int(body.get("MaxResults") or default)
        answer = {member: list(items[start:end])}
        return answer if end >= len(items) else {**answer, "NextToken": _token(end)}


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def _offset(token: str | None) -> int:
    """Raises ValidationException for a token that was not given out."""
    try:
        return int(base64.urlsafe_b64decode(token.encode()).decode()) if token else 0
    except ValueError as error:
        raise AwsError("ValidationException", f"NextToken {token!r} is not one that was given out") from error
