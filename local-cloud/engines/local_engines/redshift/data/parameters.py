"""Named parameters of a statement: `:name`, replaced by the value as a literal that Redshift gives a type to."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from ...errors import AwsError
from ...lake.hive_types import literal
from ..sql.dispatch import statement_type
from ..sql.reader import Reader

#: Only what the database can prepare takes parameters.
_PREPARED = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "CTAS")


def as_mapping(parameters: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The request's list by name; raises ValidationException for a name given twice."""
    found: dict[str, str] = {}
    for parameter in parameters:
        if parameter["name"] in found:
            raise AwsError("ValidationException", f"Duplicate parameter name: {parameter['name']}")
        found[parameter["name"]] = parameter["value"]
    return found


def placeholders(sql: str) -> list[tuple[int, int, str]]:
    """(start, end, name) of each `:name` outside of literals, comments and casts."""
    tokens = Reader(sql).tokens
    found: list[tuple[int, int, str]] = []
    for colon, word in itertools.pairwise(tokens):
        if colon.text == ":" and word.kind == "word" and word.start == colon.end:
            found.append((colon.start, word.end, word.text))
    return found


def check_parameters(statements: Sequence[str], values: Mapping[str, str]) -> None:
    """Raises ValidationException for a parameter without a value, or a value without a use."""
    used = {name for sql in statements for _, _, name in placeholders(sql)} if values else set()
    missing = sorted(used - set(values))
    if missing:
        raise AwsError("ValidationException", f"Cannot find parameter: {missing[0]}")
    unused = sorted(set(values) - used)
    if unused:
        raise AwsError(
            "ValidationException", f"Parameters list contains unused parameters. Unused parameters: {unused}"
        )
    for sql in statements if values else []:
        if placeholders(sql) and statement_type(sql) not in _PREPARED:
            raise AwsError(
                "ValidationException", f"Parameters are not supported in this kind of statement: {sql.strip()[:60]}"
            )


def fill_in(sql: str, values: Mapping[str, str]) -> str:
    """The statement with each parameter's value in its place, as a quoted literal."""
    for start, end, name in reversed(placeholders(sql)) if values else []:
        # Redshift reads a backslash in a literal as an escape; a parameter is taken as it is.
        quoted = literal(values[name].replace("\\", "\\\\"))
        sql = sql[:start] + quoted + sql[end:]
    return sql
