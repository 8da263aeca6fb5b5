"""How the keys of a table's JSON are spelled: the catalog has lower case only, and the OpenX SerDe ignores case.

DuckDB tells userId from userid, and cannot read both into one column. So a sample of the lines decides which spelling
a table has; a table that mixes two of one key is read by the one that is like the column's name, or by the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from .files import LakeFile
from .hive_types import HiveType, quote
from .scan import file_list

#: Keys of an object in lower case -> (as they are spelled, the same of the value).
Spellings = Mapping[str, tuple[str, "Spellings"]]

_SAMPLE_ROWS = 500


def sample_spellings(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LakeFile], maximum_object_size: int
) -> Spellings:
    """Reads the first lines of a few of the files; lines that are no objects say nothing."""
    some = list(dict.fromkeys(files[at].url for at in (0, len(files) // 2, -1))) if files else []
    found: dict[str, tuple[str, Any]] = {}
    for url in some:
        rows = connection.execute(
            "SELECT DISTINCT CAST(json_structure(json) AS VARCHAR) FROM (SELECT json FROM read_ndjson_objects("
            f"{file_list([url])}, ignore_errors = true, maximum_object_size = {maximum_object_size}) "
            f"LIMIT {_SAMPLE_ROWS})"
        ).fetchall()
        for (text,) in rows:
            _merge(found, json.loads(text) if text is not None else None)
    return found


def _merge(found: dict[str, tuple[str, Any]], structure: object) -> None:
    if isinstance(structure, list):
        # An array's elements: their objects have one spelling as well.
        for item in structure:
            _merge(found, item)
    if not isinstance(structure, dict):
        return
    for key, value in structure.items():
        spelled, below = found.get(key.lower(), (key, {}))
        found[key.lower()] = (key if key == key.lower() else spelled, below)
        _merge(below, value)


def spelling(name: str, spellings: Spellings) -> tuple[str, Spellings]:
    """The key for a column or field, and the keys below it."""
    return spellings.get(name.lower(), (name, {}))


def spelled_type(kind: HiveType, spellings: Spellings) -> str:
    """DuckDB's type with the fields of structs spelled as in the JSON."""
    if kind.name == "array":
        return f"{spelled_type(kind.children[0], spellings)}[]"
    if kind.name != "struct":
        return kind.duckdb
    members = []
    for field, child in zip(kind.fields, kind.children, strict=True):
        key, below = spelling(field, spellings)
        members.append(f"{quote(key)} {spelled_type(child, below)}")
    return f"STRUCT({', '.join(members)})"
