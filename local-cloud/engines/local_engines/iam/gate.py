"""Where requests to the engines' server are judged."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import AwsError
from .actions import Places, checks_of
from .evaluation import TOKEN_HEADER
from .guard import Guard, Request, current_caller

log = logging.getLogger(__name__)


class Gate:
    """Of a server whose requests are judged; safe from many threads."""

    def __init__(self, guard: Guard, places: Places, token: str) -> None:
        self.places = places
        self._guard = guard
        #: With them a forwarded request is not judged again.
        self.forwarding = {TOKEN_HEADER: token}

    @contextmanager
    def admitted(self, request: Request, service: str, operation: str, body: Mapping[str, Any]) -> Iterator[None]:
        """Raises AwsError where no policy lets the sender do this; inside, current_caller is the sender.

        :param service: X-Amz-Target prefix, or the service that a Query request is signed for.
        """
        try:
            caller = self._guard.admit(request, checks_of(service, operation, body, self.places))
        except AwsError as refusal:
            log.info("%s.%s: %s", service, operation, refusal.message)
            raise
        token = current_caller.set(caller)
        try:
            yield
        finally:
            current_caller.reset(token)
