"""The program's own schema and its load, end to end: migrations, COPY, the swap of a date, the boundary, clicks_all."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from engines.redshift.data_support import LAKE, ROLE, Cloud, Database, migrate
from local_engines.athena.service import AthenaService
from local_engines.server import EngineServer

GOLD = "shop_gold"
DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(6)]
#: The first hot date.
BOUNDARY = DAYS[3]
TABLES = Path(__file__).parents[3] / "glue-jobs" / "clickstream_jobs" / "tables"
VALUES = {
    "users_distribution": "DISTSTYLE ALL",
    "gold_database": GOLD,
    "region": "us-east-1",
    "lake_role_arn": ROLE,
    "team": "shop",
}
DUCKDB = {"string": "VARCHAR", "int": "INTEGER", "double": "DOUBLE"}


def columns_of(name: str) -> dict[str, str]:
    found = json.loads((TABLES / f"{name}.json").read_text())
    return {column["name"]: column["type"] for column in found["columns"]}


def clicks_sql(day: date, rows: int) -> str:
    """`rows` events of the day: every fifth a purchase of 10.25, in one session of five events each."""
    given = {
        "event_id": "md5(i::VARCHAR || 'e')[:8] || '-0000-0000-0000-' || lpad(i::VARCHAR, 12, '0')",
        "event_type": "CASE WHEN i % 5 = 0 THEN 'purchase' ELSE 'product_view' END",
        "event_ts": f"TIMESTAMP '{day} 10:00:00' + to_seconds(i)",
        "user_key": "'u' || i % 7",
        "session_key": "md5((i // 5)::VARCHAR)",
        "product_category": "CASE WHEN i % 2 = 0 THEN 'books' ELSE 'games' END",
        "device_type": "'phone'",
        "revenue": "CASE WHEN i % 5 = 0 THEN 10.25 ELSE 0 END",
        "product_quantity": "1",
    }
    picked = [
        f"CAST({given.get(name, 'NULL')} AS {DUCKDB.get(kind, kind)}) AS {name}"
        for name, kind in columns_of("fact_clicks").items()
    ]
    return f"SELECT {', '.join(picked)} FROM range({rows}) t(i)"


def folder_of(day: date, run: int = 1) -> str:
    return f"s3://{LAKE}/{GOLD}/fact_clicks/event_date={day}/run={run}/"


@pytest.fixture(scope="module")
def shop(data_cloud: Cloud) -> Database:
    """Migrations applied as the program does, and a lake of six days of 10, 20, … 60 events."""
    data_cloud.glue.create_database(DatabaseInput={"Name": GOLD})
    data_cloud.table(GOLD, "fact_clicks", columns_of("fact_clicks"), {"event_date": "date"})
    for place, day in enumerate(DAYS, 1):
        data_cloud.put_parquet(f"{folder_of(day)}part-0.parquet", clicks_sql(day, place * 10))
        data_cloud.partition(GOLD, "fact_clicks", [str(day)], folder_of(day))
    found = Database(data_cloud, data_cloud.warehouses.add("shop"))
    migrate(found, VALUES)
    return found


def same(one: str, other: str) -> str:
    """The loader's check: fails unless both have the same count and revenue."""
    figures = "SELECT COUNT(*) AS n, COALESCE(SUM(revenue), 0) AS revenue FROM"
    return (
        "SELECT CAST(CASE WHEN a.n = b.n AND a.revenue = b.revenue THEN '1' ELSE 'they differ: ' || a.n::VARCHAR || "
        "' rows ' || a.revenue::VARCHAR || ' against ' || b.n::VARCHAR || ' rows ' || b.revenue::VARCHAR END "
        f"AS INTEGER) FROM ({figures} {one}) a CROSS JOIN ({figures} {other}) b"
    )


def load(day: date, boundary: date = BOUNDARY) -> list[str]:
    """One transaction of the loader."""
    return [
        "LOCK TABLE ops.tier_boundary",
        "DELETE FROM staging.fact_clicks",
        f"COPY staging.fact_clicks FROM '{folder_of(day)}' IAM_ROLE '{ROLE}' FORMAT AS PARQUET",
        same("staging.fact_clicks", f"lake.fact_clicks WHERE event_date = '{day}'"),
        f"DELETE FROM hot.fact_clicks WHERE event_date = '{day}'",
        f"INSERT INTO hot.fact_clicks SELECT s.*, DATE '{day}' FROM staging.fact_clicks s",
        f"DELETE FROM ops.loaded_dates WHERE event_date = '{day}'",
        "INSERT INTO ops.loaded_dates (event_date, location, row_count, revenue, loaded_at) "
        f"SELECT DATE '{day}', '{folder_of(day)}', COUNT(*), COALESCE(SUM(revenue), 0), GETDATE() "
        "FROM staging.fact_clicks",
        f"UPDATE ops.tier_boundary SET hot_from = '{boundary}', moved_at = GETDATE()",
    ]


def by_day(shop: Database) -> list[tuple[object, ...]]:
    sql = "SELECT event_date, COUNT(*), SUM(revenue) FROM serving.clicks_all GROUP BY event_date ORDER BY event_date"
    return shop.rows(sql)


EXPECTED = [(str(day), n * 10, f"{n * 2 * 10.25:.2f}") for n, day in enumerate(DAYS, 1)]


def test_everything_is_warm_before_the_first_load(shop: Database) -> None:
    assert shop.rows("SELECT hot_from FROM ops.tier_boundary") == [("9999-12-31",)]
    assert by_day(shop) == EXPECTED


def test_loads_move_dates_to_hot_and_change_no_answer(shop: Database) -> None:
    for day in DAYS[3:]:
        found = shop.run(*load(day))
        assert found["SubStatements"][5]["ResultRows"] == found["SubStatements"][2]["ResultRows"] > 0
    assert by_day(shop) == EXPECTED
    assert shop.value("SELECT COUNT(*) FROM hot.fact_clicks") == 40 + 50 + 60
    for _ in range(2):
        shop.run(*load(DAYS[4]))
    assert by_day(shop) == EXPECTED
    assert shop.rows("SELECT event_date, row_count, revenue FROM ops.loaded_dates ORDER BY 1") == EXPECTED[3:]


def test_only_the_warm_partitions_are_read(shop: Database) -> None:
    """The boundary is a subquery; it prunes all the same."""
    query = shop.run("SELECT SUM(revenue) FROM serving.clicks_all WHERE event_date >= DATE '2026-01-02'")
    detail = shop.rows(
        "SELECT total_partitions, qualified_partitions, scanned_files, returned_rows, returned_bytes > 0, file_format "
        f"FROM sys_external_query_detail WHERE query_id = {query['RedshiftQueryId']}"
    )
    assert detail == [(6, 2, 2, 20 + 30, True, "Parquet")]


def test_two_loads_of_one_date_at_once(shop: Database) -> None:
    ids = [shop.start(*load(DAYS[5])) for _ in range(3)]
    assert [shop.wait(identifier)["Status"] for identifier in ids] == ["FINISHED"] * 3
    assert by_day(shop) == EXPECTED


def test_a_load_whose_check_fails_leaves_the_old_rows(shop: Database) -> None:
    wrong = load(DAYS[4])
    wrong[1:3] = [wrong[1], wrong[2].replace(str(DAYS[4]), str(DAYS[3]))]
    assert shop.failure(*wrong) == (
        'Query #4 failed with ERROR: invalid input syntax for type integer: "they differ: 40 rows 82.00 against 50 '
        'rows 102.50"'
    )
    assert shop.failure("DELETE FROM hot.fact_clicks", "SELECT nope FROM ops.tier_boundary").startswith("Query #2")
    assert by_day(shop) == EXPECTED


def test_a_reader_never_sees_half_of_a_load(shop: Database) -> None:
    seen: list[list[tuple[object, ...]]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(by_day(shop))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(3):
            shop.run(*load(DAYS[3]))
    finally:
        done.set()
        reader.join()
    assert seen and all(answer == EXPECTED for answer in seen)


def test_the_materialized_view_is_as_of_its_refresh(shop: Database) -> None:
    stale = "SELECT is_stale FROM stv_mv_info WHERE name = 'daily_sales'"
    assert shop.value(stale) == "t"
    assert shop.value("SELECT COUNT(*) FROM serving.daily_sales") == 0
    shop.run("REFRESH MATERIALIZED VIEW serving.daily_sales")
    assert shop.value(stale) == "f"
    rows = shop.rows(
        "SELECT product_category, purchases, units, revenue, sessions, conversion_rate FROM serving.daily_sales "
        "WHERE event_date = '2026-01-04' ORDER BY 1"
    )
    assert rows == [("books", 4, 4, "41.00", 8, 0.5), ("games", 4, 4, "41.00", 8, 0.5)]


def test_moving_the_boundary_moves_a_date_to_warm(shop: Database) -> None:
    shop.run(
        "LOCK ops.tier_boundary",
        f"DELETE FROM hot.fact_clicks WHERE event_date < '{DAYS[4]}'",
        f"UPDATE ops.tier_boundary SET hot_from = '{DAYS[4]}', moved_at = GETDATE()",
    )
    assert by_day(shop) == EXPECTED
    assert shop.value("SELECT COUNT(*) FROM hot.fact_clicks") == 50 + 60


def test_teams_read_what_they_were_granted(shop: Database) -> None:
    for name in ("bi", "analysts", "loaders"):
        shop.run(f"CREATE USER one_of_{name} PASSWORD 'Secret123' IN GROUP shop_{name}")
    analyst, loader, bi = (shop.as_user(f"one_of_{name}") for name in ("analysts", "loaders", "bi"))
    assert analyst.value("SELECT COUNT(*) FROM serving.clicks_all") == 210
    assert analyst.rows("SELECT user_id, tier FROM hot.dim_users") == []
    assert analyst.failure("SELECT email_hash FROM hot.dim_users") == "ERROR: permission denied for relation dim_users"
    assert analyst.failure("DELETE FROM hot.fact_clicks") == "ERROR: permission denied for relation fact_clicks"
    assert bi.value("SELECT COUNT(*) FROM serving.daily_sales") > 0
    assert bi.failure("SELECT COUNT(*) FROM hot.fact_clicks") == "ERROR: permission denied for schema hot"
    assert loader.run("DELETE FROM hot.fact_clicks WHERE event_date = '1999-01-01'")["ResultRows"] == 0
    assert loader.failure("SELECT * FROM serving.daily_sales") == "ERROR: permission denied for schema serving"


def test_athena_gives_the_same_answer(shop: Database) -> None:
    """By day, category and device, with sums, distinct counts and a ratio."""
    sql = (
        "SELECT event_date, product_category, COUNT(*) AS n, SUM(revenue) AS revenue, "
        "COUNT(DISTINCT session_key) AS s, CAST(COUNT(DISTINCT user_key) AS DOUBLE PRECISION) / COUNT(*) AS ratio "
        "FROM {} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    server = EngineServer(shop.cloud.emulator.url)
    service = AthenaService(shop.cloud.context)
    server.register([service])
    server.start()
    try:
        athena = shop.cloud.client("athena", server.url)
        query = athena.start_query_execution(
            QueryString=sql.format("fact_clicks").replace("DOUBLE PRECISION", "DOUBLE"),
            QueryExecutionContext={"Database": GOLD},
            ResultConfiguration={"OutputLocation": f"s3://{LAKE}/athena/"},
        )["QueryExecutionId"]
        service._queries._executions.get(query).ended.wait(30)
        result = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    finally:
        server.stop()
    rows = [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in result[1:]]
    assert [(*row[:5], float(row[5])) for row in rows] == [
        (day, category, str(n), revenue, str(s), ratio)
        for day, category, n, revenue, s, ratio in shop.rows(sql.format("serving.clicks_all"))
    ]


def test_the_query_log_asks_what_the_warehouse_answers(shop: Database) -> None:
    """The statement of handlers/query-log/redshift-record.ts, as it is there."""
    source = (Path(__file__).parents[3] / "handlers" / "query-log" / "redshift-record.ts").read_text()
    sql = source.partition("HISTORY_STATEMENT = `")[2].partition("`")[0]
    assert sql.startswith("/* clickstream query log */")
    marked = shop.run("SELECT SUM(revenue) AS logged FROM lake.fact_clicks WHERE event_date = '2026-01-02'")
    for _ in range(2):
        rows = shop.rows(sql, Parameters=[{"name": "since", "value": "2020-01-01 00:00:00"}])
    (found,) = [row for row in rows if row[0] == marked["RedshiftQueryId"]]
    assert (found[1], found[2], found[3], found[10]) == ("platform_admin", "SELECT", "success", 1)
    assert found[12].startswith("SELECT SUM(revenue) AS logged") and int(found[13]) > 0
    assert len({row[0] for row in rows}) == len(rows)
    assert not any("clickstream query log" in row[12] for row in rows)


def test_the_migrations_say_how_tables_are_stored(shop: Database) -> None:
    info = shop.rows(
        'SELECT "schema", "table", diststyle, sortkey1, sortkey_num FROM svv_table_info '
        "WHERE \"table\" = 'fact_clicks' AND \"schema\" = 'hot'"
    )
    assert info == [("hot", "fact_clicks", "KEY(user_key)", "event_date", 2)]
    like = shop.cloud.data.describe_table(**shop.target, Schema="staging", Table="dim_users")["ColumnList"]
    hot = shop.cloud.data.describe_table(**shop.target, Schema="hot", Table="dim_users")["ColumnList"]
    shape = [(c["name"], c["typeName"], c["length"], c["nullable"]) for c in hot]
    assert [(c["name"], c["typeName"], c["length"], c["nullable"]) for c in like] == shape
    assert shape[0] == ("user_id", "varchar", 1024, 0)
