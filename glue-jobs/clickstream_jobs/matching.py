"""Rows to people, in Spark: which rows belong to somebody on a list. The same rules as lines.py has for raw bytes.

Ids travel as broadcast DataFrames: literals would show up in query plans and in Spark's event log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .mappings import FieldMapping, with_mapped
from .parse import FIELDS, with_parsed, with_values
from .privacy import EMAIL_IN_TEXT, hmac_sha256, with_hmac_key, without_hmac_key
from .quality import MAX_LINE_BYTES
from .raw import with_line, without_mark
from .tables import require_columns

#: Column that says whose row it is, null for nobody on the list.
WHOSE = "_whose"
#: What no id holds: blanks, quotes, and what separates values in JSON, URLs and CSV. Java and Python read it alike.
ID_RUN = r"""[^\s"',;:{}\[\]()<>=&?/\\]+"""
#: `user_id` with its whole value, in a line that is no JSON.
NAMED_ID = r'"user_id"\s*:\s*("[^"]*"|[^",}\s]+)'
_SUBJECT = "_subject"
_PSEUDONYM = "^[0-9a-f]{64}$"


@dataclass(frozen=True)
class Listed:
    """People to look for in raw or quarantined lines."""

    #: {keyed hash of an identity (subjects.py): what WHOSE says}
    people: Mapping[str, str] = field(repr=False)
    #: The subjects' key.
    key: bytes = field(repr=False)


def with_fields(lines: DataFrame, mappings: Iterable[FieldMapping] = ()) -> DataFrame:
    """Lines (raw.LINES_DDL) with the parser's columns and the text columns of `parse.FIELDS`."""
    rows = with_line(lines)
    readable = ~F.col("cut") & F.col("valid_utf8") & (F.octet_length("line") <= MAX_LINE_BYTES)
    listed = list(mappings)
    # A known field that stands for another one is in plain lines too, which have no map to take it from.
    plain_lines = all(mapping.source not in FIELDS for mapping in listed)
    rows = with_parsed(rows.withColumn("text", F.when(readable, without_mark())), plain_lines)
    return with_values(with_mapped(rows, listed), {mapping.target for mapping in listed})


def with_whose_line(rows: DataFrame, listed: Listed) -> DataFrame:
    """Adds WHOSE to rows of `with_fields`.

    A well-formed line is judged by its fields. Any other line by them and by the texts in it that look like ids and
    addresses: better one broken line too many than a person's line that stays because a bracket is missing.
    """
    require_columns(rows, ["user_id", "user_email", "anonymous_id", "session_id", "line"], "with_whose_line")
    keyed = with_hmac_key(rows, listed.key, _SUBJECT)
    email = F.when(F.col("user_email").isNotNull(), F.concat(F.lit("email:"), F.lower("user_email")))
    fields = [_identity(F.col("user_id")), email, *(_address(F.col(name)) for name in ("anonymous_id", "session_id"))]
    keys = [hmac_sha256(one, _SUBJECT) for one in fields]
    well_formed = F.coalesce(F.col("json_ok") & F.col("structure_ok") & F.col("keys_ok"), F.lit(False))
    keys.append(F.when(~well_formed, _listed_text(F.col("line"), listed.people)))
    return without_hmac_key(with_whose(keyed, keys, listed.people), _SUBJECT)


def silver_identities() -> Column:
    """Identities of a row of silver's events, as the index keeps them: an array without nulls."""
    in_ids = [F.when(F.col(name).rlike(_PSEUDONYM), _kind("email", name)) for name in ("anonymous_id", "session_id")]
    every = F.array(_kind("user", "user_id"), _kind("email", "user_email_hash"), *in_ids)
    return F.array_distinct(F.filter(every, lambda one: one.isNotNull()))


def _kind(kind: str, name: str) -> Column:
    return F.concat(F.lit(f"{kind}:"), F.col(name))


def _identity(text: Column) -> Column:
    """subjects.identity of a trimmed text."""
    return F.when(text.contains("@"), _address(text)).otherwise(F.concat(F.lit("user:"), text))


def _address(text: Column) -> Column:
    """The same, null for what is no address."""
    return F.when(text.contains("@"), F.concat(F.lit("email:"), F.lower(text)))


def with_whose(rows: DataFrame, keys: list[Column], people: Mapping[str, str]) -> DataFrame:
    """Adds WHOSE by the first of the keys that is listed in `people`, a dict, so that no row becomes two."""
    listed = F.broadcast(rows.sparkSession.createDataFrame(sorted(people.items()), "_key string, _name string"))
    names = [f"_whose_{number}" for number in range(len(keys))]
    for name, key in zip(names, keys, strict=True):
        side = listed.select(F.col("_key").alias(f"{name}_key"), F.col("_name").alias(name))
        # A null key meets nobody.
        rows = rows.withColumn("_at", key).join(side, F.col("_at") == F.col(f"{name}_key"), "left")
        rows = rows.drop("_at", f"{name}_key")
    return rows.withColumn(WHOSE, F.coalesce(*names)).drop(*names)


def _listed_text(text: Column, people: Mapping[str, str]) -> Column:
    """Hash of the first text of a line, which is no JSON object, that is listed; needs the key's columns."""
    named = F.transform(
        F.regexp_extract_all(text, F.lit(NAMED_ID), F.lit(1)), lambda one: F.trim(F.regexp_replace(one, '^"|"$', ""))
    )
    runs = F.regexp_extract_all(text, F.lit(ID_RUN), F.lit(0))
    quoted = F.transform(F.split(text, '"'), F.trim)
    ids = F.when(F.size(named) > 0, named).otherwise(F.array_union(runs, quoted))
    addresses = F.regexp_extract_all(text, F.lit(EMAIL_IN_TEXT), F.lit(0))
    identities = F.array_union(
        F.transform(F.filter(ids, lambda one: ~one.contains("@")), lambda one: F.concat(F.lit("user:"), one)),
        F.transform(
            addresses, lambda one: F.concat(F.lit("email:"), F.lower(F.replace(one, F.lit("%40"), F.lit("@"))))
        ),
    )
    hashes = F.transform(identities, lambda one: hmac_sha256(one, _SUBJECT))
    # Literals, since a join would need a row for each text; they are keyed hashes, which tell nothing of anybody.
    return F.get(F.filter(hashes, lambda one: one.isin(list(people))), F.lit(0))
