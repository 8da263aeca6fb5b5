"""Errors of the engines."""

from __future__ import annotations


class EngineError(Exception):
    """The engines cannot start or go on; the message says what, why and what to do."""


class AwsError(Exception):
    """An error that the client gets as AWS would send it.

    `code` is the name of the service model's exception shape; `extra` are further members of that shape. `headers` go
    with the answer of a JSON service.
    """

    def __init__(self, code: str, message: str, status: int = 400, **extra: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra
        self.headers: dict[str, str] = {}


class UnknownOperation(Exception):  # noqa: N818 - a signal to the server, not a failure
    """Raised by a service for an operation that it does not have."""
