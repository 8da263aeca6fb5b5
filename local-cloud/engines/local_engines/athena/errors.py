"""Why a query failed, in Athena's words."""

from __future__ import annotations

import duckdb
from botocore.exceptions import BotoCoreError, ClientError
from sqlglot import exp

from ..errors import AwsError, EngineError
from ..lake.projection import ProjectionError
from ..sql.dates import DatePatternError
from ..sql.trino import ArgumentTypeError, TypeMismatchError
from .duckdb_errors import describe_duckdb
from .names import position


def describe(error: Exception, statement: exp.Expr | None) -> str:
    """The StateChangeReason of a failed query; `statement` is the statement as it was written."""
    text = " ".join(str(error).split())
    if isinstance(error, ArgumentTypeError):
        return f"FUNCTION_NOT_FOUND: {position(error.node)}{text}"
    if isinstance(error, TypeMismatchError):
        return f"TYPE_MISMATCH: {position(error.node)}{text}"
    if isinstance(error, ProjectionError):
        return f"INVALID_TABLE_PROPERTY: {text}"
    if isinstance(error, DatePatternError):
        return f"NOT_SUPPORTED: {text}"
    if isinstance(error, duckdb.Error):
        return describe_duckdb(error, statement)
    if isinstance(error, ClientError):
        problem = error.response["Error"]
        if problem.get("Code") in ("AccessDenied", "AccessDeniedException"):
            return f"PERMISSION_DENIED: {problem.get('Message', '')}"
        return f"{problem.get('Code', 'Unknown')}: {problem.get('Message', '')} ({error.operation_name})"
    if isinstance(error, AwsError) and error.code == "AccessDenied":
        return f"PERMISSION_DENIED: {text}"
    if isinstance(error, (EngineError, BotoCoreError)):
        return text
    return f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {text}"


#: Error name -> (category, type) of the error catalog: 1 is the system, 2 the user.
_TYPES = {
    "SYNTAX_ERROR": 1006, "COLUMN_NOT_FOUND": 1006, "FUNCTION_NOT_FOUND": 1303, "TYPE_MISMATCH": 1006,
    "TYPE_NOT_FOUND": 1006, "EXPRESSION_NOT_AGGREGATE": 1006, "AMBIGUOUS_NAME": 1006, "TABLE_NOT_FOUND": 1110,
    "SCHEMA_NOT_FOUND": 1301, "CATALOG_NOT_FOUND": 1301, "NOT_SUPPORTED": 1200, "INVALID_VIEW": 1107,
    "VIEW_IS_RECURSIVE": 1107, "INVALID_TABLE_PROPERTY": 1103, "CONSTRAINT_VIOLATION": 1009, "HIVE_BAD_DATA": 1001,
    "HIVE_CURSOR_ERROR": 1001, "HIVE_CANNOT_OPEN_SPLIT": 1001, "HIVE_UNSUPPORTED_FORMAT": 1200, "FAILED": 1003,
    "PERMISSION_DENIED": 1501, "NoSuchBucket": 1306, "DIVISION_BY_ZERO": 1007, "INVALID_CAST_ARGUMENT": 1007,
}  # fmt: skip


def athena_error(reason: str) -> dict[str, object]:
    """AthenaError of a failed query whose StateChangeReason is `reason`."""
    name = reason.partition(":")[0]
    system = name in ("GENERIC_INTERNAL_ERROR", "EXCEEDED_LOCAL_MEMORY_LIMIT")
    return {
        "ErrorCategory": 1 if system else 2,
        "ErrorType": 200 if system else _TYPES.get(name, 1009),
        "Retryable": False,
        "ErrorMessage": reason,
    }
