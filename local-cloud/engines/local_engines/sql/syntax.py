"""The one error for SQL text that no statement can be made of."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import EngineError


class SqlSyntaxError(EngineError):
    """Text that is not SQL; the message is Trino's, for example `line 1:8: mismatched input 'FROM'`."""


def mismatch(line: int, column: int, found: str, expected: Sequence[str] = ()) -> SqlSyntaxError:
    """The error for one unexpected token; line and column count from 1, no text stands for the end."""
    shown = f"'{found}'" if found else "'<EOF>'"
    wanted = f". Expecting: {', '.join(expected)}" if expected else ""
    return SqlSyntaxError(f"line {line}:{column}: mismatched input {shown}{wanted}")
