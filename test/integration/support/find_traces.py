"""Looks for texts in every byte that a local cloud keeps, and hashes what it keeps of each person.

stdin: {"dir": folder of the cloud, "tokens": [text, ...], "raw": bucket, "silver": bucket, "gold": bucket}
stdout: {"found": [[token, where], ...], "read": {kind: number}, "hashes": {class: {user: hash of all rows}}}

Objects are searched in all versions, as bytes and decoded: gzip, Parquet, base64 in quarantine. So are the warehouse's
DuckDB files, tables of DynamoDB, messages, log events and the texts of queries. Endpoints come from the environment.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import boto3
import duckdb
from botocore.config import Config

FAST = Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"}, max_pool_connections=16)


class Search:
    """Collects where the tokens are; each place once."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = [(token, token.lower().encode()) for token in tokens]
        self.found: set[tuple[str, str]] = set()
        self.read: dict[str, int] = defaultdict(int)

    def look(self, kind: str, where: str, data: bytes) -> None:
        self.read[kind] += 1
        lower = data.lower()
        self.found.update((token, f"{kind} {where}") for token, needle in self._tokens if needle in lower)
        if data[:2] == b"\x1f\x8b":
            try:
                self.look(f"{kind} unzipped", where, gzip.decompress(data))
            except (OSError, EOFError):
                self.found.add(("a gzip that cannot be read", f"{kind} {where}"))


def versions(s3: Any) -> Iterator[tuple[str, str, str, bool, bytes]]:
    """(bucket, key, version, latest, body) of every version of every object."""
    for bucket in (one["Name"] for one in s3.list_buckets()["Buckets"]):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for one in page.get("Versions", []):
                key, version = one["Key"], one["VersionId"]
                try:
                    got = s3.get_object(Bucket=bucket, Key=key, VersionId=version)
                except s3.exceptions.ClientError as error:
                    if error.response["Error"]["Code"] != "InvalidObjectState":
                        raise
                    continue
                yield bucket, key, version, one["IsLatest"], got["Body"].read()


def search_objects(search: Search, s3: Any, folder: Path) -> dict[tuple[str, bool], list[Path]]:
    """Searches every version as bytes; Parquet files by ("bucket/table", latest) for the decoded search."""
    parquet: dict[tuple[str, bool], list[Path]] = defaultdict(list)
    for number, (bucket, key, version, latest, body) in enumerate(versions(s3)):
        search.look("object", f"s3://{bucket}/{key} {version}", body)
        if body[:4] == b"PAR1":
            file = folder / f"{number}.parquet"
            file.write_bytes(body)
            top = "/".join(key.split("/")[: 2 if key.startswith("archive/") else 1])
            parquet[f"{bucket}/{top}", latest].append(file)
    return parquet


def search_parquet(search: Search, files: dict[tuple[str, bool], list[Path]]) -> None:
    """Searches the rows of all files."""
    for (place, latest), paths in files.items():
        names = [str(path) for path in paths]
        for (row,) in duckdb.execute(
            "SELECT t::VARCHAR FROM read_parquet(?, union_by_name=true) t", [names]
        ).fetchall():
            search.look("row", f"{place} latest={latest}", row.encode())
        if "/quarantine" in place:
            lines = duckdb.execute(
                "SELECT line FROM read_parquet(?) WHERE line_encoding = 'base64'", [names]
            ).fetchall()
            for (line,) in lines:
                search.look("base64 line", place, base64.b64decode(line))


def search_folder(search: Search, folder: Path, scratch: Path) -> dict[str, dict[str, str]]:
    """Searches every file of the cloud; the hashes of hot rows by user."""
    hot: dict[str, str] = {}
    for path in (one for one in folder.rglob("*") if one.is_file()):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        search.look("file", str(path.relative_to(folder)), data)
        if path.suffix == ".duckdb":
            copy = scratch / f"copy-{path.parent.name}.duckdb"
            for name in (path, path.with_name(f"{path.name}.wal")):
                if name.exists():
                    shutil.copy(name, copy.with_name(name.name.replace(path.name, copy.name)))
            with duckdb.connect(str(copy)) as warehouse:
                for schema, table in warehouse.execute(
                    "SELECT schema_name, table_name FROM duckdb_tables()"
                ).fetchall():
                    for (row,) in warehouse.execute(f'SELECT t::VARCHAR FROM "{schema}"."{table}" t').fetchall():
                        search.look("warehouse row", f"{schema}.{table}", row.encode())
                hot = hashes(warehouse, "rs_hot.fact_clicks", "user_id")
    return {"hot": hot}


def hashes(connection: Any, relation: str, user: str) -> dict[str, str]:
    """{user: hash of all their rows} whatever the rows' order."""
    sql = f"SELECT {user}, md5(string_agg(t::VARCHAR, chr(10) ORDER BY t::VARCHAR)) FROM {relation} t GROUP BY 1"
    return {str(name): digest for name, digest in connection.execute(sql).fetchall()}


def table_hashes(files: dict[tuple[str, bool], list[Path]], silver: str, gold: str) -> dict[str, dict[str, str]]:
    """Hashes of what is current; facts are those of both tiers, since a date moves from one to the other."""
    users = {
        "events": [f"{silver}/events"],
        "facts": [f"{gold}/fact_clicks", f"{gold}/archive/fact_clicks"],
        "users": [f"{gold}/dim_users"],
    }
    found = {}
    for name, places in users.items():
        names = [str(path) for place in places for path in files.get((place, True), [])]
        # Several run folders may hold the same rows until the old ones are swept.
        rows = f"(SELECT DISTINCT * FROM read_parquet({names!r}, union_by_name=true))"
        found[name] = hashes(duckdb, rows, "user_id")
    return found


def user_of(line: bytes) -> str:
    """Whose line it is: by id, else by address; a line that is no JSON object is nobody's, each by itself."""
    try:
        event = json.loads(line)
        return str(event.get("user_id") or (event.get("user") or {}).get("email"))
    except (ValueError, AttributeError):
        return "no JSON " + hashlib.sha256(line).hexdigest()[:16]


def line_hashes(lines: Iterable[bytes]) -> dict[str, str]:
    """{user: hash of all their lines}, whatever the lines' order."""
    of: dict[str, list[bytes]] = defaultdict(list)
    for line in lines:
        of[user_of(line)].append(line)
    return {user: hashlib.sha256(b"\n".join(sorted(found))).hexdigest() for user, found in of.items()}


def raw_lines(s3: Any, bucket: str) -> Iterator[bytes]:
    """Every line of every raw object."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for one in page.get("Contents", []):
            body = s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
            yield from (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).splitlines()


def quarantined_lines(files: list[Path]) -> Iterator[bytes]:
    """Every line of quarantine, as it was read."""
    names = [str(path) for path in files]
    rows = duckdb.execute("SELECT DISTINCT line, line_encoding, source_file FROM read_parquet(?)", [names]).fetchall()
    for line, encoding, _ in rows:
        yield base64.b64decode(line) if encoding == "base64" else line.encode()


def search_services(search: Search) -> None:
    """DynamoDB, SQS, CloudWatch Logs, and what Athena and Redshift remember of queries."""
    dynamo = boto3.client("dynamodb", config=FAST)
    for table in dynamo.list_tables()["TableNames"]:
        for page in dynamo.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                search.look("item", table, json.dumps(item).encode())
    sqs = boto3.client("sqs", config=FAST)
    for url in sqs.list_queues().get("QueueUrls", []):
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=5).get(
            "Messages"
        ):
            for message in messages:
                search.look("message", url.rsplit("/", 1)[-1], message["Body"].encode())
    logs = boto3.client("logs", config=FAST)
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            for events in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                for event in events["events"]:
                    search.look("log", group["logGroupName"], event["message"].encode())
    athena = boto3.client("athena", config=FAST)
    for group in athena.list_work_groups()["WorkGroups"]:
        for page in athena.get_paginator("list_query_executions").paginate(WorkGroup=group["Name"]):
            for start in range(0, len(page["QueryExecutionIds"]), 50):
                ids = page["QueryExecutionIds"][start : start + 50]
                for one in athena.batch_get_query_execution(QueryExecutionIds=ids)["QueryExecutions"]:
                    search.look("query", group["Name"], one["Query"].encode())
    data = boto3.client("redshift-data", config=FAST)
    for page in data.get_paginator("list_statements").paginate(Status="ALL", RoleLevel=False):
        for one in page["Statements"]:
            search.look("statement", one["Id"], json.dumps(one, default=str).encode())


def main() -> None:
    """One search."""
    asked = json.load(sys.stdin)
    search = Search(asked["tokens"])
    s3 = boto3.client("s3", config=FAST)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        files = search_objects(search, s3, scratch)
        search_parquet(search, files)
        found = search_folder(search, Path(asked["dir"]), scratch)
        found |= table_hashes(files, asked["silver"], asked["gold"])
        quarantine = files.get((f"{asked['silver']}/quarantine", True), [])
        found["quarantine"] = line_hashes(quarantined_lines(quarantine))
    found["raw"] = line_hashes(raw_lines(s3, asked["raw"]))
    search_services(search)
    print(json.dumps({"found": sorted(search.found), "read": search.read, "hashes": found}))


if __name__ == "__main__":
    main()
