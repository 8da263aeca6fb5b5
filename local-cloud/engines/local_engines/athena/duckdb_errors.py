"""DuckDB's error messages in Athena's words."""

from __future__ import annotations

import re
from collections.abc import Callable

import duckdb
from sqlglot import exp

from .names import position

#: Makes Athena's message of a match; the second argument is the statement as it was written.
_Make = Callable[[re.Match[str], exp.Expr | None], str]


def _column(match: re.Match[str], statement: exp.Expr | None) -> str:
    name = match[1].split(".")[-1].strip('"')
    return (
        f"COLUMN_NOT_FOUND: {_place(statement, name)}Column '{name}' cannot be resolved or requester is not authorized "
        "to access requested resources"
    )


def _function(match: re.Match[str], statement: exp.Expr | None) -> str:
    # Names that Trino does not know have been refused before.
    name = match[1].lower()
    return f"NOT_SUPPORTED: {_place(statement, name)}Function '{name}' is not supported by the local target"


def _arguments(match: re.Match[str], statement: exp.Expr | None) -> str:
    name = match[1].lower().removeprefix("trino_")
    given = match[2].lower().replace("_literal", "").replace("string", "varchar")
    if not name.isidentifier():
        return f"TYPE_MISMATCH: Cannot apply operator: {_OPERATORS.get(name, name)} to ({given})"
    return f"FUNCTION_NOT_FOUND: {_place(statement, name)}Unexpected parameters ({given}) for function {name}"


def _group(match: re.Match[str], statement: exp.Expr | None) -> str:
    return (
        f"EXPRESSION_NOT_AGGREGATE: {_place(statement, match[1])}'{match[1]}' must be an aggregate expression or "
        "appear in GROUP BY clause"
    )


def _fixed(message: str) -> _Make:
    return lambda match, statement: message.format(*match.groups(), all=match[0])


def _cast(match: re.Match[str], statement: exp.Expr | None) -> str:
    return f"INVALID_CAST_ARGUMENT: Cannot cast '{match[1]}' to {_CAST_TYPES.get(match[2], match[2])}"


#: DuckDB's functions of operators.
_OPERATORS = {"~~": "LIKE", "!~~": "NOT LIKE", "||": "||"}
#: DuckDB's names in its conversion errors.
_CAST_TYPES = {"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INTEGER", "INT64": "BIGINT", "BOOL": "BOOLEAN"}

#: Before a query runs. The first pattern that is found wins.
_PLANNING: list[tuple[str, _Make]] = [
    (r'Referenced column "([^"]+)"', _column),
    (r'does not have a column named "([^"]+)"', _column),
    (r'Referenced table "([^"]+)" not found', _column),
    (r'Could not find key "([^"]+)" in struct', _column),
    (r'Function with name "?(\w+)"? (?:does not exist|is not in the catalog)', _function),
    (r'column "([^"]+)" must appear in the GROUP BY', _group),
    (r"No function matches the given name and argument types '([^'(]+)\(([^']*)\)'", _arguments),
    (r'Could not choose a best candidate function for the function call "([^"(]+)\(([^"]*)\)"', _arguments),
    (r'Ambiguous reference to column name "([^"]+)"',
     lambda m, s: f"AMBIGUOUS_NAME: {_place(s, m[1])}Column '{m[1]}' is ambiguous"),
    (r"initial value type must be the same",
     _fixed("NOT_SUPPORTED: reduce whose state is of another type than the elements, in the local target")),
]  # fmt: skip

#: While it runs.
_RUNNING: list[tuple[str, _Make]] = [
    # Raised by a macro of ours, in Trino's words already.
    (r"\b([A-Z]+(?:_[A-Z]+)+: .*)", _fixed("{0}")),
    (r"""Could not convert string "?'?([^"']*)"?'? to (\w+)""", _cast),
    (r'(?:invalid )?(date|timestamp) field (?:value out of range|format): "([^"]*)"',
     _fixed("INVALID_CAST_ARGUMENT: Value cannot be cast to {0}: {1}")),
    (r'Could not parse string "([^"]*)" according to format',
     _fixed('INVALID_FUNCTION_ARGUMENT: Invalid format: "{0}"')),
    (r'Malformed JSON in file "([^"]+)"[^:]*: (.*)',
     _fixed("HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: {1} in {0}")),
    (r'Malformed JSON at byte \d+ of input: .*Input: "(.*)"',
     _fixed("INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{0}'")),
    (r'JSON transform error in file "([^"]+)"[^:]*: (.*)',
     _fixed("HIVE_BAD_DATA: Error parsing field value in {0}: {1}")),
    (r"(?:No magic bytes found at end of file|File) '([^']+)'(?: too small to be a Parquet|$| )",
     _fixed("HIVE_BAD_DATA: Not valid Parquet file: {0} expected magic number: PAR1")),
    (r"scalar subqueries can only return a single row|More than one row returned by a subquery",
     _fixed("SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows")),
    (r"(?:Failed to (?:read|decode|decompress)|GZIP|gzip|unexpected end).*",
     _fixed("HIVE_CURSOR_ERROR: Unexpected end of input stream: {all}")),
    (r"Out of Memory", _fixed("EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources at this scale factor")),
    (r"Overflow in|out of range|value out of range",
     lambda m, s: "NUMERIC_VALUE_OUT_OF_RANGE: " + re.sub(r"^(?:\w+ )+Error: ", "", m.string)),
]  # fmt: skip


def _place(statement: exp.Expr | None, name: str) -> str:
    for node in statement.find_all(exp.Identifier, exp.Func) if statement is not None else []:
        written = node.name if isinstance(node, (exp.Identifier, exp.Anonymous)) else node.sql_name()
        if written.lower() == name.lower() and "start" in node.meta:
            return position(node)
    return ""


def describe_duckdb(error: duckdb.Error, statement: exp.Expr | None) -> str:
    """The message that Athena would give."""
    text = " ".join(str(error).split())
    planning = isinstance(error, (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException))
    for pattern, make in _PLANNING if planning else _RUNNING:
        match = re.search(pattern, text)
        if match is not None:
            return make(match, statement)
    bare = re.sub(r"^(?:\w+ )+Error: ", "", text).partition(" LINE ")[0]
    return f"{'SYNTAX_ERROR' if planning else 'GENERIC_INTERNAL_ERROR'}: {bare}"
