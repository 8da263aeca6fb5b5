"""What every part of the control plane is given."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from ...context import EngineContext
from ..warehouses import Listener, Warehouse
from .lifecycle import Timing
from .networks import Networks
from .secrets import AdminSecrets
from .store import State


@dataclass
class Surroundings:
    """Endpoints and folders of this local cloud, the neighbours asked in it, and who is told of warehouses."""

    context: EngineContext
    timing: Timing = field(default_factory=Timing)
    pause_listeners: list[Listener] = field(default_factory=list)
    delete_listeners: list[Listener] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.networks = Networks(self.context.client("ec2"))
        self.secrets = AdminSecrets(self.context.client("secretsmanager"))
        #: The part of endpoint names that AWS takes from the account.
        self.host_hash = hashlib.sha256(f"{self.context.account}{self.context.region}".encode()).hexdigest()[:12]

    def arn(self, resource: str) -> str:
        return self.context.arn("redshift", resource)

    def folder(self, kind: str, identifier: str) -> Path:
        """The private folder of a warehouse's storage; made when it is not there."""
        folder = self.context.directory / "redshift" / kind / identifier
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def tell(self, state: State, listeners: list[Listener], warehouse: Warehouse) -> None:
        """Calls the listeners when the transaction is kept, so that whom they ask already sees the new state."""
        for listener in listeners:
            state.after(lambda listener=listener: listener(warehouse))  # type: ignore[misc]
