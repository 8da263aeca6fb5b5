"""The Data API on the clusters of the real control plane: what pause, resume and delete do to statements and rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from engines.redshift.control_support import REGION, Cloud, until
from local_engines.redshift.data.service import RedshiftDataService

CLUSTER = {"ClusterIdentifier": "real", "Database": "analytics"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    found = Cloud(tmp_path_factory.mktemp("data-control"))
    found.server.register([RedshiftDataService(found.context, found.plane)])
    try:
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def data(cloud: Cloud) -> Any:
    return boto3.client(
        "redshift-data",
        endpoint_url=cloud.server.url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def run(data: Any, sql: str, **target: str) -> dict[str, Any]:
    found: dict[str, Any] = data.execute_statement(Sql=sql, WaitTimeSeconds=20, **CLUSTER, **target)
    assert found["Status"] == "FINISHED", data.describe_statement(Id=found["Id"]).get("Error")
    return found


def test_a_cluster_from_birth_to_pause_and_back(cloud: Cloud, data: Any) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        run(data, "SELECT 1", DbUser="owner")
    made = cloud.cluster("real", DBName="analytics", ManageMasterPassword=True)
    secret = made["MasterPasswordSecretArn"]
    run(data, "CREATE TABLE kept AS SELECT 7 AS n", SecretArn=secret)
    assert run(data, "SELECT CURRENT_USER", SecretArn=secret)["HasResultSet"]
    cloud.redshift.pause_cluster(ClusterIdentifier="real")
    cloud.wait("real", "paused")
    with pytest.raises(ClientError, match="ValidationException"):
        run(data, "SELECT n FROM kept", SecretArn=secret)
    cloud.redshift.resume_cluster(ClusterIdentifier="real")
    cloud.wait("real")
    identifier = run(data, "SELECT n FROM kept", DbUser="owner")["Id"]
    assert data.get_statement_result(Id=identifier)["Records"] == [[{"longValue": 7}]]
    cloud.redshift.delete_cluster(ClusterIdentifier="real", SkipFinalClusterSnapshot=True)
    with pytest.raises(ClientError, match="ValidationException"):
        run(data, "SELECT n FROM kept", DbUser="owner")


def test_a_new_cluster_of_an_old_name_is_empty(cloud: Cloud, data: Any) -> None:
    for number in (1, 2):
        # The name is free once the deletion of the one before has ended.
        until(lambda: "real" not in [c["ClusterIdentifier"] for c in cloud.redshift.describe_clusters()["Clusters"]])
        cloud.cluster("real", DBName="analytics")
        run(data, f"CREATE TABLE again AS SELECT {number} AS n", DbUser="owner")
        cloud.redshift.delete_cluster(ClusterIdentifier="real", SkipFinalClusterSnapshot=True)


def test_the_storage_is_a_file_of_the_cluster(cloud: Cloud, data: Any) -> None:
    cloud.cluster("filed", DBName="analytics")
    found = data.execute_statement(
        Sql="SELECT 1", WaitTimeSeconds=20, ClusterIdentifier="filed", Database="analytics", DbUser="owner"
    )
    assert found["Status"] == "FINISHED"
    warehouse = cloud.plane.available(cluster_identifier="filed", workgroup_name=None)
    assert (warehouse.directory / "warehouse.duckdb").exists()
