"""A local cloud with Athena, and short ways to fill its lake and ask it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import duckdb
from botocore.config import Config
from local_engines.athena.service import AthenaService
from local_engines.context import Endpoints, EngineContext
from local_engines.ministack import MiniStack
from local_engines.server import EngineServer

REGION = "us-east-1"
ACCOUNT = "000000000000"
#: Tables live here, results there.
LAKE = "lake"
RESULTS = "results"

JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


@dataclass(frozen=True)
class Answer:
    """An ended query: its QueryExecution, column names and rows without the header."""

    execution: dict[str, Any]
    columns: list[str]
    types: list[str]
    rows: list[tuple[str | None, ...]]

    @property
    def scanned(self) -> int:
        return int(self.execution["Statistics"]["DataScannedInBytes"])

    @property
    def value(self) -> str | None:
        """The only cell of the only row."""
        ((cell,),) = self.rows
        return cell


class QueryFailed(Exception):  # noqa: N818 - what the tests expect, not an error of theirs
    """A query that did not succeed; the message is its StateChangeReason."""

    def __init__(self, execution: dict[str, Any]) -> None:
        super().__init__(execution["Status"].get("StateChangeReason", "(no reason)"))
        self.execution = execution
        self.state = execution["Status"]["State"]


class Cloud:
    """Emulator and Athena in this process."""

    def __init__(self, folder: Path) -> None:
        self.emulator = MiniStack(folder, REGION, ACCOUNT)
        self.server = EngineServer(self.emulator.url)
        endpoints = Endpoints(self.emulator.url, self.server.url, self.server.url)
        self.context = EngineContext(endpoints, folder, REGION, ACCOUNT)
        self.service = AthenaService(self.context)
        self.server.register([self.service])
        self.server.start()
        self.athena = self.client("athena", self.server.url)
        self.s3, self.glue = self.client("s3"), self.client("glue")
        for bucket in (LAKE, RESULTS):
            self.s3.create_bucket(Bucket=bucket)
        self.athena.update_work_group(
            WorkGroup="primary",
            ConfigurationUpdates={"ResultConfigurationUpdates": {"OutputLocation": f"s3://{RESULTS}/primary/"}},
        )

    def client(self, service: str, url: str | None = None, **config: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=url or self.emulator.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            # A fixed user agent: to compose it takes a tenth of the time of a call.
            config=Config(max_pool_connections=32, user_agent="tests", **config),
        )

    def close(self) -> None:
        self.server.stop()
        self.emulator.stop()

    # The lake

    def database(self, name: str) -> str:
        self.glue.create_database(DatabaseInput={"Name": name})
        return name

    def table(
        self,
        database: str,
        name: str,
        columns: Mapping[str, str],
        *,
        keys: Mapping[str, str] | None = None,
        serde: str = PARQUET_SERDE,
        location: str | None = None,
        parameters: Mapping[str, str] | None = None,
        serde_parameters: Mapping[str, str] | None = None,
    ) -> str:
        """An external table at s3://lake/<database>/<name>/; returns that location."""
        place = location or f"s3://{LAKE}/{database}/{name}/"
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
                    "SerdeInfo": {"SerializationLibrary": serde, "Parameters": dict(serde_parameters or {})},
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

    def put(self, url: str, body: bytes, **arguments: Any) -> int:
        """Puts an object; returns its size."""
        bucket, _, key = url.removeprefix("s3://").partition("/")
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, **arguments)
        return len(body)

    def put_json(self, url: str, rows: Sequence[Mapping[str, Any]], **arguments: Any) -> int:
        body = "".join(json.dumps(row) + "\n" for row in rows).encode()
        return self.put(url, gzip.compress(body) if url.endswith(".gz") else body, **arguments)

    def put_parquet(self, url: str, sql: str, folder: Path, options: str = "") -> Path:
        """Writes DuckDB's answer to `sql` as one Parquet object; returns the local copy."""
        local = folder / url.rpartition("/")[2]
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            connection.execute(f"COPY ({sql}) TO '{local}' (FORMAT parquet{options})")
        self.put(url, local.read_bytes())
        return local

    def keys(self, url: str) -> list[str]:
        """URLs of the objects below a folder."""
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [f"s3://{bucket}/{item['Key']}" for page in pages for item in page.get("Contents", [])]

    def read(self, url: str) -> bytes:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        return bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    # Questions

    def start(self, sql: str, database: str = "default", workgroup: str = "primary", **request: Any) -> str:
        return str(
            self.athena.start_query_execution(
                QueryString=sql, WorkGroup=workgroup, QueryExecutionContext={"Database": database}, **request
            )["QueryExecutionId"]
        )

    def wait(self, query: str, seconds: float = 30) -> dict[str, Any]:
        # A client would ask again and again. Here it shares an interpreter with the engine, which that would slow down.
        self.service._queries._executions.get(query).ended.wait(seconds)
        execution: dict[str, Any] = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        assert execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"), execution["Status"]
        return execution

    def run(self, sql: str, database: str = "default", workgroup: str = "primary", **request: Any) -> Answer:
        """Runs to the end and reads the first 1,000 rows; raises QueryFailed."""
        query = self.start(sql, database, workgroup, **request)
        execution = self.wait(query)
        if execution["Status"]["State"] != "SUCCEEDED":
            raise QueryFailed(execution)
        result = self.athena.get_query_results(QueryExecutionId=query)["ResultSet"]
        info = result["ResultSetMetadata"]["ColumnInfo"]
        columns = [column["Name"] for column in info]
        rows = [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in result["Rows"]]
        if execution["ResultConfiguration"]["OutputLocation"].endswith(".csv"):
            assert list(rows[0]) == columns, "the first row is the header"
            del rows[0]
        return Answer(execution, columns, [column["Type"] for column in info], rows)

    def rows(self, sql: str, database: str = "default", **request: Any) -> list[tuple[str | None, ...]]:
        return self.run(sql, database, **request).rows

    def value(self, sql: str, database: str = "default", **request: Any) -> str | None:
        return self.run(sql, database, **request).value

    def failure(self, sql: str, database: str = "default", **request: Any) -> str:
        """Why the query fails."""
        try:
            answer = self.run(sql, database, **request)
        except QueryFailed as failed:
            return str(failed)
        raise AssertionError(f"it succeeded: {answer.rows}")
