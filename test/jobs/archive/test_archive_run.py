"""Whole archive runs on file paths: what leaves, what stays, kills at every step, gold runs before and after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import archive_gold
import pytest
from archive_data import D1, D2, D3, D4, NOW, ColdLake, KilledError, iso, later, rows_of
from clickstream_jobs import archive, archive_date
from clickstream_jobs.archive_store import ArchiveError
from clickstream_jobs.errors import ArgumentError, CatalogError, ConservationError
from gold_data import Lake, purchase
from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Filled:
    """A lake with four dates that no test changes, and the row hash of each date of fact_clicks."""

    lake: ColdLake
    hashes: dict[date, str]


@pytest.fixture(scope="module")
def filled(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    lake = ColdLake(spark, tmp_path_factory.mktemp("filled"))
    lake.fill()
    return Filled(lake, {day: lake.fact_hash(day) for day in (D1, D2, D3, D4)})


@pytest.fixture
def before(filled: Filled) -> dict[date, str]:
    return filled.hashes


@pytest.fixture
def cold(spark: SparkSession, filled: Filled, tmp_path: Path) -> ColdLake:
    lake = ColdLake(spark, tmp_path)
    lake.fill_from(filled.lake)
    return lake


def test_dates_past_the_window_move_with_all_their_rows_and_the_others_stay(
    cold: ColdLake, before: dict[date, str]
) -> None:
    cold.split(D2)
    sources = cold.facts()
    report = cold.run()
    assert {key: report[key] for key in ("job", "dates", "rows", "revenue", "files", "rewritten", "left", "moved")} == {
        "job": "archive_gold",
        "dates": iso([D1, D2]),
        "rows": 6,
        "revenue": "50.00",
        "files": 2,
        "rewritten": 1,
        "left": 0,
        "moved": [],
    }
    assert set(cold.facts()) == {D3, D4}
    for day in (D1, D2):
        manifest = cold.manifests()[day]
        assert cold.archive_hash(day) == before[day]
        assert (manifest.source, manifest.rows, manifest.storage_class) == (sources[day], 3, "GLACIER_IR")
        assert Decimal(manifest.revenue) == Decimal(day.day * 10)
        assert sum(file.rows for file in manifest.files) == 3
        assert cold.store.classes[manifest.files[0].uri] == "GLACIER_IR"
        assert not Path(sources[day]).exists(), "storage of an archived date must not be paid twice"
    assert set(cold.catalog.partitions("g", "daily_sales")) == {D1, D2, D3, D4}
    assert not Path(cold.settings.archive_path, "staging").exists()


def test_a_second_run_changes_nothing_and_a_new_day_moves_one_date(cold: ColdLake) -> None:
    cold.run()
    files, manifests = cold.archived_files(), cold.manifests()
    again = cold.run()
    assert (again["dates"], again["rows"], again["revenue"]) == ([], 0, "0.00")
    assert (cold.archived_files(), cold.manifests()) == (files, manifests)
    assert cold.run(as_of=later(1))["dates"] == iso([D3])


def test_a_run_takes_the_oldest_dates_first_and_says_how_many_wait(cold: ColdLake) -> None:
    report = cold.run(max_dates=1)
    assert (report["dates"], report["left"]) == (iso([D1]), 1)


def kill_before(cold: ColdLake, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def killed(*_: Any) -> None:
        raise KilledError

    if step == "second copy":
        cold.store.kill_at_copy = 2
    elif step == "manifest":
        monkeypatch.setattr(archive, "write_manifest", killed)
    elif step == "unregister":
        monkeypatch.setattr(archive.ArchiveRun, "_unregister", killed)
    elif step == "removal":
        monkeypatch.setattr(cold.catalog, "remove_partitions", killed)
    else:
        monkeypatch.setattr(archive.ArchiveRun, "_sweep", killed)


@pytest.mark.parametrize(
    ("step", "reads", "copies"),
    [("second copy", 1, 1), ("manifest", 2, 1), ("unregister", 1, 1), ("removal", 1, 1), ("sweep", 0, 0)],
)
def test_killed_anywhere_and_run_again_gives_the_same_end(
    cold: ColdLake, before: dict[date, str], monkeypatch: pytest.MonkeyPatch, step: str, reads: int, copies: int
) -> None:
    with monkeypatch.context() as patch:
        kill_before(cold, patch, step)
        with pytest.raises(KilledError):
            cold.run()
    for day in set(before) - set(cold.facts()):
        assert cold.archive_hash(day) == before[day], "a date that left fact_clicks must be whole in the archive"
    for day in cold.facts():
        assert cold.fact_hash(day) == before[day]
    cold.store.kill_at_copy = 0
    reads_before, copies_before = cold.store.digests, len(cold.store.copies)
    cold.run()
    assert set(cold.facts()) == {D3, D4}
    assert {day: cold.archive_hash(day) for day in (D1, D2)} == {day: before[day] for day in (D1, D2)}
    assert len(cold.archived_files()) == 2, "nothing is left over: it would be billed for 90 days"
    # What the manifest proves is not read again, and what was copied is found and kept.
    assert (cold.store.digests - reads_before, len(cold.store.copies) - copies_before) == (reads, copies)
    assert not list(Path(cold.settings.fact_path).glob(f"event_date={D1}/run=*"))


def test_a_damaged_copy_is_refused_and_the_date_stays(cold: ColdLake, before: dict[date, str]) -> None:
    cold.store.damage = True
    with pytest.raises(ArchiveError, match=r"SHA-256 .* the date stays where it is, run the job again"):
        cold.run()
    assert (set(cold.facts()), cold.manifests()) == ({D1, D2, D3, D4}, {})
    cold.store.damage = False
    assert cold.run()["dates"] == iso([D1, D2])
    assert cold.archive_hash(D1) == before[D1]


def test_rewritten_files_that_lost_a_row_are_refused(cold: ColdLake, monkeypatch: pytest.MonkeyPatch) -> None:
    cold.split(D1)
    monkeypatch.setattr("clickstream_jobs.archive_date.file_count", lambda _: 1)
    read = archive_date.read_locations
    # The read that feeds the rewriting loses a row; the ones that measure do not.
    calls = iter([False, True, False])

    def lossy(*args: Any) -> Any:
        rows = read(*args)
        return rows.limit(2) if next(calls, False) else rows

    monkeypatch.setattr("clickstream_jobs.archive_date.read_locations", lossy)
    with pytest.raises(ConservationError, match="2026-01-02: .* has 3 rows and 20.00 USD, rewritten they are 2 rows"):
        cold.run()
    assert D1 in cold.facts()


@pytest.mark.parametrize("grace", [24, 0], ids=["source stays", "source is swept"])
def test_a_date_that_gold_moves_during_the_copy_is_left_and_archived_by_the_next_run(
    cold: ColdLake, grace: int
) -> None:
    copy, late = cold.store.copy, purchase("late", f"{D1} 11:00", "7.00", product_category="shoes")

    def with_a_gold_run(*args: Any) -> None:
        cold.store.copy = copy  # type: ignore[method-assign]
        cold.lake.put([*rows_of(D1), late], [D1])
        cold.lake.run(sweep_grace_hours=grace)
        copy(*args)

    cold.store.copy = with_a_gold_run  # type: ignore[method-assign]
    report = cold.run()
    # The late event moved the neighbour too, whose folder this run knows by its former name.
    assert (report["dates"], report["moved"]) == ([], iso([D1, D2]))
    assert {D1, D2} <= set(cold.facts())
    expected = cold.fact_hash(D1)
    report = cold.run()
    assert (report["dates"], report["revenue"]) == (iso([D1, D2]), "57.00")
    assert cold.archive_hash(D1) == expected
    assert len(cold.archived_files()) == 2


def test_a_gold_run_between_the_last_look_and_the_removal_is_recovered(
    cold: ColdLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = cold.catalog.remove_partitions

    def with_a_gold_run(database: str, table: str, dates: list[date]) -> None:
        monkeypatch.undo()
        cold.lake.put([*rows_of(D1), purchase("late", f"{D1} 11:00", "7.00", product_category="shoes")], [D1])
        cold.lake.run(sweep_grace_hours=24)
        remove(database, table, dates)

    monkeypatch.setattr(cold.catalog, "remove_partitions", with_a_gold_run)
    report = cold.run(max_dates=1, sweep_grace_hours=24)
    assert report["recovered"] == iso([D1])
    assert D1 in cold.facts(), "the late event must not be invisible"
    expected = cold.fact_hash(D1)
    assert cold.run()["dates"] == iso([D1, D2])
    assert cold.archive_hash(D1) == expected


def test_late_events_of_an_archived_date_come_back_through_gold_and_are_archived_again(
    cold: ColdLake, spark: SparkSession, tmp_path: Path
) -> None:
    cold.run()
    old = cold.manifests()[D2]
    cold.catalog.set_partitions("g", "fact_clicks_restored", {D1: cold.manifests()[D1].location, D2: old.location})
    # Close to midnight: the session reaches into the next date, so gold must see archived neighbours.
    late = [purchase("late", f"{D2} 23:55", "7.00", product_category="shoes")]
    night = purchase("night", f"{D3} 00:05", "1.00", product_category="shoes")
    cold.lake.put([*rows_of(D2), *late], [D2])
    cold.lake.put([*rows_of(D3), night], [D3])
    report = cold.lake.run()
    assert report["dates"] == iso([D1, D2, D3, D4])
    never = Lake(spark, str(tmp_path / "never"))
    never.put([*rows_of(D1), *rows_of(D2), *late, *rows_of(D3), night, *rows_of(D4)], [D1, D2, D3, D4])
    never.run()
    assert cold.lake.hashes() == never.hashes(), "gold does not depend on what was archived"
    expected = cold.fact_hash(D2)
    report = cold.run()
    assert (report["dates"], report["revenue"]) == (iso([D1, D2]), "57.00")
    new = cold.manifests()[D2]
    assert new.location != old.location
    assert cold.archive_hash(D2) == expected
    assert len(cold.archived_files()) == 2, "the former objects are swept"
    assert cold.catalog.partitions("g", "fact_clicks_restored") == {}, "no restored date shows its former rows"


def test_restored_dates_leave_the_catalog_before_their_copies_end(cold: ColdLake) -> None:
    cold.run(storage_class="GLACIER")
    for day, ends in ((D1, NOW + timedelta(hours=20)), (D2, NOW + timedelta(hours=30))):
        manifest = cold.manifests()[day]
        cold.catalog.set_partitions("g", "fact_clicks_restored", {day: manifest.location})
        cold.store.restored |= {file.uri: ends for file in manifest.files}
    assert cold.run(storage_class="GLACIER")["ended"] == iso([D1])
    assert set(cold.catalog.partitions("g", "fact_clicks_restored")) == {D2}


def test_a_location_that_gold_did_not_write_is_refused(cold: ColdLake) -> None:
    cold.catalog.set_partitions("g", "fact_clicks", {D1: f"{cold.folder}/elsewhere/event_date={D1}"})
    with pytest.raises(CatalogError, match=r"elsewhere.* is not .*/event_date=<date>/run=<id>"):
        cold.run()


def test_a_registered_date_without_files_is_refused(cold: ColdLake) -> None:
    folder = Path(cold.facts()[D1])
    for file in folder.glob("*.parquet"):
        file.unlink()
    with pytest.raises(ArchiveError, match="is registered for 2026-01-02 but holds no file"):
        cold.run()
    assert D1 in cold.facts()


@pytest.mark.parametrize(
    ("argument", "value", "problem"),
    [
        ("storage_class", "STANDARD_IA", "--storage_class is 'STANDARD_IA'; give one of GLACIER_IR, GLACIER"),
        ("warm_days", "0", "--warm_days is '0'; give a number from 1 to 3650"),
        ("as_of", "yesterday", "--as_of is 'yesterday'"),
        ("max_dates", "none", "--max_dates is 'none'"),
        ("archive_path", "", "--archive_path is missing"),
    ],
)
def test_bad_arguments_are_named(argument: str, value: str, problem: str) -> None:
    good = {"gold_database": "g", "fact_path": "f", "archive_path": "a", "reports_path": "r"}
    argv = [part for key, text in (good | {argument: value}).items() for part in (f"--{key}={text}",)]
    with pytest.raises(ArgumentError, match=problem):
        archive_gold.run(argv)


def test_metrics_say_what_was_archived_and_what_waits(cold: ColdLake) -> None:
    report = cold.run(max_dates=1)
    sizes = [file.bytes for file in cold.manifests()[D1].files]
    found: Callable[[str], tuple[float, str]] = archive_gold.metrics(report).__getitem__
    assert [found(name) for name in ("ArchivedDates", "ArchivedRows", "ArchivedBytes", "ArchiveDatesLeft")] == [
        (1, "Count"),
        (3, "Count"),
        (sum(sizes), "Bytes"),
        (1, "Count"),
    ]
