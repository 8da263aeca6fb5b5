"""Raw lines to judged rows: everything between reading and writing, one narrow pass without a shuffle."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .mappings import FieldMapping
from .matching import WHOSE, Listed, with_fields, with_whose_line
from .parse import with_extras
from .privacy import email_hash, hashed_if_email, hmac_sha256, masked, with_hmac_key
from .quality import Bounds, with_rule_ids, with_typed
from .raw import line_bytes, with_landing_date
from .tables import TableSpec

# Columns of a staged row beside those of events: what quarantine needs.
QUARANTINE_COLUMNS = ("rule_ids", "line", "line_encoding", "landing_date")


def with_judged_events(
    lines: DataFrame,
    bounds: Bounds,
    key: bytes,
    events: TableSpec,
    mappings: Iterable[FieldMapping] = (),
    suppressed: Listed | None = None,
) -> DataFrame:
    """Staged rows: `rule_ids` (null for a good row), the columns of `events` and those of quarantine.

    `lines` has raw.LINES_DDL. A good row has no line; a bad row has no event column but event_id and source_file.

    :param suppressed: people whose rows must not come back; adds matching.WHOSE.
    """
    rows = with_fields(with_landing_date(lines), mappings)
    whose = []
    if suppressed is not None:
        rows, whose = with_whose_line(rows, suppressed), [WHOSE]
    rows = with_extras(with_hmac_key(rows, key))
    rows = with_rule_ids(with_typed(rows), bounds)
    good = F.col("rule_ids").isNull()
    values = _event_values()
    kept_when_bad = ("event_id", "source_file")
    columns = [
        (F.col(name) if name in kept_when_bad else F.when(good, values.get(name, F.col(name)))).alias(name)
        for name in events.names
    ]
    encoding = F.when(F.col("valid_utf8"), F.lit("utf-8")).otherwise(F.lit("base64"))
    # Spark 3.5's base64 breaks lines as MIME does.
    in_base64 = F.translate(F.base64(line_bytes()), "\r\n", "")
    line = F.when(F.col("valid_utf8"), F.col("line")).otherwise(in_base64)
    return rows.select(
        "rule_ids",
        *columns,
        F.when(~good, line).alias("line"),
        F.when(~good, encoding).alias("line_encoding"),
        "landing_date",
        *whose,
    )


def _event_values() -> dict[str, Column]:
    """Columns of events that differ from the parsed column of the same name."""
    return {
        "event_date": F.to_date("event_ts"),
        "user_id": hashed_if_email(F.col("user_id")),
        "anonymous_id": hashed_if_email(F.col("anonymous_id")),
        "session_id": hashed_if_email(F.col("session_id")),
        "page_url": masked(F.col("page_url")),
        "referrer": masked(F.col("referrer")),
        "extras": masked(F.col("extras")),
        "product_price": F.col("price_number").cast("decimal(12,2)"),
        "product_quantity": F.col("quantity_number").cast("int"),
        "order_amount": F.col("amount_number").cast("decimal(14,2)"),
        "order_currency": F.upper("order_currency"),
        "user_email_hash": email_hash(F.col("user_email")),
        "user_name_hash": hmac_sha256(F.col("user_name")),
        "user_signup_date": F.col("signup_date"),
    }


def good_rows(staged: DataFrame, events: TableSpec) -> DataFrame:
    """Rows for the events table."""
    return staged.where(F.col("rule_ids").isNull()).select(*events.names)


def bad_rows(staged: DataFrame, quarantine: TableSpec) -> DataFrame:
    """Rows for the quarantine table."""
    return staged.where(F.col("rule_ids").isNotNull()).select(*quarantine.names)
