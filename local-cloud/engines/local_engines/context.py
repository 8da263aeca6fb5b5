"""What every engine needs of its surroundings: endpoints, private folder, AWS clients."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from .iam.guard import ROOT_KEY, Check, Credentials, Guard, current_caller

if TYPE_CHECKING:
    from .lake_formation.judge import Judge

#: The emulator's account when MINISTACK_ACCOUNT_ID is not set.
DEFAULT_ACCOUNT = "000000000000"

_ROOT = Credentials(ROOT_KEY, "test", "")


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
    lakeformation: str | None = None

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
    #: None: whoever asks may do everything.
    guard: Guard | None = None
    #: In whose name the clients ask; None: root's.
    credentials: Credentials | None = None
    #: ARN of whose name that is; empty: root, or a role that the engine holds.
    principal: str = ""
    #: What Lake Formation lets principals see that have opted in; None: it is not served (tests).
    lake_formation: Judge | None = None
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
            **(_ROOT if self.credentials is None else self.credentials).environment,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def for_caller(self, service: str) -> EngineContext:
        """This context with the rights of the request's sender, for what `service` does in its name; itself where no
        policy binds the sender. Ask in the thread that serves the request."""
        caller = current_caller.get()
        if self.guard is None or caller is None:
            return self
        return self._acting(self.guard.act_for(caller, service), caller.principal)

    def for_role(self, role: str, service: str, session: str, source: str = "") -> EngineContext:
        """This context with the rights of a role that `service` assumes; itself where no policy is enforced."""
        if self.guard is None:
            return self
        return self._acting(self.guard.assume(role, service, session, source))

    def assume(self, body: dict[str, Any]) -> dict[str, Any]:
        """For tests: the keys that `service` would get for `role`, to try what that service's code could not do."""
        acting = self.for_role(body["role"], body["service"], body.get("session") or "test")
        return {"environment": {} if acting.credentials is None else acting.credentials.environment}

    def _acting(self, credentials: Credentials, principal: str = "") -> EngineContext:
        return replace(self, credentials=credentials, principal=principal, _clients={}, _lock=threading.Lock())

    def may_read(self, urls: Iterable[str]) -> None:
        """Raises AwsError (AccessDenied) unless all objects (s3://…) may be read, for engines that read them past the
        clients."""
        if self.guard is not None and self.credentials is not None:
            checks = [Check("s3:GetObject", f"arn:aws:s3:::{url.partition('://')[2]}") for url in sorted(set(urls))]
            if checks:
                self.guard.check(self.credentials.access_key, checks)

    def client(self, service: str, endpoint: str | None = None) -> Any:
        """A boto3 client, one for all threads, for the emulator unless another endpoint is given.

        The engines read the catalog from the emulator itself (not through the Glue gateway), so that a call never
        takes a second hop through this process; in a caller's name they do, because the gateway judges it.
        """
        gateway = self.endpoints.glue if service == "glue" and self.credentials is not None else self.endpoints.default
        url = endpoint if endpoint is not None else gateway
        own = self.credentials or _ROOT
        with self._lock:
            found = self._clients.get((service, url))
            if found is None:
                # botocore's client objects are thread-safe, their creation is not.
                found = boto3.session.Session(
                    aws_access_key_id=own.access_key,
                    aws_secret_access_key=own.secret_key,
                    aws_session_token=own.session_token or None,
                    region_name=self.region,
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
