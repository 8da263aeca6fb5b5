"""Trino SQL (Athena engine version 3) to DuckDB SQL, on the syntax tree.

sqlglot's own transpilation does most; the rules are for what it leaves or gets wrong. Each is a function of one node;
they run bottom-up over a bound statement.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, UnsupportedError

from . import collection_rules, function_rules, type_checks, value_rules
from .binder import Reference
from .nodes import ArgumentTypeError, Rule, TypeMismatchError, Types, UnsupportedSqlError, call
from .types import infer_types

__all__ = ["ArgumentTypeError", "TypeMismatchError", "UnsupportedSqlError", "call", "parse", "to_duckdb"]


def _call(node: exp.Anonymous, types: Types) -> exp.Expr:
    changed = collection_rules.collection_call(node, types)
    return function_rules.RULES[exp.Anonymous](node, types) if changed is None else changed


_RULES: dict[type[exp.Expr], Rule] = {
    **type_checks.RULES,
    **value_rules.RULES,
    **function_rules.RULES,
    **collection_rules.RULES,
    exp.Anonymous: _call,
}


def to_duckdb(query: exp.Expr, references: Sequence[Reference]) -> str:
    """DuckDB's SQL for a bound Trino query, which is changed in place; raises UnsupportedSqlError."""
    types = infer_types(query, references, "trino")
    for node in list(query.walk(bfs=False))[::-1]:
        rule = _RULES.get(type(node))
        if rule is None:
            continue
        changed = rule(node, types)
        if changed is not node:
            if node is query:
                query = changed
            else:
                node.replace(changed)
    try:
        return query.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE, comments=False)
    except UnsupportedError as error:
        raise UnsupportedSqlError(f"NOT_SUPPORTED: {error}") from error


def parse(sql: str) -> list[exp.Expr]:
    """Statements of `sql`; raises sqlglot.errors.ParseError or TokenError."""
    return [statement for statement in sqlglot.parse(sql, read="trino") if statement is not None]
