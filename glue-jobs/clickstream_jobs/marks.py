"""Whose row it is, for each table that holds rows of people: what erasure leaves out and what verification counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .mappings import FieldMapping
from .matching import WHOSE, Listed, with_fields, with_whose, with_whose_line
from .replay import quarantined_lines

#: Adds matching.WHOSE to a table's rows and keeps their columns; the dict is `Batch.by_silver_value`.
Mark = Callable[[DataFrame], DataFrame]

#: (kind of identity, column) by table; silver and gold hold pseudonyms in the place of addresses.
_COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "events": (
        ("user", "user_id"),
        ("email", "user_email_hash"),
        ("email", "anonymous_id"),
        ("email", "session_id"),
    ),
    "fact_clicks": (
        ("user", "user_id"),
        ("user", "user_key"),
        ("email", "user_key"),
        ("email", "anonymous_id"),
    ),
    "dim_users": (("user", "user_id"), ("email", "email_hash")),
}


def mark_table(table: str, people: Mapping[str, str]) -> Mark:
    """For a table of pseudonymised rows."""
    keys = [F.concat(F.lit(f"{kind}:"), F.col(name)) for kind, name in _COLUMNS[table]]
    return lambda rows: with_whose(rows, keys, people)


def mark_quarantine(listed: Listed, mappings: Iterable[FieldMapping]) -> Mark:
    """For quarantined lines, which are as they were read."""
    accepted = list(mappings)

    def mark(rows: DataFrame) -> DataFrame:
        lines = quarantined_lines(rows.withColumn("_row", F.struct(*rows.columns)), "_row")
        return with_whose_line(with_fields(lines, accepted), listed).select("_row.*", WHOSE)

    return mark
