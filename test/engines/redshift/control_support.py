"""A local cloud with Redshift's control plane, and short ways to what most tests need first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from local_engines.context import Endpoints, EngineContext
from local_engines.ministack import MiniStack
from local_engines.redshift.control.lifecycle import Timing
from local_engines.redshift.control.plane import ControlPlane
from local_engines.server import EngineServer

REGION = "us-east-1"
ACCOUNT = "000000000000"
PASSWORD = "Secret123"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/copy"


class Clock:
    """The real time, moved by what a test adds."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self.ahead


def client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(user_agent="tests", retries={"max_attempts": 0}),
    )


class Cloud:
    """Emulator and control plane in this process; `tick` must be called for what happens by itself."""

    def __init__(self, folder: Path, timing: Timing | None = None) -> None:
        self.folder = folder
        self.timing = timing if timing is not None else Timing(transition=0.05)
        self.clock = Clock()
        self.emulator = MiniStack(folder, REGION, ACCOUNT)
        self.start()
        self.ec2, self.s3, self.secrets = (client(name, self.emulator.url) for name in ("ec2", "s3", "secretsmanager"))

    def start(self) -> None:
        """A control plane on the folder, as after a restart of the engines."""
        self.server = EngineServer(self.emulator.url)
        url = self.server.url
        endpoints = Endpoints(self.emulator.url, url, url, url, url, url)
        self.context = EngineContext(endpoints, self.folder, REGION, ACCOUNT)
        self.plane = ControlPlane(self.context, self.timing, self.clock.now)
        self.server.register([self.plane.serverless], [self.plane.provisioned])
        self.server.start()
        self.redshift = client("redshift", url)
        self.serverless = client("redshift-serverless", url)

    def restart(self) -> None:
        self.server.stop()
        self.start()

    def close(self) -> None:
        self.server.stop()
        self.emulator.stop()

    def network(self, zones: int = 3) -> tuple[str, list[str]]:
        """A new VPC with a subnet in each of so many zones."""
        vpc = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            self.ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"{REGION}{'abcdef'[number]}"
            )["Subnet"]["SubnetId"]
            for number in range(zones)
        ]
        return vpc, subnets

    def cluster(self, name: str, *, ready: bool = True, **settings: Any) -> dict[str, Any]:
        """A single-node cluster, available unless told otherwise."""
        request = {"NodeType": "ra3.large", "ClusterType": "single-node", "MasterUsername": "owner", **settings}
        if not request.get("ManageMasterPassword"):
            request.setdefault("MasterUserPassword", PASSWORD)
        made: dict[str, Any] = self.redshift.create_cluster(ClusterIdentifier=name, **request)["Cluster"]
        return self.wait(name) if ready else made

    def find(self, name: str) -> dict[str, Any]:
        return dict(self.redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0])

    def wait(self, name: str, status: str = "available") -> dict[str, Any]:
        until(lambda: self.find(name)["ClusterStatus"] == status)
        return self.find(name)

    def workgroup(self, name: str) -> dict[str, Any]:
        return dict(self.serverless.get_workgroup(workgroupName=name)["workgroup"])


@contextmanager
def running(folder: Path, timing: Timing | None = None) -> Iterator[Cloud]:
    cloud = Cloud(folder, timing)
    try:
        yield cloud
    finally:
        cloud.close()


def until(ready: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def refused(code: str, *words: str) -> Iterator[None]:
    """The call inside must be refused with this code, and a text with these words."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    for word in words:
        assert word in error["Message"], error
