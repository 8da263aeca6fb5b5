"""UNLOAD ('query') TO 's3://prefix' … FORMAT AS PARQUET."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ...lake.files import split_url
from ...lake.hive_types import literal, quote
from .errors import RedshiftError, unsupported
from .outcome import Outcome
from .queries import Compiled, compile_query
from .reader import Reader
from .schemas import read_role
from .translate import parse_query

if TYPE_CHECKING:
    from .session import Session


@dataclass
class _Options:
    target: str
    role: str = ""
    parquet: bool = False
    partition_by: tuple[str, ...] = ()
    include: bool = False
    manifest: bool = False
    overwrite: bool = False
    clean: bool = False


def unload(session: Session, reader: Reader) -> Outcome:
    """Writes one file, or one a partition; its name is the prefix and `000.parquet`."""
    reader.expect("UNLOAD", "(")
    query = reader.text()
    reader.expect(")", "TO")
    options = _read(session, reader)
    session.require_role(options.role)
    s3 = session.lake(options.role).s3
    compiled = compile_query(session, parse_query(query))
    names = [column.name for column in compiled.columns]
    for key in options.partition_by:
        if key not in names:
            raise RedshiftError(f'column "{key}" of PARTITION BY is not in the query')
    if len(set(names)) != len(names):
        raise RedshiftError("UNLOAD to Parquet needs columns of different names")
    _check_target(s3, options)
    folder = session.folder
    try:
        folder.mkdir(parents=True)
        written, count = _write(session, compiled, options, folder)
        _upload(s3, options, written)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Outcome("UNLOAD", changed=count)


def _read(session: Session, reader: Reader) -> _Options:
    options = _Options(reader.text())
    while not reader.ended:
        if reader.accept("IAM_ROLE"):
            options.role = read_role(session, reader)
        elif reader.sees_any("FORMAT", "PARQUET"):
            if reader.accept("FORMAT"):
                reader.accept("AS")
            options.parquet = reader.accept("PARQUET")
            if not options.parquet:
                raise unsupported(f"UNLOAD … FORMAT {reader.token.text}; the local target unloads PARQUET")
        elif reader.accept("PARTITION", "BY"):
            options.partition_by, options.include = reader.names(), reader.accept("INCLUDE")
        elif reader.accept("MANIFEST"):
            options.manifest = True
            if reader.accept("VERBOSE"):
                raise unsupported("MANIFEST VERBOSE")
        elif reader.accept("ALLOWOVERWRITE"):
            options.overwrite = True
        elif reader.accept("CLEANPATH"):
            options.clean = True
        elif reader.accept("PARALLEL"):
            # How many slices write at once: the rows are the same.
            reader.choose("ON", "OFF", "TRUE", "FALSE")
        elif reader.accept("REGION"):
            reader.accept("AS")
            reader.text()
        else:
            raise unsupported(f"the option {reader.token.text} of UNLOAD")
    if not options.role:
        raise RedshiftError("UNLOAD needs IAM_ROLE 'arn:aws:iam::…:role/…'")
    if not options.parquet:
        raise unsupported("UNLOAD of delimited text; the local target unloads FORMAT AS PARQUET")
    if options.clean and options.overwrite:
        raise RedshiftError("CLEANPATH and ALLOWOVERWRITE cannot be specified together")
    return options


def _check_target(s3: Any, options: _Options) -> None:
    bucket, prefix = split_url(options.target)
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    if options.clean:
        for item in found:
            s3.delete_object(Bucket=bucket, Key=item["Key"])
    elif found and not options.overwrite:
        raise RedshiftError(
            "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually "
            "removing the target files in S3, or using the ALLOWOVERWRITE option."
        )


def _write(session: Session, compiled: Compiled, options: _Options, folder: Path) -> tuple[dict[str, Path], int]:
    """The files by what follows the prefix in their keys, and the number of rows."""
    aliases = ", ".join(f"v{index}" for index in range(len(compiled.columns)))
    # Parquet has no 128-bit integers.
    values = [
        f"CAST(v{index} AS {column.type.duckdb})" if column.kind == "HUGEINT" else f"v{index}"
        for index, column in enumerate(compiled.columns)
    ]
    picked = ", ".join(f"{values[index]} AS {quote(column.name)}" for index, column in enumerate(compiled.columns))
    sql = f"SELECT {picked} FROM ({compiled.sql}) AS result({aliases})"
    target, form = folder / "000.parquet", "FORMAT PARQUET, COMPRESSION 'snappy'"
    if options.partition_by:
        keys = ", ".join(quote(key) for key in options.partition_by)
        target = folder
        form += f", PARTITION_BY ({keys}), WRITE_PARTITION_COLUMNS {str(options.include).lower()}"
    row = session.connection.execute(f"COPY ({sql}) TO {literal(str(target))} ({form})").fetchone()
    found = sorted(path for path in folder.rglob("*.parquet"))
    written: dict[str, Path] = {}
    for path in found:
        parts = [unquote(part) for part in path.relative_to(folder).parts[:-1]]
        number = len([name for name in written if name.startswith("/".join([*parts, ""]))])
        written["/".join([*parts, f"{number:03}.parquet"])] = path
    return written, int(row[0]) if row is not None else 0


def _upload(s3: Any, options: _Options, written: dict[str, Path]) -> None:
    bucket, prefix = split_url(options.target)
    for name, path in written.items():
        s3.upload_file(str(path), bucket, prefix + name)
    if options.manifest:
        entries = [
            {"url": f"s3://{bucket}/{prefix}{name}", "meta": {"content_length": path.stat().st_size}}
            for name, path in written.items()
        ]
        s3.put_object(Bucket=bucket, Key=f"{prefix}manifest", Body=json.dumps({"entries": entries}).encode())
