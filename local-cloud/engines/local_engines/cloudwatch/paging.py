"""Pages of a list, by the offset that the token holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from .errors import refusal

T = TypeVar("T")


def page(items: Sequence[T], token: str | None, size: int) -> tuple[list[T], dict[str, Any]]:
    """One page, and `{"NextToken": …}` where there is more. Raises InvalidNextToken."""
    if token is not None and not token.isdecimal():
        raise refusal("InvalidNextToken", f"The token {token!r} was not given by this service")
    first = int(token or 0)
    rest = {"NextToken": str(first + size)} if first + size < len(items) else {}
    return list(items[first : first + size]), rest
