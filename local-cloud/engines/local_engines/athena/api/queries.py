"""The operations on query executions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ...context import EngineContext
from ...errors import AwsError
from ...lake.files import split_url
from ...sql.syntax import SqlSyntaxError
from ..language.parse import parse_statement
from ..language.refusals import UnsupportedStatementError
from ..language.statements import CreateTableAs, Deallocate, Execute, Insert, Prepare, Select, Statement, Unload
from ..results import read_page
from ..run.executor import Executor
from .configuration import check_results, put_arguments, results_for
from .executions import ENDED, SUCCEEDED, Changed, Execution, Executions
from .prepared_statements import PreparedStatements, fill_in
from .requests import invalid, offset_token, page, token_offset, with_token
from .workgroups import WorkGroup, WorkGroups

#: As whom Athena reads and writes in its caller's name.
_SERVICE = "athena.amazonaws.com"
_PAGE = 50
_ROWS = 1000
_NO_LOCATION = (
    "No output location provided. An output location is required either through the Workgroup result configuration "
    "setting or as an API input."
)
_EXTERNAL_LOCATION = (
    "The Create Table As Select query failed because it was submitted with an 'external_location' property to an "
    "Athena Workgroup that enforces a centralized output location for all queries. Please remove the "
    "'external_location' property and resubmit the query."
)


class Queries:
    """Starts, stops and shows queries."""

    def __init__(
        self,
        context: EngineContext,
        workgroups: WorkGroups,
        prepared: PreparedStatements,
        finished: Callable[[Execution], None],
        changed: Changed,
    ) -> None:
        self._context = context
        self._workgroups = workgroups
        self._prepared = prepared
        self._executions = Executions(changed)
        self._executor = Executor(context, self._executions, finished)

    def close(self) -> None:
        self._executor.close()

    def start(self, body: dict[str, Any]) -> dict[str, Any]:
        group = self._workgroups.usable(body.get("WorkGroup"))
        request = {key: value for key, value in body.items() if key != "ClientRequestToken"}
        execution, new = self._executions.once(
            body.get("ClientRequestToken"), request, lambda: self._execution(group, body)
        )
        if new:
            self._begin(execution)
        return {"QueryExecutionId": execution.id}

    def _execution(self, group: WorkGroup, body: dict[str, Any]) -> Execution:
        if body.get("EngineConfiguration"):
            raise invalid("NOT_SUPPORTED: EngineConfiguration is not supported by the local target")
        context = dict(body.get("QueryExecutionContext") or {})
        if context.get("Catalog", "AwsDataCatalog").lower() != "awsdatacatalog":
            raise invalid(
                f"NOT_SUPPORTED: the catalog '{context['Catalog']}' does not exist here; only AwsDataCatalog does"
            )
        configuration = group.configuration
        results = results_for(configuration, body.get("ResultConfiguration"))
        check_results(results)
        parameters = list(body.get("ExecutionParameters") or [])
        statement = self._statement(group, body["QueryString"], parameters)
        if not results.get("OutputLocation"):
            raise invalid(_NO_LOCATION)
        location = results["OutputLocation"]
        results["OutputLocation"] = location if location.endswith("/") else location + "/"
        engine = self._context.for_caller(_SERVICE)
        self._check_bucket(engine, results)
        centralized = configuration["EnforceWorkGroupConfiguration"]
        if centralized and isinstance(statement, CreateTableAs) and "external_location" in statement.properties:
            raise invalid(_EXTERNAL_LOCATION)
        execution = Execution(
            sql=body["QueryString"],
            statement=statement,
            workgroup=group.name,
            context=context,
            results=results,
            scan_limit=configuration.get("BytesScannedCutoffPerQuery"),
            publish_metrics=bool(configuration["PublishCloudWatchMetricsEnabled"]),
            parameters=parameters,
            reuse=body.get("ResultReuseConfiguration"),
            engine=engine,
        )
        execution.location = results["OutputLocation"] + _result_name(execution)
        return execution

    def _statement(self, group: WorkGroup, sql: str, parameters: list[str]) -> Statement:
        try:
            statement = parse_statement(sql)
            if isinstance(statement, Prepare):
                # Refused now rather than at its first use.
                parse_statement(statement.sql)
                return statement
            if isinstance(statement, Deallocate):
                self._require_prepared(group, statement.name)
                return statement
            if isinstance(statement, Execute):
                if parameters and statement.parameters:
                    raise invalid("USING and ExecutionParameters cannot both be given")
                source = self._require_prepared(group, statement.name)
                return parse_statement(fill_in(source, statement.parameters or parameters))
            if parameters or (isinstance(statement, (Select, Insert, CreateTableAs, Unload)) and "?" in sql):
                return parse_statement(fill_in(sql, parameters))
        except SqlSyntaxError as error:
            raise invalid(str(error), "MALFORMED_QUERY") from error
        except UnsupportedStatementError as error:
            raise invalid(str(error), "NOT_SUPPORTED") from error
        return statement

    def _require_prepared(self, group: WorkGroup, name: str) -> str:
        try:
            return self._prepared.sql(group.name, name)
        except AwsError as error:
            raise invalid(error.message) from error

    def _check_bucket(self, engine: EngineContext, results: dict[str, Any]) -> None:
        bucket, _ = split_url(results["OutputLocation"])
        owner = results.get("ExpectedBucketOwner")
        # All buckets of the local cloud belong to its one account.
        if owner and owner != self._context.account:
            raise invalid(
                f"Access denied when writing output to url: {results['OutputLocation']} . The bucket {bucket} is not "
                f"owned by the expected account {owner}."
            )
        try:
            engine.client("s3").head_bucket(Bucket=bucket)
        except ClientError as error:
            raise invalid(f"Unable to verify/create output bucket {bucket}") from error

    def _begin(self, execution: Execution) -> None:
        self._executor.submit(execution, put_arguments(execution.results), self._at_once(execution))

    def _at_once(self, execution: Execution) -> Callable[[], None] | None:
        """PREPARE and DEALLOCATE concern the workgroup only."""
        statement = execution.statement
        if isinstance(statement, Prepare):
            return lambda: self._prepared.put(execution.workgroup, statement.name, statement.sql)
        if isinstance(statement, Deallocate):
            return lambda: self._prepared.remove(execution.workgroup, statement.name)
        return None

    def stop(self, body: dict[str, Any]) -> dict[str, Any]:
        self._executor.stop(self._executions.get(body["QueryExecutionId"]), "Query cancelled by user")
        return {}

    def get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"QueryExecution": self._executions.get(body["QueryExecutionId"]).to_api()}

    def batch_get(self, body: dict[str, Any]) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        missing: list[dict[str, str]] = []
        for identifier in body["QueryExecutionIds"]:
            try:
                found.append(self._executions.get(identifier).to_api())
            except AwsError as error:
                missing.append(
                    {"QueryExecutionId": identifier, "ErrorCode": "INVALID_INPUT", "ErrorMessage": error.message}
                )
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    def list(self, body: dict[str, Any]) -> dict[str, Any]:
        group = self._workgroups.get(body.get("WorkGroup"))
        chosen, token = page([e.id for e in self._executions.newest_first(group.name)], body, _PAGE)
        return with_token({"QueryExecutionIds": chosen}, token)

    def runtime_statistics(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._executions.get(body["QueryExecutionId"]).runtime_statistics()

    def results(self, body: dict[str, Any]) -> dict[str, Any]:
        execution = self._executions.get(body["QueryExecutionId"])
        if execution.state not in ENDED:
            raise invalid(f"Query has not yet finished. Current state: {execution.state}")
        if execution.state != SUCCEEDED:
            raise invalid(f"Query did not finish successfully. Final query state: {execution.state}")
        if body.get("QueryResultType") == "DATA_MANIFEST":
            raise invalid("NOT_SUPPORTED: QueryResultType DATA_MANIFEST is not supported by the local target")
        rows: list[list[str | None]] = []
        following: int | None = None
        if execution.has_rows:
            limit, offset = int(body.get("MaxResults") or _ROWS), token_offset(body.get("NextToken"))
            try:
                s3 = self._context.for_caller(_SERVICE).client("s3")
                rows, following = read_page(s3, execution.location, offset, limit, execution.is_csv)
            except ClientError as error:
                problem = error.response["Error"]
                if problem["Code"] == "AccessDenied":
                    raise AwsError("AccessDenied", problem["Message"]) from error
                if problem["Code"] not in ("404", "NoSuchKey", "NoSuchBucket"):
                    raise
                raise invalid("Could not find results") from error
        answer = {
            "UpdateCount": execution.update_count,
            "ResultSet": {
                "Rows": [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]} for row in rows],
                "ResultSetMetadata": {"ColumnInfo": execution.columns},
            },
        }
        return with_token(answer, None if following is None else offset_token(following))

    # Workgroups

    def in_workgroup(self, workgroup: str) -> bool:
        return bool(self._executions.newest_first(workgroup))

    def clear(self, workgroup: str) -> None:
        for execution in self._executions.newest_first(workgroup):
            self._executor.stop(execution, "The workgroup was deleted")
        self._executions.forget(workgroup)


def _result_name(execution: Execution) -> str:
    """Below the output location: `.csv` for rows, `.txt` for the answers of DDL, no file for what writes data."""
    statement = execution.statement
    if isinstance(statement, CreateTableAs):
        return f"tables/{execution.id}"
    if isinstance(statement, (Insert, Unload)):
        return execution.id
    return f"{execution.id}.{'csv' if isinstance(statement, Select) else 'txt'}"
