"""One JSON line to text columns by an explicit schema; every number stays text until quality.py has judged it."""

from __future__ import annotations

from collections.abc import Collection

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
# Spark accepts single quotes unless told otherwise; other readers of the raw objects do not.
_OPTIONS = {"allowSingleQuotes": "false"}


def text_map(text: Column) -> Column:
    """A JSON object's fields as texts, null for a text that is no JSON object."""
    return F.from_json(text, MAP, _OPTIONS)


def _known(parent: str | None) -> list[str]:
    """Names of the fields that are read: of a parent, or of the line itself."""
    if parent is None:
        return list(TOP_LEVEL)
    return [field.split(".")[1] for field in FIELDS if field.startswith(f"{parent}.")]


def _has_unknown(names: Column, known: list[str]) -> Column:
    return F.exists(names, lambda name: ~name.isin(known))


def has_duplicates(names: Column) -> Column:
    """True when a name is there twice, null for no names."""
    return F.size(names) != F.size(F.array_distinct(names))


def _schema(types: dict[str, str]) -> str:
    """Type of the line as one field of a larger object whose last field must be reached."""
    fields = ",".join(f"`{name}`:{types.get(name, 'string')}" for name in TOP_LEVEL)
    return f"struct<line:struct<{fields}>,line_ends_here:boolean>"


# A plain line is read into fields by name; any other one into maps, which tell what else is in it.
_BY_NAME = _schema({parent: f"struct<{','.join(f'`{name}`:string' for name in _known(parent))}>" for parent in PARENTS})
_IN_MAPS = _schema(dict.fromkeys(PARENTS, MAP))


def with_parsed(df: DataFrame, plain_lines: bool = True) -> DataFrame:
    """Adds `json_ok`, `structure_ok`, `keys_ok`, and the parser's columns, from which `with_values` takes the values.

    Input: `text`, null where the line must not be parsed. `json_ok` is false unless the line is exactly one JSON
    object; `structure_ok` is false when a nested object is something else; `keys_ok` is false when an object names a
    field twice, since readers disagree on which of the two counts.

    :param plain_lines: whether plain lines are told apart, for which the parser's columns other than `_plain` and
        `_read` are null. They have no names but those of FIELDS.
    """
    # Wrapped, since Spark ignores whatever follows the first object of a line: a second event would be lost.
    wrapped = F.concat(F.lit('{"line":'), F.col("text"), F.lit(',"line_ends_here":true}'))
    rows = df.withColumn("_read", F.from_json(wrapped, _BY_NAME, _OPTIONS))
    rows = rows.withColumn("_plain", _is_plain() if plain_lines else F.lit(False))
    odd = ~F.col("_plain")
    rows = rows.withColumn("_whole", F.when(odd, F.from_json(wrapped, _IN_MAPS, _OPTIONS)))
    rows = rows.withColumn("_event", F.when(F.col("_whole.line_ends_here"), F.col("_whole.line")))
    rows = rows.withColumn("_names", F.when(F.col("_event").isNotNull(), _names()))
    rows = rows.withColumn("json_ok", F.col("_plain") | F.col("_names").isNotNull())
    rows = rows.withColumn("_texts", F.when(odd & _needs_texts(), text_map(F.col("text"))))
    return rows.withColumns(
        {
            "structure_ok": F.when(odd, _structure_ok()).otherwise(F.lit(True)),
            "keys_ok": F.when(odd, _keys_ok()).otherwise(F.lit(True)),
        }
    )


def _names() -> Column:
    """Names of the line's fields, null unless the whole line is JSON.

    from_json alone does not tell: of a broken value in a nested object it makes null, and reads on. json_object_keys
    is strict; what from_json accepts beyond JSON, NaN and infinities, is taken out for it.
    """
    strict = F.regexp_replace("text", r"([:,\[]\s*)[-+]?(?:NaN|Infinity|INF)\b", "$1null")
    return F.coalesce(F.json_object_keys("text"), F.json_object_keys(strict))


def _is_plain() -> Column:
    """True for a line that holds FIELDS and nothing else, each at most once, none of them null.

    Nearly every line does, and needs no look at the names in it, which costs more than to parse it. A name comes with
    one colon: all colons of the line are those of the names that were read and those within their values, or there
    are other names. An escape may stand for a colon, so a line with a backslash is looked at.
    """
    line = F.col("_read.line")
    values = [F.col(f"_read.line.{field}") for field in FIELDS]
    parents = [F.when(line[parent].isNotNull(), F.lit("")) for parent in PARENTS]
    # Joined by colons after an empty text: one for each name, and those of the values.
    named = _colons(F.concat_ws(":", F.lit(""), *values, *parents))
    escaped = F.col("text").contains("\\")
    whole = F.col("_read.line_ends_here") & line.isNotNull()
    return F.coalesce(whole & ~escaped & (_colons(F.col("text")) == named), F.lit(False))


def _colons(text: Column) -> Column:
    # Not by octet_length and replace, which compare at every byte.
    return F.size(F.split(text, ":")) - 1


def with_values(df: DataFrame, mapped: Collection[str] = ()) -> DataFrame:
    """Adds a text column for every value of FIELDS, null for a blank one; needs the columns of `with_parsed`.

    :param mapped: names of FIELDS and PARENTS that other names stand for in some lines (mappings.py).
    """
    return df.withColumns({column: _value(field, mapped) for field, column in FIELDS.items()})


def _value(field: str, mapped: Collection[str]) -> Column:
    name, _, nested = field.partition(".")
    value = F.col(f"_read.line.{field}")
    if field in mapped or name in mapped:
        taken = F.col(f"_event.{name}")
        value = F.when(F.col("_plain"), value).otherwise(taken[nested] if nested else taken)
    text = F.trim(value)
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
    text = F.when(~F.col("_plain") & any_unknown, F.to_json(F.map_concat(*parts)))
    return df.withColumn("extras", text).drop("_names", "_texts", "_event", "_whole", "_plain", "_read")


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
