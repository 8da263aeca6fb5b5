"""The Data API's life of a statement: start, states, errors, results, tokens, cancelling, lists."""

from __future__ import annotations

import json
import time
import uuid

import pytest
from botocore.exceptions import ClientError
from engines.redshift.data_support import ADMIN_SECRET, DATABASE, ROLE, Cloud, Database, until


def test_a_query_from_start_to_result(db: Database) -> None:
    started = db.cloud.data.execute_statement(Sql="SELECT 1 AS one, 'a' AS text", **db.target)
    assert (started["Database"], started["ClusterIdentifier"]) == (DATABASE, db.warehouse.name)
    found = db.wait(started["Id"])
    assert found["Status"] == "FINISHED" and "Error" not in found
    assert (found["ResultRows"], found["HasResultSet"], found["ResultSize"]) == (1, True, 2)
    assert found["QueryString"] == "SELECT 1 AS one, 'a' AS text" and found["Duration"] > 0
    assert found["RedshiftQueryId"] > 0 and found["RedshiftPid"] > 0
    result = db.cloud.data.get_statement_result(Id=started["Id"])
    assert result["Records"] == [[{"longValue": 1}, {"stringValue": "a"}]] and result["TotalNumRows"] == 1
    assert [column["name"] for column in result["ColumnMetadata"]] == ["one", "text"]


def test_values_and_metadata_of_every_type(db: Database) -> None:
    db.run(
        "CREATE TABLE every_type (a SMALLINT, b INTEGER, c BIGINT NOT NULL, d DECIMAL(12,2), e REAL, "
        "f DOUBLE PRECISION, g BOOLEAN, h CHAR(4), i VARCHAR(20), j DATE, k TIMESTAMP, l TIMESTAMPTZ, m SUPER)"
    )
    db.run(
        "INSERT INTO every_type SELECT 1, 2, 3, 4.5, 1.5, 2.5, true, 'ab', 'text', '2026-01-02', "
        "'2026-01-02 03:04:05.5', '2026-01-02 03:04:05+00', JSON_PARSE('{\"x\":1}')"
    )
    db.run("INSERT INTO every_type (c) VALUES (9)")
    identifier = db.run("SELECT * FROM every_type ORDER BY c")["Id"]
    first, second = db.result(identifier)
    assert first == [
        {"longValue": 1}, {"longValue": 2}, {"longValue": 3}, {"stringValue": "4.50"}, {"doubleValue": 1.5},
        {"doubleValue": 2.5}, {"booleanValue": True}, {"stringValue": "ab  "}, {"stringValue": "text"},
        {"stringValue": "2026-01-02"}, {"stringValue": "2026-01-02 03:04:05.5"},
        {"stringValue": "2026-01-02 03:04:05+00"}, {"stringValue": '{"x":1}'},
    ]  # fmt: skip
    assert second[2] == {"longValue": 9} and all(cell == {"isNull": True} for cell in second[3:])
    columns = db.cloud.data.get_statement_result(Id=identifier)["ColumnMetadata"]
    assert [(c["typeName"], c["precision"], c["scale"], c["nullable"]) for c in columns] == [
        ("int2", 5, 0, 1), ("int4", 10, 0, 1), ("int8", 19, 0, 0), ("numeric", 12, 2, 1), ("float4", 8, 8, 1),
        ("float8", 17, 17, 1), ("bool", 1, 0, 1), ("bpchar", 4, 0, 1), ("varchar", 20, 0, 1), ("date", 13, 0, 1),
        ("timestamp", 29, 6, 1), ("timestamptz", 35, 6, 1), ("super", 0, 0, 1),
    ]  # fmt: skip
    assert (columns[0]["schemaName"], columns[0]["tableName"]) == ("public", "every_type")


def test_sums_have_the_types_of_redshift(db: Database) -> None:
    """A handler that reads longValue of a numeric would fail on AWS only."""
    db.run("CREATE TABLE sums (i INTEGER, b BIGINT, d DECIMAL(10,2))")
    db.run("INSERT INTO sums VALUES (1, 2, 3.25), (2, 3, 1.50)")
    (row,) = db.result(db.run("SELECT SUM(i), SUM(b), SUM(d), COUNT(*), AVG(i), AVG(d) FROM sums")["Id"])
    assert row == [
        {"longValue": 3}, {"stringValue": "5"}, {"stringValue": "4.75"}, {"longValue": 2}, {"longValue": 1},
        {"stringValue": "2.38"},
    ]  # fmt: skip


def test_a_failure_has_the_text_of_redshift(db: Database) -> None:
    found = db.wait(db.start("SELECT nope FROM pg_user"))
    assert (found["Status"], found["Error"]) == ("FAILED", 'ERROR: column "nope" does not exist')
    assert (found["ResultRows"], found["ResultSize"], found["HasResultSet"]) == (-1, -1, False)
    with pytest.raises(ClientError) as caught:
        db.cloud.data.get_statement_result(Id=found["Id"])
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert "Query does not have result" in str(caught.value)


def test_statements_without_rows_count_what_they_change(db: Database) -> None:
    created = db.run("CREATE TABLE counted (i INT)")
    assert (created["ResultRows"], created["HasResultSet"]) == (-1, False)
    assert db.run("INSERT INTO counted VALUES (1), (2)")["ResultRows"] == 2
    assert db.run("UPDATE counted SET i = i + 1")["ResultRows"] == 2
    assert db.run("DELETE FROM counted WHERE i = 3")["ResultRows"] == 1


def test_a_batch_is_one_transaction(db: Database) -> None:
    found = db.run("CREATE TABLE batched (i INT)", "INSERT INTO batched VALUES (1)", "SELECT i FROM batched")
    subs = found["SubStatements"]
    assert [sub["Id"] for sub in subs] == [f"{found['Id']}:{n}" for n in (1, 2, 3)]
    assert [(sub["Status"], sub["ResultRows"]) for sub in subs] == [("FINISHED", -1), ("FINISHED", 1), ("FINISHED", 1)]
    assert found["HasResultSet"] is True and "QueryString" not in found
    assert db.result(f"{found['Id']}:3") == [[{"longValue": 1}]]
    assert db.cloud.data.describe_statement(Id=f"{found['Id']}:2")["QueryString"] == "INSERT INTO batched VALUES (1)"


def test_a_batch_that_fails_leaves_nothing(db: Database) -> None:
    db.run("CREATE TABLE kept (i INT)")
    sqls = [
        "INSERT INTO kept VALUES (1)",
        "CREATE TABLE gone (i INT)",
        "SELECT CAST('no: rows differ' AS INTEGER)",
        "SELECT 1",
    ]
    found = db.wait(db.start(*sqls))
    assert found["Status"] == "FAILED"
    assert found["Error"] == 'Query #3 failed with ERROR: invalid input syntax for type integer: "no: rows differ"'
    assert [sub["Status"] for sub in found["SubStatements"]] == ["FINISHED", "FINISHED", "FAILED", "ABORTED"]
    assert db.value("SELECT COUNT(*) FROM kept") == 0
    assert db.failure("SELECT * FROM gone") == 'ERROR: relation "gone" does not exist'


def test_auto_commit_keeps_what_succeeded(db: Database) -> None:
    db.run("CREATE TABLE single (i INT)")
    sqls = ["INSERT INTO single VALUES (1)", "SELECT 1 / 0", "INSERT INTO single VALUES (2)"]
    found = db.wait(db.start(*sqls, ExecutionMode="AUTO_COMMIT"))
    assert (found["Status"], found["Error"]) == ("FAILED", "Query #2 failed with ERROR: Divide by zero")
    assert db.rows("SELECT i FROM single ORDER BY i") == [(1,), (2,)]


def test_parameters(db: Database) -> None:
    sql = "SELECT :day::date + 1, ':day', x FROM (SELECT 5 AS x) WHERE x > :low -- :not_one"
    parameters = [{"name": "day", "value": "2026-01-01"}, {"name": "low", "value": "4"}]
    found = db.run(sql, Parameters=parameters)
    assert db.result(found["Id"]) == [[{"stringValue": "2026-01-02"}, {"stringValue": ":day"}, {"longValue": 5}]]
    assert found["QueryParameters"] == parameters and found["QueryString"] == sql
    nasty = "it's \\ a :low"
    assert db.value("SELECT :text", Parameters=[{"name": "text", "value": nasty}]) == nasty
    for given, message in (
        ([{"name": "low", "value": "1"}], "Cannot find parameter: day"),
        ([*parameters, {"name": "more", "value": "1"}], "unused parameters. Unused parameters: ['more']"),
    ):
        with pytest.raises(ClientError, match="ValidationException") as caught:
            db.start(sql, Parameters=given)
        assert message in str(caught.value)


def test_a_client_token_starts_a_statement_once(db: Database) -> None:
    db.run("CREATE TABLE once (i INT)")
    token = str(uuid.uuid4())
    ids = {db.start("INSERT INTO once VALUES (1)", ClientToken=token) for _ in range(3)}
    (identifier,) = ids
    db.wait(identifier)
    assert db.value("SELECT COUNT(*) FROM once") == 1
    with pytest.raises(ClientError, match="ValidationException"):
        db.start("INSERT INTO once VALUES (2)", ClientToken=token)


def test_results_come_in_pages(db: Database) -> None:
    db.run("CREATE TABLE wide AS SELECT 1 AS n, REPEAT('x', 1000) AS t")
    for _ in range(12):
        db.run("INSERT INTO wide SELECT n, t FROM wide")
    identifier = db.run("SELECT n, t FROM wide")["Id"]
    first = db.cloud.data.get_statement_result(Id=identifier)
    assert first["TotalNumRows"] == 4096 and 500 < len(first["Records"]) < 4096 and first["NextToken"]
    assert len(db.result(identifier)) == 4096


def test_cancelling_undoes_a_statement(db: Database) -> None:
    db.run("CREATE TABLE many AS SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4")
    db.run("CREATE TABLE product (n BIGINT)")
    joins = ", ".join(f"many m{i}" for i in range(14))
    identifier = db.start(f"INSERT INTO product SELECT SUM(m0.n + m13.n) FROM {joins} WHERE m0.n + m1.n + m2.n > 0")
    until(lambda: db.cloud.data.describe_statement(Id=identifier)["Status"] == "STARTED")
    assert db.cloud.data.cancel_statement(Id=identifier)["Status"] is True
    found = db.wait(identifier)
    assert (found["Status"], found["Error"]) == ("ABORTED", "Query cancelled by user.")
    assert db.value("SELECT COUNT(*) FROM product") == 0
    with pytest.raises(ClientError, match="already in ABORTED state"):
        db.cloud.data.cancel_statement(Id=identifier)


def test_statements_are_listed(db: Database) -> None:
    name = f"listed-{uuid.uuid4()}"
    db.run("SELECT 1", StatementName=name)
    failed = db.wait(db.start("SELECT 1/0", "SELECT 2", StatementName=name + "-batch"))
    found = db.cloud.data.list_statements(StatementName=name)["Statements"]
    assert [(s["StatementName"], s["Status"], s["IsBatchStatement"]) for s in found] == [
        (name + "-batch", "FAILED", True), (name, "FINISHED", False),
    ]  # fmt: skip
    assert found[0]["QueryStrings"] == ["SELECT 1/0", "SELECT 2"] and found[1]["QueryString"] == "SELECT 1"
    only = db.cloud.data.list_statements(StatementName=name, Status="FAILED")["Statements"]
    assert [s["Id"] for s in only] == [failed["Id"]]
    page = db.cloud.data.list_statements(StatementName=name, MaxResults=1)
    assert len(page["Statements"]) == 1 and page["NextToken"]


def test_waiting_for_the_end_in_the_call(db: Database) -> None:
    found = db.cloud.data.execute_statement(Sql="SELECT 1", WaitTimeSeconds=20, **db.target)
    assert (found["Status"], found["HasResultSet"]) == ("FINISHED", True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Sql": "SELECT '" + "x" * 102_400 + "'"}, "100 KB"),
        ({"ClusterIdentifier": "nowhere"}, "doesn't exist"),
        ({"WorkgroupName": "both"}, "Exactly one"),
        ({"DbUser": "x"}, "Cannot specify both SecretArn and DbUser"),
        ({"ResultFormat": "CSV"}, "CSV is not supported"),
        ({"SessionKeepAliveSeconds": 60}, "Sessions are not supported"),
        ({"Sql": "  "}, "empty"),
    ],
)
def test_requests_that_are_refused(db: Database, change: dict[str, object], message: str) -> None:
    with pytest.raises(ClientError, match="ValidationException") as caught:
        db.cloud.data.execute_statement(**{"Sql": "SELECT 1", **db.target, **change})
    assert message in str(caught.value)


def test_a_batch_has_at_most_forty_statements(db: Database) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        db.start(*["SELECT 1"] * 41)
    assert len(db.run(*["SELECT 1"] * 40)["SubStatements"]) == 40


def test_who_one_is(db: Database) -> None:
    assert db.value("SELECT CURRENT_USER") == "platform_admin"
    assert db.as_user("nobody").failure("SELECT 1") == 'FATAL: password authentication failed for user "nobody"'
    plain = {"ClusterIdentifier": db.warehouse.name, "Database": DATABASE}
    identifier = db.cloud.data.execute_statement(Sql="SELECT CURRENT_USER", **plain)["Id"]
    db.wait(identifier)
    assert db.result(identifier) == [[{"stringValue": "IAM:root"}]]
    db.run("CREATE TABLE of_admin (i INT)")
    refused = db.cloud.data.execute_statement(Sql="SELECT * FROM of_admin", **plain)["Id"]
    assert db.wait(refused)["Error"] == "ERROR: permission denied for relation of_admin"
    other = {**db.target, "Database": "elsewhere"}
    identifier = db.cloud.data.execute_statement(Sql="SELECT 1", **other)["Id"]
    assert db.wait(identifier)["Error"] == 'FATAL: database "elsewhere" does not exist'


def test_a_secret_names_its_user(db: Database, data_cloud: Cloud) -> None:
    db.run("CREATE USER reporter PASSWORD 'Secret123'")
    secret = data_cloud.client("secretsmanager").create_secret(
        Name="reporter", SecretString=json.dumps({"username": "reporter", "password": "Secret123"})
    )["ARN"]
    target = {"ClusterIdentifier": db.warehouse.name, "Database": DATABASE, "SecretArn": secret}
    identifier = db.cloud.data.execute_statement(Sql="SELECT CURRENT_USER", **target)["Id"]
    db.wait(identifier)
    assert db.result(identifier) == [[{"stringValue": "reporter"}]]
    assert secret != ADMIN_SECRET and ROLE


def test_an_event_tells_of_the_end(db: Database, data_cloud: Cloud) -> None:
    sqs, events = data_cloud.client("sqs"), data_cloud.client("events")
    url = sqs.create_queue(QueueName="data-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.redshift-data"], "detail": {"statementName": ["told"]}}
    events.put_rule(Name="data-events", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="data-events", Targets=[{"Id": "q", "Arn": arn}])
    db.run("SELECT 1", StatementName="told", WithEvent=False)
    found = db.run("SELECT 1 UNION ALL SELECT 2", StatementName="told", WithEvent=True)
    failed = db.wait(db.start("SELECT 1/0", StatementName="told", WithEvent=True))
    told: list[dict[str, object]] = []
    end = time.monotonic() + 10
    while len(told) < 2 and time.monotonic() < end:
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
            told.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert {event["detail-type"] for event in told} == {"Redshift Data Statement Status Change"}
    details = [event["detail"] for event in told]
    assert [(d["statementId"], d["state"], d["rows"]) for d in details] == [
        (found["Id"], "FINISHED", 2), (failed["Id"], "FAILED", 0),
    ]  # fmt: skip
