"""Redshift's queries as DuckDB SQL, on the syntax tree: sqlglot does most, the rules what it leaves or gets wrong."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError, UnsupportedError

from ...sql.binder import Reference
from ...sql.tokens import tokenize
from ...sql.types import infer_types
from .errors import RedshiftError, describe, unsupported
from .functions import ADD_MONTHS, check_functions
from .refusals import check_features
from .rules import RULES


def parse_one(sql: str) -> exp.Expr:
    """One statement; identifiers are in lower case, as Redshift reads them, quoted or not.

    :raises RedshiftError: text that is not one statement, or calls what the local target lacks.
    """
    try:
        found = [tree for tree in sqlglot.parse(_distinct_names(sql), read="redshift") if tree is not None]
    except SqlglotError as error:
        raise RedshiftError(describe(error).removeprefix("ERROR: ")) from error
    if len(found) != 1:
        raise RedshiftError("cannot insert multiple commands into a prepared statement")
    for identifier in found[0].find_all(exp.Identifier):
        identifier.set("this", identifier.this.lower())
    check_functions(found[0])
    check_features(found[0])
    return found[0]


def _distinct_names(sql: str) -> str:
    """ADD_MONTHS under a name of its own: sqlglot would take it for DATEADD, which knows no ends of months."""
    for token, after in reversed(list(itertools.pairwise(tokenize(sql)))):
        if (token.word, after.text) == ("ADD_MONTHS", "("):
            sql = f"{sql[: token.start]}{ADD_MONTHS}{sql[token.end :]}"
    return sql


def parse_query(sql: str) -> exp.Query:
    """One SELECT, or a set operation of several."""
    tree = parse_one(sql)
    if not isinstance(tree, exp.Query):
        raise RedshiftError(f'syntax error at or near "{sql.split(maxsplit=1)[0] if sql.strip() else ""}" Position: 1')
    return tree


def to_duckdb(query: exp.Expr, references: Sequence[Reference], user: str) -> str:
    """DuckDB's SQL for a bound query, which is changed in place; `user` is CURRENT_USER."""
    types = infer_types(query, references, "redshift")
    for node in list(query.walk(bfs=False))[::-1]:
        if isinstance(node, (exp.CurrentUser, exp.SessionUser)):
            node.replace(exp.Literal.string(user))
            continue
        rule = RULES.get(type(node))
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
        raise unsupported(str(error)) from error
