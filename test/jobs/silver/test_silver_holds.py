"""Hours that a drift holds, their release, and fields under another name: whole runs, killed ones too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clickstream_jobs.bookmark import ManifestBookmark
from clickstream_jobs.errors import ReadError
from clickstream_jobs.files import Files
from clickstream_jobs.holds import Holds
from clickstream_jobs.raw import SourceKeys
from fakes import MemoryFiles
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from silver_data import AS_OF, Lake, event, event_id, line

HOUR = "year=2026/month=03/day=10/hour=10.json"
HELD = {"drift": "d1", "since": AS_OF.isoformat()}
RELEASED = {"drift": "d1", "decision": "accepted", "at": AS_OF.isoformat()}
MAPPING = {"id": "d1", "from": "uid", "to": "user_id", "since": AS_OF.isoformat(), "by": "ann"}


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, tmp_path)


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    numbers = tuple(report[name] for name in ("read", "accepted", "quarantined", "duplicates"))
    assert numbers[0] == sum(numbers[1:])
    return numbers


def renamed(number: int, **changes: Any) -> bytes:
    return line(event(number, user_id=..., uid=f"u{number}", **changes))


def test_a_held_hour_waits_and_its_release_reads_all_of_it_however_often_it_is_killed(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Read before the hold was laid: accepted without their users, and two lines that no rule lets pass. Several, since
    # without the rule that the newer reading counts, half of them would end right by chance.
    early = [1, *range(11, 19)]
    lake.land("early.json", [*map(renamed, early), renamed(2, anonymous_id=None), b"oops"])
    assert counts(lake.run()) == (11, 9, 2, 0)
    hold = lake.state(f"holds/{HOUR}", HELD)
    lake.land("late.json", [renamed(3, anonymous_id=None), renamed(4), b"late"])
    lake.land("other.json", [line(event(5))], "2026/03/10/11")
    without_marker = lake.state("holds/year=2026/month=03/day=10/hour=09.json", HELD)
    lake.land("quiet.json", [line(event(6))], "2026/03/10/09")
    held = lake.run()
    assert (counts(held), held["files"], held["held_files"]) == ((1, 1, 0, 0), 1, 3)
    assert sorted(lake.events()) == sorted(event_id(n) for n in [*early, 5])
    assert lake.run("disable")["files"] == 1

    # A hold that is newer than a release wins; the release stays.
    marker = lake.state(f"released/{HOUR}", RELEASED)
    again = lake.run()
    assert (again["files"], again["held_files"], again["released_hours"], marker.exists()) == (0, 3, [], True)

    hold.unlink()
    # Nobody may delete it so, but nothing is lost then either: the bookmark has taken the hour's file as read.
    without_marker.unlink()
    lake.state("mappings/d1.json", MAPPING)
    job = lake.job()

    def killed(_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(job._holds, "forget", killed)
        with pytest.raises(KeyboardInterrupt):
            job.execute()
    hashes = lake.hashes()
    events = lake.events()
    assert {name: row["user_id"] for name, row in events.items()} == {
        event_id(n): f"u{n}" for n in [*early, *range(2, 7)]
    }
    assert [row["extras"] for row in events.values()] == [None] * 14
    assert sorted(row["line"] for row in lake.table("quarantine").collect()) == ["late", "oops"]

    released = lake.run()
    # All lines of the two hours again: the good ones are there, the two bad ones replace themselves.
    assert (counts(released), released["files"], released["held_files"]) == ((15, 0, 2, 13), 3, 0)
    assert (released["released_hours"], released["mappings"]) == (["2026/03/10/09", "2026/03/10/10"], ["d1"])
    assert lake.hashes() == hashes and not marker.exists()
    assert lake.run()["files"] == 0


def test_a_marker_written_anew_during_the_run_stays(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(spark, tmp_path)
    marker = lake.state(f"released/{HOUR}", RELEASED)
    lake.land("one.json", [line(event(1))])
    (tmp_path / "state/released/README.txt").write_text("no hour")
    holds = job_holds(lake)
    found = holds.new_files([])
    lake.state(f"released/{HOUR}", RELEASED | {"drift": "d2"})
    holds.forget(found)
    assert len(found.paths) == 1 and marker.exists()
    (tmp_path / "state/bronze_to_silver.skipped.json").write_text("{")
    with pytest.raises(ReadError, match="skipped.json is not readable.*--from_date"):
        holds.new_files([])


def job_holds(lake: Lake) -> Holds:
    files = Files(lake.spark)
    return Holds(files, SourceKeys(files, lake.settings.raw_path), lake.settings.raw_path, lake.settings.state_path)


HOURS = st.sampled_from(["08", "09", "10", "11"])


@settings(max_examples=200, deadline=None)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(["land", "hold", "free", "release"]), HOURS),
            st.tuples(st.just("run"), st.sampled_from(["whole", "killed"])),
        ),
        max_size=25,
    )
)
def test_no_file_is_lost_and_no_held_one_is_read(steps: list[tuple[str, str]]) -> None:
    """What runs would read, some of them killed between the bookmark's commit and the markers. No Spark."""
    files: Any = MemoryFiles()
    raw, state = "s3://bucket/events/", "s3://store/state/"
    landed: dict[str, str] = {}
    held: set[str] = set()
    read: set[str] = set()

    def run(kind: str = "whole") -> None:
        bookmark = ManifestBookmark(files, raw, f"{state}bronze_to_silver.json", "enable")
        holds = Holds(files, SourceKeys(files, raw), raw, state)
        found = holds.new_files(bookmark.new_files())
        assert not {landed[path] for path in found.paths} & held
        read.update(found.paths)
        if found.paths:
            holds.remember(found)
            bookmark.commit()
        if kind == "whole":
            holds.forget(found)

    def take_step(action: str, value: str) -> None:
        folder = f"year=2026/month=03/day=10/hour={value}"
        if action == "run":
            run(value)
        elif action == "land":
            path = f"{raw}{folder}/{len(landed)}.json"
            landed[path] = value
            files.write_text(path, "")
        elif action == "hold":
            held.add(value)
            files.write_text(f"{state}holds/{folder}.json", "{}")
        else:
            held.discard(value)
            files.delete(f"{state}holds/{folder}.json")
            if action == "release":
                files.write_text(f"{state}released/{folder}.json", "{}")

    for action, value in steps:
        take_step(action, value)
    run()
    assert {path for path, hour in landed.items() if hour not in held} <= read
    for hour in [*held]:
        take_step("free", hour)
    run()
    assert read == set(landed)
    read.clear()
    run()
    assert read == set(), "what is read and free is not read again"
