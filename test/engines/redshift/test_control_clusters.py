"""Provisioned clusters through boto3, which speaks the Query protocol to the engines' server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from engines.redshift.control_support import ACCOUNT, PASSWORD, ROLE, Cloud, refused, running, until
from local_engines.errors import AwsError


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(tmp_path_factory.mktemp("clusters")) as found:
        yield found


def test_a_cluster_is_shown_as_it_was_asked_for(cloud: Cloud) -> None:
    vpc, subnets = cloud.network()
    group = cloud.ec2.create_security_group(GroupName="db", Description="db", VpcId=vpc)["GroupId"]
    made = cloud.redshift.create_cluster_subnet_group(ClusterSubnetGroupName="Net", Description="d", SubnetIds=subnets)
    assert made["ClusterSubnetGroup"]["VpcId"] == vpc
    asked = {
        "DBName": "shop",
        "NodeType": "ra3.xlplus",
        "ClusterType": "multi-node",
        "NumberOfNodes": 2,
        "Port": 5440,
        "ClusterSubnetGroupName": "net",
        "VpcSecurityGroupIds": [group],
        "EnhancedVpcRouting": True,
        "PreferredMaintenanceWindow": "sun:23:45-mon:00:15",
        "AutomatedSnapshotRetentionPeriod": 7,
        "KmsKeyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
        "IamRoles": [ROLE],
        "DefaultIamRoleArn": ROLE,
        "AllowVersionUpgrade": False,
        "Tags": [{"Key": "team", "Value": "data & co <x>"}],
    }
    creating = cloud.cluster("shown", ready=False, **asked)
    assert creating["ClusterStatus"] == "creating"
    assert "Endpoint" not in creating
    found = cloud.wait("shown")
    same = ("DBName", "NodeType", "NumberOfNodes", "EnhancedVpcRouting", "PreferredMaintenanceWindow", "KmsKeyId")
    more = ("AutomatedSnapshotRetentionPeriod", "DefaultIamRoleArn", "AllowVersionUpgrade", "Tags")
    assert {key: found[key] for key in (*same, *more)} == {key: asked[key] for key in (*same, *more)}
    assert found["ClusterSubnetGroupName"] == "net" and found["VpcId"] == vpc
    assert found["VpcSecurityGroups"] == [{"VpcSecurityGroupId": group, "Status": "active"}]
    assert found["IamRoles"] == [{"IamRoleArn": ROLE, "ApplyStatus": "in-sync"}]
    assert found["Encrypted"] is True and found["PubliclyAccessible"] is False
    assert found["Endpoint"]["Port"] == 5440 and found["Endpoint"]["Address"].startswith("shown.")
    assert [node["NodeRole"] for node in found["ClusterNodes"]] == ["LEADER", "COMPUTE-0", "COMPUTE-1"]
    with refused("InvalidClusterSubnetGroupStateFault", "in use by cluster shown"):
        cloud.redshift.delete_cluster_subnet_group(ClusterSubnetGroupName="net")


GOOD: dict[str, Any] = {
    "ClusterIdentifier": "good",
    "NodeType": "ra3.large",
    "ClusterType": "single-node",
    "MasterUsername": "owner",
    "MasterUserPassword": PASSWORD,
}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"ClusterIdentifier": "Upper"}, "InvalidParameterValue", "lowercase"),
        ({"ClusterIdentifier": "a--b"}, "InvalidParameterValue", "hyphen"),
        ({"ClusterIdentifier": "a-"}, "InvalidParameterValue", "hyphen"),
        ({"ClusterIdentifier": "a" * 64}, "InvalidParameterValue", "1 to 63"),
        ({"NodeType": "ra3.tiny"}, "InvalidParameterValue", "ra3.large"),
        ({"NodeType": "ra3.4xlarge"}, "InvalidParameterValue", "no single-node"),
        ({"NumberOfNodes": 2}, "InvalidParameterCombination", "multi-node"),
        ({"ClusterType": "multi-node"}, "InvalidParameterCombination", "Number of nodes must be specified"),
        ({"ClusterType": "multi-node", "NumberOfNodes": 1}, "InvalidParameterValue", "from 2 to 16"),
        ({"ClusterType": "multi-node", "NumberOfNodes": 17}, "InvalidParameterValue", "from 2 to 16"),
        ({"MasterUsername": "user"}, "InvalidParameterValue", "reserved"),
        ({"MasterUsername": "public"}, "InvalidParameterValue", "reserved"),
        ({"MasterUsername": "1st"}, "InvalidParameterValue", "begin with a letter"),
        ({"DBName": "Shop"}, "InvalidParameterValue", "lowercase"),
        ({"DBName": "table"}, "InvalidParameterValue", "reserved"),
        ({"MasterUserPassword": "short1A"}, "InvalidParameterValue", "8 to 64"),
        ({"MasterUserPassword": "nouppercase1"}, "InvalidParameterValue", "uppercase"),
        ({"MasterUserPassword": "With@Sign1"}, "InvalidParameterValue", "without"),
        ({"ManageMasterPassword": True}, "InvalidParameterCombination", "ManageMasterPassword"),
        ({"MasterPasswordSecretKmsKeyId": "k"}, "InvalidParameterCombination", "only for ManageMasterPassword"),
        ({"Port": 5430}, "InvalidParameterValue", "5431 to 5455"),
        ({"Port": 8216}, "InvalidParameterValue", "8191 to 8215"),
        ({"PreferredMaintenanceWindow": "sun:03:00-sun:03:29"}, "InvalidParameterValue", "30 minutes"),
        ({"PreferredMaintenanceWindow": "sun:03:00-tue:03:00"}, "InvalidParameterValue", "24 hours"),
        ({"PreferredMaintenanceWindow": "sunday"}, "InvalidParameterValue", "sun:03:00-sun:03:30"),
        ({"AutomatedSnapshotRetentionPeriod": 0}, "InvalidParameterValue", "from 1 to 35"),
        ({"AutomatedSnapshotRetentionPeriod": 36}, "InvalidParameterValue", "from 1 to 35"),
        ({"ManualSnapshotRetentionPeriod": 0}, "InvalidRetentionPeriodFault", "-1 or 1 to 3653"),
        ({"Encrypted": False}, "InvalidParameterValue", "encrypted"),
        ({"KmsKeyId": "my key"}, "InvalidParameterValue", "KmsKeyId"),
        ({"IamRoles": ["copy"]}, "InvalidParameterValue", "role's ARN"),
        ({"DefaultIamRoleArn": ROLE}, "InvalidParameterValue", "one of the cluster's"),
        ({"ClusterParameterGroupName": "nope"}, "ClusterParameterGroupNotFound", "nope"),
        ({"ClusterSubnetGroupName": "nope"}, "ClusterSubnetGroupNotFoundFault", "nope"),
        ({"VpcSecurityGroupIds": ["sg-nope"]}, "InvalidParameterValue", "sg-nope"),
        ({"AvailabilityZone": "us-east-1z"}, "InvalidVPCNetworkStateFault", "us-east-1z"),
        ({"SnapshotScheduleIdentifier": "nope"}, "SnapshotScheduleNotFound", "nope"),
        ({"MultiAZ": True}, "InvalidParameterValue", "MultiAZ"),
        ({"HsmConfigurationIdentifier": "h"}, "UnsupportedOperation", "HsmConfigurationIdentifier"),
    ],
)
def test_what_aws_refuses_is_refused_with_its_rule(cloud: Cloud, change: dict[str, Any], code: str, words: str) -> None:
    with refused(code, words):
        cloud.redshift.create_cluster(**{**GOOD, **change})


def test_a_refused_cluster_leaves_nothing(cloud: Cloud) -> None:
    with refused("InvalidParameterValue"):
        cloud.cluster("leftover", ManageMasterPassword=True, IamRoles=["copy"])
    with refused("ClusterNotFound"):
        cloud.find("leftover")
    names = [secret["Name"] for secret in cloud.secrets.list_secrets()["SecretList"]]
    assert "redshift!leftover-owner" not in names


def test_names_are_unique_and_missing_ones_are_not_found(cloud: Cloud) -> None:
    cloud.cluster("twice")
    with refused("ClusterAlreadyExists"):
        cloud.cluster("twice")
    for call in ("pause_cluster", "resume_cluster", "reboot_cluster"):
        with refused("ClusterNotFound", "nowhere"):
            getattr(cloud.redshift, call)(ClusterIdentifier="nowhere")


def test_the_managed_password_is_a_secret_of_its_own(cloud: Cloud) -> None:
    arn = cloud.cluster("managed", ManageMasterPassword=True, MasterUsername="boss")["MasterPasswordSecretArn"]
    secret = cloud.secrets.get_secret_value(SecretId=arn)
    assert secret["Name"] == "redshift!managed-boss"
    value = json.loads(secret["SecretString"])
    assert value["username"] == "boss"
    assert 8 <= len(value["password"]) <= 64
    assert cloud.plane.available(cluster_identifier="managed", workgroup_name=None).admin_secret_arn == arn
    cloud.redshift.modify_cluster(ClusterIdentifier="managed", ManageMasterPassword=False, MasterUserPassword=PASSWORD)
    assert "MasterPasswordSecretArn" not in cloud.wait("managed")
    assert "redshift!managed-boss" not in [one["Name"] for one in cloud.secrets.list_secrets()["SecretList"]]


def test_pause_and_resume_pass_through_their_states(cloud: Cloud) -> None:
    cloud.cluster("night")
    told: list[str] = []
    cloud.plane.on_pause(lambda warehouse: told.append(warehouse.key))
    pausing = cloud.redshift.pause_cluster(ClusterIdentifier="night")["Cluster"]
    assert pausing["ClusterStatus"] == "pausing"
    assert told == ["cluster:night"]
    with pytest.raises(AwsError, match="night is not available: it is pausing") as caught:
        cloud.plane.available(cluster_identifier="night", workgroup_name=None)
    assert caught.value.code == "ValidationException"
    # Clients try again on these words, and only on them.
    with refused("InvalidClusterState", "operation running on", "pausing"):
        cloud.redshift.delete_cluster(ClusterIdentifier="night", SkipFinalClusterSnapshot=True)
    cloud.wait("night", "paused")
    for call, more in (
        ("pause_cluster", {}),
        ("reboot_cluster", {}),
        ("modify_cluster", {"AllowVersionUpgrade": False}),
    ):
        with refused("InvalidClusterState", "does not allow this", "paused"):
            getattr(cloud.redshift, call)(ClusterIdentifier="night", **more)
    assert cloud.redshift.resume_cluster(ClusterIdentifier="night")["Cluster"]["ClusterStatus"] == "resuming"
    cloud.wait("night")
    assert cloud.plane.available(cluster_identifier="NIGHT", workgroup_name=None).name == "night"
    with refused("InvalidClusterState", "must be paused"):
        cloud.redshift.resume_cluster(ClusterIdentifier="night")


def test_changes_take_their_time_or_come_at_once(cloud: Cloud) -> None:
    cloud.cluster("grow")
    changed = cloud.redshift.modify_cluster(ClusterIdentifier="grow", AutomatedSnapshotRetentionPeriod=9)["Cluster"]
    assert (changed["ClusterStatus"], changed["AutomatedSnapshotRetentionPeriod"]) == ("available", 9)
    growing = cloud.redshift.modify_cluster(
        ClusterIdentifier="grow", NodeType="ra3.xlplus", NumberOfNodes=2, ClusterType="multi-node"
    )["Cluster"]
    assert (growing["ClusterStatus"], growing["NodeType"]) == ("resizing", "ra3.large")
    assert growing["PendingModifiedValues"]["NumberOfNodes"] == 2
    grown = cloud.wait("grow")
    assert (grown["NodeType"], grown["NumberOfNodes"]) == ("ra3.xlplus", 2)
    assert grown["PendingModifiedValues"] == {}
    with refused("InvalidParameterCombination", "NumberOfNodes must be given"):
        cloud.redshift.modify_cluster(ClusterIdentifier="grow", NodeType="ra3.4xlarge")
    cloud.redshift.resize_cluster(ClusterIdentifier="grow", NumberOfNodes=3)
    assert cloud.wait("grow")["NumberOfNodes"] == 3
    with refused("InvalidParameterValue", "already"):
        cloud.redshift.resize_cluster(ClusterIdentifier="grow", NumberOfNodes=3)


def test_roles_are_added_and_taken_away(cloud: Cloud) -> None:
    other = f"arn:aws:iam::{ACCOUNT}:role/other"
    cloud.cluster("roles", IamRoles=[ROLE])
    cloud.redshift.modify_cluster_iam_roles(ClusterIdentifier="roles", AddIamRoles=[other], DefaultIamRoleArn=other)
    assert cloud.plane.available(cluster_identifier="roles", workgroup_name=None).iam_roles == (ROLE, other)
    cloud.redshift.modify_cluster_iam_roles(ClusterIdentifier="roles", RemoveIamRoles=[other])
    found = cloud.find("roles")
    assert [role["IamRoleArn"] for role in found["IamRoles"]] == [ROLE]
    assert "DefaultIamRoleArn" not in found


def test_a_deleted_cluster_takes_its_storage_and_secret_along(cloud: Cloud) -> None:
    cloud.cluster("doomed", ManageMasterPassword=True)
    folder = cloud.plane.available(cluster_identifier="doomed", workgroup_name=None).directory
    (folder / "data").write_text("rows")
    told: list[str] = []
    cloud.plane.on_delete(lambda warehouse: told.append(f"{warehouse.key} {(folder / 'data').exists()}"))
    with refused("InvalidParameterCombination", "FinalClusterSnapshotIdentifier"):
        cloud.redshift.delete_cluster(ClusterIdentifier="doomed")
    cloud.redshift.delete_cluster(ClusterIdentifier="doomed", FinalClusterSnapshotIdentifier="last")
    assert told == ["cluster:doomed True"]
    with pytest.raises(AwsError, match="deleting"):
        cloud.plane.available(cluster_identifier="doomed", workgroup_name=None)
    until(lambda: "doomed" not in [one["ClusterIdentifier"] for one in cloud.redshift.describe_clusters()["Clusters"]])
    assert not folder.exists()
    assert "redshift!doomed-owner" not in [one["Name"] for one in cloud.secrets.list_secrets()["SecretList"]]
    with pytest.raises(AwsError, match="Redshift endpoint doesn't exist in this region."):
        cloud.plane.available(cluster_identifier="doomed", workgroup_name=None)
    (snapshot,) = cloud.redshift.describe_cluster_snapshots(SnapshotIdentifier="last")["Snapshots"]
    assert (snapshot["ClusterIdentifier"], snapshot["SnapshotType"]) == ("doomed", "manual")


def test_state_and_storage_survive_a_restart_even_in_the_middle_of_a_change(cloud: Cloud) -> None:
    cloud.cluster("steady", MasterUsername="boss")
    folder = cloud.plane.available(cluster_identifier="steady", workgroup_name=None).directory
    (folder / "data").write_text("rows")
    cloud.redshift.pause_cluster(ClusterIdentifier="steady")
    cloud.restart()
    cloud.wait("steady", "paused")
    assert (folder / "data").read_text() == "rows"
    (found,) = [one for one in cloud.plane.all() if one.key == "cluster:steady"]
    assert (found.directory, found.admin_user) == (folder, "boss")


def test_lists_come_in_pages(cloud: Cloud) -> None:
    with refused("InvalidParameterValue", "from 20 to 100"):
        cloud.redshift.describe_clusters(MaxRecords=5)
    with refused("InvalidParameterValue", "Marker"):
        cloud.redshift.describe_clusters(Marker="x")
    names = {f"page-{number}" for number in range(25)}
    for name in names:
        cloud.redshift.create_cluster_parameter_group(
            ParameterGroupName=name, ParameterGroupFamily="redshift-2.0", Description=name
        )
    first = cloud.redshift.describe_cluster_parameter_groups(MaxRecords=20)
    assert len(first["ParameterGroups"]) == 20
    pages = cloud.redshift.get_paginator("describe_cluster_parameter_groups").paginate(
        PaginationConfig={"PageSize": 20}
    )
    found = [group["ParameterGroupName"] for one in pages for group in one["ParameterGroups"]]
    assert names <= set(found) and len(found) == len(set(found))


def test_credentials_are_for_clusters_that_exist_and_for_a_bounded_time(cloud: Cloud) -> None:
    cloud.cluster("door")
    before = cloud.clock.now()
    given = cloud.redshift.get_cluster_credentials(DbUser="bi", ClusterIdentifier="door", DurationSeconds=1800)
    assert given["DbUser"] == "IAM:bi"
    assert abs(given["Expiration"] - before - timedelta(seconds=1800)) < timedelta(seconds=60)
    assert cloud.redshift.get_cluster_credentials_with_iam(ClusterIdentifier="door")["DbUser"] == "IAM:root"
    with refused("InvalidParameterValue", "900 to 3600"):
        cloud.redshift.get_cluster_credentials(DbUser="bi", ClusterIdentifier="door", DurationSeconds=60)
    with refused("ClusterNotFound"):
        cloud.redshift.get_cluster_credentials(DbUser="bi", ClusterIdentifier="window")


def test_other_operations_and_parameters_are_refused_by_name(cloud: Cloud) -> None:
    with refused("UnsupportedOperation", "RestoreFromClusterSnapshot"):
        cloud.redshift.restore_from_cluster_snapshot(ClusterIdentifier="c", SnapshotIdentifier="s")
    with pytest.raises(AwsError, match="Nope") as caught:
        cloud.plane.provisioned.codec.parse(b"Action=Nope&Version=2012-12-01")
    assert caught.value.code == "InvalidAction"
    with pytest.raises(AwsError, match="DescribeClusters has no parameter Color"):
        cloud.plane.provisioned.codec.parse(b"Action=DescribeClusters&Version=2012-12-01&Color=red")
    with pytest.raises(AwsError, match="MaxRecords is 'many'"):
        cloud.plane.provisioned.codec.parse(b"Action=DescribeClusters&Version=2012-12-01&MaxRecords=many")


def test_the_data_api_needs_one_name(cloud: Cloud) -> None:
    for names in ((None, None), ("a", "b")):
        with pytest.raises(AwsError, match="either ClusterIdentifier or WorkgroupName"):
            cloud.plane.available(cluster_identifier=names[0], workgroup_name=names[1])


def test_a_cluster_that_fails_answers_nobody_until_it_is_mended(cloud: Cloud) -> None:
    cloud.cluster("sick")

    def make(availability: str) -> tuple[str, str]:
        assert cloud.plane.local["availability"]({"cluster": "sick", "availability": availability}) == {}
        found = cloud.find("sick")
        return found["ClusterStatus"], found["ClusterAvailabilityStatus"]

    assert make("Unavailable") == ("available", "Unavailable")
    with pytest.raises(AwsError, match="sick is not available: it is unavailable"):
        cloud.plane.available(cluster_identifier="sick", workgroup_name=None)
    assert make("Failed") == ("hardware-failure", "Failed")
    with pytest.raises(AwsError, match="sick is not available: it is hardware-failure"):
        cloud.plane.available(cluster_identifier="sick", workgroup_name=None)
    assert make("Available") == ("available", "Available")
    assert cloud.plane.available(cluster_identifier="sick", workgroup_name=None).name == "sick"

    with pytest.raises(AwsError, match="availability is 'ill': it must be one of Available, Unavailable, Failed"):
        make("ill")
    cloud.redshift.pause_cluster(ClusterIdentifier="sick")
    with pytest.raises(AwsError, match="only a cluster that runs can fail"):
        make("Unavailable")
    assert cloud.wait("sick", "paused")["ClusterAvailabilityStatus"] == "Unavailable"
