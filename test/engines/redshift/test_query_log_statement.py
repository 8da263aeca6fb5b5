"""The statement by which the query log reads a warehouse's history, as the program has it, on the local target."""

from __future__ import annotations

import re
from pathlib import Path

from engines.redshift.data_support import Database

_SOURCE = Path(__file__).parents[3] / "handlers" / "query-log" / "redshift-record.ts"
_LONG_AGO = [{"name": "since", "value": "2020-01-01 00:00:00.000"}]
#: Columns of the statement.
_USER, _TYPE, _STATUS, _ENDED, _ERROR, _TEXT, _BYTES = 1, 2, 3, 6, 11, 12, 13


def statement() -> str:
    found = re.search(r"HISTORY_STATEMENT = `(.*?)`;", _SOURCE.read_text(), re.DOTALL)
    assert found is not None
    return found.group(1)


def test_each_ended_statement_is_there_once_but_for_the_logs_own(db: Database) -> None:
    db.run("CREATE TABLE asked (a INTEGER)")
    db.run("INSERT INTO asked VALUES (1)")
    assert db.rows("SELECT a FROM asked WHERE a = 1")
    assert "nope" in db.failure("SELECT nope FROM asked")
    for _ in range(2):
        rows = [row for row in db.rows(statement(), Parameters=_LONG_AGO) if "asked" in str(row[_TEXT])]
        assert [(row[_TYPE], row[_STATUS], row[_TEXT]) for row in rows] == [
            ("DDL", "success", "CREATE TABLE asked (a INTEGER)"),
            ("INSERT", "success", "INSERT INTO asked VALUES (1)"),
            ("SELECT", "success", "SELECT a FROM asked WHERE a = 1"),
            ("SELECT", "failed", "SELECT nope FROM asked"),
        ]
    assert {row[_USER] for row in rows} == {db.warehouse.admin_user}
    assert [bool(row[_ERROR]) for row in rows] == [False, False, False, True]
    # Nothing was read from the lake. The sum is a NUMERIC, which the Data API gives as text.
    assert {row[_BYTES] for row in rows} == {"0"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", str(row[_ENDED])) for row in rows)


def test_what_ended_before_the_watermark_is_not_asked_for(db: Database) -> None:
    db.run("SELECT 1")
    assert db.rows(statement(), Parameters=[{"name": "since", "value": "2999-01-01 00:00:00.000"}]) == []
