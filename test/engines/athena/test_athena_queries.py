"""Query executions: their life, result files, paging, stopping, and many at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from engines.athena.support import RESULTS, Cloud, QueryFailed

#: Minutes of work for DuckDB, none of it in Python.
ENDLESS = (
    "SELECT count(*) FROM UNNEST(sequence(1, 100000)) a(x), UNNEST(sequence(1, 100000)) b(y), "
    "UNNEST(sequence(1, 1000)) c(z) WHERE length(CAST(x * y + z AS varchar)) = 99"
)


def message_of(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == "InvalidRequestException"
    return str(caught.value.response["Error"]["Message"])


def results(cloud: Cloud, query: str, **request: Any) -> dict[str, Any]:
    found: dict[str, Any] = cloud.athena.get_query_results(QueryExecutionId=query, **request)
    return found


def state(cloud: Cloud, query: str) -> str:
    return str(cloud.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"])


def cells(page: dict[str, Any]) -> list[list[str | None]]:
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]


def test_an_execution_says_everything_about_itself(cloud: Cloud) -> None:
    query = cloud.start("SELECT 1 AS x")
    execution = cloud.wait(query)
    assert execution["QueryExecutionId"] == query
    assert execution["Query"] == "SELECT 1 AS x"
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "SELECT")
    assert execution["ResultConfiguration"] == {"OutputLocation": f"s3://{RESULTS}/primary/{query}.csv"}
    assert execution["QueryExecutionContext"] == {"Database": "default"}
    assert execution["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    assert execution["Status"]["CompletionDateTime"] >= execution["Status"]["SubmissionDateTime"]
    statistics = execution["Statistics"]
    assert statistics["ResultReuseInformation"] == {"ReusedPreviousResult": False}
    parts = ("QueryQueueTimeInMillis", "QueryPlanningTimeInMillis", "EngineExecutionTimeInMillis",
             "ServiceProcessingTimeInMillis")  # fmt: skip
    assert 0 < sum(statistics[part] for part in parts) <= statistics["TotalExecutionTimeInMillis"] + len(parts)
    runtime = cloud.athena.get_query_runtime_statistics(QueryExecutionId=query)["QueryRuntimeStatistics"]
    assert runtime["Rows"] == {"InputBytes": 0, "OutputRows": 1, "OutputBytes": len(b'"x"\n"1"\n')}
    assert runtime["Timeline"]["TotalExecutionTimeInMillis"] == statistics["TotalExecutionTimeInMillis"]


def test_the_result_file_is_as_athena_writes_it(cloud: Cloud) -> None:
    answer = cloud.run("SELECT 'a' AS \"First\", 'x,\"y\"' AS b, NULL AS c, '' AS d, 'two\nlines' AS e, ARRAY[1] AS f")
    place = answer.execution["ResultConfiguration"]["OutputLocation"]
    assert cloud.read(place) == b'"First","b","c","d","e","f"\n"a","x,""y""",,"","two\nlines","[1]"\n'
    assert answer.rows == [("a", 'x,"y"', None, "", "two\nlines", "[1]")]
    described = json.loads(cloud.read(f"{place}.metadata"))["ResultSetMetadata"]["ColumnInfo"]
    assert [column["Name"] for column in described] == ["First", "b", "c", "d", "e", "f"]


def test_columns_are_described_as_athena_does(cloud: Cloud) -> None:
    query = cloud.start("SELECT 1 AS i, 'a' AS s, 1.50 AS d, current_timestamp AS t, NULL AS n")
    cloud.wait(query)
    info = results(cloud, query)["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert info[0] == {
        "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": "i", "Label": "i", "Type": "integer",
        "Precision": 10, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": False,
    }  # fmt: skip
    kinds = [(column["Type"], column["Precision"], column["Scale"], column["CaseSensitive"]) for column in info[1:]]
    assert kinds == [
        ("varchar", 2147483647, 0, True),
        ("decimal", 3, 2, False),
        ("timestamp with time zone", 3, 0, False),
        ("unknown", 0, 0, False),
    ]


def test_rows_come_in_pages(cloud: Cloud) -> None:
    query = cloud.start("SELECT x, 'row ' || CAST(x AS varchar) AS t FROM UNNEST(sequence(1, 2500)) s(x) ORDER BY x")
    cloud.wait(query)
    pages = [results(cloud, query)]
    while "NextToken" in pages[-1]:
        pages.append(results(cloud, query, NextToken=pages[-1]["NextToken"]))
    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1000, 1000, 501]
    rows = [row for page in pages for row in cells(page)]
    assert rows[0] == ["x", "t"]
    assert rows[1:] == [[str(x), f"row {x}"] for x in range(1, 2501)]
    small = results(cloud, query, MaxResults=2)
    assert cells(small) == [["x", "t"], ["1", "row 1"]]
    assert cells(results(cloud, query, MaxResults=1, NextToken=small["NextToken"])) == [["2", "row 2"]]
    iterator = cloud.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
    assert sum(len(page["ResultSet"]["Rows"]) for page in iterator) == 2501


def test_the_answer_of_ddl_is_a_text_file_without_header(cloud: Cloud) -> None:
    cloud.run("CREATE DATABASE IF NOT EXISTS text_answers")
    answer = cloud.run("SHOW DATABASES 'text_ans*'")
    place = answer.execution["ResultConfiguration"]["OutputLocation"]
    assert place.endswith(f"{answer.execution['QueryExecutionId']}.txt")
    assert cloud.read(place) == b"text_answers\n"
    assert cloud.read(f"{place}.metadata")
    assert (answer.columns, answer.rows, answer.scanned) == (["database_name"], [("text_answers",)], 0)


def test_results_that_are_not_there(cloud: Cloud) -> None:
    failed = cloud.start("SELECT nope")
    cloud.wait(failed)
    assert message_of(lambda: results(cloud, failed)) == (
        "Query did not finish successfully. Final query state: FAILED"
    )
    assert message_of(lambda: results(cloud, "none")) == "QueryExecution none was not found"
    query = cloud.start("SELECT 1")
    bucket, _, key = cloud.wait(query)["ResultConfiguration"]["OutputLocation"][5:].partition("/")
    cloud.s3.delete_object(Bucket=bucket, Key=key)
    assert message_of(lambda: results(cloud, query)) == "Could not find results"


def test_a_failed_query_says_why(cloud: Cloud) -> None:
    with pytest.raises(QueryFailed) as caught:
        cloud.run("SELECT * FROM missing_db.t")
    status = caught.value.execution["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"] == "SCHEMA_NOT_FOUND: line 1:15: Schema 'missing_db' does not exist"
    assert status["AthenaError"] == {
        "ErrorCategory": 2, "ErrorType": 1301, "Retryable": False, "ErrorMessage": status["StateChangeReason"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "code", "message"),
    [
        ("SELECT * FORM t", "MALFORMED_QUERY", "line 1:10: mismatched input 'FORM'"),
        ("SELECT 1; SELECT 2", "MALFORMED_QUERY", "Only one sql statement is allowed"),
        ("DELETE FROM t", "NOT_SUPPORTED", "NOT_SUPPORTED: DELETE works on Iceberg tables only"),
        ("MERGE INTO t USING s ON a = b WHEN MATCHED THEN DELETE", "NOT_SUPPORTED", "NOT_SUPPORTED: MERGE"),
        ("EXPLAIN ANALYZE SELECT 1", "NOT_SUPPORTED", "NOT_SUPPORTED: EXPLAIN ANALYZE"),
        ("ALTER TABLE t RENAME TO u", "NOT_SUPPORTED", "NOT_SUPPORTED: ALTER TABLE … RENAME"),
        ("SHOW FUNCTIONS", "NOT_SUPPORTED", "NOT_SUPPORTED: SHOW FUNCTIONS"),
        ("CREATE TABLE t (x int) TBLPROPERTIES ('table_type' = 'ICEBERG')", "NOT_SUPPORTED", "NOT_SUPPORTED: Iceberg"),
    ],
)
def test_what_cannot_start_is_refused_at_once(cloud: Cloud, sql: str, code: str, message: str) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.start(sql)
    response = caught.value.response
    assert (response["Error"]["Code"], response["AthenaErrorCode"]) == ("InvalidRequestException", code)
    assert response["Error"]["Message"].startswith(message)
    assert "Traceback" not in response["Error"]["Message"]


def test_the_same_request_again_starts_no_second_query(cloud: Cloud) -> None:
    token = uuid4().hex
    first = cloud.start("SELECT 1", ClientRequestToken=token)
    assert cloud.start("SELECT 1", ClientRequestToken=token) == first
    assert message_of(lambda: cloud.start("SELECT 2", ClientRequestToken=token)) == "Idempotent parameters do not match"
    assert cloud.start("SELECT 1", ClientRequestToken=uuid4().hex) != first


def test_executions_are_listed_newest_first(cloud: Cloud) -> None:
    cloud.athena.create_work_group(
        Name="listed", Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/listed/"}}
    )
    started = [cloud.start(f"SELECT {n}", workgroup="listed") for n in range(3)]
    first = cloud.athena.list_query_executions(WorkGroup="listed", MaxResults=2)
    assert first["QueryExecutionIds"] == started[:0:-1]
    rest = cloud.athena.list_query_executions(WorkGroup="listed", NextToken=first["NextToken"])
    assert rest["QueryExecutionIds"] == started[:1]
    batch = cloud.athena.batch_get_query_execution(QueryExecutionIds=[started[0], "none"])
    assert [execution["Query"] for execution in batch["QueryExecutions"]] == ["SELECT 0"]
    assert batch["UnprocessedQueryExecutionIds"] == [
        {"QueryExecutionId": "none", "ErrorCode": "INVALID_INPUT", "ErrorMessage": "QueryExecution none was not found"}
    ]
    for query in started:
        cloud.wait(query)


def test_a_running_query_can_be_stopped(cloud: Cloud) -> None:
    query = cloud.start(ENDLESS)
    assert until(lambda: state(cloud, query) == "RUNNING")
    assert message_of(lambda: results(cloud, query)).startswith("Query has not yet finished. Current state: RUNNING")
    started = time.monotonic()
    cloud.athena.stop_query_execution(QueryExecutionId=query)
    execution = cloud.wait(query)
    assert time.monotonic() - started < 2
    assert (execution["Status"]["State"], execution["Status"]["StateChangeReason"]) == (
        "CANCELLED", "Query cancelled by user",
    )  # fmt: skip
    # Its thread is free again, its folder is gone, and to stop what has ended does nothing.
    folder = cloud.context.directory / "athena" / query
    assert until(lambda: not folder.exists())
    cloud.athena.stop_query_execution(QueryExecutionId=query)
    assert cloud.wait(query) == execution
    assert cloud.keys(f"s3://{RESULTS}/primary/{query}") == []


def until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_queries_wait_in_the_queue_and_can_be_stopped_there(cloud: Cloud) -> None:
    running = [cloud.start(ENDLESS) for _ in range(4)]
    assert until(lambda: [state(cloud, query) for query in running] == ["RUNNING"] * 4)
    waiting, unwanted = cloud.start("SELECT 1"), cloud.start("SELECT 2")
    cloud.athena.stop_query_execution(QueryExecutionId=unwanted)
    assert cloud.wait(unwanted)["Status"]["State"] == "CANCELLED"
    assert state(cloud, waiting) == "QUEUED"
    for query in running:
        cloud.athena.stop_query_execution(QueryExecutionId=query)
    execution = cloud.wait(waiting)
    assert execution["Status"]["State"] == "SUCCEEDED"
    assert execution["Statistics"]["QueryQueueTimeInMillis"] > 0


def test_many_queries_at_once_do_not_disturb_each_other(cloud: Cloud, tmp_path: Path) -> None:
    cloud.database("busy_db")
    place = cloud.table("busy_db", "busy", {"n": "int"}, keys={"d": "string"})
    for day in range(4):
        folder = f"{place}d={day}/"
        cloud.put_parquet(
            f"{folder}{day}.parquet", f"SELECT (i + {day * 100})::INTEGER AS n FROM range(100) t(i)", tmp_path
        )
        cloud.partition("busy_db", "busy", [str(day)], folder)

    def ask(index: int) -> tuple[str | None, int]:
        day = index % 4
        answer = cloud.run(f"SELECT sum(n) + {index} FROM busy WHERE d = '{day}' AND n >= {day * 100}", "busy_db")
        return answer.value, answer.scanned

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(16)))
    for index, (value, scanned) in enumerate(answers):
        day = index % 4
        assert value == str(sum(range(day * 100, day * 100 + 100)) + index)
        assert scanned == answers[day][1] > 0


def test_closing_ends_running_queries_quickly(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    try:
        running = [cloud.start(ENDLESS) for _ in range(6)]
        assert until(lambda: any((tmp_path / "athena").iterdir()))
        started = time.monotonic()
        cloud.service.close()
        assert time.monotonic() - started < 3
        states = {cloud.wait(query)["Status"]["State"] for query in running}
        assert states == {"CANCELLED"}
        assert list((tmp_path / "athena").iterdir()) == []
    finally:
        cloud.close()
