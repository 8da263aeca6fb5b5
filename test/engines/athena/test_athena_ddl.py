"""Databases, tables, partitions and views through SQL; what SHOW and DESCRIBE say of them; the metadata operations."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from engines.athena.support import JSON_SERDE, LAKE, PARQUET_SERDE, Cloud

DB = "ddl_db"
ROOT = f"s3://{LAKE}/{DB}"


@pytest.fixture(scope="module", autouse=True)
def database(cloud: Cloud) -> None:
    cloud.run(f"CREATE DATABASE {DB} COMMENT 'it''s for tests' LOCATION '{ROOT}/' WITH DBPROPERTIES ('owner'='me')")


def lines(cloud: Cloud, sql: str) -> list[str]:
    return [str(row[0]) for row in cloud.rows(sql, DB)]


def kinds(cloud: Cloud, sql: str, **request: str) -> tuple[str, str]:
    execution = cloud.run(sql, DB, **request).execution
    return execution["StatementType"], execution["SubstatementType"]


def test_databases(cloud: Cloud) -> None:
    assert cloud.glue.get_database(Name=DB)["Database"]["Description"] == "it's for tests"
    assert cloud.failure(f"CREATE SCHEMA {DB}") == (
        "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
        f"AlreadyExistsException(message:Database {DB} already exists)"
    )
    cloud.run(f"CREATE SCHEMA IF NOT EXISTS {DB}")
    cloud.run("CREATE DATABASE doomed")
    cloud.table("doomed", "t", {"x": "int"})
    assert "InvalidOperationException(message:Database doomed is not empty" in cloud.failure("DROP DATABASE doomed")
    cloud.run("DROP DATABASE doomed CASCADE")
    assert lines(cloud, "SHOW DATABASES LIKE 'doom*'") == []
    assert cloud.failure("DROP DATABASE doomed").endswith("[Error 10072]: Database does not exist: doomed")
    cloud.run("DROP DATABASE IF EXISTS doomed")


CREATE = f"""CREATE EXTERNAL TABLE IF NOT EXISTS `{DB}`.`events` (
  `id` bigint COMMENT 'the key',   -- a comment
  name string,
  product struct<id:string, price:decimal(10, 2), tags:array<string>>
)
COMMENT 'all events'
PARTITIONED BY (year string COMMENT 'landing year', `month` int)
ROW FORMAT SERDE '{JSON_SERDE}'
WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')
STORED AS TEXTFILE
LOCATION '{ROOT}/events/'
TBLPROPERTIES ('classification' = 'json', "note" = 'it\\'s here');"""


def test_an_external_table(cloud: Cloud) -> None:
    assert kinds(cloud, CREATE) == ("DDL", "CREATE_TABLE")
    table = cloud.glue.get_table(DatabaseName=DB, Name="events")["Table"]
    storage = table["StorageDescriptor"]
    assert [(column["Name"], column["Type"]) for column in storage["Columns"]] == [
        ("id", "bigint"),
        ("name", "string"),
        ("product", "struct<id:string,price:decimal(10,2),tags:array<string>>"),
    ]
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [("year", "string"), ("month", "int")]
    assert (table["TableType"], storage["Location"]) == ("EXTERNAL_TABLE", f"{ROOT}/events/")
    assert storage["SerdeInfo"] == {
        "SerializationLibrary": JSON_SERDE, "Parameters": {"ignore.malformed.json": "true"},
    }  # fmt: skip
    assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert table["Parameters"]["classification"] == "json"
    assert (table["Parameters"]["comment"], table["Parameters"]["note"]) == ("all events", "it's here")
    cloud.run(CREATE)
    assert "AlreadyExistsException(message:Table events already exists.)" in cloud.failure(
        CREATE.replace("IF NOT EXISTS", "")
    )


def test_formats_have_their_classes(cloud: Cloud) -> None:
    cloud.run(f"CREATE EXTERNAL TABLE pq (x int) STORED AS PARQUET LOCATION '{ROOT}/pq/'", DB)
    cloud.run(
        f"CREATE EXTERNAL TABLE csv (x int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\\\' "
        f"LOCATION '{ROOT}/csv/'", DB,
    )  # fmt: skip
    parquet = cloud.glue.get_table(DatabaseName=DB, Name="pq")["Table"]["StorageDescriptor"]
    assert parquet["SerdeInfo"]["SerializationLibrary"] == PARQUET_SERDE
    assert parquet["InputFormat"].endswith("MapredParquetInputFormat")
    text = cloud.glue.get_table(DatabaseName=DB, Name="csv")["Table"]["StorageDescriptor"]["SerdeInfo"]
    assert text["SerializationLibrary"].endswith("LazySimpleSerDe")
    assert text["Parameters"] == {"field.delim": ",", "escape.delim": "\\", "serialization.format": ","}
    assert cloud.rows("SELECT count(*) FROM pq", DB) == [("0",)]
    assert "LazySimpleSerDe" in cloud.failure("SELECT * FROM csv", DB)


def test_what_a_table_cannot_be(cloud: Cloud) -> None:
    assert "No location was given" in cloud.failure("CREATE EXTERNAL TABLE nowhere (x int)", DB)
    assert "is not an S3 location" in cloud.failure("CREATE EXTERNAL TABLE f (x int) LOCATION 'file:///tmp/'", DB)
    twice = f"CREATE EXTERNAL TABLE t (x int) PARTITIONED BY (x int) LOCATION '{ROOT}/t/'"
    assert "Column repeated in partitioning columns: x" in cloud.failure(twice, DB)
    assert "Database does not exist: nodb" in cloud.failure(f"CREATE EXTERNAL TABLE nodb.t (x int) LOCATION '{ROOT}/'")


def test_show_and_describe(cloud: Cloud) -> None:
    cloud.run(CREATE)
    cloud.run("CREATE OR REPLACE VIEW events_view AS SELECT id FROM events", DB)
    assert lines(cloud, "SHOW TABLES 'event*'") == ["events", "events_view"]
    assert lines(cloud, f"SHOW TABLES IN {DB} 'events|nothing'") == ["events"]
    assert lines(cloud, "SHOW VIEWS") == ["events_view"]
    assert lines(cloud, f"SHOW COLUMNS IN {DB}.events") == [
        f"{n:<20}" for n in ("id", "name", "product", "year", "month")
    ]
    assert lines(cloud, "SHOW TBLPROPERTIES events ('classification')") == ["json"]
    assert "note\tit's here" in lines(cloud, "SHOW TBLPROPERTIES events")
    described = [line.split("\t") for line in lines(cloud, "DESCRIBE events")]
    assert [[cell.strip() for cell in row] for row in described] == [
        ["id", "bigint", "the key"],
        ["name", "string", ""],
        ["product", "struct<id:string,price:decimal(10,2),tags:array<string>>", ""],
        ["year", "string", "landing year"],
        ["month", "int", ""],
        ["", "", ""],
        ["# Partition Information", "", ""],
        ["# col_name", "data_type", "comment"],
        ["", "", ""],
        ["year", "string", "landing year"],
        ["month", "int", ""],
    ]
    assert any("Location:" in line and f"{ROOT}/events/" in line for line in lines(cloud, "DESCRIBE FORMATTED events"))
    assert cloud.failure("DESCRIBE nothing", DB).endswith(f"[Error 10001]: Table not found {DB}.nothing")
    assert kinds(cloud, "DESCRIBE events") == ("UTILITY", "DESCRIBE_TABLE")
    assert kinds(cloud, "SHOW TABLES") == ("UTILITY", "SHOW_TABLES")


def test_show_create_table_makes_the_same_table_again(cloud: Cloud) -> None:
    cloud.run(CREATE)
    before = cloud.glue.get_table(DatabaseName=DB, Name="events")["Table"]
    text = "\n".join(lines(cloud, "SHOW CREATE TABLE events"))
    assert text.startswith(f"CREATE EXTERNAL TABLE `{DB}.events`(")
    cloud.run(text.replace(f"`{DB}.events`", f"`{DB}`.`again`"))
    after = cloud.glue.get_table(DatabaseName=DB, Name="again")["Table"]
    for member in ("StorageDescriptor", "PartitionKeys", "Parameters", "TableType"):
        assert after[member] == before[member]


def test_alter_table(cloud: Cloud) -> None:
    cloud.run(f"CREATE EXTERNAL TABLE changing (x int) STORED AS PARQUET LOCATION '{ROOT}/one/'", DB)
    cloud.run("ALTER TABLE changing SET TBLPROPERTIES ('a' = '1', 'b' = '2')", DB)
    cloud.run(f"ALTER TABLE {DB}.changing SET LOCATION '{ROOT}/two/'")
    cloud.run("ALTER TABLE changing ADD COLUMNS (y map<string,array<int>> COMMENT 'new')", DB)
    table = cloud.glue.get_table(DatabaseName=DB, Name="changing")["Table"]
    assert {key: table["Parameters"][key] for key in ("a", "b", "EXTERNAL")} == {"a": "1", "b": "2", "EXTERNAL": "TRUE"}
    assert table["StorageDescriptor"]["Location"] == f"{ROOT}/two/"
    assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == ["x", "y"]
    assert "Duplicate column name: x" in cloud.failure("ALTER TABLE changing ADD COLUMNS (x int)", DB)
    cloud.run("ALTER TABLE changing REPLACE COLUMNS (z string)", DB)
    assert lines(cloud, "SHOW COLUMNS IN changing") == [f"{'z':<20}"]
    cloud.run("DROP TABLE changing", DB)
    assert "Table not found" in cloud.failure("DROP TABLE changing", DB)
    cloud.run("DROP TABLE IF EXISTS changing", DB)


@pytest.fixture
def logs(cloud: Cloud, tmp_path: Path) -> str:
    """A partitioned table with three folders, none of them registered."""
    cloud.run("DROP TABLE IF EXISTS logs", DB)
    cloud.run(
        f"CREATE EXTERNAL TABLE logs (n int) PARTITIONED BY (d date, h int) STORED AS PARQUET LOCATION '{ROOT}/logs/'",
        DB,
    )
    for n, (day, hour) in enumerate([("2026-01-01", 1), ("2026-01-01", 2), ("2026-01-02", 10)]):
        cloud.put_parquet(f"{ROOT}/logs/d={day}/h={hour}/{n}.parquet", f"SELECT {n}::INTEGER AS n", tmp_path)
    return f"{ROOT}/logs/"


def test_partitions_are_added_and_dropped(cloud: Cloud, logs: str) -> None:
    add = "ALTER TABLE logs ADD PARTITION (d = '2026-01-01', h = 1)"
    assert kinds(cloud, add) == ("DDL", "ALTER_TABLE_ADD_PARTITION")
    assert "AlreadyExistsException(message:Partition already exists.)" in cloud.failure(add, DB)
    cloud.run(
        "ALTER TABLE logs ADD IF NOT EXISTS PARTITION (d = '2026-01-01', h = 1) PARTITION (h = 2, d = '2026-01-01') "
        f"PARTITION (d = '2026-01-03', h = 5) LOCATION '{logs}d=2026-01-02/h=10/'", DB,
    )  # fmt: skip
    assert lines(cloud, "SHOW PARTITIONS logs") == ["d=2026-01-01/h=1", "d=2026-01-01/h=2", "d=2026-01-03/h=5"]
    assert cloud.rows("SELECT n, d, h FROM logs ORDER BY n", DB) == [
        ("0", "2026-01-01", "1"), ("1", "2026-01-01", "2"), ("2", "2026-01-03", "5"),
    ]  # fmt: skip
    cloud.run("ALTER TABLE logs PARTITION (d = '2026-01-03', h = 5) RENAME TO PARTITION (d = '2026-01-04', h = 5)", DB)
    cloud.run("ALTER TABLE logs DROP PARTITION (d = '2026-01-01', h > 1), PARTITION (h = 5)", DB)
    assert lines(cloud, "SHOW PARTITIONS logs") == ["d=2026-01-01/h=1"]
    assert "Partition not found (h = '9')" in cloud.failure("ALTER TABLE logs DROP PARTITION (h = 9)", DB)
    cloud.run("ALTER TABLE logs DROP IF EXISTS PARTITION (h = 9)", DB)
    assert "does not name exactly the partition keys" in cloud.failure("ALTER TABLE logs ADD PARTITION (h = 1)", DB)


def test_repair_registers_the_folders_that_are_there(cloud: Cloud, logs: str) -> None:
    cloud.put(f"{logs}unrelated/x.parquet", b"x")
    found = lines(cloud, "MSCK REPAIR TABLE logs")
    assert found[0].startswith("Partitions not in metastore:\tlogs:d=2026-01-01/h=1\t")
    assert found[1] == "Repair: Added partition to metastore logs:d=2026-01-01/h=1"
    assert cloud.value("SELECT sum(n) FROM logs WHERE h >= 2", DB) == "3"
    assert lines(cloud, "MSCK REPAIR TABLE logs") == []


def test_views_are_stored_as_athena_stores_them(cloud: Cloud) -> None:
    sql = "SELECT x AS n, 'a' AS t, ARRAY[1.5] AS a, CAST(ROW(1) AS ROW(q bigint)) AS r FROM (VALUES 1, 2) v(x)"
    assert kinds(cloud, f"CREATE VIEW stored AS {sql}") == ("DDL", "CREATE_VIEW")
    table = cloud.glue.get_table(DatabaseName=DB, Name="stored")["Table"]
    assert (table["TableType"], table["ViewExpandedText"]) == ("VIRTUAL_VIEW", "/* Presto View */")
    assert table["Parameters"]["presto_view"] == "true"
    assert [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]] == [
        ("n", "int"), ("t", "string"), ("a", "array<decimal(2,1)>"), ("r", "struct<q:bigint>"),
    ]  # fmt: skip
    text = table["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    assert json.loads(base64.b64decode(text)) == {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": DB,
        "columns": [
            {"name": "n", "type": "integer"}, {"name": "t", "type": "varchar"},
            {"name": "a", "type": "array(decimal(2,1))"}, {"name": "r", "type": "row(q bigint)"},
        ],
    }  # fmt: skip
    assert cloud.rows(f"SELECT n, a, r.q FROM {DB}.stored WHERE n > 1") == [("2", "[1.5]", "1")]
    assert lines(cloud, "SHOW CREATE VIEW stored") == [f"CREATE VIEW {DB}.stored AS ", sql]
    assert lines(cloud, "DESCRIBE stored")[0].split("\t")[:2] == [f"{'n':<20}", f"{'integer':<20}"]


def test_views_of_views_and_their_failures(cloud: Cloud) -> None:
    cloud.run("CREATE OR REPLACE VIEW base AS SELECT 1 AS x", DB)
    cloud.run(f"CREATE OR REPLACE VIEW {DB}.top AS SELECT x + 1 AS y FROM base b", DB)
    # A view's tables are those of its own database, whoever asks.
    assert cloud.value(f"SELECT y FROM {DB}.top", "default") == "2"
    assert cloud.failure("CREATE VIEW top AS SELECT 1 AS x", DB).startswith(
        "TABLE_ALREADY_EXISTS: line 1:1: View already"
    )
    assert cloud.failure("CREATE VIEW unnamed AS SELECT 1", DB).startswith(
        "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1"
    )
    assert cloud.failure("CREATE VIEW twice AS SELECT 1 AS a, 2 AS a", DB).startswith("DUPLICATE_COLUMN_NAME: ")
    assert cloud.failure("CREATE VIEW bad AS SELECT nope FROM base", DB).startswith("COLUMN_NOT_FOUND: line 1:27: ")
    assert cloud.failure("CREATE OR REPLACE VIEW events AS SELECT 1 AS x", DB).startswith("TABLE_ALREADY_EXISTS: ")
    cloud.run("DROP VIEW base", DB)
    assert cloud.failure("SELECT * FROM top", DB).startswith(
        f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{DB}.base' does not exist"
    )
    assert cloud.failure("DROP VIEW base", DB).startswith("TABLE_NOT_FOUND: line 1:1: View")
    cloud.run("DROP VIEW IF EXISTS base", DB)
    cloud.run(CREATE)
    assert "Did you mean DROP TABLE" in cloud.failure("DROP VIEW events", DB)
    assert "Cannot drop a view with DROP TABLE" in cloud.failure("DROP TABLE top", DB)


def test_a_circle_of_views_ends(cloud: Cloud) -> None:
    cloud.run("CREATE OR REPLACE VIEW circle AS SELECT 1 AS x", DB)
    cloud.run("CREATE OR REPLACE VIEW wheel AS SELECT x FROM circle", DB)
    cloud.run("CREATE OR REPLACE VIEW circle AS SELECT x FROM wheel", DB)
    assert cloud.failure("SELECT x FROM circle", DB).startswith("VIEW_IS_RECURSIVE: ")


def test_metadata_operations(cloud: Cloud) -> None:
    cloud.run(CREATE)
    athena = cloud.athena
    catalog = "AwsDataCatalog"
    assert [c["CatalogName"] for c in athena.list_data_catalogs()["DataCatalogsSummary"]] == [catalog]
    assert athena.get_data_catalog(Name=catalog)["DataCatalog"]["Type"] == "GLUE"
    names = [d["Name"] for d in athena.list_databases(CatalogName=catalog)["DatabaseList"]]
    assert DB in names
    found = athena.get_database(CatalogName=catalog, DatabaseName=DB)["Database"]
    assert found == {"Name": DB, "Description": "it's for tests", "Parameters": {"owner": "me"}}
    tables = athena.list_table_metadata(CatalogName=catalog, DatabaseName=DB, Expression="event.*")["TableMetadataList"]
    assert [table["Name"] for table in tables] == ["events", "events_view"]
    table = athena.get_table_metadata(CatalogName=catalog, DatabaseName=DB, TableName="events")["TableMetadata"]
    assert [column["Name"] for column in table["Columns"]] == ["id", "name", "product"]
    assert table["PartitionKeys"][0] == {"Name": "year", "Type": "string", "Comment": "landing year"}
    assert table["Parameters"]["serde.serialization.lib"] == JSON_SERDE
    for call in (
        lambda: athena.get_database(CatalogName=catalog, DatabaseName="nodb"),
        lambda: athena.list_table_metadata(CatalogName=catalog, DatabaseName="nodb"),
        lambda: athena.get_table_metadata(CatalogName=catalog, DatabaseName=DB, TableName="none"),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "MetadataException"
    with pytest.raises(ClientError, match="DataCatalog hive was not found"):
        athena.list_databases(CatalogName="hive")
