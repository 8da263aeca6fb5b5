"""The Athena API."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from ..context import EngineContext
from ..errors import AwsError, UnknownOperation
from .api.data_catalogs import DataCatalogs
from .api.metrics import Metrics
from .api.named_queries import NamedQueries
from .api.prepared_statements import PreparedStatements
from .api.queries import Queries
from .api.requests import AthenaRequestChecker
from .api.workgroups import WorkGroups
from .events import StateChanges


class AthenaService:
    """Dispatches AmazonAthena.* calls; `handle` may be called from many threads at once."""

    target_prefix = "AmazonAthena"
    forwards = False

    def __init__(self, context: EngineContext) -> None:
        self._checker = AthenaRequestChecker(context.client("athena"))
        groups = WorkGroups(lambda resource: context.arn("athena", resource))
        named, prepared, catalogs = NamedQueries(groups), PreparedStatements(groups), DataCatalogs(context)
        self._metrics = Metrics(context)
        self._events = StateChanges(context)
        self._queries = Queries(context, groups, prepared, self._metrics.publish, self._events.publish)
        # A workgroup is not empty as long as one of these holds something of it.
        groups.contents = [named.in_workgroup, prepared.in_workgroup, self._queries.in_workgroup]
        groups.empty = [named.clear, prepared.clear, self._queries.clear]
        queries = self._queries
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "CreateWorkGroup": groups.create,
            "GetWorkGroup": groups.describe,
            "UpdateWorkGroup": groups.update,
            "DeleteWorkGroup": groups.delete,
            "ListWorkGroups": groups.list,
            "ListEngineVersions": groups.list_engine_versions,
            "TagResource": groups.tag,
            "UntagResource": groups.untag,
            "ListTagsForResource": groups.list_tags,
            "CreateNamedQuery": named.create,
            "GetNamedQuery": named.get,
            "UpdateNamedQuery": named.update,
            "DeleteNamedQuery": named.delete,
            "ListNamedQueries": named.list,
            "BatchGetNamedQuery": named.batch_get,
            "CreatePreparedStatement": prepared.create,
            "GetPreparedStatement": prepared.get,
            "UpdatePreparedStatement": prepared.update,
            "DeletePreparedStatement": prepared.delete,
            "ListPreparedStatements": prepared.list,
            "BatchGetPreparedStatement": prepared.batch_get,
            "StartQueryExecution": queries.start,
            "StopQueryExecution": queries.stop,
            "GetQueryExecution": queries.get,
            "BatchGetQueryExecution": queries.batch_get,
            "ListQueryExecutions": queries.list,
            "GetQueryResults": queries.results,
            "GetQueryRuntimeStatistics": queries.runtime_statistics,
            "ListDataCatalogs": catalogs.list,
            "GetDataCatalog": catalogs.get,
            "ListDatabases": catalogs.list_databases,
            "GetDatabase": catalogs.get_database,
            "ListTableMetadata": catalogs.list_tables,
            "GetTableMetadata": catalogs.get_table,
        }

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answers one call; UnknownOperation for what the local target does not have."""
        action = self._operations.get(operation)
        if action is None:
            raise UnknownOperation(operation)
        self._checker.check(operation, body)
        return action(body)

    def workgroup_of(self, identifier: str) -> str | None:
        """Of a query or a saved query; None where there is none of this id."""
        for name, operation, member in (
            ("QueryExecutionId", "GetQueryExecution", "QueryExecution"),
            ("NamedQueryId", "GetNamedQuery", "NamedQuery"),
        ):
            with contextlib.suppress(AwsError):
                return str(self._operations[operation]({name: identifier})[member]["WorkGroup"])
        return None

    def close(self) -> None:
        """Ends all queries."""
        self._queries.close()
        self._metrics.close()
        self._events.close()
