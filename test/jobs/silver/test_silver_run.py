"""Whole runs on file paths: conservation, idempotence, crashes, the gate, quarantine replacement, order of arrival."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from clickstream_jobs import silver_tables, staging
from clickstream_jobs.errors import CatalogError, ConservationError, QualityGateError, ReadError
from pyspark.sql import SparkSession
from silver_data import Lake, event, event_id, line


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, tmp_path)


def balance(report: dict[str, Any]) -> tuple[int, int, int, int]:
    numbers = tuple(report[name] for name in ("read", "accepted", "quarantined", "duplicates"))
    assert numbers[0] == sum(numbers[1:])
    return numbers  # type: ignore[return-value]


def truncated(lines: list[bytes], bytes_lost: int) -> bytes:
    return gzip.compress(b"".join(one + b"\n" for one in lines), mtime=0)[:-bytes_lost]


def test_a_messy_corpus_adds_up_and_a_rerun_changes_nothing(lake: Lake) -> None:
    lake.land(
        "good ü+%20{a}[1].json.gz",
        [line(event(1)), b"", line(event(2)) + b"\r", line(event(1)), b"\xef\xbb\xbf" + line(event(3))],
    )
    lake.land(
        "plain.json",
        [
            line(event(4, product__brand="🧸")),
            line(event(5, event_timestamp="1970-01-01T00:00:00Z")),
            line(event(6, event_timestamp="2099-01-01T00:00:00Z")),
        ],
    )
    lake.land(
        "bad.json",
        [line(event(7, product__price=float("nan"))), line(event(8, product__quantity=-1)), b"\xff\xfe\x00", b"oops"],
    )
    lake.land("long.json.gz", [b'{"x":"' + b"x" * 10_000_000 + b'"}', line(event(9))], "2026/03/10/11")
    noise = [line(event(100 + n, page_url=str(random.Random(n).random()))) for n in range(200)]
    lake.land_bytes("cut.json.gz", truncated(noise, 2_000))
    lake.land_bytes("no-gzip.json.gz", line(event(20)) + b"\n")
    lake.land_bytes("binary.json.gz", bytes(range(256)) * 8)
    lake.land_bytes(
        "two members.json.gz", gzip.compress(line(event(21)) + b"\n") + gzip.compress(line(event(22)) + b"\n")
    )
    lake.land_bytes("no end of line.json", line(event(23)))
    lake.land_bytes("empty.json", b"")
    lake.land_bytes("empty.json.gz", b"")
    lake.land_bytes("_hidden.json", b"x")
    lake.land_bytes("folder.json/inner.json", line(event(24)))
    lake.land_bytes("other.json.bz2", b"BZh not")
    report = lake.run()
    read, accepted, quarantined, duplicates = balance(report)
    published = set(lake.events())
    kept = {n for n in range(100, 300) if event_id(n) in published}
    assert kept == set(range(100, 100 + len(kept))) and 0 < len(kept) < 200
    assert report["by_rule"].pop("encoding") > 1
    assert report["by_rule"].pop("corrupt_json") >= 1
    assert report["by_rule"] == {
        "truncated_file": 1,
        "line_too_long": 1,
        "event_too_old": 1,
        "event_in_future": 1,
        "invalid_price": 1,
        "invalid_quantity": 1,
    }
    assert duplicates == 1
    assert published == {event_id(n) for n in {1, 2, 3, 4, 9, 20, 21, 22, 23, 24} | kept}
    assert report["files"] == 12
    quarantine = {row["source_file"].rsplit("/", 1)[1]: row for row in lake.table("quarantine").collect()}
    assert len(quarantine["long.json.gz"]["line"]) == 10_000_008
    assert {row["source_file"] for row in lake.table("events").collect()} >= {
        "events/year=2026/month=03/day=10/hour=10/good ü+%20{a}[1].json.gz",
        "events/year=2026/month=03/day=10/hour=10/folder.json/inner.json",
    }
    before = lake.hashes()
    assert lake.run()["read"] == 0
    again = lake.run("disable")
    assert balance(again) == (read, 0, quarantined, accepted + duplicates)
    assert lake.hashes() == before


def test_no_new_file_is_a_success(lake: Lake) -> None:
    report = lake.run()
    assert balance(report) == (0, 0, 0, 0)
    assert report["quality_score"] == 100.0 and report["newest_event"] is None and report["dates"] == []


def test_all_rows_bad_and_zero_rows(lake: Lake) -> None:
    lake.land_bytes("empty.json", b"\n\n")
    assert balance(lake.run()) == (0, 0, 0, 0)
    lake.land("bad.json", [b"x", b"y"])
    report = lake.run()
    assert balance(report) == (2, 0, 2, 0)
    assert report["quality_score"] == 0.0 and lake.events() == {}


def test_a_run_killed_before_the_move_or_the_commit_is_repeated(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.land("one.json", [line(event(1)), line(event(2)), b"x"])
    lake.run()
    lake.land(
        "two.json", [line(event(2)), line(event(3, event_timestamp="2026-03-09T23:59:59Z")), b"y"], "2026/03/10/11"
    )
    before = lake.hashes()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(silver_tables, "move_partitions", killed)
        with pytest.raises(KeyboardInterrupt):
            lake.run()
    assert lake.hashes() == before
    job = lake.job()
    with monkeypatch.context() as patch:
        patch.setattr(job._bookmark, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            job.execute()
    after = lake.hashes()
    assert after != before
    assert balance(lake.run()) == (3, 0, 1, 2)
    assert lake.hashes() == after
    assert lake.run()["files"] == 0
    assert sorted(lake.events()) == [event_id(n) for n in (1, 2, 3)]
    assert list((lake.folder / "temp/bronze_to_silver").iterdir()) == []


def test_a_catalog_that_refuses_the_move_changes_nothing(lake: Lake) -> None:
    lake.land("one.json", [line(event(1))])
    lake.catalog.fail_next_move = True
    with pytest.raises(CatalogError):
        lake.run()
    assert lake.events() == {}
    assert balance(lake.run()) == (1, 1, 0, 0)


def test_lost_rows_stop_the_run_before_it_publishes(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.land("one.json", [line(event(1)), line(event(2))])
    write = silver_tables.write_partitions
    with monkeypatch.context() as patch:
        patch.setattr(silver_tables, "write_partitions", lambda df, *rest: write(df.limit(1), *rest))
        with pytest.raises(ConservationError, match=r"read 2 differs from accepted 1"):
            lake.run()
    assert lake.events() == {}
    assert balance(lake.run()) == (2, 2, 0, 0)


def test_the_gate_stops_events_but_not_the_quarantine(lake: Lake) -> None:
    lake.land("one.json", [line(event(1)), b"x", b"y"])
    with pytest.raises(QualityGateError, match=r"33.3333 % is under the gate of 95 %.*corrupt_json 2"):
        lake.run(quality_gate_percent=95)
    assert lake.events() == {} and lake.table("quarantine").count() == 2
    report = lake.run(quality_gate_percent=95, publish_low_quality=True)
    assert balance(report) == (3, 1, 2, 0)
    assert lake.table("quarantine").count() == 2
    assert lake.run()["files"] == 0


def test_a_corrected_file_replaces_its_quarantined_rows_only(lake: Lake) -> None:
    path = lake.land("one.json", [line(event(1)), b"x"])
    lake.land("two.json", [b"z"])
    lake.run()
    path.write_bytes(line(event(1)) + b"\n" + line(event(2)))
    report = lake.run()
    assert balance(report) == (2, 1, 0, 1) and report["files"] == 1
    assert [row["line"] for row in lake.table("quarantine").collect()] == ["z"]
    (lake.folder / "raw/events/year=2026/month=03/day=10/hour=10/two.json").write_bytes(line(event(3)))
    lake.run()
    assert lake.table("quarantine").count() == 0
    assert sorted(lake.events()) == [event_id(n) for n in (1, 2, 3)]


def test_order_and_split_of_files_do_not_matter(spark: SparkSession, tmp_path: Path) -> None:
    """The same event_id on both sides of midnight, in all orders: the earliest stays, everywhere."""
    files = {
        "a.json": [line(event(1, event_timestamp="2026-03-09T23:59:50Z")), line(event(2)), b"x"],
        "b.json": [line(event(1, event_timestamp="2026-03-10T00:00:10Z")), line(event(2, session_id="other"))],
        "c.json": [line(event(1, event_timestamp="2026-03-09T23:59:50Z", session_id="c")), line(event(3))],
    }
    found = set()
    for number, order in enumerate((["abc"], ["c", "b", "a"], ["b", "ac"])):
        lake = Lake(spark, tmp_path / str(number))
        reports = []
        for batch in order:
            for name in batch:
                lake.land(f"{name}.json", files[f"{name}.json"])
            reports.append(balance(lake.run()))
        assert [sum(column) for column in zip(*reports, strict=True)] == [7, 3, 1, 3]
        found.add(lake.hashes())
    assert len(found) == 1


def test_an_unreadable_source_is_one_clear_error(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lake.land("one.json", [line(event(1))])
    read = staging.read_lines

    def gone(*arguments: Any) -> Any:
        lines = read(*arguments)
        path.unlink()
        return lines

    monkeypatch.setattr(staging, "read_lines", gone)
    with pytest.raises(ReadError, match="1 raw objects, first .*one.json, cannot be read"):
        lake.run()


def new_files(lake: Lake, option: str = "enable") -> int:
    """Files that a run with this option would read; committed as its end does."""
    bookmark = lake.bookmark(option)
    found = bookmark.new_files()
    bookmark.commit()
    return len(found)


def test_pause_reads_what_is_new_and_remembers_nothing(lake: Lake) -> None:
    lake.land("one.json", [line(event(1))])
    assert [new_files(lake, option) for option in ("pause", "enable", "pause", "disable")] == [1, 1, 0, 1]


def test_the_bookmark_reads_an_overwritten_file_again(lake: Lake) -> None:
    """What a run does with such a file is proven by the corrected one above."""
    path = lake.land("one.json", [line(event(1))])
    assert new_files(lake) == 1
    stamp = json.loads((lake.folder / "state/bronze_to_silver.json").read_text())["newest_ms"]
    path.write_bytes(line(event(2)))
    assert (new_files(lake), new_files(lake)) == (1, 0)
    assert json.loads((lake.folder / "state/bronze_to_silver.json").read_text())["newest_ms"] >= stamp


def test_a_broken_bookmark_names_the_way_out(lake: Lake) -> None:
    lake.land("one.json", [line(event(1))])
    (lake.folder / "state").mkdir()
    (lake.folder / "state/bronze_to_silver.json").write_text("{")
    with pytest.raises(ReadError, match="delete it to read all raw files again"):
        lake.run()


def test_no_personal_data_in_clear_reaches_silver(lake: Lake) -> None:
    secret = "ann.secret"
    made = event(
        1,
        user={"email": f"{secret}@example.org", "name": secret, "nick": secret},
        user_id=f"{secret}@example.org",
        page_url=f"https://x/?e={secret}@example.org",
        note=f"from {secret}@example.org",
    )
    lake.land("one.json", [line(made), line(event(2, user__email=f" {secret.upper()}@Example.org", user_id="x"))])
    lake.run()
    rows = lake.events()
    assert secret not in str(rows).lower()
    first, second = rows[event_id(1)], rows[event_id(2)]
    assert first["user_email_hash"] == second["user_email_hash"] == first["user_id"]
