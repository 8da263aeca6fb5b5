"""Late events that wait for one run a day: what waits, when it is merged, and that none is lost or there twice."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from clickstream_jobs.bookmark import ManifestBookmark
from clickstream_jobs.days import Days
from clickstream_jobs.errors import ReadError
from clickstream_jobs.late import Late, LateFiles, Waiting, closed_dates
from clickstream_jobs.raw import SourceKeys
from fakes import MemoryFiles
from pyspark.sql import SparkSession
from silver_data import AS_OF, BOUNDS, Lake, event, event_id, line

TODAY, YESTERDAY, BEFORE = "2026-03-10T10:00:00Z", "2026-03-09T10:00:00Z", "2026-03-08T10:00:00Z"
NEXT_DAY = AS_OF + timedelta(hours=13)


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """A lake with a date today and one each of the two days before, which runs once a day for late events."""
    made = Lake(spark, tmp_path)
    made.settings = replace(made.settings, late_events_daily=True)
    made.land("first.json", [at(1, BEFORE), at(2, YESTERDAY), at(3, TODAY)])
    assert numbers(made.run()) == (3, 3, 0, 0)
    return made


def at(number: int, when: str, **changes: Any) -> bytes:
    return line(event(number, event_timestamp=when, **changes))


def numbers(report: dict[str, Any]) -> tuple[int, ...]:
    """(read, accepted, quarantined, late); the rest are duplicates."""
    found = {name: int(report[name]) for name in ("read", "accepted", "quarantined", "duplicates", "late")}
    assert found["read"] == found["accepted"] + found["quarantined"] + found["duplicates"] + found["late"]
    return tuple(found[name] for name in ("read", "accepted", "quarantined", "late"))


def late(report: dict[str, Any]) -> tuple[int, int]:
    return report["late_accepted"], report["late_duplicates"]


def on(lake: Lake, as_of: datetime, **changes: Any) -> dict[str, Any]:
    return lake.run(bounds=replace(BOUNDS, as_of=as_of), **changes)


def state(lake: Lake) -> Path:
    return lake.state("bronze_to_silver.late.json")


def test_a_date_is_over_three_hours_after_its_midnight_and_one_that_may_turn_too_old_does_not_wait() -> None:
    def closed(as_of: str, retention_days: int = 365) -> set[str]:
        days = {date(2026, 3, 11) - timedelta(days=back) for back in range(6)}
        bounds = replace(BOUNDS, as_of=datetime.fromisoformat(as_of), retention_days=retention_days)
        return {day.strftime("%d") for day in closed_dates(days, bounds)}

    assert closed("2026-03-10T02:59:59+00:00") == {"06", "07", "08"}
    assert closed("2026-03-10T03:00:00+00:00") == {"06", "07", "08", "09"}
    # Four o'clock in Berlin is three in UTC.
    assert closed("2026-03-10T04:00:00+01:00") == {"06", "07", "08", "09"}
    assert closed("2026-03-10T12:00:00+00:00", retention_days=4) == {"09"}
    assert closed("2026-03-10T12:00:00+00:00", retention_days=1) == set()


def test_late_events_wait_for_the_next_date_and_end_in_the_same_rows(lake: Lake, spark: SparkSession) -> None:
    folders = dict(lake.catalog.partitions("silver", "events"))
    lake.land("second.json", [at(4, TODAY), at(5, YESTERDAY), at(6, BEFORE), b"oops", at(3, TODAY)])
    report = lake.run()
    assert (numbers(report), late(report), report["dates"]) == ((5, 1, 1, 2), (0, 0), ["2026-03-10"])
    now = lake.catalog.partitions("silver", "events")
    assert {day: now[day] for day in folders if day.day < 10} == {day: folders[day] for day in folders if day.day < 10}
    # It was read: only its late events wait, and a run without new files does not look at them before their time.
    report = lake.run()
    assert (report["files"], late(report), set(lake.events())) == (0, (0, 0), {event_id(n) for n in (1, 2, 3, 4)})
    lake.land("third.json", [at(7, YESTERDAY), at(8, TODAY)], "2026/03/10/23")
    assert numbers(lake.run()) == (2, 1, 0, 1)

    lake.land("fourth.json", [at(9, TODAY), at(10, "2026-03-11T00:30:00Z"), at(11, BEFORE)], "2026/03/11/00")
    report = on(lake, NEXT_DAY)
    assert (numbers(report), late(report)) == ((3, 2, 0, 1), (4, 0))
    assert report["dates"] == ["2026-03-08", "2026-03-09", "2026-03-10", "2026-03-11"]
    assert set(lake.events()) == {event_id(n) for n in range(1, 12)} and not state(lake).exists()
    assert late(on(lake, NEXT_DAY)) == (0, 0)

    other = Lake(spark, lake.folder / "each-run")
    for name, hour in (("first", "10/10"), ("second", "10/10"), ("third", "10/23"), ("fourth", "11/00")):
        source = lake.folder / f"raw/events/year=2026/month=03/day={hour[:2]}/hour={hour[3:]}/{name}.json"
        other.land_bytes(source.name, source.read_bytes(), f"2026/03/{hour}")
    on(other, NEXT_DAY)
    assert other.hashes() == lake.hashes()


@pytest.mark.parametrize("seed", range(2))
def test_whatever_comes_when_the_rows_are_those_of_one_run_that_waits_for_nothing(
    spark: SparkSession, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    daily, once = Lake(spark, tmp_path / "daily"), Lake(spark, tmp_path / "once")
    daily.settings = replace(daily.settings, late_events_daily=True)
    accepted, waited = 0, 0
    now = AS_OF
    for run in range(4):
        now = AS_OF + timedelta(hours=13 * run)
        lines = []
        for _ in range(8):
            when = now - timedelta(hours=chance.choice([0, 1, 13, 30, 60]))
            # Few ids, so that the same event comes again, also as one of the date before or after.
            number = (when + timedelta(hours=12)).timetuple().tm_yday * 5 + chance.randrange(5)
            lines.append(at(number, when.isoformat(), page_url=f"https://shop.example/{chance.random()}"))
        for lake in (daily, once):
            lake.land(f"{run}.json", lines, now.strftime("%Y/%m/%d/%H"))
        report = on(daily, now)
        accepted += report["accepted"] + report["late_accepted"]
        waited += report["late"]
    accepted += on(daily, now + timedelta(days=1))["late_accepted"]
    on(once, now)
    assert daily.hashes() == once.hashes() and waited > 0
    assert accepted == daily.table("events").count() and not state(daily).exists()


def test_the_smallest_of_one_id_stays_though_the_other_was_merged_first(lake: Lake) -> None:
    # A retry that was stamped after midnight is there before what it repeats.
    lake.land("two.json", [at(4, "2026-03-10T00:00:01Z"), at(4, "2026-03-09T23:59:59Z")])
    assert numbers(lake.run()) == (2, 1, 0, 1)
    assert lake.events()[event_id(4)]["event_date"] == date(2026, 3, 10)
    report = on(lake, NEXT_DAY)
    assert late(report) == (0, 1) and report["dates"] == ["2026-03-09", "2026-03-10"]
    assert lake.events()[event_id(4)]["event_date"] == date(2026, 3, 9)
    assert set(lake.events()) == {event_id(n) for n in (1, 2, 3, 4)}


def test_a_run_killed_at_any_step_is_repeated(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    lake.land("second.json", [at(4, TODAY), at(5, YESTERDAY)])
    for owner, step in ((LateFiles, "remember"), (ManifestBookmark, "commit")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, killed)
            with pytest.raises(KeyboardInterrupt):
                lake.run()
        assert event_id(5) not in lake.events()
    assert numbers(lake.run()) == (2, 0, 0, 1)
    with monkeypatch.context() as patch:
        patch.setattr(LateFiles, "keep", killed)
        with pytest.raises(KeyboardInterrupt):
            on(lake, NEXT_DAY)
    assert event_id(5) in lake.events() and state(lake).exists()
    assert late(on(lake, NEXT_DAY)) == (0, 1)
    assert set(lake.events()) == {event_id(n) for n in (1, 2, 3, 4, 5)}


def test_a_backfill_and_a_stack_that_no_longer_waits_merge_at_once(lake: Lake) -> None:
    lake.land("second.json", [at(5, YESTERDAY)])
    assert numbers(lake.run()) == (1, 0, 0, 1)
    report = lake.run(late_events_daily=False)
    assert late(report) == (1, 0) and not state(lake).exists()
    lake.land("third.json", [at(6, YESTERDAY)])
    day = date(2026, 3, 10)
    assert numbers(lake.run(dates=Days(day, day))) == (5, 1, 0, 0)


def test_held_files_wait_on_deleted_ones_are_named_and_age_is_not_judged_twice(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    lake.land("held.json", [at(4, YESTERDAY)], "2026/03/10/08")
    lake.land("gone.json", [at(5, YESTERDAY)], "2026/03/10/09")
    old = "2025-03-14T00:00:00Z"
    lake.land("old.json", [at(6, old)], "2026/03/10/07")
    assert numbers(lake.run()) == (3, 1, 0, 2)
    lake.land("older.json", [at(7, old)], "2026/03/10/11")
    assert numbers(lake.run()) == (1, 0, 0, 1)
    hold = lake.state("holds/year=2026/month=03/day=10/hour=08.json", {"drift": "d"})
    (lake.folder / "raw/events/year=2026/month=03/day=10/hour=09/gone.json").unlink()
    # A pause of a week: the oldest event would be too old now.
    later = AS_OF + timedelta(days=7)
    assert late(on(lake, later)) == (1, 0)
    assert "1 raw objects were deleted before their late events were merged; first: " in capsys.readouterr().err
    assert set(lake.events()) == {event_id(n) for n in (1, 2, 3, 6, 7)}
    assert [Path(path).name for path in json.loads(state(lake).read_text())["files"]] == ["held.json"]
    hold.unlink()
    assert late(on(lake, later)) == (0, 0)
    assert late(on(lake, later + timedelta(days=1))) == (1, 0)
    assert event_id(4) in lake.events() and not state(lake).exists()


def test_a_state_that_nobody_can_read_says_what_to_do() -> None:
    files: Any = MemoryFiles()
    store = LateFiles(files, SourceKeys(files, "s3://bucket/events/"), "s3://store/state/")
    assert store.waiting() == Waiting()
    files.write_text("s3://store/state/bronze_to_silver.late.json", '{"files": []}')
    with pytest.raises(ReadError, match="late.json is not readable .*; delete it, and read the landing dates"):
        store.waiting()


def test_files_are_added_and_the_first_date_decides_when_they_are_due() -> None:
    files: Any = MemoryFiles()
    store = LateFiles(files, SourceKeys(files, "s3://bucket/events/"), "s3://store/state/")
    evening = datetime(2026, 3, 10, 23, 59, tzinfo=timezone.utc)
    store.remember(Late(), ["s3://bucket/events/none.json"], evening)
    assert store.waiting() == Waiting()
    for name, day in (("a", 8), ("b", 9)):
        paths = [f"s3://bucket/events/{name}.json", "s3://bucket/events/without.json"]
        late_events = Late(2, frozenset({date(2026, 3, day)}), frozenset({f"events/{name}.json"}))
        store.remember(late_events, paths, evening + timedelta(hours=day - 8))
    waiting = store.waiting()
    assert waiting.files == {"s3://bucket/events/a.json", "s3://bucket/events/b.json"}
    assert waiting.dates == {date(2026, 3, 8), date(2026, 3, 9)}
    assert (waiting.since, waiting.due(evening)) == (date(2026, 3, 10), False)
    assert waiting.due(evening + timedelta(minutes=1))
