"""The open storages of the warehouses: one file each, opened by the first statement, closed by pause and delete."""

from __future__ import annotations

import threading

from ...context import EngineContext
from ..sql.storage import Storage
from ..warehouses import Warehouse


class Stores:
    """Safe from many threads."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._open: dict[str, Storage] = {}

    def of(self, warehouse: Warehouse) -> Storage:
        """The warehouse's storage. Its settings (roles, admin) are those of this moment."""
        with self._lock:
            found = self._open.get(warehouse.key)
            if found is not None and found.warehouse.directory != warehouse.directory:
                # Deleted and made again under the same name.
                found.close()
                found = None
            if found is None:
                found = self._open[warehouse.key] = Storage.open(self._context, warehouse)
            found.warehouse = warehouse
        return found

    def close(self, key: str) -> None:
        with self._lock:
            found = self._open.pop(key, None)
        if found is not None:
            found.close()

    def close_all(self) -> None:
        for key in list(self._open):
            self.close(key)
