"""What every engine needs of its surroundings: endpoints, private folder, AWS clients."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

#: The emulator's account when MINISTACK_ACCOUNT_ID is not set.
DEFAULT_ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Endpoints:
    """Loopback URLs: `default` is the emulator, the others are served by this process. None: not served (tests)."""

    default: str
    glue: str
    athena: str
    redshift: str | None = None
    redshift_serverless: str | None = None
    redshift_data: str | None = None
    cloudwatch: str | None = None
    cost_explorer: str | None = None
    budgets: str | None = None

    def as_dict(self) -> dict[str, str]:
        """URLs by service, as the ready line has them."""
        return {name: url for name, url in vars(self).items() if url is not None}

    def engine_environment(self) -> dict[str, str]:
        """The variables that send an AWS client to the engines instead of the emulator."""
        served = {name: url for name, url in self.as_dict().items() if name != "default"}
        return {f"AWS_ENDPOINT_URL_{name.upper()}": url for name, url in served.items()}


@dataclass
class EngineContext:
    """Shared by the engines. `directory` is private to this local cloud and is deleted at its end.

    `stopping` is set before the services are closed; background threads end when they see it.
    """

    endpoints: Endpoints
    directory: Path
    region: str
    account: str = DEFAULT_ACCOUNT
    #: Proves to the emulator that an event comes from an engine; None where events are not needed (tests).
    service_token: str | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point any AWS client, Spark's included, at this local cloud."""
        return {
            "AWS_ENDPOINT_URL": self.endpoints.default,
            **self.endpoints.engine_environment(),
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, endpoint: str | None = None) -> Any:
        """A boto3 client, one for all threads, for the emulator unless another endpoint is given.

        The engines read the catalog from the emulator itself (not through the Glue gateway), so that a call never
        takes a second hop through this process.
        """
        url = endpoint if endpoint is not None else self.endpoints.default
        with self._lock:
            found = self._clients.get((service, url))
            if found is None:
                # botocore's client objects are thread-safe, their creation is not.
                found = boto3.session.Session(
                    aws_access_key_id="test", aws_secret_access_key="test", region_name=self.region
                ).client(
                    service,
                    endpoint_url=url,
                    config=Config(
                        s3={"addressing_style": "path"},
                        max_pool_connections=32,
                        retries={"max_attempts": 3, "mode": "standard"},
                    ),
                )
                self._clients[(service, url)] = found
        return found

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"
