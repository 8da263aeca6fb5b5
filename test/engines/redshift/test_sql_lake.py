"""Spectrum, COPY and UNLOAD: what is read of S3, what is written there, and what is refused."""

from __future__ import annotations

import json
from datetime import date

import pytest
from engines.redshift.data_support import LAKE, ROLE, Cloud, Database
from local_engines.lake.catalog import Partition
from local_engines.lake.files import ArchivedObjectError, list_files

GLUE = "lake_tests"
ROOT = f"s3://{LAKE}/{GLUE}"
OTHER_ROLE = "arn:aws:iam::000000000000:role/stranger"
DAYS = [date(2026, 1, day) for day in (1, 2, 3)]


@pytest.fixture(scope="module")
def lake(db: Database) -> Database:
    cloud = db.cloud
    cloud.glue.create_database(DatabaseInput={"Name": GLUE})
    projected = {"projection.enabled": "true", "projection.day.type": "date", "projection.day.format": "yyyy-MM-dd",
                 "projection.day.range": "2026-01-01,2026-01-09"}  # fmt: skip
    cloud.table(GLUE, "sales", {"id": "bigint", "amount": "decimal(10,2)"}, {"day": "date"}, projected)
    for n, day in enumerate(DAYS):
        cloud.put_parquet(f"{ROOT}/sales/day={day}/a.parquet", _sales(n))
        # The third day's files are there, but its partition is not registered: only projection would find it.
        if n < 2:
            cloud.partition(GLUE, "sales", [str(day)], f"{ROOT}/sales/day={day}/")
    db.run(f"CREATE EXTERNAL SCHEMA lake FROM DATA CATALOG DATABASE '{GLUE}' IAM_ROLE '{ROLE}'")
    db.run("CREATE TABLE bounds (low DATE, high DATE)", "INSERT INTO bounds VALUES ('2026-01-02', '2026-01-03')")
    return db


def _sales(n: int) -> str:
    return f"SELECT CAST(i + {n * 100} AS BIGINT) AS id, CAST(i / 2 AS DECIMAL(10,2)) AS amount FROM range(100) t(i)"


def scan_of(db: Database, sql: str) -> list[tuple[object, ...]]:
    """(total, qualified partitions, files, rows) of each external table of the statement."""
    found = db.run(sql)
    return db.rows(
        "SELECT total_partitions, qualified_partitions, scanned_files, returned_rows FROM sys_external_query_detail "
        f"WHERE query_id = {found['RedshiftQueryId']} ORDER BY segment_id"
    )


def test_only_registered_partitions_exist(lake: Database) -> None:
    assert lake.rows("SELECT day, COUNT(*) FROM lake.sales GROUP BY day ORDER BY day") == [
        ("2026-01-01", 100), ("2026-01-02", 100),
    ]  # fmt: skip
    partitions = lake.rows("SELECT values, location FROM svv_external_partitions WHERE tablename = 'sales' ORDER BY 1")
    assert partitions == [(f'["{day}"]', f"{ROOT}/sales/day={day}/") for day in DAYS[:2]]


@pytest.mark.parametrize(
    ("condition", "scanned"),
    [
        ("day = '2026-01-01'", (2, 1, 1, 100)),
        ("day < (SELECT low FROM bounds)", (2, 1, 1, 100)),
        ("day >= (SELECT MAX(low) FROM bounds)", (2, 1, 1, 100)),
        ("day >= (SELECT low FROM bounds) AND day < (SELECT high FROM bounds)", (2, 1, 1, 100)),
        ("day BETWEEN '2026-01-01' AND (SELECT high FROM bounds)", (2, 2, 2, 200)),
        ("day > (SELECT high FROM bounds)", (2, 0, 0, 0)),
        ("day < (SELECT low FROM bounds WHERE high IS NULL)", (2, 0, 0, 0)),
    ],
)
def test_partitions_are_pruned(lake: Database, condition: str, scanned: tuple[int, ...]) -> None:
    assert scan_of(lake, f"SELECT SUM(amount) FROM lake.sales WHERE {condition}") == [scanned]


def test_a_correlated_subquery_prunes_nothing_and_is_right(lake: Database) -> None:
    sql = "SELECT COUNT(*) FROM lake.sales s WHERE day = (SELECT MIN(b.low) FROM bounds b WHERE s.id > 150)"
    assert lake.value(sql) == 49


def test_bytes_scanned_are_those_of_the_columns(lake: Database) -> None:
    one, both = (
        lake.value(f"SELECT returned_bytes FROM sys_external_query_detail WHERE query_id = {found['RedshiftQueryId']}")
        for found in (
            lake.run("SELECT SUM(amount) FROM lake.sales WHERE day = '2026-01-01'"),
            lake.run("SELECT SUM(amount), SUM(id) FROM lake.sales WHERE day = '2026-01-01'"),
        )
    )
    assert 0 < one < both


def test_an_archived_object_is_an_error(lake: Database) -> None:
    lake.cloud.table(GLUE, "cold", {"id": "bigint"})
    lake.cloud.put_parquet(f"{ROOT}/cold/a.parquet", "SELECT 1::BIGINT AS id")
    assert lake.rows("SELECT id FROM lake.cold") == [(1,)]
    lake.cloud.put_parquet(f"{ROOT}/cold/b.parquet", "SELECT 2::BIGINT AS id", StorageClass="GLACIER")
    reason = lake.failure("SELECT id FROM lake.cold")
    assert "Spectrum Scan Error" in reason and "not valid for the object's storage class" in reason


@pytest.mark.parametrize(
    ("restore", "readable"),
    [("", False), ('ongoing-request="true"', False), ('ongoing-request="false", expiry-date="x"', True)],
)
def test_a_restored_object_is_read(restore: str, readable: bool) -> None:
    """The emulator never ends a restore, so its answers are given here."""

    class Restored:
        def list_objects_v2(self, **_: str) -> dict[str, object]:
            return {"Contents": [{"Key": "t/a.parquet", "Size": 9, "StorageClass": "DEEP_ARCHIVE"}]}

        def head_object(self, **_: str) -> dict[str, object]:
            return {"Restore": restore} if restore else {}

    partitions = [Partition((), "s3://bucket/t/")]
    assert list_files(Restored(), partitions) == []
    if readable:
        assert [file.url for file in list_files(Restored(), partitions, False)] == ["s3://bucket/t/a.parquet"]
    else:
        with pytest.raises(ArchivedObjectError):
            list_files(Restored(), partitions, False)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM lake.nope", 'relation "lake.nope" does not exist'),
        ("INSERT INTO lake.sales VALUES (1, 2, '2026-01-01')", "Operation not supported on external tables"),
        ("CREATE VIEW bound AS SELECT id FROM lake.sales", "External tables are not supported in views: lake.sales"),
        (f"CREATE EXTERNAL SCHEMA x FROM DATA CATALOG DATABASE 'd' IAM_ROLE '{OTHER_ROLE}'",
         f"Not authorized to get credentials of role {OTHER_ROLE}"),
        (f"COPY bounds FROM '{ROOT}/sales/' IAM_ROLE '{OTHER_ROLE}' FORMAT AS PARQUET", "Not authorized to get"),
        (f"UNLOAD ('SELECT 1') TO '{ROOT}/u/' IAM_ROLE '{OTHER_ROLE}' FORMAT AS PARQUET", "Not authorized to get"),
        (f"COPY bounds FROM '{ROOT}/nothing/' IAM_ROLE '{ROLE}' FORMAT AS PARQUET",
         "The specified S3 prefix 'lake_tests/nothing/' does not exist"),
        (f"COPY bounds FROM '{ROOT}/sales/' IAM_ROLE '{ROLE}' CSV", "the option CSV of COPY is not supported"),
        (f"COPY bounds FROM '{ROOT}/sales/' IAM_ROLE '{ROLE}'", "COPY of delimited text"),
        (f"COPY bounds (low) FROM '{ROOT}/sales/' IAM_ROLE '{ROLE}' FORMAT AS PARQUET", "Column mapping option"),
    ],
)  # fmt: skip
def test_what_is_refused(lake: Database, sql: str, reason: str) -> None:
    assert lake.failure(sql).removeprefix("ERROR: ").startswith(reason)


def test_copy_of_parquet_goes_by_position(lake: Database) -> None:
    place = f"{ROOT}/loads/by-position/"
    lake.cloud.put_parquet(f"{place}a.parquet", "SELECT 1::BIGINT AS any_name, 'x' AS other")
    lake.cloud.put_parquet(f"{place}b.parquet", "SELECT 2::BIGINT AS any_name, 'y' AS other")
    lake.cloud.put(f"{place}_SUCCESS", b"done")
    lake.run("CREATE TABLE loaded (id BIGINT, name VARCHAR(1), more INT)")
    wrong = lake.failure(f"COPY loaded FROM '{place}' IAM_ROLE '{ROLE}' FORMAT AS PARQUET")
    assert "Unmatched number of columns between table and file. Table columns: 3, Data columns: 2" in wrong
    lake.run("ALTER TABLE loaded DROP COLUMN more")
    assert lake.run(f"COPY loaded FROM '{place}' IAM_ROLE '{ROLE}' FORMAT AS PARQUET")["ResultRows"] == 2
    assert lake.rows("SELECT id, name FROM loaded ORDER BY id") == [(1, "x"), (2, "y")]
    history = lake.rows(
        "SELECT status, loaded_rows, source_file_count FROM sys_load_history WHERE table_name = 'loaded' "
        "ORDER BY query_id"
    )
    assert history == [("failed", 0, 2), ("completed", 2, 2)]


def test_copy_checks_types_and_lengths(lake: Database) -> None:
    place = f"{ROOT}/loads/typed/"
    lake.cloud.put_parquet(f"{place}a.parquet", "SELECT 'hello' AS a, 1.5::DOUBLE AS b")
    lake.run("CREATE TABLE typed (a VARCHAR(4), b DOUBLE PRECISION)", "CREATE TABLE other (a VARCHAR(9), b DATE)")
    copy = f"FROM '{place}' IAM_ROLE '{ROLE}' FORMAT AS PARQUET"
    assert lake.failure(f"COPY typed {copy}") == "ERROR: value too long for type character varying(4)"
    assert "has an incompatible Parquet schema for column 'b'" in lake.failure(f"COPY other {copy}")
    detail = lake.rows("SELECT error_code, trim(error_message) FROM sys_load_error_detail WHERE error_code = 1204")
    assert detail == [(1204, "value too long for type character varying(4)")]
    assert lake.value("SELECT COUNT(*) FROM stl_load_errors") >= 2


def test_copy_of_a_manifest(lake: Database) -> None:
    place = f"{ROOT}/loads/manifest/"
    lake.cloud.put_parquet(f"{place}a.parquet", "SELECT 1 AS i")
    lake.cloud.put_parquet(f"{place}b.parquet", "SELECT 2 AS i")
    entries = [{"url": f"{place}b.parquet", "mandatory": True}]
    lake.cloud.put(f"{place}one.manifest", json.dumps({"entries": entries}).encode())
    lake.run("CREATE TABLE listed (i INT)")
    lake.run(f"COPY listed FROM '{place}one.manifest' IAM_ROLE '{ROLE}' FORMAT AS PARQUET MANIFEST")
    assert lake.rows("SELECT i FROM listed") == [(2,)]
    missing = {"entries": [{"url": f"{place}c.parquet", "mandatory": True}]}
    lake.cloud.put(f"{place}two.manifest", json.dumps(missing).encode())
    reason = lake.failure(f"COPY listed FROM '{place}two.manifest' IAM_ROLE '{ROLE}' FORMAT AS PARQUET MANIFEST")
    assert "mandatory file" in reason


def test_copy_of_json(lake: Database) -> None:
    place = f"{ROOT}/loads/json/"
    lake.cloud.put(f"{place}a.json", b'{"id": 1, "name": "a", "ignored": true}\n{"name": "b", "id": 2}\n')
    lake.run("CREATE TABLE of_json (id INT, name VARCHAR(10), rest INT DEFAULT 7)")
    lake.run(f"COPY of_json (id, name) FROM '{place}' IAM_ROLE '{ROLE}' FORMAT AS JSON 'auto'")
    assert lake.rows("SELECT id, name, rest FROM of_json ORDER BY id") == [(1, "a", 7), (2, "b", 7)]
    lake.cloud.put(f"{place}b.json", b'{"id": "no number", "name": "c"}\n')
    assert lake.failure(f"COPY of_json (id, name) FROM '{place}' IAM_ROLE '{ROLE}' JSON 'auto'").startswith(
        "ERROR: Load into table 'of_json' failed."
    )


def test_unload_and_back(lake: Database) -> None:
    target = f"{ROOT}/unloaded/"
    statement = (
        "UNLOAD ('SELECT 1 AS id, ''it''''s'' AS name, DATE ''2026-01-01'' AS day UNION ALL "
        "SELECT 2, ''b'', ''2026-01-02''') "
        f"TO '{target}' IAM_ROLE '{ROLE}' FORMAT AS PARQUET PARTITION BY (day) MANIFEST"
    )
    assert lake.run(statement)["ResultRows"] == 2
    keys = [o["Key"] for o in lake.cloud.s3.list_objects_v2(Bucket=LAKE, Prefix=f"{GLUE}/unloaded/")["Contents"]]
    assert keys == [f"{GLUE}/unloaded/day=2026-01-0{n}/000.parquet" for n in (1, 2)] + [f"{GLUE}/unloaded/manifest"]
    assert lake.failure(statement).startswith("ERROR: Specified unload destination on S3 is not empty.")
    lake.run("CREATE TABLE back (id INT, name VARCHAR(9))")
    lake.run(f"COPY back FROM '{target}day=' IAM_ROLE '{ROLE}' FORMAT AS PARQUET")
    assert lake.rows("SELECT id, name FROM back ORDER BY id") == [(1, "it's"), (2, "b")]
    lake.run(statement.replace("MANIFEST", "CLEANPATH"))
    assert len(lake.cloud.s3.list_objects_v2(Bucket=LAKE, Prefix=f"{GLUE}/unloaded/")["Contents"]) == 2


def test_external_schemas_are_listed(lake: Database, data_cloud: Cloud) -> None:
    rows = lake.rows("SELECT schemaname, databasename FROM svv_external_schemas")
    assert rows == [("lake", GLUE)]
    assert ("lake", "sales") in lake.rows("SELECT schemaname, tablename FROM svv_external_tables")
    columns = lake.rows(
        "SELECT columnname, external_type, part_key FROM svv_external_columns WHERE tablename = 'sales' "
        "ORDER BY columnnum"
    )
    assert columns == [("id", "bigint", 0), ("amount", "decimal(10,2)", 0), ("day", "date", 1)]
    listed = data_cloud.data.list_tables(**lake.target, SchemaPattern="lake")["Tables"]
    assert {"schema": "lake", "name": "sales", "type": "EXTERNAL TABLE"} in listed


def test_an_external_schema_cannot_be_made_in_a_transaction(lake: Database) -> None:
    sql = f"CREATE EXTERNAL SCHEMA y FROM DATA CATALOG DATABASE 'd' IAM_ROLE '{ROLE}'"
    assert "cannot run inside a transaction block" in lake.failure(sql, "SELECT 1")
