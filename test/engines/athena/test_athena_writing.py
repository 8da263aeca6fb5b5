"""CREATE TABLE AS, INSERT INTO and UNLOAD: what they write, where, and what they refuse."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore.exceptions import ClientError
from engines.athena.support import JSON_SERDE, LAKE, RESULTS, Cloud

DB = "writing_db"
ROOT = f"s3://{LAKE}/{DB}"
ALL_TYPES = (
    "SELECT true AS b, CAST(1 AS tinyint) AS t, CAST(2 AS smallint) AS s, 3 AS i, CAST(4 AS bigint) AS l, "
    "REAL '1.5' AS f, 2.5e0 AS d, 1.234 AS n, 'text' AS v, X'6162' AS x, DATE '2026-01-02' AS day, "
    "TIMESTAMP '2026-01-02 03:04:05.678' AS ts, ARRAY[1, 2] AS a, MAP(ARRAY['k'], ARRAY[0.5e0]) AS m, "
    "CAST(ROW(1, 'z') AS ROW(p integer, q varchar)) AS r"
)


@pytest.fixture(scope="module", autouse=True)
def database(cloud: Cloud) -> None:
    cloud.database(DB)


def result(cloud: Cloud, query: str) -> dict[str, Any]:
    found: dict[str, Any] = cloud.athena.get_query_results(QueryExecutionId=query)
    return found


def manifest(cloud: Cloud, execution: dict[str, Any]) -> list[str]:
    return cloud.read(execution["Statistics"]["DataManifestLocation"]).decode().splitlines()


def test_a_table_made_of_a_query_has_its_rows_and_types(cloud: Cloud) -> None:
    answer = cloud.run(f"CREATE TABLE copied AS {ALL_TYPES}", DB)
    execution, query = answer.execution, answer.execution["QueryExecutionId"]
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "CREATE_TABLE_AS_SELECT")
    place = f"s3://{RESULTS}/primary/tables/{query}"
    assert execution["ResultConfiguration"]["OutputLocation"] == place
    table = cloud.glue.get_table(DatabaseName=DB, Name="copied")["Table"]
    assert table["StorageDescriptor"]["Location"] == f"{place}/"
    assert [column["Type"] for column in table["StorageDescriptor"]["Columns"]] == [
        "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(4,3)", "string", "binary",
        "date", "timestamp", "array<int>", "map<string,double>", "struct<p:int,q:string>",
    ]  # fmt: skip
    files = cloud.keys(f"{place}/")
    assert manifest(cloud, execution) == files
    assert len(files) == 1
    assert cloud.rows("SELECT * FROM copied", DB) == cloud.rows(ALL_TYPES)
    found = result(cloud, query)
    assert (found["UpdateCount"], found["ResultSet"]["Rows"]) == (1, [])
    assert [column["Name"] for column in found["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]] == ["rows"]


@pytest.mark.parametrize("form", ["PARQUET", "JSON"])
def test_a_partitioned_table(cloud: Cloud, form: str) -> None:
    name = f"parted_{form.lower()}"
    answer = cloud.run(
        f"CREATE TABLE {name} WITH (format = '{form}', external_location = '{ROOT}/{name}', "
        "partitioned_by = ARRAY['d', 'k']) AS SELECT x, d, k FROM (VALUES (1, DATE '2026-01-01', 'a'), "
        "(2, DATE '2026-01-02', 'a b'), (3, DATE '2026-01-02', NULL)) t(x, d, k)", DB,
    )  # fmt: skip
    assert result(cloud, answer.execution["QueryExecutionId"])["UpdateCount"] == 3
    assert cloud.rows(f"SHOW PARTITIONS {name}", DB) == [
        ("d=2026-01-01/k=a",), ("d=2026-01-02/k=__HIVE_DEFAULT_PARTITION__",), ("d=2026-01-02/k=a b",),
    ]  # fmt: skip
    rows = cloud.rows(f"SELECT x, d, k FROM {name} ORDER BY x", DB)
    assert rows == [("1", "2026-01-01", "a"), ("2", "2026-01-02", "a b"), ("3", "2026-01-02", None)]
    assert cloud.rows(f"SELECT x FROM {name} WHERE k = 'a b'", DB) == [("2",)]
    assert sorted(manifest(cloud, answer.execution)) == sorted(cloud.keys(f"{ROOT}/{name}/"))


@pytest.mark.parametrize("codec", ["SNAPPY", "GZIP", "ZSTD", "NONE"])
def test_compression_is_as_asked_for(cloud: Cloud, tmp_path: Path, codec: str) -> None:
    name = f"codec_{codec.lower()}"
    cloud.run(f"CREATE TABLE {name} WITH (write_compression = '{codec}') AS SELECT 'x' AS v", DB)
    location = cloud.glue.get_table(DatabaseName=DB, Name=name)["Table"]["StorageDescriptor"]["Location"]
    (file,) = cloud.keys(location)
    local = tmp_path / "a.parquet"
    local.write_bytes(cloud.read(file))
    with duckdb.connect(":memory:") as connection:
        found = connection.execute("SELECT compression FROM parquet_metadata(?)", [str(local)]).fetchall()
    assert found == [("UNCOMPRESSED" if codec == "NONE" else codec,)]


def test_no_data_and_no_rows(cloud: Cloud) -> None:
    cloud.run("CREATE TABLE shape AS SELECT 1 AS a, 'x' AS b WITH NO DATA", DB)
    cloud.run("CREATE TABLE hollow COMMENT 'empty' AS SELECT 1 AS a WHERE false", DB)
    for name in ("shape", "hollow"):
        assert cloud.rows(f"SELECT count(*) FROM {name}", DB) == [("0",)]
        assert (
            cloud.keys(cloud.glue.get_table(DatabaseName=DB, Name=name)["Table"]["StorageDescriptor"]["Location"]) == []
        )


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE TABLE copied AS SELECT 1 AS x", "TABLE_ALREADY_EXISTS: line 1:1: Destination table"),
        ("CREATE TABLE nodb.t AS SELECT 1 AS x", "SCHEMA_NOT_FOUND: line 1:1: Schema nodb not found"),
        ("CREATE TABLE t1 AS SELECT 1", "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1"),
        ("CREATE TABLE t1 AS SELECT 1 AS a, 2 AS a", "DUPLICATE_COLUMN_NAME: line 1:1: Column name 'a' specified"),
        ("CREATE TABLE t1 AS SELECT NULL AS a", "COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown: a"),
        ("CREATE TABLE t1 AS SELECT current_timestamp AS a",
         "NOT_SUPPORTED: Unsupported Hive type: timestamp with time"),
        ("CREATE TABLE t1 AS SELECT json_parse('1') AS a", "NOT_SUPPORTED: Unsupported Hive type: json"),
        ("CREATE TABLE t1 WITH (partitioned_by = ARRAY['a']) AS SELECT 1 AS a, 2 AS b",
         "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table"),
        ("CREATE TABLE t1 WITH (partitioned_by = ARRAY['z']) AS SELECT 1 AS a",
         "INVALID_TABLE_PROPERTY: Partition columns"),
        ("CREATE TABLE t1 WITH (format = 'ORC') AS SELECT 1 AS a", "NOT_SUPPORTED: CREATE TABLE AS in format ORC"),
        ("CREATE TABLE t1 WITH (bucketed_by = ARRAY['a'], bucket_count = 3) AS SELECT 1 AS a",
         "NOT_SUPPORTED: the table property bucketed_by"),
        ("CREATE TABLE t1 WITH (colour = 'red') AS SELECT 1 AS a", "INVALID_TABLE_PROPERTY: line 1:1: Catalog"),
        ("CREATE TABLE t1 WITH (table_type = 'ICEBERG', is_external = false) AS SELECT 1 AS a",
         "NOT_SUPPORTED: Iceberg"),
        ("CREATE TABLE t1 WITH (write_compression = 'BROTLI') AS SELECT 1 AS a", "NOT_SUPPORTED: compression BROTLI"),
        ("CREATE TABLE t1 WITH (partitioned_by = ARRAY['d']) AS SELECT x, x AS d FROM UNNEST(sequence(1, 101)) t(x)",
         "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers"),
    ],
)  # fmt: skip
def test_what_cannot_become_a_table(cloud: Cloud, sql: str, reason: str) -> None:
    if "copied" in sql:
        cloud.run("CREATE TABLE IF NOT EXISTS copied AS SELECT 1 AS x", DB)
    assert cloud.failure(sql, DB).startswith(reason)
    assert cloud.rows("SHOW TABLES 't1'", DB) == []


def test_a_folder_that_holds_something_is_not_overwritten(cloud: Cloud) -> None:
    cloud.put(f"{ROOT}/taken/x.txt", b"mine")
    for sql in (
        f"CREATE TABLE t2 WITH (external_location = '{ROOT}/taken/') AS SELECT 1 AS x",
        f"UNLOAD (SELECT 1 AS x) TO '{ROOT}/taken' WITH (format = 'PARQUET')",
    ):
        reason = cloud.failure(sql, DB)
        assert reason.startswith("HIVE_PATH_ALREADY_EXISTS: Target directory for")
        assert "Athena will not delete data in your account." in reason
    assert cloud.keys(f"{ROOT}/taken/") == [f"{ROOT}/taken/x.txt"]


def test_an_enforced_workgroup_decides_where_tables_go(cloud: Cloud) -> None:
    place = {"ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/central/"}}
    cloud.athena.create_work_group(Name="central", Configuration=place)
    sql = f"CREATE TABLE t3 WITH (external_location = '{ROOT}/t3/') AS SELECT 1 AS x"
    with pytest.raises(ClientError, match="submitted with an 'external_location' property"):
        cloud.start(sql, DB, "central")
    answer = cloud.run("CREATE TABLE t3 AS SELECT 1 AS x", DB, "central")
    location = cloud.glue.get_table(DatabaseName=DB, Name="t3")["Table"]["StorageDescriptor"]["Location"]
    assert location == f"s3://{RESULTS}/central/tables/{answer.execution['QueryExecutionId']}/"


# INSERT


def test_rows_are_added(cloud: Cloud) -> None:
    cloud.run("CREATE TABLE grows AS SELECT 1 AS a, 'x' AS b", DB)
    answer = cloud.run("INSERT INTO grows VALUES (2, 'y'), (3, NULL)", DB)
    execution = answer.execution
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "INSERT")
    assert result(cloud, execution["QueryExecutionId"])["UpdateCount"] == 2
    assert execution["ResultConfiguration"]["OutputLocation"].endswith(f"/primary/{execution['QueryExecutionId']}")
    assert len(manifest(cloud, execution)) == 1
    cloud.run(f"INSERT INTO {DB}.grows (b) SELECT b || '!' FROM grows WHERE a = 2", DB)
    rows = cloud.rows("SELECT a, b FROM grows ORDER BY a, b", DB)
    assert rows == [("1", "x"), ("2", "y"), ("3", None), (None, "y!")]
    copied = cloud.run("INSERT INTO grows SELECT * FROM grows", DB)
    assert copied.scanned > 0
    assert cloud.value("SELECT count(*) FROM grows", DB) == "8"


def test_new_partitions_are_registered_and_old_ones_kept_where_they_are(cloud: Cloud) -> None:
    place = cloud.table(DB, "daily", {"n": "bigint"}, keys={"d": "date"})
    cloud.partition(DB, "daily", ["2026-01-01"], f"{place}elsewhere/")
    cloud.run("INSERT INTO daily SELECT 1, DATE '2026-01-01' UNION ALL SELECT 2, DATE '2026-01-02'", DB)
    assert cloud.rows("SELECT n, d FROM daily ORDER BY n", DB) == [("1", "2026-01-01"), ("2", "2026-01-02")]
    folders = {url.removeprefix(place).rpartition("/")[0] for url in cloud.keys(place)}
    assert folders == {"elsewhere", "d=2026-01-02"}
    cloud.run("INSERT INTO daily (d, n) VALUES (DATE '2026-01-02', 5)", DB)
    assert cloud.value("SELECT sum(n) FROM daily WHERE d = DATE '2026-01-02'", DB) == "7"


def test_a_projected_json_table_takes_rows(cloud: Cloud) -> None:
    parameters = {"projection.enabled": "true", "projection.y.type": "integer", "projection.y.range": "2025,2027",
                  "storage.location.template": f"{ROOT}/projected/in-${{y}}/"}  # fmt: skip
    cloud.table(DB, "projected", {"n": "int", "s": "struct<a:int>"}, keys={"y": "string"}, serde=JSON_SERDE,
                parameters=parameters)  # fmt: skip
    cloud.run("INSERT INTO projected SELECT 1, CAST(ROW(2) AS ROW(a integer)), '2026'", DB)
    (file,) = cloud.keys(f"{ROOT}/projected/")
    assert file.startswith(f"{ROOT}/projected/in-2026/")
    assert json.loads(gzip.decompress(cloud.read(file))) == {"n": 1, "s": {"a": 2}}
    assert cloud.rows("SELECT n, s.a, y FROM projected", DB) == [("1", "2", "2026")]
    assert cloud.glue.get_partitions(DatabaseName=DB, TableName="projected")["Partitions"] == []


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("INSERT INTO none SELECT 1",
         "TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.writing_db.none' does not exist"),
        ("INSERT INTO strict_types VALUES ('1', 'x')",
         "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: "
         "Table: [integer, varchar], Query: [varchar, varchar]"),
        ("INSERT INTO strict_types VALUES (1)", "TYPE_MISMATCH: "),
        ("INSERT INTO strict_types VALUES (CAST(1 AS bigint), 'x')", "TYPE_MISMATCH: "),
        ("INSERT INTO strict_types (a, c) VALUES (1, 2)",
         "COLUMN_NOT_FOUND: line 1:1: Insert column name does not exist in "),
        ("INSERT INTO strict_types (a, a) VALUES (1, 2)", "DUPLICATE_COLUMN_NAME: "),
        ("INSERT INTO a_view SELECT 1", "NOT_SUPPORTED: line 1:1: Inserting into views is not supported"),
        ("INSERT INTO an_orc_table SELECT 1", "NOT_SUPPORTED: INSERT INTO a table with the SerDe"),
    ],
)  # fmt: skip
def test_what_cannot_be_inserted(cloud: Cloud, sql: str, reason: str) -> None:
    cloud.run("CREATE TABLE IF NOT EXISTS strict_types AS SELECT 1 AS a, 'x' AS b", DB)
    cloud.run("CREATE OR REPLACE VIEW a_view AS SELECT 1 AS a", DB)
    if cloud.rows("SHOW TABLES 'an_orc_table'", DB) == []:
        cloud.table(DB, "an_orc_table", {"a": "int"}, serde="org.apache.hadoop.hive.ql.io.orc.OrcSerde")
    before = cloud.keys(f"s3://{LAKE}/")
    assert cloud.failure(sql, DB).startswith(reason)
    assert cloud.keys(f"s3://{LAKE}/") == before


# UNLOAD


def test_unload_as_parquet_can_be_read_back(cloud: Cloud, tmp_path: Path) -> None:
    answer = cloud.run(
        "UNLOAD (SELECT x, 'p' || CAST(x % 2 AS varchar) AS p FROM UNNEST(sequence(1, 10)) t(x)) "
        f"TO '{ROOT}/out-parquet' "
        "WITH (format = 'PARQUET', compression = 'SNAPPY', partitioned_by = ARRAY['p'])", DB,
    )  # fmt: skip
    assert answer.execution["SubstatementType"] == "UNLOAD"
    files = cloud.keys(f"{ROOT}/out-parquet/")
    assert sorted(manifest(cloud, answer.execution)) == files
    assert {url.split("/")[-2] for url in files} == {"p=p0", "p=p1"}
    assert result(cloud, answer.execution["QueryExecutionId"])["UpdateCount"] == 10


def test_unload_as_json_and_text(cloud: Cloud) -> None:
    query = "SELECT 1 AS a, 'x,y' AS b, NULLIF('', '') AS c, DATE '2026-01-02' AS d, 1.50 AS e"
    cloud.run(f"UNLOAD ({query}) TO '{ROOT}/out-json/' WITH (format = 'JSON')", DB)
    (file,) = cloud.keys(f"{ROOT}/out-json/")
    assert json.loads(gzip.decompress(cloud.read(file))) == {"a": 1, "b": "x,y", "c": None, "d": "2026-01-02", "e": 1.5}
    cloud.run(f"UNLOAD ({query}) TO '{ROOT}/out-text/' WITH (format = 'TEXTFILE', field_delimiter = '|', "
              "compression = 'NONE')", DB)  # fmt: skip
    (file,) = cloud.keys(f"{ROOT}/out-text/")
    assert cloud.read(file) == b"1|x,y|\\N|2026-01-02|1.50\n"


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ("format = 'CSV'", "NOT_SUPPORTED: UNLOAD in format CSV; the local target writes PARQUET, JSON and TEXTFILE"),
        ("format = 'ORC'", "NOT_SUPPORTED: UNLOAD in format ORC"),
        ("compression = 'GZIP'", "INVALID_TABLE_PROPERTY: line 1:1: UNLOAD needs the property 'format'"),
        ("format = 'JSON', header = true", "INVALID_TABLE_PROPERTY: line 1:1: UNLOAD property 'header'"),
        ("format = 'TEXTFILE', partitioned_by = ARRAY['b']", "NOT_SUPPORTED: UNLOAD of TEXTFILE with partitioned_by"),
    ],
)
def test_what_cannot_be_unloaded(cloud: Cloud, properties: str, reason: str) -> None:
    sql = f"UNLOAD (SELECT 1 AS a, 'x' AS b) TO '{ROOT}/never/' WITH ({properties})"
    assert cloud.failure(sql, DB).startswith(reason)
    assert cloud.keys(f"{ROOT}/never/") == []


def test_nothing_is_left_of_a_write_that_fails(cloud: Cloud) -> None:
    sql = (
        f"UNLOAD (SELECT 10 / (x - 50) AS y FROM UNNEST(sequence(1, 100)) t(x)) TO '{ROOT}/half/' WITH (format='JSON')"
    )
    assert cloud.failure(sql, DB) == "DIVISION_BY_ZERO: Division by zero"
    assert cloud.keys(f"{ROOT}/half/") == []
    assert [path for path in (cloud.context.directory / "athena").iterdir() if path.is_dir()] == []
