"""The work of both Glue jobs as DuckDB does it: the same rules, the same rows, on the same files.

`duckdb_etl.py RAW OUT AS_OF KEY`: reads gzip JSON lines below RAW and writes events, quarantine, fact_clicks, dim_users
and daily_sales below OUT as snappy Parquet; prints one JSON line with its seconds. What a batch engine for one machine
needs not do is left out: no bookmark, no run folders, no proof of conservation by reading the output again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "glue-jobs"))

from clickstream_jobs import quality
from clickstream_jobs.parse import FIELDS, PARENTS, TOP_LEVEL
from clickstream_jobs.privacy import EMAIL_IN_TEXT

CORES = int(os.environ.get("BENCH_CORES", "2"))
RETENTION_DAYS = 365
_KNOWN = {None: list(TOP_LEVEL)} | {
    parent: [field.split(".")[1] for field in FIELDS if field.startswith(f"{parent}.")] for parent in PARENTS
}


def listed(names: list[str]) -> str:
    """SQL list of texts."""
    return "[" + ", ".join(f"'{name}'" for name in names) + "]"


def hmac_macro(key: bytes) -> str:
    """SQL macro `hmac(text)`: hex HMAC-SHA256, as privacy.py computes it."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block).hex() for pad in (0x36, 0x5C))
    return (
        f"CREATE MACRO hmac(t) AS sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode(t))));"
        "CREATE MACRO id_or_hash(t) AS CASE WHEN contains(t, '@') THEN hmac(lower(trim(t))) ELSE t END;"
        f"CREATE MACRO masked(t) AS CASE WHEN contains(t, '@') OR contains(t, '%40')"
        f" THEN regexp_replace(t, '{EMAIL_IN_TEXT.replace(chr(39), chr(39) * 2)}', '<email>', 'g') ELSE t END;"
    )


def read_lines(raw: str, columns: str) -> str:
    """Scan of all lines; those that are no UTF-8 go to DuckDB's table of rejected lines."""
    return (
        f"SELECT {columns} FROM read_csv('{raw}/**/*.gz', header = false, auto_detect = false, delim = '\x01',"
        " quote = '', escape = '', columns = {'line': 'VARCHAR'}, filename = true, store_rejects = true,"
        " rejects_limit = 0, max_line_size = 1048576)"
    )


def parsed(raw: str) -> str:
    """Lines with a text for every field, as parse.py has them."""
    paths = listed([f"$.{field}" for field in FIELDS])
    values = ", ".join(f"nullif(trim(f[{at}]), '') AS {name}" for at, name in enumerate(FIELDS.values(), 1))
    parents = listed([f"$.{parent}" for parent in PARENTS])
    prefix = len(str(Path(raw).parent)) + 2
    nested = [f"coalesce(len(nested[{at}]) = list_unique(nested[{at}]), true)" for at in range(1, len(PARENTS) + 1)]
    unique = " AND ".join(["len(names) = list_unique(names)", *nested])
    return f"""
    SELECT line, source_file, j IS NOT NULL AS json_ok,
      list_has_all(['OBJECT', 'NULL'], json_type(j, {parents})) AS structure_ok,
      {unique} AS keys_ok,
      names, nested, j, {values}
    FROM (
      SELECT *, json_extract_string(j, {paths}) AS f, json_keys(j) AS names, json_keys(j, {parents}) AS nested
      FROM (
        SELECT line, filename[{prefix}:] AS source_file,
          CASE WHEN json_type(whole) = 'OBJECT' THEN whole END AS j
        FROM (
          SELECT *, try_cast(line AS JSON) AS whole FROM ({read_lines(raw, "line, filename")}) WHERE trim(line) <> ''
        )
      )
    )"""


def number(name: str) -> str:
    return f"CASE WHEN regexp_matches({name}, '{quality._NUMBER}') THEN try_cast({name} AS decimal(38,10)) END"


def typed(raw: str) -> str:
    """Adds the typed columns of quality.py."""
    return f"""
    SELECT * REPLACE (lower(event_id) AS event_id),
      CASE WHEN regexp_matches(event_timestamp, '{quality._INSTANT}')
        THEN try_cast(event_timestamp AS timestamptz) AT TIME ZONE 'UTC' END AS event_ts,
      {number("product_price")} AS price_number, {number("product_quantity")} AS quantity_number,
      {number("order_amount")} AS amount_number,
      CASE WHEN regexp_matches(user_signup_date, '{quality._DATE}') THEN try_cast(user_signup_date AS date) END
        AS signup_date
    FROM ({parsed(raw)})"""


def judged(raw: str, as_of: datetime) -> str:
    """Adds `rule_ids`, null for a good row."""
    parameters = {
        **quality.Bounds(as_of, RETENTION_DAYS, {"USD": 1}).parameters(),  # type: ignore[dict-item]
        "newest": f"TIMESTAMP '{as_of.replace(tzinfo=None) + quality.CLOCK_SKEW}'",
        "oldest": f"TIMESTAMP '{as_of.replace(tzinfo=None) - timedelta(days=RETENTION_DAYS)}'",
        "email": quality._EMAIL.replace("\\\\", "\\"),
        "max_price": str(quality.MAX_PRICE),
        "max_amount": str(quality.MAX_AMOUNT),
    }
    broken = []
    for rule in sorted(
        (r for r in quality.RULES if not r.unreadable), key=lambda r: quality.SEVERITIES.index(r.severity)
    ):
        sql = rule.broken.format(**parameters)
        for name, pattern in (("event_id", "uuid"), ("user_email", "email")):
            sql = sql.replace(
                f"{name} rlike '{parameters[pattern]}'", f"regexp_matches({name}, '{parameters[pattern]}')"
            )
        broken.append(f"CASE WHEN coalesce({sql}, false) THEN '{rule.id}' END")
    others = f"list_filter([{', '.join(broken)}], r -> r IS NOT NULL)"
    return f"""
    SELECT *, CASE WHEN len(ids) > 0 THEN ids END AS rule_ids FROM (
      SELECT *, CASE WHEN length(line) > {quality.MAX_LINE_BYTES} THEN ['line_too_long']
        WHEN NOT json_ok THEN ['corrupt_json'] ELSE {others} END AS ids
      FROM ({typed(raw)})
    )"""


def extras() -> str:
    """Unknown fields as one JSON object of texts, as parse.py keeps them."""
    top = f"list_filter(names, n -> NOT list_contains({listed(_KNOWN[None])}, n))"
    parts = [f"map_from_entries(list_transform({top}, n -> (n, j ->> n)))"]
    unknown = [f"NOT list_has_all({listed(_KNOWN[None])}, names)"]
    for at, parent in enumerate(PARENTS, 1):
        found = f"list_filter(nested[{at}], n -> NOT list_contains({listed(_KNOWN[parent])}, n))"
        value = f"j -> '{parent}' ->> n"
        value = f"hmac({value})" if parent == "user" else value
        text = f"to_json(map_from_entries(list_transform({found}, n -> (n, {value}))))::varchar"
        parts.append(
            f"CASE WHEN len({found}) > 0 THEN MAP {{'{parent}': {text}}} ELSE MAP {{}}::map(varchar, varchar) END"
        )
        unknown.append(f"coalesce(NOT list_has_all({listed(_KNOWN[parent])}, nested[{at}]), false)")
    return f"CASE WHEN {' OR '.join(unknown)} THEN to_json(map_concat({', '.join(parts)}))::varchar END"


EVENT_VALUES = {
    "user_id": "id_or_hash(user_id)",
    "anonymous_id": "id_or_hash(anonymous_id)",
    "session_id": "id_or_hash(session_id)",
    "page_url": "masked(page_url)",
    "referrer": "masked(referrer)",
    "product_price": "price_number::decimal(12,2)",
    "product_quantity": "quantity_number::int",
    "order_amount": "amount_number::decimal(14,2)",
    "order_currency": "upper(order_currency)",
    "user_email_hash": "hmac(lower(trim(user_email)))",
    "user_name_hash": "hmac(user_name)",
    "user_signup_date": "signup_date",
}
EVENTS = (
    "event_id", "event_type", "event_ts", "user_id", "anonymous_id", "session_id", "page_url", "referrer", "product_id",
    "product_category", "product_brand", "product_price", "product_quantity", "order_id", "order_amount",
    "order_currency", "device_type", "device_os", "device_browser", "geo_country", "geo_region", "geo_city",
    "user_email_hash", "user_name_hash", "user_signup_date", "user_country", "user_tier", "schema_version",
)  # fmt: skip


def run_silver(con: duckdb.DuckDBPyConnection, raw: str, out: str, as_of: datetime) -> None:
    """Raw lines to events and quarantine."""
    values = ", ".join(f"{EVENT_VALUES.get(name, name)} AS {name}" for name in EVENTS)
    con.execute(
        f"CREATE TEMP TABLE staged AS SELECT rule_ids, CASE WHEN rule_ids IS NOT NULL THEN line END AS line, {values},"
        f" masked({extras()}) AS extras, source_file, event_ts::date AS event_date FROM ({judged(raw, as_of)})"
    )
    con.execute("CREATE TEMP TABLE rejected AS SELECT DISTINCT file_id, line FROM reject_errors")
    landed = r"regexp_replace(source_file, '^.*year=(\d+)/month=(\d+)/day=(\d+)/.*$', '\1-\2-\3')"
    con.execute(
        "COPY (SELECT rule_ids, event_id, source_file, line, 'utf-8' AS line_encoding,"
        f" coalesce(try_cast({landed} AS date), DATE '1970-01-01') AS landing_date"
        " FROM staged WHERE rule_ids IS NOT NULL UNION ALL BY NAME"
        " SELECT ['encoding'] AS rule_ids, file_id::varchar AS source_file, line::varchar AS line,"
        " 'base64' AS line_encoding, DATE '1970-01-01' AS landing_date FROM rejected)"
        f" TO '{out}/quarantine' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (landing_date))"
    )
    con.execute(
        "CREATE TEMP TABLE events AS SELECT * EXCLUDE (rule_ids, line) FROM staged WHERE rule_ids IS NULL"
        " QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY event_ts, source_file) = 1"
    )
    con.execute("DROP TABLE staged")
    con.execute(f"COPY events TO '{out}/events' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (event_date))")


def statement(name: str) -> str:
    """SQL beside this file."""
    return Path(__file__).with_name(f"duckdb_{name}.sql").read_text(encoding="utf-8")


def run_gold(con: duckdb.DuckDBPyConnection, out: str) -> None:
    """Events to facts, users and daily sales."""
    con.execute(f"CREATE TEMP TABLE facts AS {statement('sessions')}")
    con.execute(f"COPY facts TO '{out}/fact_clicks' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (event_date))")
    Path(out, "dim_users").mkdir()
    snappy = "FORMAT parquet, COMPRESSION snappy"
    con.execute(f"COPY ({statement('users')}) TO '{out}/dim_users/users.parquet' ({snappy})")
    con.execute(f"COPY ({statement('sales')}) TO '{out}/daily_sales' ({snappy}, PARTITION_BY (event_date))")


def main(raw: str, out: str, as_of: str, key: str) -> None:
    shutil.rmtree(out, ignore_errors=True)
    Path(out).mkdir(parents=True)
    started = time.monotonic()
    # A file, so that what does not fit into memory has a place to go.
    con = duckdb.connect(f"{out}/work.duckdb")
    con.execute(f"SET threads = {CORES}; SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    con.execute(hmac_macro(key.encode()))
    run_silver(con, raw, out, datetime.fromisoformat(as_of.replace("Z", "+00:00")))
    silver = time.monotonic() - started
    run_gold(con, out)
    print(json.dumps({"silver": round(silver, 3), "gold": round(time.monotonic() - started - silver, 3)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
