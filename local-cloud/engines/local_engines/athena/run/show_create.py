"""SHOW CREATE TABLE: the statement that would make the table again."""

from __future__ import annotations

from collections.abc import Mapping

from ...lake.catalog import Column, Table


def create_table_lines(table: Table) -> list[str]:
    """Hive's form, a clause a line."""
    lines = [f"CREATE EXTERNAL TABLE `{table.database}.{table.name}`(", *_columns(table.columns)]
    if table.parameters.get("comment"):
        lines.append(f"COMMENT {_text(table.parameters['comment'])}")
    if table.partition_keys:
        lines += ["PARTITIONED BY ( ", *_columns(table.partition_keys)]
    lines += ["ROW FORMAT SERDE ", f"  {_text(table.serde_library)} "]
    if table.serde:
        lines += ["WITH SERDEPROPERTIES ( ", *_pairs(table.serde)]
    storage = table.raw.get("StorageDescriptor") or {}
    lines += ["STORED AS INPUTFORMAT ", f"  {_text(storage.get('InputFormat') or '')} "]
    lines += ["OUTPUTFORMAT ", f"  {_text(storage.get('OutputFormat') or '')}"]
    lines += ["LOCATION", f"  {_text(table.location)}"]
    # EXTERNAL and the comment are said above.
    others = {key: value for key, value in table.parameters.items() if key not in ("EXTERNAL", "comment")}
    if others:
        lines += ["TBLPROPERTIES (", *_pairs(others)]
    return lines


def _columns(columns: tuple[Column, ...]) -> list[str]:
    texts = [
        f"  `{column.name}` {column.type_text}" + (f" COMMENT {_text(column.comment)}" if column.comment else "")
        for column in columns
    ]
    return [text + (", " if index < len(texts) - 1 else ")") for index, text in enumerate(texts)]


def _pairs(properties: Mapping[str, str]) -> list[str]:
    texts = [f"  {_text(key)}={_text(value)}" for key, value in sorted(properties.items())]
    return [text + (", " if index < len(texts) - 1 else ") ") for index, text in enumerate(texts)]


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{escaped}'"
