"""Saved queries; EXPLAIN; prepared statements through the API, through SQL, and as parameters of a query."""

from __future__ import annotations

from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from engines.athena.support import Cloud

DB = "prepared_db"


@pytest.fixture(scope="module", autouse=True)
def database(cloud: Cloud) -> None:
    cloud.database(DB)


def test_explain_says_whose_plan_it_is(cloud: Cloud) -> None:
    cloud.run("CREATE TABLE IF NOT EXISTS grows AS SELECT 1 AS a, 'x' AS b", DB)
    answer = cloud.run("EXPLAIN SELECT a FROM grows WHERE a > 0", DB)
    text = "\n".join(str(row[0]) for row in answer.rows)
    assert answer.columns == ["Query Plan"]
    assert "not of Athena's own engine" in text and "bytes to scan: " in text and "READ_PARQUET" in text.upper()
    assert (answer.scanned, answer.execution["StatementType"]) == (0, "UTILITY")
    assert cloud.rows("EXPLAIN (TYPE VALIDATE) SELECT a FROM grows", DB) == [("true",)]
    assert cloud.failure("EXPLAIN (TYPE VALIDATE) SELECT nope FROM grows", DB).startswith("COLUMN_NOT_FOUND: line 1:32")


# Prepared statements


def prepare(cloud: Cloud, name: str, sql: str) -> None:
    cloud.athena.create_prepared_statement(StatementName=name, WorkGroup="primary", QueryStatement=sql)


def test_prepared_statements_through_the_api(cloud: Cloud) -> None:
    prepare(cloud, "by_api", "SELECT ? + x, '?' FROM (VALUES 1, 2) t(x) WHERE x >= ? -- ?\nORDER BY 1")
    assert cloud.rows("EXECUTE by_api USING 10, 2") == [("12", "?")]
    assert cloud.rows("EXECUTE by_api", ExecutionParameters=["-1", "1"]) == [("0", "?"), ("1", "?")]
    execution = cloud.run("EXECUTE by_api USING 1 + 1, 1").execution
    assert execution["Query"] == "EXECUTE by_api USING 1 + 1, 1"
    cloud.athena.update_prepared_statement(
        StatementName="by_api", WorkGroup="primary", QueryStatement="SELECT 2", Description="two"
    )
    found = cloud.athena.get_prepared_statement(StatementName="by_api", WorkGroup="primary")["PreparedStatement"]
    assert (found["QueryStatement"], found["Description"], found["WorkGroupName"]) == ("SELECT 2", "two", "primary")
    listed = cloud.athena.list_prepared_statements(WorkGroup="primary")["PreparedStatements"]
    assert "by_api" in [item["StatementName"] for item in listed]
    batch = cloud.athena.batch_get_prepared_statement(PreparedStatementNames=["by_api", "none"], WorkGroup="primary")
    assert [s["StatementName"] for s in batch["PreparedStatements"]] == ["by_api"]
    assert batch["UnprocessedPreparedStatementNames"][0]["ErrorCode"] == "STATEMENT_NOT_FOUND"
    with pytest.raises(ClientError, match="already exists"):
        prepare(cloud, "by_api", "SELECT 3")
    cloud.athena.delete_prepared_statement(StatementName="by_api", WorkGroup="primary")
    with pytest.raises(ClientError) as caught:
        cloud.athena.get_prepared_statement(StatementName="by_api", WorkGroup="primary")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    with pytest.raises(ClientError, match="PreparedStatement by_api was not found in workGroup primary"):
        cloud.start("EXECUTE by_api")


def test_prepared_statements_through_sql(cloud: Cloud) -> None:
    execution = cloud.run("PREPARE by_sql FROM SELECT ? AS x").execution
    assert (execution["StatementType"], execution["SubstatementType"]) == ("UTILITY", "PREPARE")
    assert cloud.rows("EXECUTE by_sql USING DATE '2026-01-02'") == [("2026-01-02",)]
    assert cloud.rows("EXECUTE by_sql USING 'it''s, ok'") == [("it's, ok",)]
    cloud.run("DEALLOCATE PREPARE by_sql")
    with pytest.raises(ClientError, match="was not found"):
        cloud.start("DEALLOCATE PREPARE by_sql")


def test_parameters_of_a_query(cloud: Cloud) -> None:
    assert cloud.rows("SELECT x FROM (VALUES 1, 2) t(x) WHERE x = ? LIMIT ?", ExecutionParameters=["2", "1"]) == [
        ("2",)
    ]
    assert cloud.value("SELECT ?", ExecutionParameters=["'text'"]) == "text"
    cloud.run("CREATE TABLE from_parameters AS SELECT CAST(? AS bigint) AS x", DB, ExecutionParameters=["7"])
    assert cloud.value("SELECT x FROM from_parameters", DB) == "7"


@pytest.mark.parametrize(
    ("sql", "parameters", "message"),
    [
        ("SELECT ?", [], "Incorrect number of parameters: expected 1 but found 0"),
        ("SELECT ?, ?", ["1"], "Incorrect number of parameters: expected 2 but found 1"),
        ("SELECT 1", ["1"], "Incorrect number of parameters: expected 0 but found 1"),
        ("SELECT ?", ["text"], "the parameter text is not a constant; a text needs single quotes"),
        ("SELECT ?", ["(SELECT 1)"], "is not a constant"),
        ("SELECT ?", ["1) FROM t; --"], "is not an expression"),
        ("PREPARE p1 FROM SELECT FROM", [], "mismatched input"),
    ],
)
def test_parameters_that_do_not_fit(cloud: Cloud, sql: str, parameters: list[str], message: str) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.start(sql, **({"ExecutionParameters": parameters} if parameters else {}))
    assert message in caught.value.response["Error"]["Message"]


# Saved queries


def test_named_queries(cloud: Cloud) -> None:
    create = cloud.athena.create_named_query
    request = {"Name": "sales", "Database": "gold", "QueryString": "SELECT 1", "ClientRequestToken": uuid4().hex}
    first = create(**request, Description="by day")["NamedQueryId"]
    assert create(**request, Description="by day")["NamedQueryId"] == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        create(**request, Description="other")
    assert cloud.athena.get_named_query(NamedQueryId=first)["NamedQuery"] == {
        "Name": "sales", "Description": "by day", "Database": "gold", "QueryString": "SELECT 1", "NamedQueryId": first,
        "WorkGroup": "primary",
    }  # fmt: skip
    cloud.athena.update_named_query(NamedQueryId=first, Name="sales", Description="new", QueryString="SELECT 2")
    found = cloud.athena.batch_get_named_query(NamedQueryIds=[first, "none"])
    assert [(q["Description"], q["QueryString"]) for q in found["NamedQueries"]] == [("new", "SELECT 2")]
    assert found["UnprocessedNamedQueryIds"][0]["NamedQueryId"] == "none"
    assert first in cloud.athena.list_named_queries()["NamedQueryIds"]
    cloud.athena.delete_named_query(NamedQueryId=first)
    with pytest.raises(ClientError, match=f"NamedQuery {first} was not found"):
        cloud.athena.get_named_query(NamedQueryId=first)
