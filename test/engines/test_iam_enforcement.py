"""Policies that bind: the emulator's evaluation with what local_engines.iam adds, and the engines' own requests."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from local_engines.context import Endpoints, EngineContext
from local_engines.errors import AwsError
from local_engines.glue.service import GlueService
from local_engines.iam.actions import Check, Places, checks_of
from local_engines.iam.gate import Gate
from local_engines.iam.guard import Caller, Credentials, Guard
from local_engines.ministack import MiniStack
from local_engines.server import EngineServer

REGION, ACCOUNT = "us-east-1", "000000000000"
Client = Callable[..., Any]


class Cloud:
    """An emulator that enforces, and a Glue gateway before it."""

    def __init__(self, directory: Path) -> None:
        self.server = EngineServer()
        self.emulator = MiniStack(directory, REGION, ACCOUNT, enforce_iam=True)
        self.guard = Guard(self.emulator.url, self.emulator.service_token, REGION)
        self.server.emulator_url = self.emulator.url
        self.server.gate = Gate(self.guard, Places(REGION, ACCOUNT), self.emulator.service_token)
        endpoints = Endpoints(self.emulator.url, glue=self.server.url, athena=self.server.url)
        token = self.emulator.service_token
        self.context = EngineContext(endpoints, directory, REGION, ACCOUNT, token, guard=self.guard)
        self.server.register([GlueService(self.context)])
        self.server.start()
        self.root = self.clients(None)

    def clients(self, credentials: Credentials | None) -> Client:
        keys = credentials or Credentials("test", "test", "")

        def make(service: str, url: str | None = None) -> Any:
            return boto3.client(
                service,
                endpoint_url=url or (self.server.url if service == "glue" else self.emulator.url),
                region_name=REGION,
                aws_access_key_id=keys.access_key,
                aws_secret_access_key=keys.secret_key,
                aws_session_token=keys.session_token or None,
                config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
            )

        return make

    def role(self, statements: list[dict[str, Any]], service: str = "glue.amazonaws.com") -> tuple[str, Client]:
        """ARN of a new role that `service` takes on, and its clients."""
        arn = self.new_role(statements, {"Service": service})
        return arn, self.clients(self.guard.assume(arn, service, "test"))

    def new_role(self, statements: list[dict[str, Any]], principal: dict[str, Any]) -> str:
        name = f"r-{uuid.uuid4().hex[:8]}"
        condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}} if "Service" in principal else {}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = self.root("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
            self.root("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        return str(arn)

    def close(self) -> None:
        self.server.stop()
        self.emulator.stop()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    made = Cloud(tmp_path_factory.mktemp("iam"))
    try:
        yield made
    finally:
        made.close()


def allow(action: str | list[str], resource: str | list[str], **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


def code_of(attempt: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as failure:
        attempt()
    return str(failure.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def lake(cloud: Cloud) -> dict[str, str]:
    """A bucket that KMS encrypts and that refuses plain HTTP, with one object below `in/`; its two keys."""
    kms, s3 = cloud.root("kms"), cloud.root("s3")
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    s3.create_bucket(Bucket="lake")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": keys[0]}}
    s3.put_bucket_encryption(Bucket="lake", ServerSideEncryptionConfiguration={"Rules": [rule]})
    places = ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]
    plain = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": places}
    plain["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    s3.put_bucket_policy(Bucket="lake", Policy=json.dumps({"Version": "2012-10-17", "Statement": [plain]}))
    s3.put_object(Bucket="lake", Key="in/a", Body=b"a")
    return {"key": keys[0], "other": keys[1]}


def test_encrypted_objects_need_the_key_too(cloud: Cloud, lake: dict[str, str]) -> None:
    reads = allow("s3:GetObject", "arn:aws:s3:::lake/in/*")
    _, without = cloud.role([reads])
    _, whole = cloud.role([reads, allow("kms:Decrypt", lake["key"])])
    assert code_of(lambda: without("s3").get_object(Bucket="lake", Key="in/a")) == "AccessDenied"
    assert whole("s3").get_object(Bucket="lake", Key="in/a")["Body"].read() == b"a"
    assert code_of(lambda: whole("s3").get_object(Bucket="lake", Key="out/a")) == "AccessDenied"


def test_writes_need_the_key_that_they_name(cloud: Cloud, lake: dict[str, str]) -> None:
    _, role = cloud.role(
        [allow("s3:PutObject", "arn:aws:s3:::lake/in/*"), allow(["kms:GenerateDataKey", "kms:Decrypt"], lake["key"])]
    )
    put = {"Bucket": "lake", "Key": "in/b", "Body": b"b"}
    role("s3").put_object(**put)
    other = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": lake["other"]}
    assert code_of(lambda: role("s3").put_object(**put, **other)) == "AccessDenied"


def test_a_key_policy_may_name_the_roles_of_sessions(cloud: Cloud) -> None:
    kms = cloud.root("kms")
    arn, role = cloud.role([allow("kms:GenerateDataKey", "*")])
    _, stranger = cloud.role([allow("kms:GenerateDataKey", "*")])
    named = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    named["Condition"] = {"ArnLike": {"aws:PrincipalArn": f"{arn[:-3]}???"}}
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [named]}))["KeyMetadata"]["Arn"]
    assert role("kms").generate_data_key(KeyId=key, KeySpec="AES_256")["KeyId"]
    assert code_of(lambda: stranger("kms").generate_data_key(KeyId=key, KeySpec="AES_256")) == "AccessDeniedException"


def test_plain_http_is_refused_where_the_front_says_so(cloud: Cloud, lake: dict[str, str]) -> None:
    _, role = cloud.role([allow("s3:GetObject", "arn:aws:s3:::lake/*"), allow("kms:Decrypt", lake["key"])])
    s3 = role("s3")
    assert s3.get_object(Bucket="lake", Key="in/a")["Body"].read() == b"a"

    def say_plain(request: Any, **_: Any) -> None:
        request.headers["x-forwarded-proto"] = "http"

    s3.meta.events.register("before-send.s3", say_plain)
    assert code_of(lambda: s3.get_object(Bucket="lake", Key="in/a")) == "AccessDenied"


def test_partitions_of_a_table_are_told_apart(cloud: Cloud) -> None:
    name = {"AttributeName": "pk", "AttributeType": "S"}
    table = {"TableName": "tab", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}
    cloud.root("dynamodb").create_table(**table, AttributeDefinitions=[name], BillingMode="PAY_PER_REQUEST")
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine"]}}
    actions = ["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Query"]
    _, role = cloud.role([allow(actions, f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/tab", **own)])
    dynamodb = role("dynamodb")

    def query(key: str) -> Any:
        values = {":v": {"S": key}}
        names = {"#p": "pk"}
        return dynamodb.query(
            TableName="tab",
            KeyConditionExpression="#p = :v",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )

    dynamodb.put_item(TableName="tab", Item={"pk": {"S": "mine"}})
    assert query("mine")["Count"] == 1
    assert code_of(lambda: query("yours")) == "AccessDeniedException"
    assert code_of(lambda: dynamodb.get_item(TableName="tab", Key={"pk": {"S": "yours"}})) == "AccessDeniedException"


def test_batches_are_allowed_as_aws_names_them(cloud: Cloud) -> None:
    s3, sqs = cloud.root("s3"), cloud.root("sqs")
    s3.create_bucket(Bucket="old")
    s3.put_bucket_versioning(Bucket="old", VersioningConfiguration={"Status": "Enabled"})
    versions = [s3.put_object(Bucket="old", Key=key, Body=b"a")["VersionId"] for key in ("in/a", "in/b", "out/a")]
    url = sqs.create_queue(QueueName="letters")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a")
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters"
    letters = ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"]
    deletes = allow("s3:DeleteObjectVersion", "arn:aws:s3:::old/in/*")
    _, eraser = cloud.role([deletes, allow(letters, queue)])
    _, hider = cloud.role([allow("s3:DeleteObject", "arn:aws:s3:::old/in/*"), allow(letters[:1], queue)])

    def delete(role: Client, *named: tuple[str, str | None]) -> Any:
        objects = [{"Key": key} | ({"VersionId": version} if version else {}) for key, version in named]
        return role("s3").delete_objects(Bucket="old", Delete={"Objects": objects})

    old = [("in/a", versions[0]), ("in/b", versions[1])]
    assert code_of(lambda: delete(hider, *old)) == "AccessDenied"
    assert code_of(lambda: delete(eraser, ("in/a", None))) == "AccessDenied"
    assert code_of(lambda: delete(eraser, *old, ("out/a", versions[2]))) == "AccessDenied"
    assert len(delete(eraser, *old)["Deleted"]) == 2
    [letter] = eraser("sqs").receive_message(QueueUrl=url)["Messages"]
    entry = {"Id": "0", "ReceiptHandle": letter["ReceiptHandle"]}
    shown = [{**entry, "VisibilityTimeout": 0}]
    batch = {"QueueUrl": url, "Entries": shown}
    assert "AccessDenied" in code_of(lambda: hider("sqs").change_message_visibility_batch(**batch))
    assert len(eraser("sqs").change_message_visibility_batch(**batch)["Successful"]) == 1
    assert "AccessDenied" in code_of(lambda: hider("sqs").delete_message_batch(QueueUrl=url, Entries=[entry]))
    assert len(eraser("sqs").delete_message_batch(QueueUrl=url, Entries=[entry])["Successful"]) == 1


def test_variables_of_policies_are_the_callers_own(cloud: Cloud) -> None:
    own = {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
    arn = cloud.new_role([allow("redshift-data:DescribeStatement", "*", **own)], {"Service": "lambda.amazonaws.com"})
    found = cloud.guard.assume(arn, "lambda.amazonaws.com", "mine")
    name = cloud.root("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]["RoleId"]

    def describe(owner: str) -> None:
        context = {"redshift-data:statement-owner-iam-userid": owner}
        cloud.guard.check(found.access_key, [Check("redshift-data:DescribeStatement", "*", context)])

    describe(f"{name}:mine")
    with pytest.raises(AwsError, match="redshift-data:DescribeStatement"):
        describe(f"{name}:yours")


def test_a_role_serves_the_service_that_it_trusts(cloud: Cloud) -> None:
    arn = cloud.new_role([], {"Service": "lambda.amazonaws.com"})
    cloud.guard.assume(arn, "lambda.amazonaws.com", "s")
    with pytest.raises(AwsError, match="not authorized to assume"):
        cloud.guard.assume(arn, "glue.amazonaws.com", "s")


def test_glue_names_catalog_database_and_table(cloud: Cloud) -> None:
    glue = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    cloud.root("glue").create_database(DatabaseInput={"Name": "d"})
    for table in ("mine", "yours"):
        cloud.root("glue").create_table(DatabaseName="d", TableInput={"Name": table})
    _, role = cloud.role([allow("glue:GetTable", [f"{glue}:catalog", f"{glue}:database/d", f"{glue}:table/d/mine"])])
    assert role("glue").get_table(DatabaseName="d", Name="mine")["Table"]["Name"] == "mine"
    assert code_of(lambda: role("glue").get_table(DatabaseName="d", Name="yours")) == "AccessDeniedException"
    assert code_of(lambda: role("glue").get_tables(DatabaseName="d")) == "AccessDeniedException"
    assert code_of(lambda: role("glue").start_job_run(JobName="j")) == "AccessDeniedException"


def test_the_gateway_cannot_be_gone_around(cloud: Cloud) -> None:
    _, role = cloud.role([])
    past = role("glue", cloud.emulator.url)
    assert code_of(past.get_databases) == "AccessDeniedException"


def test_a_wrong_signature_is_no_signature(cloud: Cloud) -> None:
    arn = cloud.new_role([allow("glue:GetDatabases", "*")], {"Service": "glue.amazonaws.com"})
    found = cloud.guard.assume(arn, "glue.amazonaws.com", "s")
    forged = cloud.clients(Credentials(found.access_key, "guessed", found.session_token))
    assert code_of(forged("glue").get_databases) in ("SignatureDoesNotMatch", "InvalidSignatureException")


def test_what_an_engine_does_for_a_caller_says_so(cloud: Cloud, lake: dict[str, str]) -> None:
    through = {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}
    statements = [allow("s3:GetObject", "arn:aws:s3:::lake/in/*", **through), allow("kms:Decrypt", lake["key"])]
    arn = cloud.new_role(statements, {"Service": "glue.amazonaws.com"})
    own = cloud.guard.assume(arn, "glue.amazonaws.com", "s")
    assert code_of(lambda: cloud.clients(own)("s3").get_object(Bucket="lake", Key="in/a")) == "AccessDenied"
    acting = cloud.guard.act_for(Caller(own.access_key, arn), "athena.amazonaws.com")
    assert cloud.clients(acting)("s3").get_object(Bucket="lake", Key="in/a")["Body"].read() == b"a"
    cloud.guard.check(acting.access_key, [Check("s3:GetObject", "arn:aws:s3:::lake/in/a")])
    with pytest.raises(AwsError, match="s3:GetObject on resource: arn:aws:s3:::lake/x"):
        cloud.guard.check(acting.access_key, [Check("s3:GetObject", "arn:aws:s3:::lake/x")])


@pytest.mark.parametrize(
    ("service", "operation", "body", "expected"),
    [
        ("AWSGlue", "StartJobRun", {"JobName": "j"}, [f"glue:StartJobRun arn:aws:glue:{REGION}:{ACCOUNT}:job/j"]),
        ("AWSGlue", "GetTriggers", {}, ["glue:GetTriggers *"]),
        ("AmazonAthena", "StartQueryExecution", {"WorkGroup": "w", "QueryString": "SELECT 1"},
         [f"athena:StartQueryExecution arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/w"]),
        ("AmazonAthena", "GetQueryResults", {"QueryExecutionId": "q"},
         [f"athena:GetQueryResults arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/of-q"]),
        ("RedshiftData", "ExecuteStatement", {"ClusterIdentifier": "c", "SecretArn": "arn:s"},
         [f"redshift-data:ExecuteStatement arn:aws:redshift:{REGION}:{ACCOUNT}:cluster:c",
          "secretsmanager:GetSecretValue arn:s"]),
        ("redshift", "PauseCluster", {"ClusterIdentifier": "c"},
         [f"redshift:PauseCluster arn:aws:redshift:{REGION}:{ACCOUNT}:cluster:c"]),
        ("AWSBudgetServiceGateway", "DescribeBudget", {"BudgetName": "b"},
         [f"budgets:ViewBudget arn:aws:budgets::{ACCOUNT}:budget/b"]),
    ],
)  # fmt: skip
def test_actions_and_resources(service: str, operation: str, body: dict[str, Any], expected: list[str]) -> None:
    places = Places(REGION, ACCOUNT)
    places.workgroup_of = lambda identifier: f"of-{identifier}"
    found = [f"{check.action} {check.resource}" for check in checks_of(service, operation, body, places)]
    assert found == expected
