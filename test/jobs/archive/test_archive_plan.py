"""What is due, what is rewritten, what is swept, and the form of a manifest: plain Python, no Spark."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from clickstream_jobs.archive import due_dates, superseded
from clickstream_jobs.archive_date import file_count, needs_rewrite
from clickstream_jobs.archive_manifest import ArchivedFile, Manifest, ManifestError, from_json, to_json
from clickstream_jobs.archive_store import restored_until
from clickstream_jobs.files import FileInfo
from clickstream_jobs.tables import load_table
from hypothesis import given
from hypothesis import strategies as st

GIB = 1024**3
DAY = date(2026, 1, 2)
MANIFEST = Manifest(
    date=DAY,
    location="s3://b/archive/fact_clicks/event_date=2026-01-02/run=g1",
    source="s3://b/fact_clicks/event_date=2026-01-02/run=g1",
    sales=None,
    storage_class="DEEP_ARCHIVE",
    rows=3,
    revenue="20.00",
    run_id="a1",
    archived_at="2026-04-05T03:40:00+00:00",
    files=(ArchivedFile("s3://b/archive/fact_clicks/event_date=2026-01-02/run=g1/part-00000.parquet", 10, 3, "c2hh"),),
)


@given(st.sets(st.dates(date(2025, 1, 1), date(2026, 12, 31))), st.integers(1, 400))
def test_due_are_exactly_the_dates_older_than_the_window_oldest_first(days: set[date], warm: int) -> None:
    now = datetime(2026, 6, 1, 23, 59, tzinfo=timezone.utc)
    due = due_dates(days, now, warm)
    assert due == sorted(day for day in days if (now.date() - day).days > warm)


def test_the_last_warm_day_stays() -> None:
    now = datetime(2026, 4, 2, tzinfo=timezone.utc)
    assert due_dates([DAY, DAY - timedelta(days=1)], now, 90) == [DAY - timedelta(days=1)]


@pytest.mark.parametrize(
    ("sizes", "rewrite"),
    [
        ([10], False),
        ([10, 10], True),
        ([GIB // 2, GIB // 2], False),
        ([GIB // 2, GIB // 2 - 1], False),
        ([GIB // 2, GIB // 4, GIB // 4], True),
        ([5 * GIB], False),
        ([5 * GIB + 1], True),
    ],
)
def test_a_date_is_rewritten_only_if_it_has_more_objects_than_needed_or_too_large_ones(
    sizes: list[int], rewrite: bool
) -> None:
    assert needs_rewrite(sizes) is rewrite


@given(st.integers(1, 10_000 * GIB))
def test_what_is_rewritten_need_not_be_rewritten_again(total: int) -> None:
    count = file_count(total)
    assert total / count <= GIB
    assert not needs_rewrite([total // count] * count)


def test_a_manifest_survives_its_text() -> None:
    assert from_json(to_json(MANIFEST), "here") == MANIFEST
    assert MANIFEST.bytes == 10


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2}', '{"format": 1}', to_json(MANIFEST).replace('"rows"', '"lines"')]
)
def test_anything_else_is_refused_by_name_never_taken_for_a_missing_one(text: str) -> None:
    with pytest.raises(ManifestError, match="^s3://b/x.json is no manifest of the archive"):
        from_json(text, "s3://b/x.json")


def test_only_folders_that_an_archived_date_no_longer_names_are_superseded() -> None:
    base = "s3://b/archive/fact_clicks"
    listed = [
        FileInfo(f"{base}/event_date=2026-01-02/run=g1/part-00000.parquet", 1, 10),
        FileInfo(f"{base}/event_date=2026-01-02/run=g0/part-00000.parquet", 1, 10),
        FileInfo(f"{base}/event_date=2026-01-02/run=young/part-00000.parquet", 1, 10),
        FileInfo(f"{base}/event_date=2026-01-02/run=young/part-00001.parquet", 1, 99),
        # Its manifest may be what was lost.
        FileInfo(f"{base}/event_date=2026-01-03/run=g0/part-00000.parquet", 1, 10),
    ]
    assert superseded(base, listed, {DAY: MANIFEST}, 50) == [f"{base}/event_date=2026-01-02/run=g0"]
    moved = replace(MANIFEST, location=MANIFEST.location.replace("g1", "g10"))
    assert f"{base}/event_date=2026-01-02/run=g1" in superseded(base, listed, {DAY: moved}, 50)


@pytest.mark.parametrize(
    ("header", "until"),
    [
        (None, None),
        ('ongoing-request="true"', None),
        (
            'ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"',
            datetime(2012, 12, 21, tzinfo=timezone.utc),
        ),
    ],
)
def test_the_restore_header_tells_until_when(header: str | None, until: datetime | None) -> None:
    assert restored_until(header) == until


def test_the_restored_table_has_the_columns_of_fact_clicks() -> None:
    facts, restored = load_table("fact_clicks"), load_table("fact_clicks_restored")
    assert (restored.columns, restored.partition_keys) == (facts.columns, facts.partition_keys)
