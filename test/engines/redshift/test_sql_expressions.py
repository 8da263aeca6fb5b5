"""Redshift's expressions and queries, each with the answer that Redshift gives; and what is refused by name."""

from __future__ import annotations

import pytest
from engines.redshift.data_support import Database

#: Expression -> value as the Data API gives it: numeric, dates and text as text.
EXPRESSIONS = [
    # Arithmetic
    ("7 / 2", 3),
    ("-7 / 2", -3),
    ("7 % 3", 1),
    ("MOD(7, 3)", 1),
    ("1.10 * 1.10", "1.2100"),
    ("1.5 + 2", "3.5"),
    ("7.0::FLOAT8 / 2", 3.5),
    ("7::DECIMAL(5,2) / 2", "3.5000000000000"),
    ("2 * 3::BIGINT", 6),
    ("ABS(-1)", 1),
    ("ROUND(1.256, 2)", "1.26"),
    ("CEIL(1.2)", "2"),
    ("FLOOR(-1.2)", "-2"),
    ("TRUNC(3.79)", "3"),
    ("SQRT(4)", 2.0),
    ("POWER(2, 3)", 8.0),
    ("LOG(100)", 2.0),
    ("LN(1)", 0.0),
    ("SIGN(-2)", -1),
    ("GREATEST(1, NULL, 3)", 3),
    ("LEAST(1, 2)", 1),
    # Nulls and conditions
    ("'a' || NULL", None),
    ("CONCAT('a', NULL)", None),
    ("CONCAT('a', 'b')", "ab"),
    ("NVL(NULL, 2)", 2),
    ("NVL2(NULL, 1, 2)", 2),
    ("COALESCE(NULL, 'x')", "x"),
    ("NULLIF(1, 1)", None),
    ("DECODE(2, 1, 'x', 2, 'y', 'z')", "y"),
    ("DECODE(NULL, NULL, 'n', 'm')", "n"),
    ("CASE WHEN 1 = 1 THEN 'a' ELSE 'b' END", "a"),
    ("1 IN (1, 2)", True),
    ("5 BETWEEN 1 AND 9", True),
    ("NOT TRUE", False),
    # Casts
    ("CAST('12' AS INTEGER)", 12),
    ("CAST(1.5 AS INTEGER)", 2),
    ("CAST('abcdef' AS VARCHAR(3))", "abc"),
    ("'abcdef'::CHAR(2)", "ab"),
    ("CAST('äbc' AS VARCHAR(2))", "ä"),
    ("CAST(TRUE AS VARCHAR)", "true"),
    ("1.25::DECIMAL(10,1)", "1.3"),
    ("CAST('2026-01-01' AS TIMESTAMP)::VARCHAR", "2026-01-01 00:00:00"),
    ("CAST(NULL AS INTEGER)", None),
    ("'2026-01-01'::DATE::VARCHAR", "2026-01-01"),
    ("TRY_CAST('x' AS INTEGER)", None),
    # Dates
    ("DATEADD(day, -3, '2026-01-10'::DATE)", "2026-01-07 00:00:00"),
    ("DATEADD(month, 1, TIMESTAMP '2026-01-31 10:00:00')", "2026-02-28 10:00:00"),
    ("DATEADD(hour, 1, '2026-01-01 00:00:00')", "2026-01-01 01:00:00"),
    ("DATEDIFF(day, '2026-01-01', '2026-01-03')", 2),
    ("DATEDIFF(hour, TIMESTAMP '2026-01-01 10:59:00', TIMESTAMP '2026-01-01 11:00:00')", 1),
    ("DATEDIFF(month, '2026-01-31', '2026-02-01')", 1),
    ("DATE_TRUNC('month', DATE '2026-05-06')", "2026-05-01 00:00:00"),
    ("DATE_TRUNC('week', TIMESTAMP '2026-05-06 10:00:00')", "2026-05-04 00:00:00"),
    ("DATE_PART(year, DATE '2026-05-06')", 2026),
    ("DATE_PART('dow', DATE '2026-05-10')", 0),
    ("EXTRACT(epoch FROM TIMESTAMP '2026-01-01 00:00:00')", 1767225600),
    ("TRUNC(TIMESTAMP '2026-01-01 10:00:00')", "2026-01-01"),
    ("LAST_DAY(DATE '2026-02-10')", "2026-02-28"),
    ("ADD_MONTHS('2026-01-15', 1)", "2026-02-15 00:00:00"),
    ("ADD_MONTHS('2026-02-28', 1)", "2026-03-31 00:00:00"),
    ("'2026-01-01'::DATE + 3", "2026-01-04"),
    ("DATE '2026-01-05' - DATE '2026-01-01'", 4),
    ("TIMESTAMP '2026-01-01' + INTERVAL '1 day'", "2026-01-02 00:00:00"),
    ("TO_CHAR(TIMESTAMP '2026-01-02 03:04:05', 'YYYY-MM-DD HH24:MI:SS')", "2026-01-02 03:04:05"),
    ("TO_CHAR(DATE '2026-01-02', 'YYYYMMDD')", "20260102"),
    ("TO_DATE('2026/01/02', 'YYYY/MM/DD')", "2026-01-02"),
    ("CONVERT_TIMEZONE('UTC', 'America/New_York', TIMESTAMP '2026-01-01 12:00:00')", "2026-01-01 07:00:00"),
    ("CONVERT_TIMEZONE('America/New_York', TIMESTAMP '2026-01-01 12:00:00')", "2026-01-01 07:00:00"),
    ("GETDATE()::DATE = CURRENT_DATE", True),
    ("SYSDATE > '2020-01-01'", True),
    # Text
    ("LEN('äb')", 2),
    ("OCTET_LENGTH('äb')", 3),
    ("UPPER('a')", "A"),
    ("LEFT('abc', 2)", "ab"),
    ("RIGHT('abc', 2)", "bc"),
    ("REPLACE('aba', 'a', 'x')", "xbx"),
    ("REVERSE('abc')", "cba"),
    ("REPEAT('ab', 2)", "abab"),
    ("LPAD('7', 3, '0')", "007"),
    ("TRIM('  a ')", "a"),
    ("BTRIM(' a ')", "a"),
    ("LTRIM('  a')", "a"),
    ("SUBSTRING('abcdef', 2, 3)", "bcd"),
    ("STRPOS('abc', 'b')", 2),
    ("CHARINDEX('b', 'abc')", 2),
    ("POSITION('b' IN 'abc')", 2),
    ("CHR(65)", "A"),
    ("ASCII('A')", 65),
    ("TRANSLATE('abc', 'ab', 'xy')", "xyc"),
    ("INITCAP('hello world')", "Hello World"),
    ("SPLIT_PART('a,b,c', ',', 2)", "b"),
    ("SPLIT_PART('a,b', ',', 5)", ""),
    ("STRTOL('ff', 16)", 255),
    ("STRTOL('101', 2)", 5),
    ("MD5('x')", "9dd4e461268c8034f5c8564e155c67a6"),
    ("FUNC_SHA1('x')", "11f6ad8ec52a2984abaafd7c3b516503785c2072"),
    ("SHA2('x', 256)", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"),
    # Patterns
    ("REGEXP_REPLACE('abcabc', 'b', 'x')", "axcaxc"),
    ("REGEXP_REPLACE('a1b2', '([0-9])', '<$1>')", "a<1>b<2>"),
    ("REGEXP_SUBSTR('abc123', '[0-9]+')", "123"),
    ("REGEXP_SUBSTR('abc', '[0-9]+')", ""),
    ("REGEXP_COUNT('abab', 'b')", 2),
    ("REGEXP_INSTR('abcb', 'b')", 2),
    ("'abc' SIMILAR TO 'a%'", True),
    ("'abc' SIMILAR TO '(a|b)_c'", True),
    ("'abc' SIMILAR TO 'a.c'", False),
    ("'abc' ~ 'b'", True),
    ("'abc' !~ 'b'", False),
    ("'ABC' ILIKE 'a%'", True),
    ("'a_c' LIKE 'a\\\\_c'", True),
    ("'abc' LIKE 'a\\\\_c'", False),
    ("'a%c' LIKE 'a!%c' ESCAPE '!'", True),
    # JSON
    ("JSON_EXTRACT_PATH_TEXT('{\"a\":{\"b\":1}}', 'a', 'b')", "1"),
    ("JSON_EXTRACT_PATH_TEXT('{\"a\":1}', 'z')", ""),
    ("JSON_EXTRACT_PATH_TEXT('x{', 'z', TRUE)", None),
    ("IS_VALID_JSON('{\"a\":1}')", True),
    ("IS_VALID_JSON('{a')", False),
    ("IS_VALID_JSON_ARRAY('[1]')", True),
    ("JSON_ARRAY_LENGTH('[1,2]')", 2),
    ("JSON_EXTRACT_ARRAY_ELEMENT_TEXT('[1,2]', 1)", "2"),
    ("JSON_SERIALIZE(JSON_PARSE('{\"a\":1}'))", '{"a":1}'),
]

_T = "(SELECT 1 AS i, 'b' AS v, 2.50 AS d UNION ALL SELECT 2, 'a', 1.25 UNION ALL SELECT 3, NULL, NULL) t"
QUERIES: list[tuple[str, list[tuple[object, ...]]]] = [
    (f"SELECT v FROM {_T} ORDER BY v", [("a",), ("b",), (None,)]),
    (f"SELECT v FROM {_T} ORDER BY v DESC", [(None,), ("b",), ("a",)]),
    (f"SELECT TOP 1 i FROM {_T} ORDER BY i DESC", [(3,)]),
    (f"SELECT i FROM {_T} ORDER BY i LIMIT 1 OFFSET 1", [(2,)]),
    (f"SELECT COUNT(*), COUNT(v), SUM(d), AVG(i), MAX(v) FROM {_T}", [(3, 2, "3.75", 2, "b")]),
    (f"SELECT LISTAGG(v, '-') WITHIN GROUP (ORDER BY i), LISTAGG(v) FROM {_T}", [("b-a", "ba")]),
    (f"SELECT MEDIAN(i), PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY i) FROM {_T}", [(2.0, 1.5)]),
    (f"SELECT APPROXIMATE COUNT(DISTINCT i) FROM {_T}", [(3,)]),
    (f"SELECT i, ROW_NUMBER() OVER (ORDER BY i DESC) AS n FROM {_T} QUALIFY n = 1", [(3, 1)]),
    (
        f"SELECT i, LAG(i) OVER (ORDER BY i), SUM(i) OVER (ORDER BY i ROWS UNBOUNDED PRECEDING) FROM {_T} ORDER BY i",
        [(1, None, 1), (2, 1, 3), (3, 2, 6)],
    ),
    (f"SELECT i, RATIO_TO_REPORT(i) OVER () FROM {_T} ORDER BY i", [(1, 1 / 6), (2, 2 / 6), (3, 3 / 6)]),
    (
        f"SELECT LISTAGG(DISTINCT w, ',') WITHIN GROUP (ORDER BY w) FROM (SELECT NVL(v, 'b') AS w FROM {_T}) u",
        [("a,b",)],
    ),
    # Exact, however the digits fall.
    (
        f"SELECT SUM(i) * 100.0 / COUNT(*), AVG(d), AVG(i * 1.5) FROM {_T}",
        [("200.000000000000000000000", "1.88", "3.0")],
    ),
    (
        "SELECT -1.00 / 3, 0.01 / 100, 12345678901234567890.12 / 7",
        [("-0.3333333333333", "0.0001000000000", "1763668414462081127.1600000000000")],
    ),
    (f"SELECT AVG(d) OVER (), AVG(i) OVER () FROM {_T} LIMIT 1", [("1.88", 2)]),
    ("SELECT 1 MINUS SELECT 2", [(1,)]),
    ("SELECT 1 AS a UNION SELECT 1 UNION ALL SELECT 2 ORDER BY 1", [(1,), (2,)]),
    ("WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT x, y FROM a, b", [(1, 2)]),
    (
        f"SELECT a.i FROM {_T.replace(') t', ') a')} LEFT JOIN {_T.replace(') t', ') b')} ON a.i = b.i + 1 "
        "WHERE b.i IS NULL",
        [(1,)],
    ),
    (f"SELECT i FROM {_T} WHERE d > (SELECT AVG(d) FROM {_T.replace(') t', ') u')})", [(1,)]),
    (f"SELECT BOOL_AND(i > 0), BOOL_OR(i > 2) FROM {_T}", [(True, True)]),
    ("SELECT SUM(CASE WHEN i > 1 THEN 1 ELSE 0 END) FROM (SELECT 1 AS i UNION ALL SELECT 2) t", [(1,)]),
]

FAILURES = [
    ("1 / 0", "Divide by zero"),
    ("7 % 0", "Divide by zero"),
    ("1.0 / 0", "Divide by zero"),
    ("CAST('no' AS INTEGER)", 'invalid input syntax for type integer: "no"'),
    ("CAST('x' AS DATE)", 'invalid input syntax for type date: "x"'),
    ("CAST(12345 AS DECIMAL(3,0))", "Numeric data overflow (result precision)"),
    ("2147483647 + 1", "Value out of range"),
    ("STRTOL('zz', 16)", "The input zz is not valid to be converted to base 16"),
    ("(SELECT 1 UNION ALL SELECT 2)", "single-row subquery returns more than one row."),
]

REFUSED = [
    ("foo(1)", "function foo()"),
    ("GENERATE_SERIES(1, 3)", "function "),
    ("SHA2('x', 512)", "sha2 of other than 256 bits"),
    ("TO_CHAR(DATE '2026-01-02', 'MONTH')", "MONTH in the date pattern"),
    ("TO_CHAR(12.5, '99.9')", "the date pattern '99.9'"),
    ("MONTHS_BETWEEN('2026-01-01', '2026-02-01')", "function months_between()"),
    ("LIST_SUM([1])", "function list_sum()"),
    ("REGEXP_SUBSTR('abc', 'b', 2)", "regexp_substr with a position"),
    ("VERSION()", "function "),
]

STATEMENTS = [
    "EXPLAIN SELECT 1",
    "CREATE PROCEDURE p() AS $$ $$ LANGUAGE plpgsql",
    "CALL p()",
    "CREATE DATABASE other",
    "SHOW TABLES",
    "CREATE FUNCTION f() RETURNS INT IMMUTABLE AS $$ 1 $$ LANGUAGE sql",
    "COMMENT ON TABLE t IS 'x'",
    "DECLARE c CURSOR FOR SELECT 1",
    "SET search_path TO hot",
    "PREPARE p AS SELECT 1",
    "SELECT * FROM stl_query",
    "SELECT 1 INTO TEMP t",
    "CREATE TABLE g (i GEOMETRY)",
    "SELECT x FROM other.public.t",
]


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS, ids=[sql for sql, _ in EXPRESSIONS])
def test_an_expression(db: Database, expression: str, expected: object) -> None:
    assert db.rows(f"SELECT {expression}") == [(expected,)]


@pytest.mark.parametrize(("sql", "expected"), QUERIES, ids=[sql[:60] for sql, _ in QUERIES])
def test_a_query(db: Database, sql: str, expected: list[tuple[object, ...]]) -> None:
    assert db.rows(sql) == expected


@pytest.mark.parametrize(("expression", "message"), FAILURES, ids=[sql for sql, _ in FAILURES])
def test_what_fails_on_aws_fails_here(db: Database, expression: str, message: str) -> None:
    assert db.failure(f"SELECT {expression}") == f"ERROR: {message}"


@pytest.mark.parametrize(("expression", "what"), REFUSED, ids=[sql for sql, _ in REFUSED])
def test_what_the_local_target_lacks_is_refused_by_name(db: Database, expression: str, what: str) -> None:
    reason = db.failure(f"SELECT {expression}")
    assert reason.startswith(f"ERROR: {what}") and reason.endswith("is not supported by the local target")


@pytest.mark.parametrize("sql", STATEMENTS)
def test_statements_that_are_refused_by_name(db: Database, sql: str) -> None:
    assert "is not supported by the local target" in db.failure(sql)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELEC 1", 'syntax error at or near "SELEC" Position: 1'),
        ("CREATE TABLE t (i INT", "syntax error at end of input"),
        ("SELECT 1; SELECT 2", "cannot insert multiple commands into a prepared statement"),
        ("SELECT * FROM (VALUES (1), (2)) v", 'syntax error at or near "VALUES": a VALUES list is no table'),
        ("SELECT DISTINCT ON (a) a FROM (SELECT 1 AS a) t", "SELECT DISTINCT ON is not supported"),
        ("SELECT COUNT(*) FILTER (WHERE a > 0) FROM (SELECT 1 AS a) t", 'syntax error at or near "FILTER"'),
        ("SELECT 1 IS DISTINCT FROM 2", 'syntax error at or near "IS DISTINCT FROM"'),
        (
            "SELECT SUM(a) OVER (ORDER BY a) FROM (SELECT 1 AS a) t",
            "Aggregate window functions with an ORDER BY clause require a frame clause",
        ),
        ("SELECT CAST(1 AS INT128)", 'type "int128" does not exist'),
        ("SELECT usesysid AS n FROM pg_user WHERE n > 1", 'column "n" does not exist'),
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ("SELECT * FROM nowhere.t", 'schema "nowhere" does not exist'),
    ],
)
def test_text_that_is_no_statement(db: Database, sql: str, message: str) -> None:
    assert db.failure(sql) == f"ERROR: {message}"


def test_columns_have_the_names_of_redshift(db: Database) -> None:
    sql = (
        "SELECT COUNT(*), SUM(x), MAX(x)::INT, 1, 1 + 1, 'a'::VARCHAR, CASE WHEN TRUE THEN 1 END, UPPER('a') "
        "FROM (SELECT 1 AS x)"
    )
    columns = db.cloud.data.get_statement_result(Id=db.run(sql)["Id"])["ColumnMetadata"]
    assert [column["name"] for column in columns] == [
        "count", "sum", "max", "?column?", "?column?", "varchar", "case", "upper",
    ]  # fmt: skip
