"""Checks requests against Athena's own API model, and cuts answers into pages."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from ...constraints import violations
from ...errors import AwsError
from ...glue.requests import RequestChecker

Item = TypeVar("Item")


def invalid(message: str, code: str = "INVALID_INPUT") -> AwsError:
    """InvalidRequestException; `code` is its AthenaErrorCode."""
    return AwsError("InvalidRequestException", message, AthenaErrorCode=code)


class AthenaRequestChecker:
    """botocore's checks (required members, types, lower bounds), and those that it leaves to the service: patterns,
    choices, upper bounds."""

    def __init__(self, client: Any) -> None:
        self._model = client.meta.service_model
        self._checker = RequestChecker(client)

    def check(self, operation: str, body: Mapping[str, Any]) -> None:
        """Raises InvalidRequestException."""
        try:
            self._checker.check(operation, body)
        except AwsError as error:
            raise invalid(error.message) from error
        problems = list(violations(self._model.operation_model(operation).input_shape, body, ""))
        if problems:
            some = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
            raise invalid(f"{some}: {'; '.join(problems)}")


def page(items: Sequence[Item], body: Mapping[str, Any], default: int) -> tuple[list[Item], str | None]:
    """The items of this page and the token of the next one."""
    start = token_offset(body.get("NextToken"))
    end = start + int(body.get("MaxResults") or default)
    return list(items[start:end]), offset_token(end) if end < len(items) else None


def offset_token(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def token_offset(token: str | None) -> int:
    """Raises InvalidRequestException for a token that was not given out."""
    try:
        return int(base64.urlsafe_b64decode(token.encode()).decode()) if token else 0
    except ValueError as error:
        raise invalid(f"NextToken {token!r} is not one that was given out") from error


def with_token(answer: dict[str, Any], token: str | None) -> dict[str, Any]:
    return answer if token is None else {**answer, "NextToken": token}
