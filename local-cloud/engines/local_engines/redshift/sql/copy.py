"""COPY from S3: Parquet by position, JSON by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import duckdb
from botocore.exceptions import ClientError

from ...errors import AwsError
from ...lake.files import split_url
from ...lake.hive_types import literal, quote
from ...sql.duck import MAX_JSON_LINE_BYTES
from .copy_options import JSON, CopyOptions, read_copy_options
from .definitions import TABLE, TEMPORARY, ColumnDefinition, Relation
from .errors import RedshiftError, describe
from .locks import WRITE
from .outcome import Outcome
from .reader import Reader
from .storage import utc_now
from .types import RedshiftType
from .writing import assigned, insert_values, require_columns

if TYPE_CHECKING:
    from .session import RoleLake, Session

#: Families of DuckDB types; within one Redshift's Parquet reader converts.
_FAMILIES = (
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL"), ("FLOAT", "DOUBLE"), ("VARCHAR", "BLOB"), ("BOOLEAN",),
    ("DATE",), ("TIMESTAMP",),
)  # fmt: skip
_SCAN_ERROR = "Spectrum Scan Error DETAIL: error: Spectrum Scan Error code: 15007 context: "
_DENIED = "S3ServiceException:Access Denied,Status 403,Error AccessDenied: "
#: err_code of stl_load_errors for text that is too long, and for anything else.
_TOO_LONG, _OTHER = 1204, 1299


@dataclass(frozen=True)
class _Source:
    url: str
    size: int


def copy(session: Session, reader: Reader) -> Outcome:
    """COPY table [(columns)] FROM 's3://prefix' IAM_ROLE '…' {FORMAT AS PARQUET | JSON 'auto'} [MANIFEST] …"""
    reader.expect("COPY")
    relation = session.names().find(*reader.relation())
    names = reader.names() if reader.sees("(") else ()
    options = read_copy_options(session, reader)
    if relation.kind not in (TABLE, TEMPORARY):
        raise RedshiftError(f'cannot COPY into "{relation.name}": it is a view')
    session.privileges.relation(relation, "INSERT", ())
    session.require_role(options.role)
    started = utc_now()
    lake = session.lake(options.role)
    files = _readable(lake, options)
    session.write(relation, WRITE, reads=False)
    columns = require_columns(relation, names)
    try:
        load = _load_json if options.format == JSON else _load_parquet
        if options.format != JSON and names:
            raise RedshiftError("Column mapping option argument is not supported for PARQUET based COPY")
        count = load(session, relation, columns, files)
    except (duckdb.Error, RedshiftError) as error:
        _record(session, relation, options, files, started, 0, describe(error))
        if options.format == JSON and isinstance(error, duckdb.Error):
            raise RedshiftError(
                f"Load into table '{relation.name}' failed. Check 'sys_load_error_detail' system table for details."
            ) from error
        raise
    _record(session, relation, options, files, started, count, "")
    return Outcome("COPY", changed=count)


def _readable(lake: RoleLake, options: CopyOptions) -> list[_Source]:
    """Raises RedshiftError for what the role may not list or read."""
    try:
        files = _files(lake.s3, options)
        lake.may_read(file.url for file in files)
    except AwsError as error:
        raise RedshiftError(f"{_DENIED}{error.message}") from error
    except ClientError as error:
        problem = error.response["Error"]
        if problem["Code"] not in ("AccessDenied", "403"):
            raise
        raise RedshiftError(f"{_DENIED}{problem['Message']}") from error
    return files


def _files(s3: Any, options: CopyOptions) -> list[_Source]:
    """The objects whose keys begin with the prefix, or those that the manifest lists."""
    if options.manifest:
        return _listed(s3, options.source)
    bucket, prefix = split_url(options.source)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = [
        _Source(f"s3://{bucket}/{item['Key']}", int(item["Size"]))
        for page in pages
        for item in page.get("Contents", [])
        # "COPY … ignores files whose names begin with a period or an underscore" ("Loading data files").
        if item["Size"] and not item["Key"].rpartition("/")[2].startswith(("_", ".")) and not item["Key"].endswith("/")
    ]
    if not found:
        raise RedshiftError(f"The specified S3 prefix '{prefix}' does not exist")
    return found


def _listed(s3: Any, url: str) -> list[_Source]:
    bucket, key = split_url(url)
    try:
        manifest = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        entries = [(str(entry["url"]), bool(entry.get("mandatory", False))) for entry in manifest["entries"]]
    except s3.exceptions.NoSuchKey as error:
        raise RedshiftError(f"Problem reading manifest file - S3ServiceException: {url} does not exist") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RedshiftError(f"Problem reading manifest file - {url} is not a manifest: {error}") from error
    found: list[_Source] = []
    for entry, mandatory in entries:
        place, name = split_url(entry)
        try:
            found.append(_Source(entry, int(s3.head_object(Bucket=place, Key=name)["ContentLength"])))
        except s3.exceptions.ClientError as error:
            if mandatory:
                raise RedshiftError(f"Problem reading manifest file - mandatory file {entry} does not exist") from error
    return found


def _urls(files: list[_Source]) -> str:
    return f"[{', '.join(literal(file.url) for file in files)}]"


def _load_parquet(session: Session, relation: Relation, columns: list[ColumnDefinition], files: list[_Source]) -> int:
    """The n-th column of a file goes into the n-th of the table, whatever their names."""
    count = 0
    for group in _alike(session, files):
        rows = session.connection.execute(
            f"DESCRIBE SELECT * FROM read_parquet({_urls(group[:1])}, hive_partitioning = false)"
        ).fetchall()
        if len(rows) != len(columns):
            raise RedshiftError(
                f"{_SCAN_ERROR}Unmatched number of columns between table and file. Table columns: {len(columns)}, "
                f"Data columns: {len(rows)}, File name: {group[0].url}"
            )
        for column, row in zip(columns, rows, strict=True):
            _check_type(column, row[1], group[0].url)
        aliases = [quote(f"v{index}") for index in range(len(columns))]
        values = {c.name: assigned(f"source.{alias}", c.type) for c, alias in zip(columns, aliases, strict=True)}
        source = f"read_parquet({_urls(group)}, hive_partitioning = false) AS source({', '.join(aliases)})"
        count += insert_values(session, relation, values, source)
    return count


def _alike(session: Session, files: list[_Source]) -> list[list[_Source]]:
    """Files of the same columns, by name and type, together."""
    rows = session.connection.execute(
        "SELECT file_name, list(name || ':' || coalesce(duckdb_type, type, '') ORDER BY column_id) "
        f"FROM parquet_schema({_urls(files)}) GROUP BY file_name"
    ).fetchall()
    shapes = {row[0]: tuple(row[1]) for row in rows}
    groups: dict[tuple[str, ...], list[_Source]] = {}
    for file in files:
        groups.setdefault(shapes[file.url], []).append(file)
    return list(groups.values())


def _check_type(column: ColumnDefinition, found: str, url: str) -> None:
    wanted, given = _base(column.type.duckdb), _base(found)
    if column.type.name == "super" or wanted == given:
        return
    if not any(wanted in family and given in family for family in _FAMILIES):
        raise RedshiftError(
            f"{_SCAN_ERROR}File '{url}' has an incompatible Parquet schema for column '{column.name}'. Column type: "
            f"{column.type.sql.upper()}, Parquet schema: {found}"
        )


def _base(kind: str) -> str:
    return "TIMESTAMP" if kind.startswith("TIMESTAMP") else kind.partition("(")[0]


def _load_json(session: Session, relation: Relation, columns: list[ColumnDefinition], files: list[_Source]) -> int:
    """JSON 'auto': keys are the columns' names, in their case; other keys are left out."""
    kinds = ", ".join(f"{literal(c.name)}: {literal(_json_type(c.type))}" for c in columns)
    source = (
        f"read_json({_urls(files)}, columns = {{{kinds}}}, format = 'newline_delimited', hive_partitioning = false, "
        f"maximum_object_size = {MAX_JSON_LINE_BYTES}) AS source"
    )
    values = {c.name: assigned(f"source.{quote(c.name)}", c.type) for c in columns}
    return insert_values(session, relation, values, source)


def _json_type(kind: RedshiftType) -> str:
    return "JSON" if kind.name == "super" else kind.duckdb


def _record(
    session: Session,
    relation: Relation,
    options: CopyOptions,
    files: list[_Source],
    started: datetime,
    count: int,
    error: str,
) -> None:
    """Rows for SYS_LOAD_HISTORY and, of a failure, SYS_LOAD_ERROR_DETAIL."""
    ended, size = utc_now(), sum(file.size for file in files)
    database, user, xid = session.storage.warehouse.database, session.user.id, session.transaction_id
    status = "failed" if error else "completed"
    history = (
        user, session.query_id, xid, session.pid, database, status, relation.name, started, ended,
        round((ended - started).total_seconds() * 1e6), options.source, options.format, count, 0 if error else size,
        len(files), size, len(files), size, 1 if error else 0, 0,
    )  # fmt: skip
    session.storage.record("loads", [history])
    if error:
        code = _TOO_LONG if "value too long" in error else _OTHER
        detail = (
            user, session.query_id, xid, session.pid, database, relation.id, started, files[0].url if files else "", 0,
            "", "", "", 0, code, error.removeprefix("ERROR: ")[:512],
        )  # fmt: skip
        session.storage.record("load_errors", [detail])
