"""LF-tags, grants, opt-ins and what readers see by them, over a catalog of one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from local_engines.context import Endpoints, EngineContext
from local_engines.errors import AwsError, UnknownOperation
from local_engines.glue.governed import GovernedCatalog
from local_engines.iam.guard import Caller, current_caller
from local_engines.lake_formation.service import LakeFormationService

ACCOUNT = "000000000000"
BI, ANALYST, JOB = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("bi", "analyst", "job"))
BUCKET = "arn:aws:s3:::gold"


class Glue:
    """As much of a Glue client as is asked of one."""

    def __init__(self) -> None:
        column = [{"Name": name, "Type": "string"} for name in ("user_id", "country", "revenue")]
        keys = [{"Name": "event_date", "Type": "date"}]
        self.tables = {
            name: {"Name": name, "StorageDescriptor": {"Columns": column}, "PartitionKeys": keys}
            for name in ("facts", "restored", "new")
        }

    def get_database(self, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        if Name not in ("gold", "other"):
            raise ClientError({"Error": {"Code": "EntityNotFoundException", "Message": "no"}}, "GetDatabase")
        return {"Database": {"Name": Name}}

    def get_databases(self) -> dict[str, Any]:
        return {"DatabaseList": [{"Name": "gold"}, {"Name": "other"}]}

    def get_table(self, DatabaseName: str, Name: str) -> dict[str, Any]:  # noqa: N803
        if DatabaseName != "gold" or Name not in self.tables:
            metadata = {"HTTPStatusCode": 400}
            error = {"Error": {"Code": "EntityNotFoundException", "Message": "no"}, "ResponseMetadata": metadata}
            raise ClientError(error, "GetTable")
        return {"Table": self.tables[Name], "ResponseMetadata": {}}

    def get_tables(self, DatabaseName: str) -> dict[str, Any]:  # noqa: N803
        return {"TableList": list(self.tables.values())}

    def get_paginator(self, call: str) -> Any:
        return SimpleNamespace(paginate=lambda **asked: [getattr(self, call)(**asked)])

    def get_partitions(self, DatabaseName: str, TableName: str) -> dict[str, Any]:  # noqa: N803
        columns = list(self.tables[TableName]["StorageDescriptor"]["Columns"])
        return {"Partitions": [{"Values": ["2026-11-26"], "StorageDescriptor": {"Columns": columns}}]}


class Cloud:
    def __init__(self, directory: Path) -> None:
        nowhere = "http://127.0.0.1:1"
        context = EngineContext(Endpoints(nowhere, glue=nowhere, athena=nowhere), directory, "us-east-1", ACCOUNT)
        glue = Glue()
        context._clients[("glue", nowhere)] = glue
        self.service = LakeFormationService(context)
        self.catalog = GovernedCatalog(glue, self.service.judge)

    def ask(self, operation: str, **body: Any) -> dict[str, Any]:
        return self.service.handle(operation, body)

    def tag(self, ids: str, **resource: Any) -> None:
        self.ask("AddLFTagsToResource", Resource=resource, LFTags=[{"TagKey": "p-ids", "TagValues": [ids]}])

    def grant(self, role: str, permissions: list[str], **resource: Any) -> None:
        self.ask("GrantPermissions", Principal=principal(role), Permissions=permissions, Resource=resource)

    def columns(self, role: str, table: str) -> list[str]:
        with called_by(role):
            found = self.catalog.handle("GetTable", {"DatabaseName": "gold", "Name": table})["Table"]
        return [column["Name"] for column in found["StorageDescriptor"]["Columns"] + found["PartitionKeys"]]


def principal(role: str) -> dict[str, str]:
    return {"DataLakePrincipalIdentifier": role}


def policy(kind: str, *values: str) -> dict[str, Any]:
    return {"LFTagPolicy": {"ResourceType": kind, "Expression": [{"TagKey": "p-ids", "TagValues": list(values)}]}}


@contextmanager
def called_by(role: str) -> Iterator[None]:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rsplit('/', 1)[-1]}/somebody"
    token = current_caller.set(Caller("ASIA", session))
    try:
        yield
    finally:
        current_caller.reset(token)


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    """Gold as the program sets it up: the database is pseudonymous, its tables are not, their ids are."""
    made = Cloud(tmp_path)
    made.ask("CreateLFTag", TagKey="p-ids", TagValues=["none", "pseudonymous"])
    made.tag("pseudonymous", Database={"Name": "gold"})
    for table in ("facts", "restored"):
        made.tag("pseudonymous", TableWithColumns={"DatabaseName": "gold", "Name": table, "ColumnNames": ["user_id"]})
        made.tag("none", Table={"DatabaseName": "gold", "Name": table})
    for role, values in ((BI, ["none"]), (ANALYST, ["none", "pseudonymous"])):
        made.grant(role, ["DESCRIBE"], **policy("DATABASE", "pseudonymous"))
        made.grant(role, ["DESCRIBE", "SELECT"], **policy("TABLE", *values))
        for resource in ({"Database": {"Name": "gold"}}, {"Table": {"DatabaseName": "gold", "TableWildcard": {}}}):
            made.ask("CreateLakeFormationOptIn", Principal=principal(role), Resource=resource)
    return made


def test_a_column_is_there_for_whom_its_tag_is_granted(cloud: Cloud) -> None:
    assert cloud.columns(BI, "facts") == ["country", "revenue", "event_date"]
    assert cloud.columns(ANALYST, "facts") == ["user_id", "country", "revenue", "event_date"]
    with called_by(BI):
        answer = cloud.catalog.handle("GetPartitions", {"DatabaseName": "gold", "TableName": "facts"})
    assert [c["Name"] for c in answer["Partitions"][0]["StorageDescriptor"]["Columns"]] == ["country", "revenue"]


def test_what_nobody_tagged_inherits_from_the_database(cloud: Cloud) -> None:
    with pytest.raises(AwsError, match="Insufficient Lake Formation permission"):
        cloud.columns(BI, "new")
    with called_by(BI):
        found = cloud.catalog.handle("GetTables", {"DatabaseName": "gold"})["TableList"]
    assert [table["Name"] for table in found] == ["facts", "restored"]
    assert len(cloud.columns(ANALYST, "new")) == 4


def test_who_has_not_opted_in_is_left_to_iam(cloud: Cloud) -> None:
    with called_by(JOB), pytest.raises(UnknownOperation):
        cloud.catalog.handle("GetTable", {"DatabaseName": "gold", "Name": "facts"})
    cloud.ask(
        "DeleteLakeFormationOptIn",
        Principal=principal(BI),
        Resource={"Table": {"DatabaseName": "gold", "TableWildcard": {}}},
    )
    assert "user_id" in cloud.columns(BI, "facts")


def test_a_database_is_shown_to_whom_it_is_granted(cloud: Cloud) -> None:
    cloud.ask(
        "RevokePermissions",
        Principal=principal(BI),
        Permissions=["DESCRIBE"],
        Resource=policy("DATABASE", "pseudonymous"),
    )
    with called_by(BI):
        found = cloud.catalog.handle("GetDatabases", {})["DatabaseList"]
        assert [one["Name"] for one in found] == ["other"]
        with pytest.raises(AwsError, match="Required Describe on gold"):
            cloud.catalog.handle("GetDatabase", {"Name": "gold"})


def test_a_location_is_read_by_the_role_that_it_was_registered_with(cloud: Cloud) -> None:
    assert cloud.service.judge.reading_role("gold/facts/") is None
    cloud.ask("RegisterResource", ResourceArn=BUCKET, RoleArn=JOB, HybridAccessEnabled=True)
    assert cloud.service.judge.reading_role("gold/facts/") == JOB
    assert cloud.service.judge.reading_role("golden/facts/") is None
    cloud.grant(JOB, ["DATA_LOCATION_ACCESS"], DataLocation={"ResourceArn": BUCKET})
    info = cloud.ask("DescribeResource", ResourceArn=BUCKET)["ResourceInfo"]
    assert info["HybridAccessEnabled"] is True


@pytest.mark.parametrize(
    ("operation", "body", "code", "said"),
    [
        ("CreateLFTag", {"TagKey": "p-ids", "TagValues": ["x"]}, "AlreadyExistsException", "already exists"),
        (
            "CreateLFTag",
            {"TagKey": "k" * 129, "TagValues": ["x"]},
            "InvalidInputException",
            "less than or equal to 128",
        ),
        ("GetLFTag", {"TagKey": "q"}, "EntityNotFoundException", "does not exist: q"),
        ("RegisterResource", {"ResourceArn": BUCKET}, "InvalidInputException", "either RoleArn"),
        ("DescribeResource", {"ResourceArn": BUCKET}, "EntityNotFoundException", "not registered"),
        (
            "AddLFTagsToResource",
            {"Resource": {"Database": {"Name": "gold"}}, "LFTags": [{"TagKey": "p-ids", "TagValues": ["some"]}]},
            "EntityNotFoundException",
            "p-ids=some",
        ),
        (
            "AddLFTagsToResource",
            {
                "Resource": {"TableWithColumns": {"DatabaseName": "gold", "Name": "facts", "ColumnNames": ["gone"]}},
                "LFTags": [{"TagKey": "p-ids", "TagValues": ["none"]}],
            },
            "EntityNotFoundException",
            "Columns gone",
        ),
        (
            "GrantPermissions",
            {"Principal": principal("everybody"), "Permissions": ["SELECT"], "Resource": policy("TABLE", "none")},
            "InvalidInputException",
            "Invalid principal",
        ),
        (
            "GrantPermissions",
            {"Principal": principal(BI), "Permissions": ["SELECT"], "Resource": policy("DATABASE", "none")},
            "InvalidInputException",
            "SELECT on LFTagPolicy",
        ),
        (
            "GrantPermissions",
            {
                "Principal": principal(JOB),
                "Permissions": ["DATA_LOCATION_ACCESS"],
                "Resource": {"DataLocation": {"ResourceArn": BUCKET}},
            },
            "InvalidInputException",
            "register the S3 path",
        ),
        (
            "CreateLakeFormationOptIn",
            {"Principal": principal(BI), "Resource": {"Table": {"DatabaseName": "gold"}}},
            "InvalidInputException",
            "wildcard cannot both be empty",
        ),
    ],
)
def test_refuses_what_aws_refuses(cloud: Cloud, operation: str, body: dict[str, Any], code: str, said: str) -> None:
    with pytest.raises(AwsError, match=said) as refusal:
        cloud.ask(operation, **body)
    assert refusal.value.code == code


def test_only_an_administrator_changes_anything(cloud: Cloud) -> None:
    with called_by(JOB), pytest.raises(AwsError, match="no data lake administrator") as refusal:
        cloud.ask("DeleteLFTag", TagKey="p-ids")
    assert refusal.value.code == "AccessDeniedException"
    settings = cloud.ask("GetDataLakeSettings")["DataLakeSettings"]
    admins = [*settings["DataLakeAdmins"], principal(JOB)]
    cloud.ask("PutDataLakeSettings", DataLakeSettings={**settings, "DataLakeAdmins": admins})
    with called_by(JOB):
        cloud.ask("DeleteLFTag", TagKey="p-ids")
    assert cloud.ask("ListLFTags") == {"LFTags": []}


def test_tags_are_shown_as_they_were_given(cloud: Cloud) -> None:
    resource = {"TableWithColumns": {"DatabaseName": "gold", "Name": "facts", "ColumnNames": ["user_id", "country"]}}
    own = cloud.ask("GetResourceLFTags", Resource=resource, ShowAssignedLFTags=True)["LFTagsOnColumns"]
    assert [(one["Name"], one["LFTags"][0]["TagValues"]) for one in own] == [("user_id", ["pseudonymous"])]
    whole = cloud.ask("GetResourceLFTags", Resource=resource)["LFTagsOnColumns"]
    assert [(one["Name"], one["LFTags"][0]["TagValues"]) for one in whole] == [
        ("user_id", ["pseudonymous"]),
        ("country", ["none"]),
    ]
    cloud.ask("UpdateLFTag", TagKey="p-ids", TagValuesToAdd=["secret"], TagValuesToDelete=["pseudonymous"])
    assert cloud.ask("GetLFTag", TagKey="P-Ids")["TagValues"] == ["none", "secret"]
    assert cloud.ask("GetResourceLFTags", Resource={"Database": {"Name": "gold"}}) == {"LFTagOnDatabase": []}
