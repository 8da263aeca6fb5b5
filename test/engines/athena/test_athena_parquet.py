"""Parquet tables: types, columns that are missing, registered partitions, and the bytes that a query costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from engines.athena.support import LAKE, Answer, Cloud

DB = "parquet_db"
ROOT = f"s3://{LAKE}/{DB}"
SALES = {"id": "bigint", "category": "string", "revenue": "decimal(12,2)", "device": "struct<os:string,model:string>"}
DAYS = ("2026-01-01", "2026-01-02", "2026-01-03")


@dataclass(frozen=True)
class Footer:
    """A local Parquet file, read without the engine: the footer's length stands in the file's last eight bytes."""

    path: Path

    @property
    def footer_bytes(self) -> int:
        tail = self.path.read_bytes()[-8:]
        assert tail[4:] == b"PAR1"
        return int.from_bytes(tail[:4], "little") + 8

    def cost(self, *columns: str, row_groups: Iterable[int] | None = None) -> int:
        """Footer and the compressed chunks of these columns ("device" or "device.os"), in these row groups."""
        with duckdb.connect(":memory:") as connection:
            rows = connection.execute(
                "SELECT path_in_schema, row_group_id, total_compressed_size FROM parquet_metadata(?)", [str(self.path)]
            ).fetchall()
        total = self.footer_bytes
        for path, group, size in rows:
            dotted = path.replace(", ", ".")
            wanted = any(dotted == column or dotted.startswith(column + ".") for column in columns)
            total += size if wanted and (row_groups is None or group in set(row_groups)) else 0
        return total


@pytest.fixture(scope="module")
def sales(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Footer]:
    """The table `sales`, three registered days of 1,000 rows each; the files by day."""
    folder = tmp_path_factory.mktemp("parquet")
    cloud.database(DB)
    cloud.table(DB, "sales", SALES, keys={"day": "date"})
    files: dict[str, Footer] = {}
    for index, day in enumerate(DAYS):
        sql = f"""SELECT CAST(i + {index * 1000} AS BIGINT) AS id, 'c' || i % 5 AS category,
            CAST(i / 100 AS DECIMAL(12,2)) AS revenue, {{'os': 'os' || i % 3, 'model': md5(i::VARCHAR)}} AS device
            FROM range(1000) t(i)"""
        files[day] = Footer(cloud.put_parquet(f"{ROOT}/sales/day={day}/run=1/{day}.parquet", sql, folder))
        cloud.partition(DB, "sales", [day], f"{ROOT}/sales/day={day}/run=1/")
    return files


def total(files: dict[str, Footer], days: Iterable[str], *columns: str) -> int:
    return sum(files[day].cost(*columns) for day in days)


@pytest.mark.parametrize(
    ("sql", "days", "columns"),
    [
        ("SELECT sum(id) FROM sales", DAYS, ["id"]),
        ("SELECT sum(revenue) FROM sales WHERE day = DATE '2026-01-02'", DAYS[1:2], ["revenue"]),
        ("SELECT sum(revenue) FROM sales WHERE day >= DATE '2026-01-02'", DAYS[1:], ["revenue"]),
        ("SELECT count(id), max(category) FROM sales WHERE day < DATE '2026-01-02'", DAYS[:1], ["id", "category"]),
        ("SELECT device.os FROM sales WHERE day = DATE '2026-01-03'", DAYS[2:], ["device.os"]),
        ("SELECT device FROM sales WHERE day = DATE '2026-01-03'", DAYS[2:], ["device"]),
        ("SELECT day FROM sales WHERE device.os = 'os1' AND id > 0", DAYS, ["device.os", "id"]),
        ("SELECT * FROM sales WHERE day = DATE '2026-01-01'", DAYS[:1], ["id", "category", "revenue", "device"]),
        ("SELECT day, sum(revenue) FROM sales GROUP BY day", DAYS, ["revenue"]),
        ("SELECT x FROM (SELECT id AS x, revenue FROM sales) WHERE x % 2 = 0", DAYS, ["id"]),
        ("WITH a AS (SELECT * FROM sales) SELECT max(id) FROM a WHERE day = DATE '2026-01-01'", DAYS[:1], ["id"]),
        ("SELECT id FROM sales ORDER BY revenue LIMIT 1", DAYS, ["id", "revenue"]),
        ("SELECT id FROM sales WHERE day = date_add('day', 1, DATE '2026-01-01')", DAYS[1:2], ["id"]),
        ("SELECT id FROM sales WHERE CAST(day AS varchar) LIKE '%-03'", DAYS[2:], ["id"]),
        ("SELECT id FROM sales WHERE day IN (DATE '2026-01-01', DATE '2026-01-03')", (DAYS[0], DAYS[2]), ["id"]),
        ("SELECT id FROM sales WHERE day = DATE '1999-01-01'", (), []),
    ],
)
def test_a_query_costs_the_columns_that_it_reads(
    cloud: Cloud, sales: dict[str, Footer], sql: str, days: tuple[str, ...], columns: list[str]
) -> None:
    assert cloud.run(sql, DB).scanned == total(sales, days, *columns)


@pytest.mark.parametrize("sql", ["SELECT count(*) FROM sales", "SELECT day, count(*) FROM sales GROUP BY 1"])
def test_counting_rows_costs_nothing(cloud: Cloud, sales: dict[str, Footer], sql: str) -> None:
    answer = cloud.run(sql, DB)
    assert answer.scanned == 0
    assert sum(int(row[-1] or 0) for row in answer.rows) == 3000


def test_filters_cross_joins_and_views(cloud: Cloud, sales: dict[str, Footer]) -> None:
    day, one = "2026-01-02", sales["2026-01-02"]
    cloud.run("CREATE OR REPLACE VIEW recent AS SELECT id, revenue, day FROM sales WHERE day > DATE '2026-01-01'", DB)
    assert cloud.run(f"SELECT sum(revenue) FROM recent WHERE day = DATE '{day}'", DB).scanned == one.cost("revenue")
    joined = cloud.run(
        f"SELECT count(*) FROM sales a JOIN recent b ON a.id = b.id WHERE a.day = DATE '{day}' "
        f"AND b.day = DATE '{day}'", DB,
    )  # fmt: skip
    assert (joined.value, joined.scanned) == ("1000", 2 * one.cost("id"))
    # A filter on one side of an equality holds for the other, but not across the outer side of a join.
    outer = cloud.run(f"SELECT count(*) FROM sales a LEFT JOIN sales b ON a.id = b.id AND b.day = DATE '{day}'", DB)
    assert (outer.value, outer.scanned) == ("3000", total(sales, DAYS, "id") + one.cost("id"))


def test_types_come_out_as_the_catalog_says(cloud: Cloud, sales: dict[str, Footer], tmp_path: Path) -> None:
    columns = {
        "b": "boolean", "t": "tinyint", "s": "smallint", "i": "int", "l": "bigint", "f": "float", "d": "double",
        "n": "decimal(10,3)", "v": "varchar(10)", "c": "string", "x": "binary", "day": "date", "ts": "timestamp",
        "a": "array<int>", "m": "map<string,double>", "r": "struct<p:int,q:array<string>>",
    }  # fmt: skip
    place = cloud.table(DB, "typed", columns)
    cloud.put_parquet(
        f"{place}a.parquet",
        """SELECT true AS b, 1::TINYINT AS t, 2::SMALLINT AS s, 3::INTEGER AS i, 4::BIGINT AS l, 1.1::FLOAT AS f,
        2.5::DOUBLE AS d, 1.234::DECIMAL(10,3) AS n, 'vv' AS v, 'cc' AS c, 'ab'::BLOB AS x, DATE '2026-01-02' AS day,
        TIMESTAMP '2026-01-02 03:04:05.678' AS ts, [1, NULL] AS a, MAP {'k': 0.5} AS m,
        {'p': 1, 'q': ['z']} AS r""",
        tmp_path,
    )
    answer = cloud.run("SELECT * FROM typed", DB)
    assert answer.rows == [
        ("true", "1", "2", "3", "4", "1.1", "2.5", "1.234", "vv", "cc", "61 62", "2026-01-02",
         "2026-01-02 03:04:05.678", "[1, null]", "{k=0.5}", "{p=1, q=[z]}"),
    ]  # fmt: skip
    assert answer.types == [
        "boolean", "tinyint", "smallint", "integer", "bigint", "float", "double", "decimal", "varchar", "varchar",
        "varbinary", "date", "timestamp", "array", "map", "row",
    ]  # fmt: skip


def test_columns_that_a_file_lacks_are_null_and_others_are_found_by_name(
    cloud: Cloud, sales: dict[str, Footer], tmp_path: Path
) -> None:
    place = cloud.table(DB, "evolved", {"id": "int", "added": "string", "n": "bigint"})
    cloud.put_parquet(f"{place}1.parquet", "SELECT 1 AS id", tmp_path)
    cloud.put_parquet(f"{place}2.parquet", "SELECT 5::INTEGER AS n, 'x' AS ADDED, 2 AS id, 'no' AS unknown", tmp_path)
    rows = cloud.rows("SELECT id, added, n FROM evolved ORDER BY id", DB)
    assert rows == [("1", None, None), ("2", "x", "5")]


def test_a_column_of_another_kind_fails_the_query(cloud: Cloud, sales: dict[str, Footer], tmp_path: Path) -> None:
    place = cloud.table(DB, "drifted", {"id": "int", "n": "int"})
    cloud.put_parquet(f"{place}1.parquet", "SELECT 1 AS id, 'many' AS n", tmp_path)
    reason = cloud.failure("SELECT n FROM drifted", DB)
    assert reason.startswith("HIVE_BAD_DATA: Field n's type VARCHAR in parquet file")
    assert cloud.value("SELECT id FROM (SELECT id, n FROM drifted)", DB) == "1"


def test_an_object_that_is_not_parquet_fails_the_query(cloud: Cloud, sales: dict[str, Footer]) -> None:
    place = cloud.table(DB, "garbage", {"id": "int"})
    cloud.put(f"{place}1.parquet", b"this is no Parquet file at all")
    assert cloud.failure("SELECT id FROM garbage", DB).startswith("HIVE_BAD_DATA: Not valid Parquet file")


def test_row_groups_that_cannot_match_cost_nothing(cloud: Cloud, sales: dict[str, Footer], tmp_path: Path) -> None:
    place = cloud.table(DB, "sorted", {"id": "bigint", "name": "string", "day": "date"})
    footer = Footer(
        cloud.put_parquet(
            f"{place}1.parquet",
            "SELECT i AS id, 'n' || lpad(i::VARCHAR, 6, '0') AS name, DATE '2026-01-01' + (i // 1000)::INTEGER AS day "
            "FROM range(20480) t(i)",
            tmp_path,
            ", ROW_GROUP_SIZE 2048",
        )
    )  # fmt: skip

    def ask(where: str) -> Answer:
        return cloud.run(f"SELECT sum(id) FROM sorted WHERE {where}", DB)

    assert ask("id < 2048").scanned == footer.cost("id", row_groups=[0])
    assert ask("id = 5000").scanned == footer.cost("id", row_groups=[2])
    assert ask("id BETWEEN 4000 AND 4100").scanned == footer.cost("id", row_groups=[1, 2])
    assert ask("id >= 18432 AND name > 'n'").scanned == footer.cost("id", "name", row_groups=[9])
    assert ask("name = 'n000001'").scanned == footer.cost("id", "name", row_groups=[0])
    assert ask("day = DATE '2026-01-01'").scanned == footer.cost("id", "day", row_groups=[0])
    assert ask("id > 99999999").scanned == footer.footer_bytes
    assert ask("id < 10 OR id > 20000").scanned == footer.cost("id")
    assert ask("id % 2 = 0").scanned == footer.cost("id")
    assert ask("id < 2048").value == str(sum(range(2048)))


def test_partitions_is_a_table_of_its_own(cloud: Cloud, sales: dict[str, Footer]) -> None:
    answer = cloud.run('SELECT * FROM "sales$partitions" ORDER BY day', DB)
    assert (answer.columns, answer.rows, answer.scanned) == (["day"], [(day,) for day in DAYS], 0)
    assert cloud.value('SELECT max(day) FROM "sales$partitions"', DB) == DAYS[-1]


def test_path_and_partition_key_of_each_row(cloud: Cloud, sales: dict[str, Footer]) -> None:
    rows = cloud.rows('SELECT DISTINCT "$path", day FROM sales ORDER BY 2', DB)
    assert rows == [(f"{ROOT}/sales/day={day}/run=1/{day}.parquet", day) for day in DAYS]


def test_a_column_may_be_called_as_the_engine_would_call_its_own(
    cloud: Cloud, sales: dict[str, Footer], tmp_path: Path
) -> None:
    """The silver tables have a column source_file."""
    place = cloud.table(DB, "sourced", {"source_file": "string", "filename": "string"}, keys={"d": "string"})
    for day in ("1", "2"):
        select = f"SELECT 'of {day}' AS source_file, 'name {day}' AS filename"
        cloud.put_parquet(f"{place}d={day}/a.parquet", select, tmp_path)
        cloud.partition(DB, "sourced", [day], f"{place}d={day}/")
    rows = cloud.rows('SELECT *, "$path" FROM sourced ORDER BY d', DB)
    assert rows == [(f"of {d}", f"name {d}", d, f"{place}d={d}/a.parquet") for d in ("1", "2")]
    nested = "SELECT s.*, x.n FROM sourced s JOIN (SELECT count(*) AS n FROM sourced WHERE \"$path\" <> '') x ON true"
    assert {len(row) for row in cloud.rows(nested, DB)} == {4}


def test_a_partition_is_where_the_catalog_says(cloud: Cloud, sales: dict[str, Footer], tmp_path: Path) -> None:
    place = cloud.table(DB, "swapped", {"n": "int"}, keys={"d": "string"})
    cloud.put_parquet(f"{place}d=1/run=1/a.parquet", "SELECT 1 AS n", tmp_path)
    cloud.put_parquet(f"{place}d=1/run=2/a.parquet", "SELECT 2 AS n", tmp_path)
    cloud.partition(DB, "swapped", ["1"], f"{place}d=1/run=1/")
    assert cloud.rows("SELECT n, d FROM swapped", DB) == [("1", "1")]
    cloud.run(f"ALTER TABLE swapped PARTITION (d = '1') SET LOCATION '{place}d=1/run=2/'", DB)
    assert cloud.rows("SELECT n, d FROM swapped", DB) == [("2", "1")]


def test_an_overwritten_object_is_read_anew(cloud: Cloud, sales: dict[str, Footer], tmp_path: Path) -> None:
    place = cloud.table(DB, "overwritten", {"n": "int"})
    for n in (1, 2, 3):
        cloud.put_parquet(f"{place}a.parquet", f"SELECT {n} AS n", tmp_path)
        assert cloud.value("SELECT n FROM overwritten", DB) == str(n)


def test_keys_of_every_type_and_null(cloud: Cloud, sales: dict[str, Footer], tmp_path: Path) -> None:
    place = cloud.table(DB, "keyed", {"n": "int"}, keys={"y": "int", "name": "string"})
    for index, values in enumerate([("9", "a"), ("10", "b"), ("10", "__HIVE_DEFAULT_PARTITION__")]):
        folder = f"{place}{index}/"
        cloud.put_parquet(f"{folder}a.parquet", f"SELECT {index} AS n", tmp_path)
        cloud.partition(DB, "keyed", values, folder)
    rows = cloud.rows("SELECT n, y, name FROM keyed ORDER BY n", DB)
    assert rows == [("0", "9", "a"), ("1", "10", "b"), ("2", "10", None)]
    assert cloud.rows("SELECT n FROM keyed WHERE y < 10", DB) == [("0",)]
    assert cloud.rows("SELECT n FROM keyed WHERE name IS NULL", DB) == [("2",)]
    assert cloud.rows("SELECT n FROM keyed WHERE y = 10 AND name = 'b'", DB) == [("1",)]


def test_a_partition_without_objects_is_empty(cloud: Cloud, sales: dict[str, Footer]) -> None:
    place = cloud.table(DB, "hollow", {"n": "int"}, keys={"d": "string"})
    cloud.partition(DB, "hollow", ["1"], f"{place}d=1/")
    assert cloud.rows("SELECT n, d FROM hollow", DB) == []


def test_many_partitions_are_listed_at_once(cloud: Cloud, sales: dict[str, Footer], tmp_path: Path) -> None:
    place = cloud.table(DB, "many", {"n": "int"}, keys={"d": "int"})
    body = cloud.put_parquet(f"{place}seed.parquet", "SELECT 1 AS n", tmp_path).read_bytes()
    for day in range(28):
        cloud.put(f"{place}d={day}/a.parquet", body)
        cloud.partition(DB, "many", [str(day)], f"{place}d={day}/")
    assert cloud.rows("SELECT count(*), sum(n), min(d), max(d) FROM many", DB) == [("28", "28", "0", "27")]


def test_information_schema(cloud: Cloud, sales: dict[str, Footer]) -> None:
    where = f"table_schema = '{DB}' AND table_name = 'sales'"
    columns = cloud.rows(
        f"SELECT column_name, data_type, ordinal_position, extra_info FROM information_schema.columns WHERE {where} "
        "ORDER BY ordinal_position", DB,
    )  # fmt: skip
    assert columns == [
        ("id", "bigint", "1", None),
        ("category", "varchar", "2", None),
        ("revenue", "decimal(12,2)", "3", None),
        ("device", "row(os varchar, model varchar)", "4", None),
        ("day", "date", "5", "partition key"),
    ]
    assert cloud.rows(f"SELECT table_type FROM information_schema.tables WHERE {where}", DB) == [("BASE TABLE",)]
    names = cloud.rows("SELECT schema_name FROM information_schema.schemata", DB)
    assert (DB,) in names and ("information_schema",) in names


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM nowhere", f"TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{DB}.nowhere' does not exist"),
        ("SELECT * FROM nodb.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nodb' does not exist"),
        ("SELECT * FROM other.x.t", "CATALOG_NOT_FOUND: line 1:15: Catalog 'other' does not exist"),
        ("SELECT nope FROM sales", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        ("SELECT device.nope FROM sales", "COLUMN_NOT_FOUND: line 1:15: Column 'nope' cannot be resolved"),
        ("SELECT s.id FROM sales", "COLUMN_NOT_FOUND: line 1:8: Column 's' cannot be resolved"),
        ("SELECT id FROM sales WHERE day = '2026-01-01'",
         "TYPE_MISMATCH: line 1:28: Cannot apply operator: date = varchar(10)"),
        ("SELECT category, sum(id) FROM sales", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'category' must be an aggregate"),
        ("SELECT id FROM sales a, sales b", "AMBIGUOUS_NAME: line 1:8: Column 'id' is ambiguous"),
    ],
)  # fmt: skip
def test_names_that_are_not_there(cloud: Cloud, sales: dict[str, Footer], sql: str, reason: str) -> None:
    assert cloud.failure(sql, DB).startswith(reason)
