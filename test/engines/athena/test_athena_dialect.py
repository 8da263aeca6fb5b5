"""Trino's expressions and queries, each with the answer that Trino gives; and what Trino refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from engines.athena.dialect_expressions import EXPRESSIONS
from engines.athena.dialect_statements import FAILURES, QUERIES, REFUSED, SYNTAX_ERRORS
from local_engines.athena.errors import describe
from local_engines.athena.language.parse import parse_statement
from local_engines.athena.language.statements import QueryText, Select
from local_engines.athena.run.select import text_rows
from local_engines.athena.run.session import NULL_KIND, Compiled, Session
from local_engines.context import Endpoints, EngineContext
from local_engines.sql.duck import DuckPool
from local_engines.sql.syntax import SqlSyntaxError
from local_engines.sql.type_checks import family
from local_engines.sql.types import infer_types

Rows = list[tuple[str | None, ...]]
#: What DuckDB calls the types of a family.
FAMILIES = {
    "number": r"(TINY|SMALL|U?BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT",
    "text": "VARCHAR",
    "time": "DATE|TIME.*",
    "boolean": "BOOLEAN",
}


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckPool]:
    """DuckDB without a cloud: nothing here reads a table."""
    folder = tmp_path_factory.mktemp("dialect")
    found = DuckPool(EngineContext(Endpoints("http://127.0.0.1:9", "", ""), folder, "us-east-1"))
    try:
        yield found
    finally:
        found.close()


@contextmanager
def session_of(pool: DuckPool, sql: str) -> Iterator[tuple[Session, QueryText]]:
    statement = parse_statement(sql)
    assert isinstance(statement, Select)
    nothing: Any = None
    session = Session(pool.cursor(), nothing, nothing, nothing, "default", "s3://r/", "q", Path("never"), {})
    try:
        yield session, statement.query
    finally:
        session.close()


@pytest.fixture(scope="module")
def ask(pool: DuckPool) -> Callable[[str], Rows]:
    """Runs a query; what goes wrong is raised as Athena would put it."""

    def run(sql: str) -> Rows:
        with session_of(pool, sql) as (session, query):
            try:
                compiled = session.compile(query)
                rows = [tuple(row) for row in text_rows(session, compiled)]
            except Exception as error:
                raise AssertionError(describe(error, session.tree)) from error
            check_known_types(query, compiled)
            return rows

    return run


def check_known_types(query: QueryText, compiled: Compiled) -> None:
    """Types that are guessed before the query runs are right: a wrong one would refuse what Trino compares."""
    types = infer_types(query.tree, [], "trino")
    known = [family(projection.unalias(), types) for projection in query.tree.selects]
    if len(known) == len(compiled.columns):
        for guess, column in zip(known, compiled.columns, strict=True):
            right = guess is None or column.kind == NULL_KIND or re.fullmatch(FAMILIES[guess[0]], column.kind)
            assert right, (query.sql, guess, column.kind)


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS, ids=[sql for sql, _ in EXPRESSIONS])
def test_an_expression(ask: Callable[[str], Rows], expression: str, expected: str | None) -> None:
    assert ask(f"SELECT {expression}") == [(expected,)]


@pytest.mark.parametrize(("sql", "expected"), QUERIES, ids=[sql for sql, _ in QUERIES])
def test_a_query(ask: Callable[[str], Rows], sql: str, expected: Rows) -> None:
    assert ask(sql) == expected


@pytest.mark.parametrize(("sql", "message"), FAILURES, ids=[sql for sql, _ in FAILURES])
def test_what_fails_on_aws_fails_here(ask: Callable[[str], Rows], sql: str, message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        ask(sql)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("sql", "message"), SYNTAX_ERRORS, ids=[sql for sql, _ in SYNTAX_ERRORS])
def test_a_syntax_error_has_a_place(sql: str, message: str) -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        parse_statement(sql)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("sql", REFUSED)
def test_what_the_local_target_lacks_is_refused_by_name(ask: Callable[[str], Rows], sql: str) -> None:
    with pytest.raises(AssertionError) as caught:
        ask(f"SELECT {sql}")
    assert str(caught.value).startswith("NOT_SUPPORTED: ")
