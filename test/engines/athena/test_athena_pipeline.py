"""The pipeline's own tables and queries: its table definitions, its saved queries, and those of its demo."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from engines.athena.support import JSON_SERDE, LAKE, PARQUET_SERDE, Cloud

PROJECT = Path(__file__).resolve().parents[3]
DEFINITIONS = PROJECT / "glue-jobs" / "clickstream_jobs" / "tables"
NOW = datetime.now(timezone.utc)
TODAY, YESTERDAY = NOW.date(), NOW.date() - timedelta(days=1)
LAYERS = {
    "raw_events": "bronze",
    "events": "silver",
    "quarantine": "silver",
    "fact_clicks": "gold",
    "dim_users": "gold",
    "daily_sales": "gold",
}
#: As components/bronze-layer.ts projects them.
PROJECTION = {"projection.enabled": "true"} | {
    f"projection.{name}.{key}": value
    for name, low_high, digits in (
        ("year", "2019,2035", "4"), ("month", "1,12", "2"), ("day", "1,31", "2"), ("hour", "0,23", "2"),
    )
    for key, value in (("type", "integer"), ("range", low_high), ("digits", digits))
}  # fmt: skip


def literals(file: str) -> list[str]:
    """The SQL in a TypeScript file: template literals and strings that hold a SELECT."""
    text = (PROJECT / file).read_text()
    found = re.findall(r"`([^`]*)`|\"([^\"\n]*)\"", text)
    return [a or b for a, b in found if "SELECT" in (a or b)]


SAVED = literals("components/saved-queries.ts")
DEMO = literals("automation/demo/questions.ts")


def filled(sql: str) -> str:
    """The template with this test's tables, windows and dates."""
    values = {
        "sales.database": "pipeline_gold", "sales.table": "daily_sales", "clicks.database": "pipeline_gold",
        "clicks.table": "fact_clicks", "raw.database": "pipeline_bronze", "raw.table": "raw_events", "windowDays": "30",
        "date": str(YESTERDAY), "year": f"{YESTERDAY:%Y}", "month": f"{YESTERDAY:%m}", "day": f"{YESTERDAY:%d}",
    }  # fmt: skip
    # `${year ?? ""}` is year.
    return re.sub(r"\$\{([\w.]+)[^}]*\}", lambda match: values[match[1]], sql)


def database_of(sql: str) -> str:
    layer = next(layer for table, layer in LAYERS.items() if re.search(rf"\b{table}\b", sql))
    return f"pipeline_{layer}"


@pytest.fixture(scope="module")
def lake(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    """All tables of the pipeline with a few rows of yesterday."""
    folder = tmp_path_factory.mktemp("pipeline")
    for layer in ("bronze", "silver", "gold"):
        cloud.database(f"pipeline_{layer}")
    for name, layer in LAYERS.items():
        _create(cloud, f"pipeline_{layer}", json.loads((DEFINITIONS / f"{name}.json").read_text()))
    moment = datetime(YESTERDAY.year, YESTERDAY.month, YESTERDAY.day, 13, 5, tzinfo=timezone.utc)
    purchase = {"event_id": "e1", "event_type": "purchase", "event_timestamp": moment.isoformat(), "user_id": "u1",
                "product": {"category": "books"}, "order": {"amount": "12.50"}}  # fmt: skip
    view = {"event_id": "e2", "event_type": "product_view", "order": {"amount": "not a number"}, "surprise": [1]}
    cloud.put_json(
        f"s3://{LAKE}/pipeline/{moment:year=%Y/month=%m/day=%d/hour=%H}/a.json.gz", [purchase, purchase, view]
    )
    _fill(cloud, folder, "pipeline_gold", "daily_sales", f"event_date={YESTERDAY}", {
        "product_category": "'books'", "device_type": "'mobile'", "purchases": "1", "units": "2", "revenue": "12.50",
    })  # fmt: skip
    _fill(cloud, folder, "pipeline_gold", "fact_clicks", f"event_date={YESTERDAY}", {
        "event_type": "'purchase'", "session_key": "'s1'", "user_id": "'u1'", "revenue": "12.50",
    })  # fmt: skip
    _fill(cloud, folder, "pipeline_silver", "quarantine", None, {"event_id": "'e9'"})
    _fill(cloud, folder, "pipeline_gold", "dim_users", None, {"user_id": "'u1'"})
    return cloud


def _create(cloud: Cloud, database: str, definition: dict[str, Any]) -> None:
    raw = definition["name"] == "raw_events"
    template = "".join(f"{key['name']}=${{{key['name']}}}/" for key in definition["partitionKeys"])
    parameters = {**PROJECTION, "storage.location.template": f"s3://{LAKE}/pipeline/{template}"} if raw else {}
    cloud.table(
        database,
        definition["name"],
        {column["name"]: column["type"] for column in definition["columns"]},
        keys={key["name"]: key["type"] for key in definition["partitionKeys"]},
        serde=JSON_SERDE if raw else PARQUET_SERDE,
        parameters=parameters,
        serde_parameters={"ignore.malformed.json": "true"} if raw else None,
    )


def _fill(cloud: Cloud, folder: Path, database: str, table: str, partition: str | None, row: dict[str, str]) -> None:
    """One row, all other columns of it null; in a registered partition, or for an unpartitioned table in its folder."""
    definition = json.loads((DEFINITIONS / f"{table}.json").read_text())
    kinds = {column["name"]: column["type"] for column in definition["columns"]}
    assert set(row) <= set(kinds)
    keys = [key["name"] for key in definition["partitionKeys"]]
    place = f"s3://{LAKE}/{database}/{table}/" + (f"{partition}/run=1/" if partition else "")
    duck = {"string": "VARCHAR", "int": "INTEGER", "bigint": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN",
            "timestamp": "TIMESTAMP", "date": "DATE"}  # fmt: skip
    picked = [f"CAST({row[name]} AS {duck.get(kind, kind)}) AS {name}" for name, kind in kinds.items() if name in row]
    cloud.put_parquet(f"{place}{table}.parquet", f"SELECT {', '.join(picked)}", folder)
    if keys:
        values = [str(TODAY)] * len(keys) if partition is None else [partition.partition("=")[2]]
        cloud.partition(database, table, values, place)


def test_there_are_queries_to_run() -> None:
    assert len(SAVED) == 3
    assert len(DEMO) >= 7


@pytest.mark.parametrize("sql", [*SAVED, *DEMO])
def test_a_query_of_the_pipeline_runs(lake: Cloud, sql: str) -> None:
    sql = filled(sql)
    rows = lake.rows(sql, database_of(sql))
    assert rows
    assert all(any(cell is not None for cell in row) for row in rows)


def test_the_saved_queries_answer_right(lake: Cloud) -> None:
    sales, clicks, raw = (lake.run(sql, database_of(sql)) for sql in map(filled, SAVED))
    assert sales.rows == [(str(YESTERDAY), "books", "mobile", "1", "2", "12.50")]
    week = YESTERDAY - timedelta(days=YESTERDAY.weekday())
    assert clicks.rows == [(str(week), "1", "0", "0", "1", "12.50")]
    assert raw.rows == [("purchase", "2"), ("product_view", "1")]


def test_raw_and_gold_agree(lake: Cloud) -> None:
    raw, gold = (next(sql for sql in DEMO if part in sql) for part in ("try_cast", "product_category AS category"))
    assert lake.rows(filled(raw), "pipeline_bronze") == [("books", "1", "12.50")]
    assert lake.rows(filled(gold), "pipeline_gold") == [("books", "1", "12.50")]


def test_a_days_raw_query_costs_a_days_files(lake: Cloud) -> None:
    folder = f"s3://{LAKE}/pipeline/{YESTERDAY:year=%Y/month=%m/day=%d}/"
    size = sum(len(lake.read(url)) for url in lake.keys(folder))
    assert lake.run(filled(SAVED[2]), "pipeline_bronze").scanned == size > 0


def test_every_column_of_every_table_can_be_read(lake: Cloud) -> None:
    for name, layer in LAYERS.items():
        where = f" WHERE year = '{YESTERDAY:%Y}'" if name == "raw_events" else ""
        answer = lake.run(f"SELECT * FROM {name}{where}", f"pipeline_{layer}")
        definition = json.loads((DEFINITIONS / f"{name}.json").read_text())
        assert answer.columns == [c["name"] for c in [*definition["columns"], *definition["partitionKeys"]]]
