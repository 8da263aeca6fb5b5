"""What the control plane tells the Data API of the databases that exist: clusters and serverless workgroups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Warehouse:
    """One database endpoint, as it is at the moment of asking.

    `key` is "cluster:<identifier>" or "workgroup:<name>" and never changes while the warehouse exists. `database` is
    the one made with it. `directory` is a private folder that exists and belongs to the storage: it survives pause,
    resume and a restart of the engines, and is deleted with the cluster or, of a workgroup, with its namespace.
    """

    key: str
    name: str
    database: str
    admin_user: str
    #: Secret of the admin password that AWS manages; None where the user set the password.
    admin_secret_arn: str | None
    #: ARNs that COPY, UNLOAD and external schemas may name.
    iam_roles: tuple[str, ...]
    directory: Path


#: Is told of a warehouse before its storage must be closed. May block until that is done, must not raise.
Listener = Callable[[Warehouse], None]


class Warehouses(Protocol):
    """The directory of warehouses; safe from many threads."""

    def available(self, *, cluster_identifier: str | None, workgroup_name: str | None) -> Warehouse:
        """The warehouse that a statement may run in now.

        :raises AwsError: ValidationException as the Data API gives it: neither or both names are given, there is no
            such warehouse, or it is paused or being changed.
        """
        ...

    def all(self) -> list[Warehouse]:
        """Every warehouse, in whatever state, by key."""
        ...

    def on_delete(self, listener: Listener) -> None:
        """Registers a listener for warehouses that go away; statements are refused before it is called."""
        ...

    def on_pause(self, listener: Listener) -> None:
        """Registers a listener for clusters that are being paused; statements are refused before it is called."""
        ...
