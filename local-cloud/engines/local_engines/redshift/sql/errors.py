"""Why a statement failed, in Redshift's words: the text that follows `ERROR: ` in the Data API's answers."""

from __future__ import annotations

import re
from collections.abc import Callable

import duckdb
from botocore.exceptions import BotoCoreError, ClientError
from sqlglot.errors import SqlglotError

from ...errors import EngineError
from ...lake.files import ArchivedObjectError


class RedshiftError(EngineError):
    """A statement's failure; the message is Redshift's, without `ERROR: `."""


class StatementCancelledError(RedshiftError):
    """Somebody cancelled the statement."""


def unsupported(what: str) -> RedshiftError:
    """For SQL that Redshift runs and the local target does not: it must never look like an answer."""
    return RedshiftError(f"{what} is not supported by the local target")


#: DuckDB's types in its conversion errors -> those of Redshift's messages.
_KINDS = {
    "INT8": "smallint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint", "INT128": "numeric",
    "DOUBLE": "double precision", "FLOAT": "real", "BOOL": "boolean", "DATE": "date", "TIMESTAMP": "timestamp",
    "DECIMAL": "numeric", "JSON": "super",
}  # fmt: skip

SERIALIZATION = (
    "1023 DETAIL: Serializable isolation violation on table - {table}, transactions forming the cycle are: {pids} "
    "(pid:{pid})"
)


def _bare(match: re.Match[str]) -> str:
    return match[1]


def _input(match: re.Match[str]) -> str:
    kind = next((name for key, name in _KINDS.items() if match[2].startswith(key)), match[2].lower())
    return f'invalid input syntax for type {kind}: "{match[1]}"'


#: The first pattern that is found wins.
_PATTERNS: list[tuple[str, Callable[[re.Match[str]], str]]] = [
    # Raised by a macro of ours, in Redshift's words already.
    (r"Invalid Input Error: redshift: (.*)", _bare),
    (r"NOT NULL constraint failed: \w+\.\"?(\w+)", lambda m: f"Cannot insert a NULL value into column {m[1]}"),
    (r"Could not convert string ['\"](.*?)['\"] to (?:'|\")?(\w+)", _input),
    (r"Could not convert string ['\"](.*?)['\"] to (DECIMAL)", _input),
    (r'(?:invalid )?(date|timestamp) field (?:value out of range|format): "([^"]*)"',
     lambda m: f'invalid input syntax for type {m[1]}: "{m[2]}"'),
    (r"Conflict on|Transaction conflict|write-write conflict|has been altered by a different transaction",
     lambda m: SERIALIZATION.format(table="unknown", pids="concurrent writers", pid=0)),
    (r'Referenced column "([^"]+)" (?:was )?not found', lambda m: f'column "{m[1].lower()}" does not exist'),
    (r'does not have a column named "([^"]+)"', lambda m: f'column "{m[1].lower()}" does not exist'),
    (r'Referenced table "([^"]+)" not found', lambda m: f'relation "{m[1].lower()}" does not exist'),
    (r'column "([^"]+)" must appear in the GROUP BY',
     lambda m: f'column "{m[1]}" must appear in the GROUP BY clause or be used in an aggregate function'),
    (r'Ambiguous reference to column name "([^"]+)"', lambda m: f'column reference "{m[1]}" is ambiguous'),
    (r'Function with name "?(\w+)"? (?:does not exist|is not in the catalog)',
     lambda m: f"function {m[1].lower()} is not supported by the local target"),
    (r"No function matches the given name and argument types '([^']*)'",
     lambda m: f"function {m[1].lower().replace('redshift_', '')} does not exist"),
    (r"Cannot compare values of type (\w+)[^ ]* and type (\w+)",
     lambda m: f"operator does not exist: {m[1].lower()} = {m[2].lower()}"),
    (r"More than one row returned by a subquery", lambda m: "single-row subquery returns more than one row."),
    (r"Casting value .* to type DECIMAL|Could not cast value .* to DECIMAL|DECIMAL.*out of range|Overflow in .*DECIMAL",
     lambda m: "Numeric data overflow (result precision)"),
    (r"Overflow in|out of range", lambda m: "Value out of range"),
    (r"Out of Memory", lambda m: "Out Of Memory: the local target gives a query 1 GB"),
]  # fmt: skip


def describe(error: Exception) -> str:
    """The whole error text, `ERROR: ` included."""
    return f"ERROR: {_describe(error)}"


def _describe(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, ArchivedObjectError):
        return (
            "Spectrum Scan Error DETAIL: error: Spectrum Scan Error code: 15001 context: S3ServiceException:The "
            f"operation is not valid for the object's storage class,Status 403,Error InvalidObjectState,Key {error.url}"
        )
    if isinstance(error, duckdb.InterruptException):
        return "Query cancelled on user's request"
    if isinstance(error, duckdb.Error):
        for pattern, make in _PATTERNS:
            match = re.search(pattern, text)
            if match is not None:
                return make(match)
        return re.sub(r"^(?:\w+ )+Error: ", "", text).partition(" LINE ")[0]
    if isinstance(error, ClientError):
        problem = error.response["Error"]
        return f"S3ServiceException:{problem.get('Message', '')},Error {problem.get('Code', 'Unknown')}"
    if isinstance(error, SqlglotError):
        return f"syntax error: {re.sub(chr(27) + r'.*?m', '', text)}"
    if isinstance(error, (EngineError, BotoCoreError)):
        return text
    return f"Internal error of the local target: {type(error).__name__}: {text}"
