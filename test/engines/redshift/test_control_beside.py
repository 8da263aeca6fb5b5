"""What stands beside clusters: parameter groups, usage limits, logging, snapshots, tags, and the store of it all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engines.redshift.control_support import Cloud, refused, running, until
from local_engines.errors import AwsError
from local_engines.redshift.control.store import Store


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(tmp_path_factory.mktemp("beside")) as found:
        yield found


def values(cloud: Cloud, group: str, **more: Any) -> dict[str, str]:
    found = cloud.redshift.describe_cluster_parameters(ParameterGroupName=group, **more)["Parameters"]
    return {item["ParameterName"]: item["ParameterValue"] for item in found}


def group(cloud: Cloud, name: str, **settings: str) -> str:
    cloud.redshift.create_cluster_parameter_group(
        ParameterGroupName=name, ParameterGroupFamily="redshift-2.0", Description="d"
    )
    if settings:
        given = [{"ParameterName": key, "ParameterValue": value} for key, value in settings.items()]
        cloud.redshift.modify_cluster_parameter_group(ParameterGroupName=name, Parameters=given)
    return name


def test_defaults_are_those_of_the_family(cloud: Cloud) -> None:
    new, old = values(cloud, "default.redshift-2.0"), values(cloud, "default.redshift-1.0")
    assert new == {**old, "require_ssl": "true"} and old["require_ssl"] == "false"
    assert new["wlm_json_configuration"] == '[{"auto_wlm":true}]'
    assert new["enable_user_activity_logging"] == "false"
    with refused("InvalidClusterParameterGroupState", "cannot be changed"):
        cloud.redshift.delete_cluster_parameter_group(ParameterGroupName="default.redshift-2.0")


def test_parameters_are_set_and_set_back(cloud: Cloud) -> None:
    queues = json.dumps([{"auto_wlm": True, "queue_type": "auto"}])
    name = group(cloud, "tuned", statement_timeout="60000", wlm_json_configuration=queues)
    assert values(cloud, name, Source="user") == {"statement_timeout": "60000", "wlm_json_configuration": queues}
    cloud.redshift.reset_cluster_parameter_group(
        ParameterGroupName=name, Parameters=[{"ParameterName": "statement_timeout"}]
    )
    assert values(cloud, name, Source="user") == {"wlm_json_configuration": queues}
    cloud.redshift.reset_cluster_parameter_group(ParameterGroupName=name, ResetAllParameters=True)
    assert values(cloud, name) == values(cloud, "default.redshift-2.0")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("require_ssl", "yes"),
        ("statement_timeout", "99"),
        ("max_concurrency_scaling_clusters", "11"),
        ("extra_float_digits", "3"),
        ("wlm_json_configuration", "{}"),
        ("wlm_json_configuration", "[1"),
        ("no_such_parameter", "1"),
    ],
)
def test_wrong_parameters_are_refused_and_change_nothing(cloud: Cloud, name: str, value: str) -> None:
    groups = cloud.redshift.describe_cluster_parameter_groups()["ParameterGroups"]
    if "strict" not in [item["ParameterGroupName"] for item in groups]:
        group(cloud, "strict")
    given = [
        {"ParameterName": "auto_mv", "ParameterValue": "false"},
        {"ParameterName": name, "ParameterValue": value},
    ]
    with refused("InvalidParameterValue", name):
        cloud.redshift.modify_cluster_parameter_group(ParameterGroupName="strict", Parameters=given)
    assert values(cloud, "strict", Source="user") == {}


def test_a_static_parameter_waits_for_a_reboot(cloud: Cloud) -> None:
    group(cloud, "used")
    cloud.cluster("params", ClusterParameterGroupName="used")

    def status() -> str:
        return str(cloud.find("params")["ClusterParameterGroups"][0]["ParameterApplyStatus"])

    assert status() == "in-sync"
    change = [{"ParameterName": "auto_mv", "ParameterValue": "false"}]
    cloud.redshift.modify_cluster_parameter_group(ParameterGroupName="used", Parameters=change)
    assert status() == "pending-reboot"
    assert cloud.redshift.reboot_cluster(ClusterIdentifier="params")["Cluster"]["ClusterStatus"] == "rebooting"
    cloud.wait("params")
    assert status() == "in-sync"
    with refused("InvalidClusterParameterGroupState", "in use by cluster params"):
        cloud.redshift.delete_cluster_parameter_group(ParameterGroupName="used")


def test_usage_limits_fit_their_feature(cloud: Cloud) -> None:
    cloud.cluster("metered")
    spectrum = {"ClusterIdentifier": "metered", "FeatureType": "spectrum", "LimitType": "data-scanned", "Amount": 10}
    made = cloud.redshift.create_usage_limit(**spectrum)
    assert (made["Period"], made["BreachAction"]) == ("monthly", "log")
    with refused("UsageLimitAlreadyExists"):
        cloud.redshift.create_usage_limit(**spectrum)
    with refused("InvalidUsageLimit", "data-scanned"):
        cloud.redshift.create_usage_limit(**{**spectrum, "LimitType": "time"})
    with refused("InvalidUsageLimit", "positive"):
        cloud.redshift.create_usage_limit(**{**spectrum, "Amount": 0, "Period": "daily"})
    with refused("InvalidParameterValue", "enum value set"):
        cloud.redshift.create_usage_limit(**{**spectrum, "BreachAction": "panic", "Period": "daily"})
    cloud.redshift.modify_usage_limit(UsageLimitId=made["UsageLimitId"], BreachAction="disable")
    (found,) = cloud.redshift.describe_usage_limits(ClusterIdentifier="metered")["UsageLimits"]
    assert (found["BreachAction"], found["Amount"]) == ("disable", 10)
    cloud.redshift.delete_usage_limit(UsageLimitId=made["UsageLimitId"])
    assert cloud.redshift.describe_usage_limits(ClusterIdentifier="metered")["UsageLimits"] == []


def test_logging_needs_a_bucket_that_lets_redshift_in(cloud: Cloud) -> None:
    cloud.cluster("audited")
    on = {"ClusterIdentifier": "audited", "LogDestinationType": "s3"}
    with refused("BucketNotFoundFault"):
        cloud.redshift.enable_logging(**on, BucketName="no-such-bucket")
    cloud.s3.create_bucket(Bucket="audit")
    with refused("InsufficientS3BucketPolicyFault", "s3:PutObject"):
        cloud.redshift.enable_logging(**on, BucketName="audit")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "redshift.amazonaws.com"},
        "Action": ["s3:Put*", "s3:GetBucketAcl"],
        "Resource": ["arn:aws:s3:::audit", "arn:aws:s3:::audit/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.s3.put_bucket_policy(Bucket="audit", Policy=policy)
    cloud.redshift.enable_logging(**on, BucketName="audit", S3KeyPrefix="redshift/")
    found = cloud.redshift.describe_logging_status(ClusterIdentifier="audited")
    assert (found["LoggingEnabled"], found["BucketName"], found["S3KeyPrefix"]) == (True, "audit", "redshift/")
    with refused("InvalidParameterValue", "slowlog"):
        cloud.redshift.enable_logging(
            ClusterIdentifier="audited", LogDestinationType="cloudwatch", LogExports=["slowlog"]
        )
    with refused("InvalidParameterCombination", "LogExports"):
        cloud.redshift.enable_logging(ClusterIdentifier="audited", LogDestinationType="cloudwatch")
    cloud.redshift.disable_logging(ClusterIdentifier="audited")
    assert cloud.redshift.describe_logging_status(ClusterIdentifier="audited")["LoggingEnabled"] is False


def test_snapshots_are_named_once_and_kept_for_their_time(cloud: Cloud) -> None:
    cloud.cluster("pictured", Tags=[{"Key": "a", "Value": "1"}])
    made = cloud.redshift.create_cluster_snapshot(SnapshotIdentifier="first", ClusterIdentifier="pictured")["Snapshot"]
    assert (made["Status"], made["NodeType"], made["ManualSnapshotRetentionPeriod"]) == ("creating", "ra3.large", -1)
    with refused("ClusterSnapshotAlreadyExists"):
        cloud.redshift.create_cluster_snapshot(SnapshotIdentifier="first", ClusterIdentifier="pictured")
    until(
        lambda: (
            cloud.redshift.describe_cluster_snapshots(SnapshotIdentifier="first")["Snapshots"][0]["Status"]
            == "available"
        )
    )
    with refused("InvalidRetentionPeriodFault"):
        cloud.redshift.modify_cluster_snapshot(SnapshotIdentifier="first", ManualSnapshotRetentionPeriod=0)
    cloud.redshift.modify_cluster_snapshot(SnapshotIdentifier="first", ManualSnapshotRetentionPeriod=7)
    cloud.redshift.delete_cluster_snapshot(SnapshotIdentifier="first")
    with refused("ClusterSnapshotNotFound"):
        cloud.redshift.describe_cluster_snapshots(SnapshotIdentifier="first")


def test_tags_are_added_changed_and_removed_by_arn(cloud: Cloud) -> None:
    group(cloud, "labelled")
    arn = "arn:aws:redshift:us-east-1:000000000000:parametergroup:labelled"
    cloud.redshift.create_tags(ResourceName=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    cloud.redshift.create_tags(ResourceName=arn, Tags=[{"Key": "a", "Value": "3"}])
    cloud.redshift.delete_tags(ResourceName=arn, TagKeys=["b"])
    found = cloud.redshift.describe_tags(ResourceName=arn)["TaggedResources"]
    expected = {"Tag": {"Key": "a", "Value": "3"}, "ResourceName": arn, "ResourceType": "parametergroup"}
    assert found == [expected]
    with refused("ResourceNotFoundFault"):
        cloud.redshift.create_tags(ResourceName=f"{arn}x", Tags=[{"Key": "a"}])
    with refused("InvalidTagFault"):
        cloud.redshift.create_tags(ResourceName=arn, Tags=[{"Key": "aws:x", "Value": "1"}])


def test_subnets_of_a_group_exist_and_share_a_vpc(cloud: Cloud) -> None:
    (_, first), (_, second) = cloud.network(1), cloud.network(1)
    for ids, code in (
        ([], "InvalidParameterValue"),
        (["subnet-x"], "InvalidSubnet"),
        (first + second, "InvalidSubnet"),
    ):
        with refused(code):
            cloud.redshift.create_cluster_subnet_group(ClusterSubnetGroupName="g", Description="d", SubnetIds=ids)
    with refused("InvalidParameterValue", "not be default"):
        cloud.redshift.create_cluster_subnet_group(ClusterSubnetGroupName="Default", Description="d", SubnetIds=first)


def test_a_failed_transaction_leaves_memory_and_file_as_they_were(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.json")
    with store.transaction() as state:
        state.table("clusters")["a"] = {"x": 1}

    def fail() -> None:
        with store.transaction() as state:
            state.table("clusters").clear()
            state.after(lambda: told.append("called"))
            raise AwsError("Test", "no")

    told: list[str] = []
    with pytest.raises(AwsError):
        fail()
    assert told == []
    for one in (store, Store(tmp_path / "state.json")):
        with one.transaction() as state:
            assert state.table("clusters") == {"a": {"x": 1}}
