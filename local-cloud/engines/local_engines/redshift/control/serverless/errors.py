"""The errors of the Redshift Serverless API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ....errors import AwsError


def invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def conflict(message: str) -> AwsError:
    return AwsError("ConflictException", message)


def not_found(message: str, name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, resourceName=name)


@contextmanager
def translated() -> Iterator[None]:
    """The rules that clusters and namespaces share, with this API's error."""
    try:
        yield
    except AwsError as error:
        raise invalid(error.message) from error


def one_change(body: Mapping[str, Any], name: str, together: tuple[frozenset[str], ...]) -> None:
    """AWS: "You can't update multiple parameters in one request" (UpdateWorkgroup, UpdateNamespace).

    :param name: the member that names the thing.
    :param together: sets of members that count as one.
    """
    given = {key for key in body if key != name}
    if len(given) > 1 and not any(given <= one for one in together):
        raise invalid(f"Only one parameter can be updated in a request, not {', '.join(sorted(given))}")
