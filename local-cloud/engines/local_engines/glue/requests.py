"""Checks requests against Glue's own API model, and cuts answers into pages."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from botocore.validate import ParamValidator

from ..errors import AwsError

Item = TypeVar("Item")


class RequestChecker:
    """botocore's model of Glue: required members, types, known names. boto3 checks these in the client, other SDKs
    leave it to the service."""

    def __init__(self, client: Any) -> None:
        self._model = client.meta.service_model
        self._validator = ParamValidator()

    def check(self, operation: str, body: Mapping[str, Any]) -> None:
        report = self._validator.validate(dict(body), self._model.operation_model(operation).input_shape)
        if report.has_errors():
            raise AwsError("InvalidInputException", f"{operation}: {report.generate_report()}")


def page(items: Sequence[Item], body: Mapping[str, Any], default: int) -> tuple[list[Item], str | None]:
    """The items of this page and the token of the next one.

    :param default: page size when the request names no MaxResults.
    """
    token = body.get("NextToken")
    try:
        start = int(base64.urlsafe_b64decode(str(token)).decode()) if token else 0
    except ValueError as error:
        raise AwsError("InvalidInputException", f"NextToken {token!r} is not one that was given out") from error
    size = int(body.get("MaxResults") or default)
    if not 1 <= size <= 1000:
        raise AwsError("InvalidInputException", f"MaxResults {size} must be from 1 to 1000")
    end = start + size
    following = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(items) else None
    return list(items[start:end]), following
