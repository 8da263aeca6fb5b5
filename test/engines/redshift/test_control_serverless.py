"""Redshift Serverless through boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from engines.redshift.control_support import ACCOUNT, PASSWORD, ROLE, Cloud, refused, running, until
from local_engines.errors import AwsError

#: A new workgroup's parameters in us-east-1, 2026-07.
DEFAULTS = {
    "auto_mv": "true",
    "datestyle": "ISO, MDY",
    "enable_case_sensitive_identifier": "false",
    "enable_user_activity_logging": "true",
    "query_group": "default",
    "require_ssl": "true",
    "search_path": "$user, public",
    "use_fips_ssl": "false",
    "max_query_execution_time": "14400",
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(tmp_path_factory.mktemp("serverless")) as found:
        yield found


def namespace(cloud: Cloud, name: str, **settings: Any) -> dict[str, Any]:
    return dict(cloud.serverless.create_namespace(namespaceName=name, **settings)["namespace"])


def workgroup(cloud: Cloud, name: str, **settings: Any) -> dict[str, Any]:
    """A workgroup of a new namespace, available."""
    namespace(cloud, f"{name}-data")
    cloud.serverless.create_workgroup(workgroupName=name, namespaceName=f"{name}-data", **settings)
    return ready(cloud, name)


def ready(cloud: Cloud, name: str) -> dict[str, Any]:
    until(lambda: cloud.workgroup(name)["status"] == "AVAILABLE")
    return cloud.workgroup(name)


def parameters(found: dict[str, Any]) -> dict[str, str]:
    return {item["parameterKey"]: item["parameterValue"] for item in found["configParameters"]}


def test_a_namespace_keeps_what_it_was_given(cloud: Cloud) -> None:
    made = namespace(
        cloud,
        "kept",
        dbName="shop",
        adminUsername="owner",
        manageAdminPassword=True,
        iamRoles=[ROLE],
        defaultIamRoleArn=ROLE,
        logExports=["userlog"],
    )
    found = cloud.serverless.get_namespace(namespaceName="kept")["namespace"]
    assert found == made
    assert found["status"] == "AVAILABLE" and found["dbName"] == "shop" and found["logExports"] == ["userlog"]
    assert found["iamRoles"] == [f"IamRole(applyStatus=in-sync, iamRoleArn={ROLE})"]
    secret = cloud.secrets.get_secret_value(SecretId=found["adminPasswordSecretArn"])
    assert secret["Name"] == "redshift!kept-owner"
    assert json.loads(secret["SecretString"])["username"] == "owner"


def test_a_workgroup_has_all_parameters_from_the_beginning(cloud: Cloud) -> None:
    vpc, subnets = cloud.network()
    group = cloud.ec2.create_security_group(GroupName="wg", Description="wg", VpcId=vpc)["GroupId"]
    given = [{"parameterKey": "max_query_execution_time", "parameterValue": "3600"}]
    found = workgroup(
        cloud,
        "full",
        baseCapacity=16,
        maxCapacity=64,
        configParameters=given,
        subnetIds=subnets,
        securityGroupIds=[group],
        enhancedVpcRouting=True,
        port=5440,
    )
    assert parameters(found) == {**DEFAULTS, "max_query_execution_time": "3600"}
    assert (found["baseCapacity"], found["maxCapacity"], found["port"]) == (16, 64, 5440)
    assert (found["subnetIds"], found["securityGroupIds"], found["enhancedVpcRouting"]) == (subnets, [group], True)
    assert found["endpoint"]["address"] == f"full.{ACCOUNT}.us-east-1.redshift-serverless.amazonaws.com"
    assert found["pricePerformanceTarget"] == {"status": "DISABLED"}


def test_without_a_base_the_price_performance_target_decides(cloud: Cloud) -> None:
    found = workgroup(cloud, "auto")
    assert (found["baseCapacity"], found["pricePerformanceTarget"]) == (-1, {"status": "ENABLED", "level": 50})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"baseCapacity": 12}, "steps of 8"),
        ({"baseCapacity": 520}, "8 to 512"),
        ({"baseCapacity": 64, "maxCapacity": 32}, "from 64 to 5632"),
        ({"baseCapacity": 8, "pricePerformanceTarget": {"status": "ENABLED", "level": 50}}, "baseCapacity"),
        ({"pricePerformanceTarget": {"status": "ENABLED", "level": 60}}, "1, 25, 50, 75, 100"),
        ({"port": 5456}, "5431 to 5455"),
        ({"subnetIds": ["subnet-nope"]}, "subnet-nope"),
        ({"securityGroupIds": ["sg-nope"]}, "sg-nope"),
        ({"trackName": "fast"}, "current or trailing"),
        ({"configParameters": [{"parameterKey": "nope", "parameterValue": "1"}]}, "must be one of auto_mv"),
        ({"configParameters": [{"parameterKey": "require_ssl", "parameterValue": "yes"}]}, "no value of require_ssl"),
    ],
)
def test_what_aws_refuses_of_a_workgroup(cloud: Cloud, settings: dict[str, Any], words: str) -> None:
    name = f"bad-{abs(hash(words)) % 10**9}"
    namespace(cloud, name)
    with refused("ValidationException", words):
        cloud.serverless.create_workgroup(workgroupName=name, namespaceName=name, **settings)
    with refused("ResourceNotFoundException"):
        cloud.workgroup(name)


def test_subnets_must_span_three_zones(cloud: Cloud) -> None:
    _, subnets = cloud.network(2)
    namespace(cloud, "narrow")
    with refused("ValidationException", "3 availability zones"):
        cloud.serverless.create_workgroup(workgroupName="narrow", namespaceName="narrow", subnetIds=subnets)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"adminUsername": "select"}, "reserved"),
        ({"dbName": "Shop"}, "lowercase"),
        ({"adminUserPassword": "short"}, "8 to 64"),
        ({"adminUserPassword": PASSWORD, "manageAdminPassword": True}, "ManageMasterPassword"),
        ({"iamRoles": ["copy"]}, "role's ARN"),
        ({"defaultIamRoleArn": ROLE}, "one of the cluster's"),
        ({"logExports": ["slowlog"]}, "slowlog"),
        ({"adminPasswordSecretKmsKeyId": "k"}, "manageAdminPassword"),
    ],
)
def test_what_aws_refuses_of_a_namespace(cloud: Cloud, settings: dict[str, Any], words: str) -> None:
    with refused("ValidationException", words):
        namespace(cloud, "bad-namespace", **settings)
    with refused("ValidationException", "[a-z0-9-]"):
        namespace(cloud, "Upper")


def test_one_thing_is_changed_at_a_time(cloud: Cloud) -> None:
    workgroup(cloud, "single", baseCapacity=8)
    with refused("ValidationException", "Only one parameter", "baseCapacity, port"):
        cloud.serverless.update_workgroup(workgroupName="single", baseCapacity=16, port=5441)
    changing = cloud.serverless.update_workgroup(workgroupName="single", baseCapacity=16)["workgroup"]
    assert (changing["status"], changing["baseCapacity"]) == ("MODIFYING", 16)
    with refused("ConflictException", "operation running on"):
        cloud.serverless.update_workgroup(workgroupName="single", port=5441)
    ready(cloud, "single")
    given = [{"parameterKey": "require_ssl", "parameterValue": "false"}]
    cloud.serverless.update_workgroup(workgroupName="single", configParameters=given)
    assert parameters(ready(cloud, "single")) == {**DEFAULTS, "require_ssl": "false"}
    with refused("ValidationException", "Only one parameter"):
        cloud.serverless.update_namespace(namespaceName="single-data", kmsKeyId="k", logExports=["userlog"])


def test_a_namespace_goes_after_its_workgroup_and_takes_the_storage_along(cloud: Cloud) -> None:
    workgroup(cloud, "late")
    warehouse = cloud.plane.available(cluster_identifier=None, workgroup_name="late")
    assert (warehouse.key, warehouse.database, warehouse.admin_user) == ("workgroup:late", "dev", "admin")
    (warehouse.directory / "data").write_text("rows")
    told: list[str] = []
    cloud.plane.on_delete(lambda gone: told.append(gone.key))
    with refused("ConflictException", "late"):
        cloud.serverless.delete_namespace(namespaceName="late-data")
    cloud.serverless.delete_workgroup(workgroupName="late")
    assert told == ["workgroup:late"]
    with pytest.raises(AwsError, match="late is not available: it is deleting"):
        cloud.plane.available(cluster_identifier=None, workgroup_name="late")
    until(lambda: "late" not in [one["workgroupName"] for one in cloud.serverless.list_workgroups()["workgroups"]])
    assert (warehouse.directory / "data").exists()
    cloud.serverless.delete_namespace(namespaceName="late-data")
    until(lambda: "late-data" not in [one["namespaceName"] for one in cloud.serverless.list_namespaces()["namespaces"]])
    assert not warehouse.directory.exists()
    with refused("ResourceNotFoundException"):
        cloud.serverless.get_namespace(namespaceName="late-data")


def test_usage_limits_belong_to_a_workgroup(cloud: Cloud) -> None:
    arn = workgroup(cloud, "limited")["workgroupArn"]
    made = cloud.serverless.create_usage_limit(resourceArn=arn, usageType="serverless-compute", amount=60)["usageLimit"]
    assert (made["period"], made["breachAction"]) == ("monthly", "log")
    with refused("ConflictException"):
        cloud.serverless.create_usage_limit(resourceArn=arn, usageType="serverless-compute", amount=70)
    with refused("ValidationException", "positive"):
        cloud.serverless.update_usage_limit(usageLimitId=made["usageLimitId"], amount=0)
    cloud.serverless.update_usage_limit(usageLimitId=made["usageLimitId"], amount=5, breachAction="deactivate")
    (found,) = cloud.serverless.list_usage_limits(resourceArn=arn)["usageLimits"]
    assert (found["amount"], found["breachAction"]) == (5, "deactivate")
    with refused("ResourceNotFoundException"):
        cloud.serverless.create_usage_limit(resourceArn=f"{arn}x", usageType="serverless-compute", amount=60)
    cloud.serverless.delete_workgroup(workgroupName="limited")
    until(lambda: not cloud.serverless.list_usage_limits(resourceArn=arn)["usageLimits"])


def test_tags_credentials_and_pages(cloud: Cloud) -> None:
    arn = namespace(cloud, "tagged", tags=[{"key": "a", "value": "1"}])["namespaceArn"]
    cloud.serverless.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": "2"}])
    cloud.serverless.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert cloud.serverless.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    workgroup(cloud, "door")
    assert cloud.serverless.get_credentials(workgroupName="door")["dbUser"] == "IAM:root"
    with refused("ValidationException", "900 to 3600"):
        cloud.serverless.get_credentials(workgroupName="door", durationSeconds=10)
    pages = cloud.serverless.get_paginator("list_namespaces").paginate(PaginationConfig={"PageSize": 1})
    names = [one["namespaceName"] for page in pages for one in page["namespaces"]]
    assert {"tagged", "door-data"} <= set(names) and len(names) == len(set(names))


def test_other_operations_are_refused_by_name(cloud: Cloud) -> None:
    with refused("UnknownOperationException", "RedshiftServerless.RestoreFromSnapshot"):
        cloud.serverless.restore_from_snapshot(namespaceName="abc", workgroupName="abc", snapshotName="s")
