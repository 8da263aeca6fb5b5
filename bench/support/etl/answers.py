"""What a contender answered: row counts, revenue and hashes of its tables, by DuckDB over its Parquet files.

Prints one JSON line. `core` covers the columns that every contender has; `full` the session metrics too, which the
naive job defines its own way. Hashes do not depend on the order of rows, files or folders.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

SESSION = {
    "session_key", "event_in_session", "dwell_seconds", "session_start_ts", "session_seconds", "session_events",
    "is_entry", "is_exit", "session_converted", "session_revenue",
}  # fmt: skip
TABLES = Path(__file__).resolve().parents[3] / "glue-jobs" / "clickstream_jobs" / "tables"


def columns(table: str) -> list[tuple[str, str]]:
    """(name, type) of a table's columns, the partition's left out."""
    spec = json.loads((TABLES / f"{table}.json").read_text(encoding="utf-8"))
    return [(column["name"], column["type"]) for column in spec["columns"]]


def as_text(name: str, kind: str) -> str:
    """A value as one text whichever engine wrote it."""
    if kind == "timestamp":
        return f"epoch_us({name})::varchar"
    if kind == "double":
        return f"round({name}, 6)::varchar"
    if kind.startswith("decimal"):
        return f"{name}::{kind}::varchar"
    return f"{name}::varchar"


def hash_of(names: list[tuple[str, str]]) -> str:
    """Aggregate: order-independent hash of the rows, as text."""
    parts = ", ".join(f"coalesce({as_text(name, kind)}, chr(0))" for name, kind in names)
    return f"sum(hash(concat_ws(chr(31), {parts}))::hugeint)::varchar"


def main(out: str) -> None:
    """Reads `events`, `fact_clicks` and `daily_sales` below `out`."""
    con = duckdb.connect()
    con.execute("SET threads = 2; SET TimeZone = 'UTC'")

    def one(sql: str) -> tuple[object, ...]:
        found = con.execute(sql).fetchone()
        assert found is not None
        return found

    def files(table: str) -> str:
        return f"read_parquet('{out}/{table}/**/*.parquet', hive_partitioning = true, union_by_name = true)"

    facts = columns("fact_clicks")
    has = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {files('fact_clicks')}").fetchall()}
    core = [pair for pair in facts if pair[0] not in SESSION and pair[0] != "user_key"]
    rows, revenue, core_hash, last = one(
        f"SELECT count(*), sum(revenue)::decimal(14,2)::varchar, {hash_of(core)}, max(event_date)::varchar "
        f"FROM {files('fact_clicks')}"
    )
    full = one(f"SELECT {hash_of(facts)} FROM {files('fact_clicks')}")[0] if {n for n, _ in facts} <= has else None
    (events,) = one(f"SELECT count(*) FROM {files('events')}")
    (quarantined,) = one(f"SELECT count(*) FROM {files('quarantine')}")
    (users,) = one(f"SELECT count(*) FROM {files('dim_users')}")
    sold = [("event_date", "string"), ("product_category", "string"), ("device_type", "string"), ("units", "bigint")]
    measures = [("purchases", "bigint"), ("product_views", "bigint"), ("revenue", "decimal(18,2)")]
    (sales,) = one(f"SELECT {hash_of([*sold, *measures])} FROM {files('daily_sales')}")
    answer = {
        "events": events, "quarantined": quarantined, "facts": rows, "revenue": revenue, "users": users,
        "newest": last, "core": core_hash, "full": full, "sales": sales,
    }  # fmt: skip
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
