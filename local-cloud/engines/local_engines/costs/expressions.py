"""Filters of Cost Explorer (API reference, "Expression")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import AwsError
from .ledger import CostLine

Matches = Callable[[CostLine], bool]


def matcher(expression: Mapping[str, Any] | None) -> Matches:
    """Whether a line is meant. Raises ValidationException for what AWS or the local target does not know."""
    if expression is None:
        return lambda _: True
    given = [name for name, value in expression.items() if value is not None]
    if len(given) != 1:
        raise _bad(f"an expression must have exactly one member, not {', '.join(given) or 'none'}")
    kind, value = given[0], expression[given[0]]
    if kind in ("And", "Or"):
        if len(value) < 2:
            raise _bad(f"{kind} takes at least two expressions")
        parts, every = [matcher(one) for one in value], kind == "And"
        return lambda line: (all if every else any)(part(line) for part in parts)
    if kind == "Not":
        negated = matcher(value)
        return lambda line: not negated(line)
    if kind == "Tags":
        return _values(value, lambda line, key: line.tags.get(key))
    if kind == "Dimensions" and value.get("Key") == "SERVICE":
        return _values(value, lambda line, _: line.service)
    raise _bad(f"{kind} {value.get('Key', '')} is not supported by the local target: it has Tags and SERVICE")


def _values(wanted: Mapping[str, Any], of: Callable[[CostLine, str], str | None]) -> Matches:
    options = set(wanted.get("MatchOptions") or ())
    if not options <= {"EQUALS", "ABSENT", "CASE_SENSITIVE"}:
        raise _bad(f"MatchOptions {', '.join(sorted(options))} are not supported by the local target")
    key, values = wanted.get("Key", ""), list(wanted.get("Values") or ())
    if "ABSENT" in options:
        return lambda line: of(line, key) is None
    if not values:
        raise _bad(f"{key} must have values")
    return lambda line: of(line, key) in values


def group_of(line: CostLine, by: Mapping[str, Any]) -> str:
    """The key under which a line is counted: a tag's is `key$value`, and `key$` where it is not there."""
    if by.get("Type") == "TAG":
        return f"{by['Key']}${line.tags.get(by['Key'], '')}"
    if by.get("Type") == "DIMENSION" and by.get("Key") == "SERVICE":
        return line.service
    raise _bad(f"GroupBy {by.get('Type')} {by.get('Key')} is not supported by the local target: it has SERVICE and TAG")


def _bad(why: str) -> AwsError:
    return AwsError("ValidationException", why)
