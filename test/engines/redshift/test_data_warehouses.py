"""What happens to statements and storage when a warehouse pauses, goes away, is killed, or is used by many at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from botocore.exceptions import ClientError
from engines.redshift.data_support import ADMIN, DATABASE, Cloud, Database, until
from local_engines.redshift.sql.errors import RedshiftError, describe
from local_engines.redshift.sql.session import Session

ENGINES = Path(__file__).parents[3] / "local-cloud" / "engines"


def test_a_paused_cluster_refuses_statements_and_keeps_its_rows(data_cloud: Cloud) -> None:
    found = Database(data_cloud, data_cloud.warehouses.add("sleeper"))
    found.run("CREATE TABLE kept (i INT)", "INSERT INTO kept VALUES (1)")
    data_cloud.warehouses.pause(found.warehouse.key)
    with pytest.raises(ClientError, match="paused"):
        found.start("SELECT 1")
    data_cloud.warehouses.resume(found.warehouse.key)
    assert found.rows("SELECT i FROM kept") == [(1,)]
    ids = found.rows("SELECT query_text FROM sys_query_history WHERE query_text LIKE 'CREATE TABLE kept%'")
    assert len(ids) == 1


def test_a_pause_ends_what_runs(data_cloud: Cloud) -> None:
    found = Database(data_cloud, data_cloud.warehouses.add("busy"))
    found.run("CREATE TABLE many AS SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4")
    joins = ", ".join(f"many m{i}" for i in range(15))
    identifier = found.start(f"SELECT SUM(m0.n + m14.n) FROM {joins} WHERE m0.n + m1.n + m2.n > 0")
    until(lambda: data_cloud.data.describe_statement(Id=identifier)["Status"] == "STARTED")
    data_cloud.warehouses.pause(found.warehouse.key)
    assert data_cloud.data.describe_statement(Id=identifier)["Status"] == "ABORTED"


def test_warehouses_share_nothing(data_cloud: Cloud, db: Database) -> None:
    other = Database(data_cloud, data_cloud.warehouses.add("other"))
    db.run("CREATE TABLE mine (i INT)")
    assert other.failure("SELECT * FROM mine") == 'ERROR: relation "mine" does not exist'


def test_a_workgroup_of_redshift_serverless(data_cloud: Cloud) -> None:
    warehouse = data_cloud.warehouses.add("serverless", "workgroup")
    target = {"WorkgroupName": "serverless", "Database": DATABASE, "SecretArn": warehouse.admin_secret_arn}
    found = data_cloud.data.execute_statement(Sql="SELECT CURRENT_USER", WaitTimeSeconds=20, **target)
    assert (found["Status"], found["WorkgroupName"]) == ("FINISHED", "serverless")
    with pytest.raises(ClientError, match="DbUser cannot be used"):
        data_cloud.data.execute_statement(Sql="SELECT 1", WorkgroupName="serverless", Database=DATABASE, DbUser=ADMIN)
    compute = data_cloud.data.execute_statement(
        Sql="SELECT DISTINCT compute_type FROM sys_query_history", WaitTimeSeconds=20, **target
    )
    assert data_cloud.data.get_statement_result(Id=compute["Id"])["Records"] == [[{"stringValue": "serverless"}]]


_KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from local_engines.context import Endpoints, EngineContext
from local_engines.redshift.sql.session import Session
from local_engines.redshift.sql.storage import Storage
from local_engines.redshift.warehouses import Warehouse

folder = Path(sys.argv[2])
context = EngineContext(Endpoints("http://127.0.0.1:9", "", ""), folder, "us-east-1")
warehouse = Warehouse("cluster:k", "k", "analytics", "platform_admin", None, (), folder)
session = Session(Storage.open(context, warehouse), "platform_admin", "analytics")
session.execute("CREATE TABLE kept (i INT)")
session.execute("INSERT INTO kept VALUES (1)")
session.start_batch()
session.execute("DELETE FROM kept")
session.execute("INSERT INTO kept VALUES (2)")
os.kill(os.getpid(), 9)
"""


def test_a_killed_engine_leaves_the_last_commit(data_cloud: Cloud, tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(ENGINES), str(tmp_path)], timeout=60, check=False)
    assert killed.returncode == -9
    warehouse = data_cloud.warehouses.add("killed")
    for path in tmp_path.glob("warehouse.duckdb*"):
        shutil.copy(path, warehouse.directory / path.name)
    found = Database(data_cloud, warehouse)
    assert found.rows("SELECT i FROM kept") == [(1,)]
    # Ids go on where they were.
    assert found.value("SELECT COUNT(*) - COUNT(DISTINCT query_id) FROM sys_query_history") == 0


def test_lock_waits_for_the_end_of_the_holder(db: Database) -> None:
    """Each batch reads after its lock what the one before it wrote: none is lost."""
    db.run("CREATE TABLE counter (i INT)", "INSERT INTO counter VALUES (0)")
    ids = [db.start("LOCK counter", "UPDATE counter SET i = i + 1", "SELECT i FROM counter") for _ in range(8)]
    assert {db.wait(identifier)["Status"] for identifier in ids} == {"FINISHED"}
    assert sorted(db.result(f"{identifier}:3")[0][0]["longValue"] for identifier in ids) == list(range(1, 9))


def test_writers_without_a_lock_wait_for_each_other(db: Database) -> None:
    db.run("CREATE TABLE appended (i INT)")
    ids = [db.start(f"INSERT INTO appended VALUES ({n})") for n in range(8)]
    ids += [db.start("UPDATE appended SET i = i + 0") for _ in range(4)]
    assert {db.wait(identifier)["Status"] for identifier in ids} == {"FINISHED"}
    assert db.value("SELECT COUNT(DISTINCT i) FROM appended") == 8


def test_a_cycle_of_two_transactions_is_refused(data_cloud: Cloud, db: Database) -> None:
    """The example of the developer guide's "Serializable isolation": each reads what the other one writes."""
    db.run("CREATE TABLE tab1 (c INT)", "CREATE TABLE tab2 (c INT)")
    db.run("INSERT INTO tab1 VALUES (1)", "INSERT INTO tab2 VALUES (1)")
    storage = data_cloud.service._executor._stores.of(db.warehouse)
    one, two = Session(storage, ADMIN, DATABASE), Session(storage, ADMIN, DATABASE)
    try:
        one.start_batch()
        two.start_batch()
        for session in (one, two):
            session.execute("SELECT COUNT(*) FROM tab1")
            session.execute("SELECT COUNT(*) FROM tab2")
        one.execute("INSERT INTO tab1 SELECT c FROM tab2")
        two.execute("INSERT INTO tab2 SELECT c FROM tab1")
        one.commit()
        with pytest.raises(RedshiftError, match="1023") as caught:
            two.commit()
    finally:
        one.close()
        two.close()
    assert "ERROR: 1023 DETAIL: Serializable isolation violation on table" in describe(caught.value)
    assert (db.value("SELECT COUNT(*) FROM tab1"), db.value("SELECT COUNT(*) FROM tab2")) == (2, 1)


def test_a_write_over_a_newer_row_is_refused(data_cloud: Cloud, db: Database) -> None:
    db.run("CREATE TABLE rows_of_both (c INT)", "INSERT INTO rows_of_both VALUES (1)")
    storage = data_cloud.service._executor._stores.of(db.warehouse)
    late = Session(storage, ADMIN, DATABASE)
    try:
        late.start_batch()
        late.execute("SELECT * FROM rows_of_both")
        db.run("UPDATE rows_of_both SET c = 2")
        with pytest.raises(duckdb.TransactionException) as caught:
            late.execute("UPDATE rows_of_both SET c = 3")
    finally:
        late.close()
    assert describe(caught.value).startswith("ERROR: 1023 ")
    assert db.rows("SELECT c FROM rows_of_both") == [(2,)]


def test_a_deadlock_is_found(data_cloud: Cloud, db: Database) -> None:
    db.run("CREATE TABLE left_side (c INT)", "CREATE TABLE right_side (c INT)")
    storage = data_cloud.service._executor._stores.of(db.warehouse)
    one, two = Session(storage, ADMIN, DATABASE), Session(storage, ADMIN, DATABASE)
    errors: list[str] = []

    def work(session: Session, second: str) -> None:
        try:
            session.execute(f"LOCK {second}")
            session.commit()
        except RedshiftError as error:
            errors.append(str(error))
            session.rollback()

    try:
        one.start_batch()
        two.start_batch()
        one.execute("LOCK left_side")
        two.execute("LOCK right_side")
        threads = [
            threading.Thread(target=work, args=(one, "right_side")),
            threading.Thread(target=work, args=(two, "left_side")),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    finally:
        one.close()
        two.close()
    assert len(errors) == 1 and errors[0].startswith("deadlock detected")


def test_cancelling_a_statement_that_waits_for_a_lock(data_cloud: Cloud, db: Database) -> None:
    db.run("CREATE TABLE held (c INT)")
    holder = Session(data_cloud.service._executor._stores.of(db.warehouse), ADMIN, DATABASE)
    try:
        holder.start_batch()
        holder.execute("LOCK held")
        identifier = db.start("SELECT * FROM held")
        until(lambda: data_cloud.data.describe_statement(Id=identifier)["Status"] == "STARTED")
        data_cloud.data.cancel_statement(Id=identifier)
        assert db.wait(identifier)["Status"] == "ABORTED"
    finally:
        holder.close()
    assert db.rows("SELECT * FROM held") == []


def test_what_is_in_a_database(db: Database) -> None:
    db.run("CREATE SCHEMA shop", "CREATE TABLE shop.items (id INT NOT NULL, name VARCHAR(30) DEFAULT 'x')")
    data, target = db.cloud.data, db.target
    assert data.list_databases(**target)["Databases"] == [DATABASE]
    assert "shop" in data.list_schemas(**target)["Schemas"]
    assert data.list_schemas(**target, SchemaPattern="sh%")["Schemas"] == ["shop"]
    tables = data.list_tables(**target, SchemaPattern="shop", TablePattern="it_ms")["Tables"]
    assert tables == [{"schema": "shop", "name": "items", "type": "TABLE"}]
    columns = data.describe_table(**target, Schema="shop", Table="items")["ColumnList"]
    assert [(c["name"], c["typeName"], c["length"], c["nullable"], c.get("columnDefault")) for c in columns] == [
        ("id", "int4", 0, 0, None), ("name", "varchar", 30, 1, "'x'"),
    ]  # fmt: skip
    page = data.list_tables(**target, MaxResults=2)
    assert len(page["Tables"]) == 2 and page["NextToken"]
