"""Replay of quarantine and backfill of dates: whole runs, killed ones too, and the arguments that ask for them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import bronze_to_silver
import pytest
from clickstream_jobs.days import Days
from clickstream_jobs.errors import ArgumentError, CatalogError
from clickstream_jobs.job_args import Arguments
from clickstream_jobs.quality import Bounds
from clickstream_jobs.silver_settings import Replay
from fakes import FakeCloudWatch
from pyspark.sql import SparkSession
from silver_data import AS_OF, BOUNDS, Lake, event, event_id, line

DAYS = Days(date(2026, 3, 10), date(2026, 3, 11))
FRANCS = Bounds(AS_OF, 365, {**BOUNDS.currencies, "CHF": Decimal("1.2")})


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    return Lake(spark, tmp_path)


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    numbers = tuple(report[name] for name in ("read", "accepted", "quarantined", "duplicates"))
    assert numbers[0] == sum(numbers[1:])
    return numbers


def francs(number: int, **changes: Any) -> bytes:
    return line(event(number, order__currency="CHF", **changes))


def test_replayed_rows_leave_quarantine_whatever_happens_and_the_rest_stays_as_it_was(lake: Lake) -> None:
    lake.land("one.json", [line(event(1)), francs(2) + b"\r\r", francs(3, product__quantity=0), francs(1), b"\xff\xfe"])
    lake.land("two.json", [francs(4), line(event(5, product__price=-1))], "2026/03/11/00")
    lake.land("three.json", [francs(6)], "2026/03/12/00")
    lake.land_bytes("cut.json.gz", b"\x1f\x8b\x08", "2026/03/12/00")
    assert counts(lake.run()) == (9, 1, 8, 0)
    before = lake.hashes()
    replay = Replay("unknown_currency", DAYS)

    # Nothing is good yet: the same rows are written again.
    everything = lake.run(replay=Replay("*", Days(date(1970, 1, 1), date(2026, 3, 12))))
    assert (counts(everything), everything["by_rule"]["truncated_file"]) == ((8, 0, 8, 0), 1)
    assert lake.hashes() == before

    none = lake.run(replay=Replay("unknown_currency", DAYS, "events/no/such.json"), bounds=FRANCS)
    assert (counts(none), none["dates"], none["quality_score"]) == ((0, 0, 0, 0), [], 100.0)

    # Killed between the two tables: the catalog refuses the second move.
    move, moves = lake.catalog.set_partitions, []

    def second_fails(database: str, table: str, locations: dict[date, str]) -> None:
        moves.append(table)
        if len(moves) == 2:
            raise CatalogError("killed")
        move(database, table, locations)

    lake.catalog.set_partitions = second_fails
    with pytest.raises(CatalogError):
        lake.run(replay=replay, bounds=FRANCS)
    assert moves == ["events", "quarantine"]
    del lake.catalog.set_partitions
    assert sorted(lake.events()) == [event_id(n) for n in (1, 2, 4)] and lake.table("quarantine").count() == 8

    report = lake.run(replay=replay, bounds=FRANCS)
    # 2 and 4 are there since the killed run, 1 is there as another line, 3 breaks another rule still.
    assert counts(report) == (4, 0, 1, 3)
    assert report["by_rule"] == {"invalid_quantity": 1}
    assert (report["mode"], report["replay_rule"], report["from_date"], report["to_date"], report["replay_file"]) == (
        "replay",
        "unknown_currency",
        "2026-03-10",
        "2026-03-11",
        None,
    )
    assert (report["files"], report["dates"]) == (0, ["2026-03-10"])
    left = {row["source_file"].rsplit("/", 1)[1]: row["rule_ids"] for row in lake.table("quarantine").collect()}
    assert left["three.json"] == ["unknown_currency"] and left["two.json"] == ["invalid_price"]
    assert lake.table("quarantine").count() == 5
    after = lake.hashes()
    assert counts(lake.run(replay=replay, bounds=FRANCS)) == (0, 0, 0, 0)

    # Reading the raw files again says the same as replaying what they left in quarantine.
    backfill = lake.run(dates=DAYS, bounds=FRANCS)
    assert (counts(backfill), backfill["mode"], backfill["files"]) == ((7, 0, 3, 4), "backfill", 2)
    assert lake.hashes() == after
    assert lake.run()["files"] == 0, "neither of them moves the bookmark"


def test_a_backfill_reads_its_dates_alone_and_leaves_the_bookmark(lake: Lake) -> None:
    for day in ("09", "10", "11"):
        made = event(int(day), event_timestamp="2026-03-09T12:00:00Z")
        lake.land("one.json", [line(made), b"x"], f"2026/03/{day}/23")
    lake.state("holds/year=2026/month=03/day=10/hour=22.json", {"drift": "d"})
    lake.land("held.json", [line(event(1))], "2026/03/10/22")
    report = lake.run(dates=DAYS)
    assert (counts(report), report["files"], report["held_files"]) == ((4, 2, 2, 0), 2, 1)
    assert (report["from_date"], report["to_date"], report["dates"]) == ("2026-03-10", "2026-03-11", ["2026-03-09"])
    before = lake.hashes()
    assert counts(lake.run(dates=DAYS)) == (4, 0, 2, 2)
    assert lake.hashes() == before
    assert lake.run(dates=Days(date(2020, 1, 1), date(2020, 1, 2)))["files"] == 0
    assert counts(lake.run()) == (6, 1, 3, 2), "all are new to the bookmark"


REQUIRED = dict.fromkeys(
    ("silver_database", "raw_path", "events_path", "quarantine_path", "state_path", "pseudonym_secret_arn"), "x"
)


def settings_of(**given: str) -> Any:
    arguments = Arguments([part for pair in {**REQUIRED, **given}.items() for part in (f"--{pair[0]}", pair[1])])
    found = bronze_to_silver.read_settings(arguments)
    arguments.finish()
    return found


def test_arguments_of_a_replay_and_a_backfill() -> None:
    plain = settings_of()
    assert (plain.replay, plain.dates, plain.quality_gate_percent) == (None, None, 90)
    assert not plain.late_events_daily and settings_of(late_events="daily").late_events_daily
    everything = {"job-bookmark-option": "job-bookmark-disable"}
    assert not settings_of(late_events="daily", **everything).late_events_daily
    day = date(2026, 3, 10)
    assert settings_of(from_date="2026-03-10").dates == Days(day, day)
    assert settings_of(from_date="2026-03-10", to_date="2026-03-11").dates == DAYS
    assert settings_of(replay_rule="*", replay_from="2026-03-10").replay == Replay("*", Days(day, day))
    assert settings_of(
        replay_rule="structure", replay_from="2026-03-10", replay_to="2026-03-11", replay_file="events/a.json"
    ).replay == Replay("structure", DAYS, "events/a.json")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"replay_rule": "nope", "replay_from": "2026-03-10"}, "--replay_rule is 'nope'; give one of \\*, trunc"),
        ({"replay_rule": "structure"}, "--replay_from is missing"),
        ({"replay_from": "2026-03-10"}, "--replay_rule is missing"),
        ({"replay_file": "a"}, "--replay_rule is missing"),
        ({"late_events": "weekly"}, "--late_events is 'weekly'; give one of each-run, daily"),
        ({"from_date": "10.3.2026"}, "--from_date is '10.3.2026'; give a date as 2026-01-31"),
        ({"from_date": "2026-03-10", "to_date": "2026-03-09"}, "--to_date 2026-03-09 lies before --from_date"),
        ({"to_date": "2026-03-09"}, "--to_date needs --from_date"),
        ({"replay_rule": "*", "replay_from": "2026-03-10", "from_date": "2026-03-10"}, "give one of them"),
    ],
)
def test_bad_arguments_are_named(given: dict[str, str], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        settings_of(**given)


def test_only_new_rows_have_a_quality_and_all_metrics_have_three_dimensions() -> None:
    from clickstream_jobs.report import put_metrics

    numbers = ("files", "held_files", "read", "accepted", "quarantined", "duplicates", "suppressed", "seconds")
    report = dict.fromkeys([*numbers, "late_accepted", "late_duplicates"], 1)
    report |= {"quality_score": 94.0, "newest_event": "2026-03-10T11:59:00.000Z"}
    values = {mode: bronze_to_silver.metrics(report | {"mode": mode}, AS_OF) for mode in ("new", "backfill", "replay")}
    assert (values["new"]["QualityScore"], values["new"]["NewestEventAge"]) == ((94.0, "Percent"), (60.0, "Seconds"))
    assert set(values["new"]) - set(values["backfill"]) == {"QualityScore", "NewestEventAge"}
    assert values["backfill"] == values["replay"]
    # What earlier runs put off is accepted by the run that merges it.
    assert (values["new"]["RowsAccepted"], values["new"]["RowsDuplicate"]) == ((2, "Count"), (2, "Count"))
    dimensions = Arguments(["--team", "web", "--environment", "dev", "--pipeline", "clickstream-dev"]).dimensions()
    client = FakeCloudWatch()
    put_metrics(client, "Clickstream", dimensions, values["new"])
    data: Any = client.calls[0]["MetricData"]
    assert {str(one["Dimensions"]) for one in data} == {
        str(
            [
                {"Name": "Environment", "Value": "dev"},
                {"Name": "Pipeline", "Value": "clickstream-dev"},
                {"Name": "Team", "Value": "web"},
            ]
        )
    }


def test_each_broken_rule_of_new_rows_has_its_count() -> None:
    report = {"mode": "new", "by_rule": {"corrupt_json": 3, "invalid_price": 0}}
    assert bronze_to_silver.rule_metrics(report) == {"corrupt_json": {"RowsByRule": (3, "Count")}}
    assert bronze_to_silver.rule_metrics(report | {"mode": "replay"}) == {}
