"""Reads the options of COPY; what the local target lacks is refused by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import RedshiftError, unsupported
from .reader import Reader
from .schemas import read_role

if TYPE_CHECKING:
    from .session import Session

PARQUET, JSON = "parquet", "json"


@dataclass
class CopyOptions:
    """`format` is PARQUET or JSON; `manifest`: the source is the URL of a list of files."""

    source: str
    role: str
    format: str = ""
    manifest: bool = False
    gzip: bool = False
    region: str = ""
    max_errors: int = 0


def read_copy_options(session: Session, reader: Reader) -> CopyOptions:
    """From FROM to the statement's end; raises RedshiftError."""
    reader.expect("FROM")
    source = reader.text()
    if not source.startswith("s3://"):
        raise unsupported(f"COPY from '{source}'; the local target copies from s3://")
    options = CopyOptions(source, "")
    while not reader.ended:
        _option(session, reader, options)
    if not options.role:
        raise RedshiftError("COPY needs IAM_ROLE 'arn:aws:iam::…:role/…'")
    if options.format not in (PARQUET, JSON):
        raise unsupported("COPY of delimited text; the local target copies FORMAT AS PARQUET and JSON 'auto'")
    if options.format == PARQUET and (options.gzip or options.max_errors):
        raise RedshiftError("GZIP and MAXERROR are not supported for COPY from columnar formats")
    return options


def _option(session: Session, reader: Reader, options: CopyOptions) -> None:
    if reader.accept("IAM_ROLE"):
        options.role = read_role(session, reader)
    elif reader.accept("MANIFEST"):
        options.manifest = True
    elif reader.accept("GZIP"):
        options.gzip = True
    elif reader.accept("REGION"):
        reader.accept("AS")
        options.region = reader.text()
    elif reader.sees_any("FORMAT", "PARQUET", "JSON"):
        if reader.accept("FORMAT"):
            reader.accept("AS")
        _format(reader, options)
    elif reader.accept("COMPUPDATE") or reader.accept("STATUPDATE"):
        # About the encodings and statistics of the table, which have no effect on its rows.
        for word in ("ON", "OFF", "PRESET", "TRUE", "FALSE"):
            if reader.accept(word):
                break
    else:
        raise unsupported(f"the option {reader.token.text} of COPY")


def _format(reader: Reader, options: CopyOptions) -> None:
    if reader.accept("PARQUET"):
        options.format = PARQUET
    elif reader.accept("JSON"):
        reader.accept("AS")
        given = reader.text() if reader.token.kind == "string" else "auto"
        if given != "auto":
            raise unsupported(f"COPY … JSON '{given}'; the local target has JSON 'auto'")
        options.format = JSON
    else:
        raise unsupported(f"COPY … FORMAT {reader.token.text}")
