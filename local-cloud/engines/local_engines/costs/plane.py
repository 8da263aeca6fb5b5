"""Both cost services over one ledger, and its meter."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from ..context import EngineContext
from .budgets import BudgetsService
from .ledger import Ledger, Source
from .serverless import Serverless
from .service import CostExplorerService
from .sources import Athena, Glue, Redshift, Storage

log = logging.getLogger(__name__)

#: Seconds between two looks of the meter, which is how exact hours of clusters are.
_EVERY = 10.0


class CostPlane:
    """`now`: the clock of this local cloud, CloudWatch's."""

    def __init__(self, context: EngineContext, now: Callable[[], float]) -> None:
        self._context = context
        self._redshift = Redshift(context, now) if context.endpoints.redshift is not None else None
        sources: list[Source] = [Athena(context), Glue(context), Storage(context, now)]
        if self._redshift is not None:
            sources.append(self._redshift)
        if context.endpoints.redshift_serverless is not None and context.endpoints.redshift_data is not None:
            sources.append(Serverless(context))
        ledger = Ledger(sources)
        self.explorer = CostExplorerService(context, ledger, now)
        self.budgets = BudgetsService(context, ledger, now)
        #: Paths for tests, by their names below `/_local/`.
        self.local: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"costs": ledger.add}

    def start(self) -> None:
        """Meters from now on, until the context stops."""
        threading.Thread(target=self._meter, name="costs", daemon=True).start()

    def _meter(self) -> None:
        while not self._context.stopping.wait(_EVERY):
            try:
                if self._redshift is not None:
                    self._redshift.look()
            except Exception:
                log.exception("clusters could not be metered; the next look is in %s s", _EVERY)
