"""Workgroups: their life, what they impose on queries, and what they refuse."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from engines.athena.support import ACCOUNT, RESULTS, Cloud

ENGINE = "Athena engine version 3"


def error_of(call: Callable[[], object]) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call()
    found: dict[str, Any] = caught.value.response
    return {
        **found["Error"],
        "AthenaErrorCode": found.get("AthenaErrorCode"),
        "ResourceName": found.get("ResourceName"),
    }


def group(cloud: Cloud, **configuration: Any) -> str:
    """A new workgroup; results go to s3://results/<name>/ unless said otherwise."""
    name = f"wg-{uuid4().hex[:8]}"
    results = configuration.pop("ResultConfiguration", {"OutputLocation": f"s3://{RESULTS}/{name}/"})
    cloud.athena.create_work_group(Name=name, Configuration={"ResultConfiguration": results, **configuration})
    return name


def configuration_of(cloud: Cloud, name: str) -> dict[str, Any]:
    found: dict[str, Any] = cloud.athena.get_work_group(WorkGroup=name)["WorkGroup"]["Configuration"]
    return found


def test_a_workgroup_has_awss_defaults(cloud: Cloud) -> None:
    cloud.athena.create_work_group(Name="plain", Description="for tests", Tags=[{"Key": "team", "Value": "data"}])
    found = cloud.athena.get_work_group(WorkGroup="plain")["WorkGroup"]
    assert found.pop("CreationTime") is not None
    assert found == {
        "Name": "plain",
        "State": "ENABLED",
        "Description": "for tests",
        "Configuration": {
            "ResultConfiguration": {},
            "EnforceWorkGroupConfiguration": True,
            "PublishCloudWatchMetricsEnabled": True,
            "RequesterPaysEnabled": False,
            "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": ENGINE},
        },
    }
    assert "plain" in [item["Name"] for item in cloud.athena.list_work_groups()["WorkGroups"]]
    assert error_of(lambda: cloud.athena.create_work_group(Name="plain"))["Message"] == "WorkGroup is already created"
    cloud.athena.delete_work_group(WorkGroup="plain")
    missing = error_of(lambda: cloud.athena.get_work_group(WorkGroup="plain"))
    assert (missing["Code"], missing["Message"]) == ("InvalidRequestException", "WorkGroup plain is not found.")
    assert missing["AthenaErrorCode"] == "INVALID_INPUT"


def test_updates_change_what_they_name_and_remove_what_they_say(cloud: Cloud) -> None:
    name = group(cloud, BytesScannedCutoffPerQuery=20_000_000, ResultConfiguration={
        "OutputLocation": f"s3://{RESULTS}/a/",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
        "ExpectedBucketOwner": ACCOUNT,
    })  # fmt: skip
    update = cloud.athena.update_work_group
    update(WorkGroup=name, Description="new", ConfigurationUpdates={
        "EnforceWorkGroupConfiguration": False,
        "ResultConfigurationUpdates": {"OutputLocation": f"s3://{RESULTS}/b/", "RemoveEncryptionConfiguration": True},
        "EngineVersion": {"SelectedEngineVersion": ENGINE},
    })  # fmt: skip
    found = configuration_of(cloud, name)
    assert found["ResultConfiguration"] == {"OutputLocation": f"s3://{RESULTS}/b/", "ExpectedBucketOwner": ACCOUNT}
    assert found["EnforceWorkGroupConfiguration"] is False
    assert found["BytesScannedCutoffPerQuery"] == 20_000_000
    assert found["EngineVersion"] == {"SelectedEngineVersion": ENGINE, "EffectiveEngineVersion": ENGINE}
    update(WorkGroup=name, ConfigurationUpdates={
        "RemoveBytesScannedCutoffPerQuery": True,
        "ResultConfigurationUpdates": {"RemoveOutputLocation": True, "RemoveExpectedBucketOwner": True},
    })  # fmt: skip
    found = configuration_of(cloud, name)
    assert "BytesScannedCutoffPerQuery" not in found
    assert found["ResultConfiguration"] == {}
    assert cloud.athena.get_work_group(WorkGroup=name)["WorkGroup"]["Description"] == "new"
    both = {"RemoveOutputLocation": True, "OutputLocation": f"s3://{RESULTS}/c/"}
    refused = error_of(lambda: update(WorkGroup=name, ConfigurationUpdates={"ResultConfigurationUpdates": both}))
    assert refused["Message"] == "OutputLocation and RemoveOutputLocation cannot both be given"


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"ResultConfiguration": {"OutputLocation": "results/"}}, "outputLocation is not a valid S3 path."),
        ({"ResultConfiguration": {"OutputLocation": "s3:///x"}}, "outputLocation is not a valid S3 path."),
        ({"EngineVersion": {"SelectedEngineVersion": "Athena engine version 2"}}, "Engine version 'Athena"),
        ({"EngineVersion": {"SelectedEngineVersion": "PySpark engine version 3"}}, "Engine version 'PySpark"),
        ({"ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS"}}}, "KmsKey is required"),
        ({"ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "CSE_KMS", "KmsKey": "k"}}},
         "NOT_SUPPORTED: CSE_KMS"),
        ({"ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "ROT13"}}}, "1 validation error"),
        ({"ManagedQueryResultsConfiguration": {"Enabled": True}}, "NOT_SUPPORTED: ManagedQueryResultsConfiguration"),
        ({"ExecutionRole": f"arn:aws:iam::{ACCOUNT}:role/spark"}, "NOT_SUPPORTED: ExecutionRole"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused(cloud: Cloud, configuration: dict[str, Any], message: str) -> None:
    refused = error_of(lambda: cloud.athena.create_work_group(Name="refused", Configuration=configuration))
    assert refused["Code"] == "InvalidRequestException"
    assert message in refused["Message"]


def test_requests_are_checked_against_athenas_model(cloud: Cloud) -> None:
    unchecked = cloud.client("athena", cloud.server.url, parameter_validation=False)
    create = unchecked.create_work_group
    assert 'Missing required parameter in input: "Name"' in error_of(create)["Message"]
    assert "regular expression pattern" in error_of(lambda: create(Name="not a name"))["Message"]
    low = {"BytesScannedCutoffPerQuery": 9_999_999}
    assert "BytesScannedCutoffPerQuery" in error_of(lambda: create(Name="low", Configuration=low))["Message"]
    many = error_of(lambda: unchecked.list_work_groups(MaxResults=51))["Message"]
    assert "Member must have value less than or equal to 50" in many
    forged = error_of(lambda: unchecked.list_work_groups(NextToken="forged"))["Message"]
    assert forged.startswith("NextToken 'forged' is not one")


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("create_data_catalog", {"Name": "x", "Type": "LAMBDA"}),
        ("start_session", {"WorkGroup": "primary", "EngineConfiguration": {}}),
        ("create_capacity_reservation", {"TargetDpus": 24, "Name": "x"}),
        ("list_notebook_metadata", {"WorkGroup": "primary"}),
    ],
)
def test_operations_that_are_not_there_are_refused_by_name(cloud: Cloud, call: str, arguments: dict[str, Any]) -> None:
    refused = error_of(lambda: getattr(cloud.athena, call)(**arguments))
    assert refused["Code"] == "UnknownOperationException"
    assert refused["Message"] == f"AmazonAthena.{_operation(call)} is not supported by the local target"


def _operation(call: str) -> str:
    return "".join(part.title() for part in call.split("_"))


def test_the_primary_workgroup_stays(cloud: Cloud) -> None:
    refused = error_of(lambda: cloud.athena.delete_work_group(WorkGroup="primary", RecursiveDeleteOption=True))
    assert refused["Message"] == "WorkGroup primary cannot be deleted."


@pytest.mark.parametrize("content", ["query", "named query", "prepared statement"])
def test_a_workgroup_with_contents_needs_the_recursive_option(cloud: Cloud, content: str) -> None:
    name = group(cloud)
    query = ""
    if content == "query":
        query = cloud.run("SELECT 1", workgroup=name).execution["QueryExecutionId"]
    elif content == "named query":
        cloud.athena.create_named_query(Name="n", Database="d", QueryString="SELECT 1", WorkGroup=name)
    else:
        cloud.athena.create_prepared_statement(StatementName="ps", QueryStatement="SELECT 1", WorkGroup=name)
    refused = error_of(lambda: cloud.athena.delete_work_group(WorkGroup=name))
    assert refused["Message"] == f"WorkGroup {name} is not empty"
    cloud.athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)
    if query:
        gone = error_of(lambda: cloud.athena.get_query_execution(QueryExecutionId=query))
        assert gone["Message"] == f"QueryExecution {query} was not found"
    cloud.athena.create_work_group(Name=name)
    cloud.athena.delete_work_group(WorkGroup=name)


def test_a_disabled_workgroup_runs_nothing(cloud: Cloud) -> None:
    name = group(cloud)
    cloud.athena.update_work_group(WorkGroup=name, State="DISABLED")
    assert error_of(lambda: cloud.start("SELECT 1", workgroup=name))["Message"] == f"WorkGroup {name} is disabled."
    cloud.athena.update_work_group(WorkGroup=name, State="ENABLED")
    assert cloud.value("SELECT 1", workgroup=name) == "1"


def test_a_result_needs_a_place(cloud: Cloud) -> None:
    name = group(cloud, ResultConfiguration={})
    refused = error_of(lambda: cloud.start("SELECT 1", workgroup=name))
    assert refused["Message"] == (
        "No output location provided. An output location is required either through the Workgroup result "
        "configuration setting or as an API input."
    )
    # An enforced configuration ignores the client's, even where it has none of its own.
    mine = {"OutputLocation": f"s3://{RESULTS}/mine"}
    assert (
        "No output location"
        in error_of(lambda: cloud.start("SELECT 1", workgroup=name, ResultConfiguration=mine))["Message"]
    )
    elsewhere = {"OutputLocation": "s3://no-such-bucket-here/"}
    refused = error_of(lambda: cloud.start("SELECT 1", ResultConfiguration=elsewhere))
    assert refused["Message"] == "Unable to verify/create output bucket no-such-bucket-here"


def test_an_enforced_configuration_wins_over_the_clients(cloud: Cloud) -> None:
    enforced, free = group(cloud), group(cloud, EnforceWorkGroupConfiguration=False)
    mine = {"OutputLocation": f"s3://{RESULTS}/mine"}
    for name, folder in ((enforced, f"{enforced}/"), (free, "mine/")):
        execution = cloud.run("SELECT 1", workgroup=name, ResultConfiguration=mine).execution
        place = f"s3://{RESULTS}/{folder}{execution['QueryExecutionId']}.csv"
        assert execution["ResultConfiguration"]["OutputLocation"] == place
        assert cloud.read(place) == b'"_col0"\n"1"\n'


def test_results_are_encrypted_as_configured(cloud: Cloud) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    for option, expected in (
        ({"EncryptionOption": "SSE_KMS", "KmsKey": key}, ("aws:kms", key)),
        ({"EncryptionOption": "SSE_S3"}, ("AES256", None)),
    ):
        name = group(cloud, ResultConfiguration={
            "OutputLocation": f"s3://{RESULTS}/secret/", "EncryptionConfiguration": option,
            "ExpectedBucketOwner": ACCOUNT,
        })  # fmt: skip
        execution = cloud.run("SELECT 1", workgroup=name).execution
        assert execution["ResultConfiguration"]["EncryptionConfiguration"] == option
        for suffix in ("", ".metadata"):
            bucket, _, object_key = execution["ResultConfiguration"]["OutputLocation"][5:].partition("/")
            head = cloud.s3.head_object(Bucket=bucket, Key=object_key + suffix)
            assert (head["ServerSideEncryption"], head.get("SSEKMSKeyId")) == expected


def test_a_bucket_of_another_account_gets_no_results(cloud: Cloud) -> None:
    location = {"OutputLocation": f"s3://{RESULTS}/x/", "ExpectedBucketOwner": "123456789012"}
    refused = error_of(lambda: cloud.start("SELECT 1", ResultConfiguration=location))
    assert "Access denied when writing output" in refused["Message"]


# Tags, engine versions, metrics


def test_tags(cloud: Cloud) -> None:
    name = group(cloud)
    arn = f"arn:aws:athena:us-east-1:{ACCOUNT}:workgroup/{name}"
    cloud.athena.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    cloud.athena.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "3"}])
    cloud.athena.untag_resource(ResourceARN=arn, TagKeys=["b", "never there"])
    assert cloud.athena.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "3"}]
    missing = error_of(lambda: cloud.athena.list_tags_for_resource(ResourceARN=arn + "x"))
    assert (missing["Code"], missing["ResourceName"]) == ("ResourceNotFoundException", arn + "x")


def test_engine_versions(cloud: Cloud) -> None:
    versions = cloud.athena.list_engine_versions()["EngineVersions"]
    assert {"SelectedEngineVersion": ENGINE, "EffectiveEngineVersion": ENGINE} in versions


def test_a_workgroup_publishes_its_metrics_only_where_it_says_so(cloud: Cloud) -> None:
    loud, quiet = group(cloud), group(cloud, PublishCloudWatchMetricsEnabled=False)
    for name in (loud, quiet):
        cloud.run("SELECT 1", workgroup=name)
    cloudwatch = cloud.client("cloudwatch")
    groups: set[str] = set()
    deadline = time.monotonic() + 5
    while loud not in groups and time.monotonic() < deadline:
        time.sleep(0.05)
        found = cloudwatch.list_metrics(Namespace="AWS/Athena")["Metrics"]
        groups = {d["Value"] for metric in found for d in metric["Dimensions"] if d["Name"] == "WorkGroup"}
    assert loud in groups
    assert quiet not in groups
    assert {metric["MetricName"] for metric in found} >= {"TotalExecutionTime", "ProcessedBytes", "QueryPlanningTime"}
