"""One JSON line to text columns by an explicit schema; every number stays text until quality.py has judged it."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .privacy import hmac_sha256

# Field of the raw line -> column of silver's events; `parent.field` is a field of a nested object.
FIELDS: dict[str, str] = {
    "event_id": "event_id",
    "event_type": "event_type",
    "event_timestamp": "event_timestamp",
    "user_id": "user_id",
    "anonymous_id": "anonymous_id",
    "session_id": "session_id",
    "page_url": "page_url",
    "referrer": "referrer",
    "product.id": "product_id",
    "product.category": "product_category",
    "product.brand": "product_brand",
    "product.price": "product_price",
    "product.quantity": "product_quantity",
    "order.id": "order_id",
    "order.amount": "order_amount",
    "order.currency": "order_currency",
    "device.type": "device_type",
    "device.os": "device_os",
    "device.browser": "device_browser",
    "geo.country": "geo_country",
    "geo.region": "geo_region",
    "geo.city": "geo_city",
    "user.email": "user_email",
    "user.name": "user_name",
    "user.signup_date": "user_signup_date",
    "user.country": "user_country",
    "user.tier": "user_tier",
    "schema_version": "schema_version",
}

PARENTS = tuple(dict.fromkeys(field.split(".")[0] for field in FIELDS if "." in field))
TOP_LEVEL = tuple(dict.fromkeys(field.split(".")[0] for field in FIELDS))

MAP = "map<string,string>"
_FIELDS = ",".join(f"`{name}`:{MAP if name in PARENTS else 'string'}" for name in TOP_LEVEL)
# The line is parsed as one field of a larger object whose last field must be reached.
_SCHEMA = f"struct<line:struct<{_FIELDS}>,line_ends_here:boolean>"
# Spark accepts single quotes unless told otherwise; other readers of the raw objects do not.
_OPTIONS = {"allowSingleQuotes": "false"}


def text_map(text: Column) -> Column:
    """A JSON object's fields as texts, null for a text that is no JSON object."""
    return F.from_json(text, MAP, _OPTIONS)


def _known(parent: str | None) -> list[str]:
    if parent is None:
        return list(TOP_LEVEL)
    return [field.split(".")[1] for field in FIELDS if field.startswith(f"{parent}.")]


def _has_unknown(names: Column, known: list[str]) -> Column:
    return F.exists(names, lambda name: ~name.isin(known))


def has_duplicates(names: Column) -> Column:
    """True when a name is there twice, null for no names."""
    return F.size(names) != F.size(F.array_distinct(names))


def with_parsed(df: DataFrame) -> DataFrame:
    """Adds `json_ok`, `structure_ok`, `keys_ok`, and the parser's columns, from which `with_values` takes the values.

    Input: `text`, null where the line must not be parsed. `json_ok` is false unless the line is exactly one JSON
    object; `structure_ok` is false when a nested object is something else; `keys_ok` is false when an object names a
    field twice, since readers disagree on which of the two counts.
    """
    # Wrapped, since Spark ignores whatever follows the first object of a line: a second event would be lost.
    wrapped = F.concat(F.lit('{"line":'), F.col("text"), F.lit(',"line_ends_here":true}'))
    rows = df.withColumn("_whole", F.from_json(wrapped, _SCHEMA, _OPTIONS))
    rows = rows.withColumn("_event", F.when(F.col("_whole.line_ends_here"), F.col("_whole.line")))
    json_ok = F.col("_event").isNotNull()
    # json_object_keys reads names only. It refuses NaN, which from_json reads; the map names the fields then.
    names = F.coalesce(F.json_object_keys("text"), F.map_keys(text_map(F.col("text"))))
    rows = rows.withColumn("json_ok", json_ok).withColumn("_names", F.when(json_ok, names))
    rows = rows.withColumn("_texts", F.when(_needs_texts(), text_map(F.col("text"))))
    return rows.withColumn("structure_ok", _structure_ok()).withColumn("keys_ok", _keys_ok())


def with_values(df: DataFrame) -> DataFrame:
    """Adds a text column for every value of FIELDS, null for a blank one; needs the columns of `with_parsed`."""
    return df.withColumns({column: _value(field) for field, column in FIELDS.items()})


def _value(field: str) -> Column:
    name, _, nested = field.partition(".")
    value = F.col(f"_event.{name}")
    text = F.trim(value[nested] if nested else value)
    return F.when(text != "", text)


def _named_but_null(parent: str) -> Column:
    """True when the line names the parent and the parser found no object: it is JSON null or something else."""
    return F.col(f"_event.{parent}").isNull() & F.array_contains("_names", parent)


def _needs_texts() -> Column:
    """True for the few lines that need a second parse, into a map of texts."""
    needed = _has_unknown(F.col("_names"), _known(None))
    for parent in PARENTS:
        needed = needed | F.coalesce(_named_but_null(parent), F.lit(False))
    return needed


def _structure_ok() -> Column:
    ok = F.lit(True)
    for parent in PARENTS:
        is_json_null = F.col("_texts")[parent].isNull()
        ok = ok & F.when(_named_but_null(parent), is_json_null).otherwise(F.lit(True))
    return ok


def _keys_ok() -> Column:
    twice = has_duplicates(F.col("_names"))
    for parent in PARENTS:
        twice = twice | F.coalesce(has_duplicates(F.map_keys(f"_event.{parent}")), F.lit(False))
    return ~F.coalesce(twice, F.lit(False))


def with_extras(df: DataFrame) -> DataFrame:
    """Adds `extras`: unknown fields as one JSON object of texts, null when there is none; drops the parser's columns.

    Unknown fields of a nested object are one JSON text under the parent's name, which no unknown top-level field can
    have. Those of `user` are hashed: nobody has said that they are not personal. Needs the HMAC key columns.
    """
    known = _known(None)
    unknown = F.map_filter("_texts", lambda name, _: ~name.isin(known))
    any_unknown = F.coalesce(_has_unknown(F.col("_names"), known), F.lit(False))
    parts = [F.when(any_unknown, unknown).otherwise(_no_entries())]
    for parent in PARENTS:
        has_unknown, entries = _nested_extras(parent)
        any_unknown = any_unknown | F.coalesce(has_unknown, F.lit(False))
        parts.append(F.when(has_unknown, entries).otherwise(_no_entries()))
    text = F.when(any_unknown, F.to_json(F.map_concat(*parts)))
    return df.withColumn("extras", text).drop("_names", "_texts", "_event", "_whole")


def _nested_extras(parent: str) -> tuple[Column, Column]:
    """Whether the parent has unknown fields, and the one map entry that holds them."""
    known = _known(parent)
    fields = F.col(f"_event.{parent}")
    unknown = F.map_filter(fields, lambda name, _: ~name.isin(known))
    if parent == "user":
        unknown = F.transform_values(unknown, lambda _, value: hmac_sha256(value))
    return _has_unknown(F.map_keys(fields), known), F.create_map(F.lit(parent), F.to_json(unknown))


def _no_entries() -> Column:
    return F.create_map().cast(MAP)
