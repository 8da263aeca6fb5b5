"""Random queries over a lake and over plain tables of the same rows: pruning and column selection change no answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from engines.athena.support import JSON_SERDE, Cloud
from local_engines.athena.printing import printer
from local_engines.sql.macros import create_macros
from local_engines.sql.trino import to_duckdb
from local_engines.sql.trino_syntax import parse_query

DB = "random_db"
#: Two of each form. More find more: a thousand found nothing else.
QUERIES = 16

CLICK_VALUES = ["id", "cat", "amt", "dev.os", "dev.v.maj", "dev.v", "ts", "f", "day", "h", "cardinality(tags)",
                "tags[1]", "id % 7", "date_trunc('hour', ts)", "coalesce(cat, 'x')",
                "CAST(id AS varchar)", "amt * 2"]  # fmt: skip
CLICK_FILTERS = [
    "day = DATE '2026-01-02'", "day > DATE '2026-01-01'", "h = 10", "h IN (1, 10)", "id < 60", "cat = 'c1'",
    "cat IS NULL", "dev.os = 'os1'", "dev.v.maj > 1", "ts < TIMESTAMP '2026-01-01 00:10:00'", "amt > 20.5", "h + 1 = 2",
    "CAST(h AS varchar) = '1'", "day = DATE '2026-01-02' OR h = 1", "NOT (h = 1)", "tags[1] = 'a0'", "f > 5e0",
    "cat LIKE 'c%' AND h <> 0", "id % 2 = 0", "coalesce(cat, 'zz') <> 'c2'", "dev.v.min = h",
]  # fmt: skip
USER_VALUES = ["uid", "name", "addr.city", "addr.zip", "ok", "y", "m", "y || '-' || m", "coalesce(name, addr.city)"]
USER_FILTERS = ["y = '2025'", "m >= '02'", "y || m = '202602'", "uid < 20", "name IS NOT NULL", "addr.city = 'c1'",
                "ok", "CAST(y AS integer) > 2025", "addr.zip > '3' OR m = '02'"]  # fmt: skip


def where(pick: random.Random, filters: list[str]) -> str:
    chosen = pick.sample(filters, pick.randint(0, 3))
    joined = pick.choice([" AND ", " OR "]).join(f"({condition})" for condition in chosen)
    return f" WHERE {joined}" if chosen else ""


def random_query(seed: int) -> str:
    pick = random.Random(seed)
    clicks = f"(SELECT * FROM clicks{where(pick, CLICK_FILTERS)})"
    users = f"(SELECT * FROM users{where(pick, USER_FILTERS)})"
    keys = ", ".join(pick.sample(["cat", "dev.os", "day", "h"], 2))
    forms: list[Callable[[], str]] = [
        lambda: f"SELECT {', '.join(pick.sample(CLICK_VALUES, pick.randint(1, 8)))} FROM {clicks}",
        lambda: f"SELECT {', '.join(pick.sample(USER_VALUES, pick.randint(1, 6)))} FROM {users}",
        lambda: f"SELECT {keys}, count(*), sum(amt), max(id) FROM {clicks} GROUP BY {keys}",
        lambda: (
            f"SELECT a.id, b.name, a.day, b.y FROM {clicks} a {pick.choice(['JOIN', 'LEFT JOIN', 'FULL JOIN'])} "
            f"{users} b ON a.id = b.uid{pick.choice(['', ' AND a.h = 1'])}"
        ),
        lambda: (
            f"WITH x AS {clicks}, y AS (SELECT day, max(id) AS top FROM x GROUP BY day) "
            "SELECT x.id, y.top, x.dev.os FROM x JOIN y ON x.day = y.day"
        ),
        lambda: f"SELECT id, sum(amt) OVER (PARTITION BY day ORDER BY id, h) FROM {clicks}",
        lambda: f"SELECT id, h FROM clicks WHERE id IN (SELECT uid FROM {users}) AND EXISTS (SELECT 1 FROM {clicks})",
        lambda: f"SELECT id FROM {clicks} UNION ALL SELECT uid FROM {users}",
    ]
    return forms[seed % len(forms)]()


@pytest.fixture(scope="module")
def plain(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The lake's rows in tables of DuckDB's own."""
    folder = tmp_path_factory.mktemp("random")
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'; SET integer_division = true")
    create_macros(connection)
    cloud.database(DB)
    _clicks(cloud, folder, connection)
    _users(cloud, connection)
    return connection


def _clicks(cloud: Cloud, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
    columns = {"id": "bigint", "cat": "string", "amt": "decimal(12,2)", "tags": "array<string>", "ts": "timestamp",
               "dev": "struct<os:string,v:struct<maj:int,min:int>>", "f": "double"}  # fmt: skip
    place = cloud.table(DB, "clicks", columns, keys={"day": "date", "h": "int"})
    parts: list[str] = []
    for index, (day, hour) in enumerate((d, h) for d in ("2026-01-01", "2026-01-02") for h in (1, 10)):
        rows = f"""SELECT CAST(i + {index * 30} AS BIGINT) AS id, CASE WHEN i % 7 > 0 THEN 'c' || i % 5 END AS cat,
            CAST(i * 1.5 AS DECIMAL(12,2)) AS amt, ['a' || i % 2, 'b'] AS tags,
            TIMESTAMP '2026-01-01' + INTERVAL (i) MINUTE AS ts,
            {{'os': 'os' || i % 3, 'v': {{'maj': (i % 4)::INTEGER, 'min': (i % 2)::INTEGER}}}} AS dev,
            i / 4.0::DOUBLE AS f FROM range(40) t(i)"""
        cloud.put_parquet(f"{place}{day}/{hour}/{index}.parquet", rows, folder)
        cloud.partition(DB, "clicks", [day, str(hour)], f"{place}{day}/{hour}/")
        parts.append(f"SELECT *, DATE '{day}' AS day, {hour}::INTEGER AS h FROM ({rows})")
    connection.execute(f"CREATE TABLE clicks AS {' UNION ALL '.join(parts)}")


def _users(cloud: Cloud, connection: duckdb.DuckDBPyConnection) -> None:
    columns = {"uid": "bigint", "name": "string", "addr": "struct<city:string,zip:string>", "ok": "boolean"}
    projection = {"projection.enabled": "true", "projection.y.type": "integer", "projection.y.range": "2025,2026",
                  "projection.m.type": "integer", "projection.m.range": "1,2", "projection.m.digits": "2"}  # fmt: skip
    place = cloud.table(
        DB, "users", columns, keys={"y": "string", "m": "string"}, serde=JSON_SERDE, parameters=projection
    )
    connection.execute(
        "CREATE TABLE users (uid BIGINT, name VARCHAR, addr STRUCT(city VARCHAR, zip VARCHAR), ok BOOLEAN, y VARCHAR, "
        "m VARCHAR)"
    )
    for index, (year, month) in enumerate((y, m) for y in ("2025", "2026") for m in ("01", "02")):
        rows = [
            {"uid": index * 9 + i, "name": f"n{i}" if i % 4 else None, "ok": i % 2 == 0,
             "addr": {"city": f"c{i % 3}", "zip": str(i)} if i % 5 else None}
            for i in range(12)
        ]  # fmt: skip
        cloud.put_json(f"{place}y={year}/m={month}/a.json", rows)
        connection.executemany(
            "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)",
            [[row["uid"], row["name"], row["addr"], row["ok"], year, month] for row in rows],
        )


@pytest.mark.parametrize("seed", range(QUERIES))
def test_the_lake_answers_like_plain_tables(cloud: Cloud, plain: duckdb.DuckDBPyConnection, seed: int) -> None:
    sql = random_query(seed)
    result = plain.execute(to_duckdb(parse_query(sql), []))
    prints = [printer(kind) for _, kind, *_ in result.description]
    expected = [tuple(show(value) for show, value in zip(prints, row, strict=True)) for row in result.fetchall()]
    assert sorted(map(str, cloud.rows(sql, DB))) == sorted(map(str, expected)), sql
