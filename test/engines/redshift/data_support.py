"""A local cloud with the Redshift Data API over warehouses that a test makes, pauses and deletes by hand."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import duckdb
from botocore.config import Config
from local_engines.context import Endpoints, EngineContext
from local_engines.errors import AwsError
from local_engines.ministack import MiniStack
from local_engines.redshift.data.service import RedshiftDataService
from local_engines.redshift.warehouses import Listener, Warehouse
from local_engines.server import EngineServer

REGION = "us-east-1"
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/lake"
ADMIN_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:redshift!admin-AbCdEf"
LAKE = "lake"
DATABASE = "analytics"
ADMIN = "platform_admin"
PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
MIGRATIONS = Path(__file__).parents[3] / "warehouse" / "migrations"


@dataclass
class FakeWarehouses:
    """What the control plane would tell; implements redshift.warehouses.Warehouses."""

    folder: Path
    known: dict[str, Warehouse] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    deleting: list[Listener] = field(default_factory=list)
    pausing: list[Listener] = field(default_factory=list)

    def add(self, name: str, kind: str = "cluster", roles: tuple[str, ...] = (ROLE,)) -> Warehouse:
        directory = self.folder / kind / name
        directory.mkdir(parents=True)
        key = f"{kind}:{name}"
        self.known[key] = Warehouse(key, name, DATABASE, ADMIN, ADMIN_SECRET, roles, directory)
        return self.known[key]

    def available(self, *, cluster_identifier: str | None, workgroup_name: str | None) -> Warehouse:
        if (cluster_identifier is None) == (workgroup_name is None):
            raise AwsError("ValidationException", "Exactly one of ClusterIdentifier and WorkgroupName is required")
        key = f"cluster:{cluster_identifier}" if cluster_identifier else f"workgroup:{workgroup_name}"
        if key not in self.known:
            raise AwsError("ValidationException", f"Redshift cluster doesn't exist: {key}")
        if key in self.paused:
            raise AwsError("ValidationException", "Redshift cluster is paused")
        return self.known[key]

    def all(self) -> list[Warehouse]:
        return list(self.known.values())

    def on_delete(self, listener: Listener) -> None:
        self.deleting.append(listener)

    def on_pause(self, listener: Listener) -> None:
        self.pausing.append(listener)

    def pause(self, key: str) -> None:
        self.paused.add(key)
        for listener in self.pausing:
            listener(self.known[key])

    def resume(self, key: str) -> None:
        self.paused.discard(key)


class StatementFailed(Exception):  # noqa: N818 - what the tests expect, not an error of theirs
    """A statement that did not finish; the message is its Error."""

    def __init__(self, description: dict[str, Any]) -> None:
        super().__init__(description.get("Error", description["Status"]))
        self.description = description


class Cloud:
    """Emulator and Data API in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.emulator = MiniStack(folder / "emulator", REGION, ACCOUNT)
        self.warehouses = FakeWarehouses(folder / "warehouses")
        self.start()
        self.s3, self.glue = self.client("s3"), self.client("glue")
        self.s3.create_bucket(Bucket=LAKE)

    def start(self) -> None:
        """The service, as after a start of the engines: the files of the warehouses are what there was before."""
        self.warehouses.pausing, self.warehouses.deleting = [], []
        self.server = EngineServer(self.emulator.url)
        endpoints = Endpoints(self.emulator.url, self.server.url, self.server.url)
        token = self.emulator.service_token
        self.context = EngineContext(endpoints, self.folder, REGION, ACCOUNT, token)
        self.service = RedshiftDataService(self.context, self.warehouses)
        self.server.register([self.service])
        self.server.start()
        self.data = self.client("redshift-data", self.server.url)

    def client(self, service: str, url: str | None = None) -> Any:
        return boto3.client(
            service,
            endpoint_url=url or self.emulator.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(max_pool_connections=32, user_agent="tests", retries={"max_attempts": 0}),
        )

    def close(self) -> None:
        self.server.stop()
        self.emulator.stop()

    # The lake

    def put_parquet(self, url: str, sql: str, **arguments: Any) -> int:
        """Writes DuckDB's answer to `sql` as one Parquet object; returns its size."""
        local = self.folder / "local.parquet"
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            connection.execute(f"COPY ({sql}) TO '{local}' (FORMAT parquet)")
        return self.put(url, local.read_bytes(), **arguments)

    def put(self, url: str, body: bytes, **arguments: Any) -> int:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, **arguments)
        return len(body)

    def table(
        self,
        database: str,
        name: str,
        columns: Mapping[str, str],
        keys: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> str:
        """An external Parquet table at s3://lake/<database>/<name>/; returns that location."""
        place = f"s3://{LAKE}/{database}/{name}/"
        self.glue.create_table(
            DatabaseName=database,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"EXTERNAL": "TRUE", **(parameters or {})},
                "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in (keys or {}).items()],
                "StorageDescriptor": {
                    "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
                    "Location": place,
                    "SerdeInfo": {"SerializationLibrary": PARQUET_SERDE, "Parameters": {}},
                },
            },
        )
        return place

    def partition(self, database: str, table: str, values: Sequence[str], location: str) -> None:
        found = self.glue.get_table(DatabaseName=database, Name=table)["Table"]["StorageDescriptor"]
        self.glue.create_partition(
            DatabaseName=database,
            TableName=table,
            PartitionInput={"Values": list(values), "StorageDescriptor": {**found, "Location": location}},
        )


@dataclass(frozen=True)
class Database:
    """One warehouse of a cloud, asked as one user (None: the admin, by the secret)."""

    cloud: Cloud
    warehouse: Warehouse
    user: str | None = None

    def as_user(self, user: str) -> Database:
        return replace(self, user=user)

    @property
    def target(self) -> dict[str, str]:
        found = {"ClusterIdentifier": self.warehouse.name, "Database": DATABASE}
        return {**found, "DbUser": self.user} if self.user else {**found, "SecretArn": ADMIN_SECRET}

    def start(self, *sqls: str, batch: bool = False, **request: Any) -> str:
        """Starts one statement, or several as a batch; returns the id."""
        if batch or len(sqls) > 1:
            return str(self.cloud.data.batch_execute_statement(Sqls=list(sqls), **self.target, **request)["Id"])
        return str(self.cloud.data.execute_statement(Sql=sqls[0], **self.target, **request)["Id"])

    def wait(self, identifier: str, seconds: float = 30) -> dict[str, Any]:
        """The description of the ended statement, whatever its end."""
        # A client would ask again and again; here it shares an interpreter with the engine, which that would slow down.
        self.cloud.service._statements.get(identifier).ended.wait(seconds)
        description: dict[str, Any] = self.cloud.data.describe_statement(Id=identifier)
        assert description["Status"] in ("FINISHED", "FAILED", "ABORTED"), description
        return description

    def run(self, *sqls: str, batch: bool = False, **request: Any) -> dict[str, Any]:
        """Runs to the end; raises StatementFailed."""
        description = self.wait(self.start(*sqls, batch=batch, **request))
        if description["Status"] != "FINISHED":
            raise StatementFailed(description)
        return description

    def result(self, identifier: str) -> list[list[dict[str, Any]]]:
        """The fields of all pages."""
        pages = self.cloud.data.get_paginator("get_statement_result").paginate(Id=identifier)
        return [record for page in pages for record in page["Records"]]

    def rows(self, sql: str, **request: Any) -> list[tuple[Any, ...]]:
        """The cells of a query's answer; None for a null."""
        return [tuple(_cell(cell) for cell in record) for record in self.result(self.run(sql, **request)["Id"])]

    def value(self, sql: str, **request: Any) -> Any:
        ((cell,),) = self.rows(sql, **request)
        return cell

    def failure(self, *sqls: str, **request: Any) -> str:
        """Why it fails."""
        try:
            description = self.run(*sqls, **request)
        except StatementFailed as failed:
            return str(failed)
        raise AssertionError(f"it succeeded: {description}")


def _cell(cell: Mapping[str, Any]) -> Any:
    ((name, value),) = cell.items()
    return None if name == "isNull" else value


def migrate(database: Database, values: Mapping[str, str]) -> None:
    """Runs the program's own migrations with these values in the place of `${…}`, as handlers/warehouse/migrate.ts
    does: each in one transaction, unless it says that it bears none."""
    for path in sorted(MIGRATIONS.glob("*.sql")):
        text = re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], path.read_text())
        statements = [s.strip() for s in re.sub(r"--[^\n]*", "", text).split(";") if s.strip()]
        if text.startswith("-- transaction: none"):
            for statement in statements:
                database.run(statement)
        else:
            database.run(*statements, batch=True)


def until(condition: Any, seconds: float = 10) -> None:
    """Waits for what another thread does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
