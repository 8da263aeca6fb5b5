"""Partition projection: which values properties stand for, and which of them a query needs."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import cache
from itertools import product
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_engines.lake.catalog import Column, GlueCatalog, Table
from local_engines.lake.hive_types import parse_hive_type
from local_engines.lake.partitions import InjectedColumnError, select_partitions
from local_engines.lake.plan import create_stand_in, plan_uses
from local_engines.lake.projection import ProjectionError, check_template, project_column, projected_location

NOW = datetime(2026, 3, 31, 22, 30, tzinfo=timezone.utc)


def values(**properties: str) -> tuple[str, ...]:
    return project_column(
        "c", {f"projection.c.{key.replace('_', '.')}": v for key, v in properties.items()}, NOW
    ).values


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"type": "enum", "values": "a, b,c"}, ("a", "b", "c")),
        ({"type": "ENUM", "values": "only"}, ("only",)),
        ({"type": "integer", "range": "1,3"}, ("1", "2", "3")),
        ({"type": "integer", "range": "-2,1"}, ("-2", "-1", "0", "1")),
        ({"type": "integer", "range": "0,10", "interval": "5"}, ("0", "5", "10")),
        ({"type": "integer", "range": "9,11", "digits": "2"}, ("09", "10", "11")),
        ({"type": "integer", "range": "7,7"}, ("7",)),
        (
            {"type": "date", "range": "2026-02-27,2026-03-02", "format": "yyyy-MM-dd"},
            ("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"),
        ),
        ({"type": "date", "range": "2025-11,2026-01", "format": "yyyy-MM"}, ("2025-11", "2025-12", "2026-01")),
        ({"type": "date", "range": "2024,2026", "format": "yyyy"}, ("2024", "2025", "2026")),
        ({"type": "date", "range": "NOW-1DAYS,NOW", "format": "yyyy-MM-dd"}, ("2026-03-30", "2026-03-31")),
        ({"type": "date", "range": "NOW-1MONTHS,NOW", "format": "yyyy/MM"}, ("2026/02", "2026/03")),
        ({"type": "date", "range": "NOW,NOW+1DAY", "format": "yyyyMMdd"}, ("20260331", "20260401")),
        ({"type": "date", "range": "now-1year, now", "format": "yyyy"}, ("2025", "2026")),
        (
            {"type": "date", "range": "NOW-2HOURS,NOW", "format": "yyyy/MM/dd/HH", "interval_unit": "HOURS"},
            ("2026/03/31/20", "2026/03/31/21", "2026/03/31/22"),
        ),
        (
            {"type": "date", "range": "2026-01-01,2026-01-20", "format": "yyyy-MM-dd", "interval": "1",
             "interval_unit": "WEEKS"},
            ("2026-01-01", "2026-01-08", "2026-01-15"),
        ),
        (
            {"type": "date", "range": "2026-01-31,2026-04-30", "format": "yyyy-MM-dd", "interval": "1",
             "interval_unit": "MONTHS"},
            ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"),
        ),
        ({"type": "date", "range": "2026/1/30,2026/2/1", "format": "yyyy/M/d"}, ("2026/1/30", "2026/1/31", "2026/2/1")),
        ({"type": "date", "range": "01-Feb-2026,02-Feb-2026", "format": "dd-MMM-yyyy"}, ("01-Feb-2026", "02-Feb-2026")),
        (
            {"type": "date", "range": "2026-01-01 00:00,2026-01-01 01:00", "format": "yyyy-MM-dd HH:mm",
             "interval": "30", "interval_unit": "minutes"},
            ("2026-01-01 00:00", "2026-01-01 00:30", "2026-01-01 01:00"),
        ),
    ],
)  # fmt: skip
def test_the_values_of_a_column(properties: dict[str, str], expected: tuple[str, ...]) -> None:
    assert values(**properties) == expected


def test_an_injected_column_has_no_values_of_its_own() -> None:
    column = project_column("c", {"projection.c.type": "injected"}, NOW)
    assert (column.injected, column.values) == (True, ())


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({}, "projection.c.type is missing"),
        ({"type": "set"}, "projection.c.type is 'set'; it must be enum, integer, date or injected"),
        ({"type": "enum"}, "projection.c.values is missing"),
        ({"type": "integer"}, "projection.c.range is missing"),
        ({"type": "integer", "range": "1"}, "projection.c.range is '1'; it must be two values"),
        ({"type": "integer", "range": "1,x"}, "both must be integers"),
        ({"type": "integer", "range": "5,1"}, "the first must not be above the last"),
        ({"type": "integer", "range": "1,5", "interval": "0"}, "projection.c.interval is '0'"),
        ({"type": "integer", "range": "1,5", "digits": "two"}, "projection.c.digits is 'two'"),
        ({"type": "integer", "range": "1,9999999"}, "at most 1000000 are supported"),
        ({"type": "date", "range": "NOW,NOW"}, "projection.c.format is missing"),
        ({"type": "date", "range": "yesterday,NOW", "format": "yyyy-MM-dd"}, "has 'yesterday', which is neither NOW"),
        ({"type": "date", "range": "NOW-1FORTNIGHT,NOW", "format": "yyyy-MM-dd"}, "which is neither NOW, NOW±n UNIT"),
        ({"type": "date", "range": "NOW-1DAY,NOW", "format": "yyyy-MM-dd-HH"}, "interval.unit is missing"),
        ({"type": "date", "range": "NOW-1DAY,NOW", "format": "yyyy-MM-dd", "interval_unit": "EONS"}, "is 'EONS'"),
    ],
)
def test_a_bad_property_is_named(properties: dict[str, str], message: str) -> None:
    with pytest.raises(ProjectionError) as caught:
        values(**properties)
    assert message in str(caught.value)
    assert str(caught.value).count("projection.c") >= 1


@pytest.mark.parametrize("template", ["s3://b/${year}/", "s3://b/${year}/${month}/${day}/", "s3://b/"])
def test_a_template_holds_every_column_and_no_other(template: str) -> None:
    with pytest.raises(ProjectionError, match="storage.location.template"):
        check_template(template, ("year", "month"))


def test_folders_follow_the_template_or_hives_names() -> None:
    names, row = ("year", "month"), ("2026", "03")
    assert projected_location("s3://b/t", None, names, row) == "s3://b/t/year=2026/month=03/"
    assert projected_location("s3://b/t", "s3://c/${year}/m${month}", names, row) == "s3://c/2026/m03/"


@given(st.integers(-50, 50), st.integers(0, 60), st.integers(1, 7), st.integers(1, 4))
def test_integers_are_those_of_pythons_range(low: int, length: int, interval: int, digits: int) -> None:
    found = values(type="integer", range=f"{low},{low + length}", interval=str(interval), digits=str(digits))
    assert [int(value) for value in found] == list(range(low, low + length + 1, interval))
    assert all(len(value.lstrip("-")) >= digits for value in found)


@given(st.dates(date(1999, 1, 1), date(2035, 1, 1)), st.integers(0, 400), st.integers(1, 40))
def test_days_are_those_of_the_calendar(first: date, length: int, interval: int) -> None:
    last = first + timedelta(days=length)
    found = values(type="date", range=f"{first},{last}", format="yyyy-MM-dd", interval=str(interval),
                   interval_unit="DAYS")  # fmt: skip
    assert found == tuple(str(first + timedelta(days=n)) for n in range(0, length + 1, interval))


# Against the filters of a query

KEYS = {"year": "string", "month": "string", "level": "int"}
PARAMETERS = {
    "projection.enabled": "true",
    "projection.year.type": "integer",
    "projection.year.range": "2024,2026",
    "projection.month.type": "integer",
    "projection.month.range": "1,12",
    "projection.month.digits": "2",
    "projection.level.type": "enum",
    "projection.level.values": "1,2,10",
    "storage.location.template": "s3://b/t/${year}/${month}/${level}/",
}
ALL = list(product(("2024", "2025", "2026"), [f"{month:02d}" for month in range(1, 13)], ("1", "2", "10")))


@cache
def database() -> duckdb.DuckDBPyConnection:
    """One for all: to open one takes longer than a test."""
    return duckdb.connect(":memory:", config={"threads": 1})


def projected_table(parameters: dict[str, str], keys: dict[str, str]) -> Table:
    def column(name: str, kind: str) -> Column:
        return Column(name, parse_hive_type(kind), kind)

    return Table("d", "t", (column("x", "int"),), tuple(column(n, k) for n, k in keys.items()), "s3://b/t/", "parquet",
                 parameters=parameters)  # fmt: skip


def needed(
    where: str, parameters: dict[str, str] = PARAMETERS, keys: dict[str, str] = KEYS
) -> list[tuple[tuple[str, ...], str]]:
    """(values, folder) of the partitions that `SELECT x FROM t WHERE …` needs."""
    table = projected_table(parameters, keys)
    catalog: Any = GlueCatalog.__new__(GlueCatalog)
    create_stand_in(database(), "ref_0", [(c.name, c.type.duckdb) for c in table.all_columns])
    use = plan_uses(database(), f"SELECT x FROM ref_0 WHERE {where}", ["ref_0"])["ref_0"]
    found = select_partitions(database(), catalog, table, "ref_0", use, NOW)
    return [(partition.values, partition.location) for partition in found]


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("true", 108),
        ("year = '2025'", 36),
        ("year = '2025' AND month = '03'", 3),
        ("year = '2025' AND month = '3'", 0),
        ("year >= '2025' AND month IN ('01', '02') AND level > 1", 8),
        ("(year = '2024' AND month = '12') OR (year = '2025' AND month = '01')", 6),
        ("level = 10", 36),
        ("level < 10", 72),
        ("year || month >= '202512'", 39),
        ("CAST(year AS integer) = 2026 AND level = 2", 12),
        ("date_trunc('year', CAST(year || '-01-01' AS date)) = DATE '2024-01-01'", 36),
        ("TRY_CAST(year AS integer) = 2026 AND x = 1", 36),
        ("year = '1999'", 0),
        ("x = 5", 108),
        ("x = 5 AND year = '2026'", 36),
        ("x = 5 OR year = '2026'", 108),
        ("NOT (year = '2026')", 72),
        ("year = '2024' AND (year = '2023' OR year = '2024')", 36),
        ("year >= '2025' AND year IN ('2024', '2025') AND month > '06'", 18),
        ("year BETWEEN '2025' AND '2026' AND month LIKE '0%'", 54),
    ],
)
def test_filters_leave_the_partitions_that_can_match(where: str, count: int) -> None:
    assert len(needed(where)) == count


def test_a_partitions_folder_is_its_values_in_the_template() -> None:
    assert needed("year = '2025' AND month = '03' AND level = 10") == [(("2025", "03", "10"), "s3://b/t/2025/03/10/")]


operators = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
years = st.tuples(st.just("year"), operators, st.sampled_from(["2023", "2024", "2025", "2026"]).map(lambda v: f"'{v}'"))
months = st.tuples(st.just("month"), operators, st.integers(0, 13).map(lambda v: f"'{v:02d}'"))
levels = st.tuples(st.just("level"), operators, st.integers(0, 11).map(str))
conditions = st.recursive(
    st.one_of(years, months, levels).map(" ".join),
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
    max_leaves=5,
)


@settings(max_examples=40, deadline=None)
@given(conditions)
def test_pruning_finds_what_a_look_at_every_combination_finds(where: str) -> None:
    rows = ", ".join(f"('{year}', '{month}', {level})" for year, month, level in ALL)
    sql = f"SELECT year, month, CAST(level AS varchar) FROM (VALUES {rows}) t(year, month, level) WHERE {where}"
    expected = set(database().execute(sql).fetchall())
    assert {found for found, _ in needed(where)} == expected


INJECTED = {"projection.enabled": "true", "projection.device.type": "injected"}


@pytest.mark.parametrize(
    ("where", "devices"),
    [
        ("device = 'a'", ["a"]),
        ("device IN ('a', 'b')", ["a", "b"]),
        ("device = 'a' OR device = 'b'", ["a", "b"]),
        ("device = 'a' AND x > 1", ["a"]),
    ],
)
def test_injected_values_come_from_the_query(where: str, devices: list[str]) -> None:
    found = needed(where, INJECTED, {"device": "string"})
    assert found == [((device,), f"s3://b/t/device={device}/") for device in devices]


@pytest.mark.parametrize("where", ["true", "device > 'a'", "device = 'a' OR x = 1", "x = 1", "device LIKE 'a%'"])
def test_an_injected_column_needs_an_equality(where: str) -> None:
    with pytest.raises(InjectedColumnError, match="injected projected partition column device"):
        needed(where, INJECTED, {"device": "string"})


def test_a_date_key_is_compared_as_a_date() -> None:
    parameters = {
        "projection.enabled": "true",
        "projection.day.type": "date",
        "projection.day.range": "2026/01/01,2026/12/31",
        "projection.day.format": "yyyy/MM/dd",
    }
    found = needed("day BETWEEN DATE '2026-02-27' AND DATE '2026-03-01'", parameters, {"day": "date"})
    assert [value for (value,), _ in found] == ["2026/02/27", "2026/02/28", "2026/03/01"]
