"""The whole control plane: both APIs over one store, its clock, and the directory that the Data API asks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...context import EngineContext
from ...errors import AwsError
from ..warehouses import Listener, Warehouse
from .lifecycle import Timing
from .scheduled_actions import perform
from .serverless.service import RedshiftServerlessService
from .service import RedshiftService
from .store import Store, utc_now
from .surroundings import Surroundings

log = logging.getLogger(__name__)

_FILE = "control.json"


class ControlPlane:
    """Redshift without its SQL. It is the `Warehouses` of the Data API.

    State is kept in `<directory>/redshift/control.json`; a plane started on a folder with such a file goes on with it.
    """

    def __init__(
        self, context: EngineContext, timing: Timing | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._context = context
        self._surroundings = Surroundings(context, timing if timing is not None else Timing())
        self._store = Store(context.directory / "redshift" / _FILE, now)
        self.provisioned = RedshiftService(self._surroundings, self._store)
        self.serverless = RedshiftServerlessService(self._surroundings, self._store)

    @property
    def local(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        """Paths for tests, by their names below `/_local/`."""
        return {"availability": self._set_availability}

    def start(self) -> None:
        """Starts the clock, which ends with the context."""
        threading.Thread(target=self._keep_time, name="redshift-control", daemon=True).start()

    def tick(self) -> None:
        """Ends the states that are due and performs the scheduled actions whose time has come."""
        with self._store.transaction() as state:
            self.provisioned.settle(state)
            self.serverless.settle(state)
            due = self.provisioned.actions.due(state)
        for name, operation, body in due:
            perform(name, operation, body, self.provisioned.handle)

    # Warehouses

    def available(self, *, cluster_identifier: str | None, workgroup_name: str | None) -> Warehouse:
        """See `Warehouses`. AWS publishes no text for a warehouse that is there but not available."""
        if (cluster_identifier is None) == (workgroup_name is None):
            raise AwsError("ValidationException", "Provide either ClusterIdentifier or WorkgroupName, not both.")
        with self._store.transaction() as state:
            self.provisioned.settle(state)
            self.serverless.settle(state)
            if cluster_identifier is not None:
                found = self.provisioned.clusters.find_warehouse(state, cluster_identifier)
            else:
                found = self.serverless.workgroups.find_warehouse(state, workgroup_name or "")
        if found is None:
            raise AwsError("ValidationException", "Redshift endpoint doesn't exist in this region.")
        warehouse, status = found
        if status.lower() != "available":
            kind = warehouse.key.partition(":")[0]
            message = f"Redshift {kind} {warehouse.name} is not available: it is {status.lower()}."
            raise AwsError("ValidationException", message)
        return warehouse

    def all(self) -> list[Warehouse]:
        """See `Warehouses`."""
        with self._store.transaction() as state:
            found = [*self.provisioned.clusters.warehouses(state), *self.serverless.workgroups.warehouses(state)]
        return sorted(found, key=lambda warehouse: warehouse.key)

    def on_delete(self, listener: Listener) -> None:
        """See `Warehouses`."""
        self._surroundings.delete_listeners.append(listener)

    def on_pause(self, listener: Listener) -> None:
        """See `Warehouses`. A reboot closes the storage, too."""
        self._surroundings.pause_listeners.append(listener)

    def _set_availability(self, body: dict[str, Any]) -> dict[str, Any]:
        with self._store.transaction() as state:
            self.provisioned.settle(state)
            self.provisioned.clusters.set_availability(state, body)
        return {}

    def _keep_time(self) -> None:
        while not self._context.stopping.wait(self._surroundings.timing.tick):
            try:
                self.tick()
            except Exception:
                log.exception("the control plane could not go on; it tries again")
