"""Errors in the two names that CloudWatch gives them: the shape's, and the code of its older Query protocol."""

from __future__ import annotations

from ..errors import AwsError

#: Query code -> exception shape (botocore's model of the service).
_SHAPES = {
    "InvalidFormat": "InvalidFormatFault",
    "InvalidNextToken": "InvalidNextToken",
    "InvalidParameterCombination": "InvalidParameterCombinationException",
    "InvalidParameterInput": "DashboardInvalidInputError",
    "InvalidParameterValue": "InvalidParameterValueException",
    "LimitExceeded": "LimitExceededFault",
    "MissingParameter": "MissingRequiredParameterException",
    "ResourceNotFound": "ResourceNotFound",
    "ResourceNotFoundException": "ResourceNotFoundException",
    "UnsupportedOperation": "UnsupportedOperation",
    "ValidationError": "ValidationException",
}


def refusal(code: str, message: str, shape: str | None = None) -> AwsError:
    """An error with the code that clients have always seen (`x-amzn-query-error`), whatever the protocol."""
    status = 404 if code.startswith("ResourceNotFound") else 400
    error = AwsError(shape if shape is not None else _SHAPES[code], message, status)
    error.headers = {"x-amzn-query-error": f"{code};Sender"}
    return error


def invalid(message: str) -> AwsError:
    """InvalidParameterValue."""
    return refusal("InvalidParameterValue", message)
