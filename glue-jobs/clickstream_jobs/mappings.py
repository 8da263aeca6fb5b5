"""Fields that people accepted under another name (`cli drift accept --map FROM=TO`): objects `mappings/<id>.json`.

Applied to the parsed line before any rule is judged, in the order of the objects' names: a line that lacks `to`
(absent, null or blank) is read as if its `from` were called `to`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .errors import JobError
from .files import Files
from .parse import FIELDS, MAP, PARENTS, TOP_LEVEL, has_duplicates, text_map

FOLDER = "mappings/"
_TAKEN, _SOURCE = "_taken", "_source"


class MappingError(JobError):
    """An object below `mappings/` is not a mapping that can be applied."""


@dataclass(frozen=True)
class FieldMapping:
    """`source` and `target` are JSON paths with one dot at most, as `uid` and `user_id`, or `basket.id` and `order.id`.

    `target` is a field of FIELDS, or one of PARENTS: then `source` is a top-level object that stands for it.
    """

    id: str
    source: str
    target: str


def read_mappings(files: Files, state_path: str) -> list[FieldMapping]:
    """All mappings below the state path; MappingError for the first object that is none."""
    found = sorted(info.path for info in files.list_files(f"{state_path}{FOLDER}"))
    return [parse_mapping(files.read_text(path) or "", path) for path in found if path.endswith(".json")]


def parse_mapping(text: str, path: str) -> FieldMapping:
    """The mapping of an object's text; MappingError names the object and what is wrong with it."""
    try:
        raw = json.loads(text)
        mapping = FieldMapping(*(_text(raw, name) for name in ("id", "from", "to")))
        _check(mapping)
    except (ValueError, TypeError) as problem:
        raise MappingError(
            f'{path} is no mapping: {problem}; write {{"id", "from", "to", "since", "by"}} with paths such as uid and '
            "user_id, or delete the object (nothing was published)"
        ) from None
    return mapping


def _text(raw: object, name: str) -> str:
    value = raw.get(name) if isinstance(raw, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'"{name}" is {json.dumps(value)}, not a text')
    return value


def _check(mapping: FieldMapping) -> None:
    names = mapping.source.split(".")
    whole = mapping.target in PARENTS
    if not whole and mapping.target not in FIELDS:
        raise ValueError(f'"to" is {mapping.target!r}, which is no field of an event ({", ".join(FIELDS)})')
    if len(names) > 2 or not all(names):
        raise ValueError(f'"from" is {mapping.source!r}, which is neither `field` nor `object.field`')
    if mapping.source == mapping.target:
        raise ValueError(f'"from" and "to" are both {mapping.target!r}')
    if mapping.source in PARENTS or (whole and len(names) > 1):
        raise ValueError(f'"from" is {mapping.source!r}, which cannot stand for {mapping.target!r}')
    if len(names) == 2 and names[0] in TOP_LEVEL and names[0] not in PARENTS:
        raise ValueError(f'"from" is {mapping.source!r}, but {names[0]} is not an object')


def with_mapped(df: DataFrame, mappings: Iterable[FieldMapping]) -> DataFrame:
    """The parser's columns as if each line had named its fields by the mappings; use between `with_parsed` and
    `with_values`. What was taken from an unknown field is no extra any more; a known field keeps its value too."""
    for mapping in mappings:
        df = _with_target(df, mapping) if mapping.target in FIELDS else _with_parent(df, mapping)
        df = _without_source(df, mapping).drop(_TAKEN, _SOURCE)
    return df


def _with_target(df: DataFrame, mapping: FieldMapping) -> DataFrame:
    """One field; adds `_taken` and `_source`, the object that holds the source when it is nested."""
    parent, _, nested = mapping.source.rpartition(".")
    holder = _object(parent) if parent else F.lit(None).cast(MAP)
    df = df.withColumn(_SOURCE, holder)
    value = F.col(_SOURCE)[nested] if parent else _top_level(mapping.source)
    target_parent, _, target = mapping.target.rpartition(".")
    fields = F.col("_event").getField(target_parent) if target_parent else None
    present = _given(F.col("_event").getField(target) if fields is None else fields[target])
    # A parent that is no object makes the line unreadable, whatever else it says.
    df = df.withColumn(_TAKEN, F.coalesce(_given(value) & ~present, F.lit(False)) & F.col("structure_ok"))
    df = df.withColumn("keys_ok", F.col("keys_ok") & ~_twice())
    if fields is None:
        return _with_event_field(df, target, value, F.col("_event").getField(target))
    others = F.map_filter(F.coalesce(fields, F.create_map().cast(MAP)), lambda name, _: name != target)
    return _with_event_field(df, target_parent, F.map_concat(others, F.create_map(F.lit(target), value)), fields)


def _with_parent(df: DataFrame, mapping: FieldMapping) -> DataFrame:
    """A whole object under another name."""
    df = df.withColumn(_SOURCE, _object(mapping.source))
    before = F.col("_event").getField(mapping.target)
    absent = before.isNull() | (F.size(before) == 0)
    df = df.withColumn(_TAKEN, F.col(_SOURCE).isNotNull() & absent & F.col("structure_ok"))
    df = df.withColumn("keys_ok", F.col("keys_ok") & ~_twice())
    return _with_event_field(df, mapping.target, F.col(_SOURCE), before)


def _with_event_field(df: DataFrame, name: str, taken: Column, before: Column) -> DataFrame:
    return df.withColumn("_event", F.col("_event").withField(name, F.when(F.col(_TAKEN), taken).otherwise(before)))


def _without_source(df: DataFrame, mapping: FieldMapping) -> DataFrame:
    parent, _, name = mapping.source.rpartition(".")
    if mapping.source in FIELDS:
        return df
    if not parent:
        return _without_unknown(df, name, F.col(_TAKEN))
    if parent in PARENTS:
        # Not from _source: the target may lie in the same object.
        before = F.col("_event").getField(parent)
        return _with_event_field(df, parent, F.map_filter(before, lambda key, _: key != name), before)
    df = df.withColumn(_SOURCE, F.map_filter(_SOURCE, lambda key, _: key != name))
    left = F.map_concat(
        F.map_filter("_texts", lambda key, _: key != parent), F.create_map(F.lit(parent), F.to_json(_SOURCE))
    )
    df = df.withColumn("_texts", F.when(F.col(_TAKEN) & (F.size(_SOURCE) > 0), left).otherwise(F.col("_texts")))
    return _without_unknown(df, parent, F.col(_TAKEN) & (F.size(_SOURCE) == 0))


def _without_unknown(df: DataFrame, name: str, where: Column) -> DataFrame:
    texts = F.map_filter("_texts", lambda key, _: key != name)
    return df.withColumns(
        {
            "_names": F.when(where, F.array_remove("_names", name)).otherwise(F.col("_names")),
            "_texts": F.when(where, texts).otherwise(F.col("_texts")),
        }
    )


def _top_level(name: str) -> Column:
    return F.col("_event").getField(name) if name in FIELDS else F.col("_texts")[name]


def _object(name: str) -> Column:
    """The top-level object of this name, null when it is something else."""
    return F.col("_event").getField(name) if name in PARENTS else text_map(F.col("_texts")[name])


def _given(text: Column) -> Column:
    return F.coalesce(F.trim(text) != "", F.lit(False))


def _twice() -> Column:
    return F.col(_TAKEN) & F.coalesce(has_duplicates(F.map_keys(_SOURCE)), F.lit(False))
