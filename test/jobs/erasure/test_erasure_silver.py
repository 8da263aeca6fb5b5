"""Mode erase, the index and the suppression list: whole runs on file paths, killed ones too."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import bronze_to_silver
import erase_raw
import pytest
from clickstream_jobs import silver_erasure
from clickstream_jobs.days import Days
from clickstream_jobs.errors import ArgumentError, ConservationError
from clickstream_jobs.job_args import Arguments
from clickstream_jobs.lines import People
from clickstream_jobs.matching import WHOSE, Listed, with_fields, with_whose_line
from clickstream_jobs.publish import read_partitions
from clickstream_jobs.raw import LINES_DDL
from clickstream_jobs.silver_settings import Replay
from clickstream_jobs.subjects import keyed_hash
from clickstream_jobs.tables import Target, load_table
from erasure_data import DyingRawStore, PrivateLake, batch, subject
from pyspark.sql import SparkSession
from silver_data import KEY, SUBJECT_KEY, event, event_id, line
from test_erasure_lines import ANN, made

#: Everybody has an address of their own here.
DAYS = Days(date(2026, 3, 9), date(2026, 3, 11))
VIC = subject("vic", "victim-1", ["Vic@Example.org"])
MAIL = subject("mail", "", ["only@mail.example"])
SECRETS = (b"victim-1", b"vic@example.org", b"only@mail.example")


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> PrivateLake:
    return PrivateLake(spark, tmp_path)


def of(number: int, user: str, **changes: Any) -> bytes:
    mail = {"victim-1": "VIC@example.org"}.get(user, f"{user}@example.org")
    return line(event(number, **{"user_id": user, "user__email": mail, **changes}))


def fill(lake: PrivateLake) -> None:
    """Three people and two to erase on two event dates; duplicates, bad lines, addresses in ids."""
    lake.land("one.json.gz", [of(1, "u1"), of(2, "victim-1"), of(3, "u3"), of(4, "u4", session_id="only@mail.example")])
    lake.land(
        "two.json",
        [
            of(2, "victim-1", event_timestamp="2026-03-10T10:00:01Z"),
            of(5, "u1", product__price=-1),
            of(6, "victim-1", product__price=-1),
            b'{"user_id":"victim-1","oops',
            b"\xff\xfe vic@example.org",
            b"\xff\xfe somebody@example.org",
        ],
        "2026/03/11/00",
    )
    early = {"event_timestamp": "2026-03-09T08:00:00Z"}
    lake.land("late.json", [of(7, "victim-1", **early), of(8, "u3", **early)], "2026/03/11/01")
    lake.land("only.json", [of(9, "victim-1", event_timestamp="2026-03-08T08:00:00Z")], "2026/03/11/02")


def index(lake: PrivateLake) -> dict[tuple[str, str], list[str]]:
    """{(date, hash): names of raw objects}"""
    target = Target("silver", load_table("subjects"), f"{lake.folder}/silver/subjects")
    rows = read_partitions(lake.spark, lake.catalog, target).collect()
    return {
        (row["event_date"].isoformat(), row["subject_hash"]): [name.rsplit("/", 1)[-1] for name in row["source_files"]]
        for row in rows
    }


def others(lake: PrivateLake) -> set[str]:
    """What silver has of everybody else, row by row."""
    names = set(lake.table("events").columns)
    found = {json.dumps(row, default=str) for row in lake.events().values() if set(row) == names}
    return found | {str(row) for row in lake.table("quarantine").collect()}


def test_both_readers_say_the_same_of_every_line(spark: SparkSession) -> None:
    texts = [
        *(made(user_id=user) for user in ("u1", " u1 ", "u11", "bob+X@example.org", "ü-7")),
        *(made(**{field: "ann@example.org"}) for field in ("anonymous_id", "session_id", "product__id", "page_url")),
        json.dumps(event(1, user_id="ü-7", user={"email": "ANN@example.ORG"})).encode(),
        *(b'{"user_id":"u1","oops', b'"u1",page_view', b"page_view;u1;shoes", b"page_view;u12;shoes"),
        *(b'{"user":"ann@example.org"}', b'{"user_id":"u2","user_id":"u1"}', b'{"user_id":"u1"}{"user_id":"u2"}'),
        *(b"\xff\xfe mail=Ann%40EXAMPLE.org&x \xff", b'{"user_id":"u2","name":"u1"', b"\xff \xc3\xbc-7 \xff"),
        b'{"user":{"email":"\\u0061nn\\u0040example.org"}}',
        b"\xef\xbb\xbf" + made(user_id="u1"),
    ]
    rows = spark.createDataFrame([(bytearray(text), str(n), False) for n, text in enumerate(texts)], LINES_DDL)
    listed = Listed(ANN.by_hash(SUBJECT_KEY), SUBJECT_KEY)
    found = with_whose_line(with_fields(rows), listed).select("source_file", WHOSE).collect()
    whose = People(ANN.by_identity()).finder()
    assert {int(row[0]): row[1] for row in found} == {n: whose(text) for n, text in enumerate(texts)}


def test_an_erased_person_leaves_silver_and_stays_out(lake: PrivateLake, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake)
    report = lake.run()
    assert (report["read"], report["accepted"], report["duplicates"], report["suppressed"]) == (13, 7, 1, 0)

    # The index has the duplicate's raw object too, which no row of events names.
    known = index(lake)
    victim = keyed_hash(SUBJECT_KEY, "user:victim-1")
    assert known["2026-03-10", victim] == ["one.json.gz", "two.json"]
    assert known["2026-03-09", victim] == ["late.json"] and known["2026-03-08", victim] == ["only.json"]
    assert {day for day, who in known if who == ""} == {"2026-03-08", "2026-03-09", "2026-03-10"}
    assert all(files == [] for (_, who), files in known.items() if who == "")

    before = others(lake)
    lake.suppress(VIC, MAIL)
    request = lake.request(VIC, MAIL)

    # Killed after events have moved, before quarantine has: what was located is written down already.
    move = silver_erasure.move_partitions
    moved: list[str] = []

    def killed(catalog: Any, target: Target, *rest: Any) -> None:
        if moved:
            raise KeyboardInterrupt
        moved.append(target.spec.name)
        move(catalog, target, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(silver_erasure, "move_partitions", killed)
        with pytest.raises(KeyboardInterrupt):
            lake.erase(request)
    assert moved == ["events"]
    dirty = lake.erase_raw(request, verify=True)
    assert {name: n for name, n in dirty["found"].items() if n} == {
        "raw": 8, "silver": 4, "quarantine": 3, "subjects": 7
    }  # fmt: skip
    assert not dirty["clean"] and dirty["requests"][0]["found"]["silver"] == 3
    erased = lake.erase(request)

    mail, vic = sorted(erased["requests"], key=lambda one: one["request"])
    assert vic["rows"] == {"events": 3, "quarantine": 3} and vic["hash"] == victim
    assert (vic["dates"], vic["landing_dates"]) == (["2026-03-08", "2026-03-09", "2026-03-10"], ["2026-03-11"])
    assert mail["rows"] == {"events": 1, "quarantine": 0} and mail["source_files"] == 1
    assert (erased["dates"], erased["landing_dates"], erased["scan_all"]) == ([], ["2026-03-11"], False)
    assert "victim" not in json.dumps(erased) and "example" not in json.dumps(erased)
    located = json.loads(lake.privacy("located/b1.json").read_text())
    names = [key.rsplit("/", 1)[-1] for key in located["requests"]["vic"]["source_files"]]
    assert names == ["one.json.gz", "two.json", "late.json", "only.json"]

    # Nothing of them is left in any folder; everybody else's rows are what they were.
    gone = {row for row in before if any(secret in row.lower().encode() for secret in SECRETS)}
    assert len(gone) == 5, "three of events, two of quarantine in clear; the other two are hashes and base64"
    after = others(lake)
    assert after < before and len(before) - len(after) == 7
    assert date(2026, 3, 8) not in lake.catalog.partitions("silver", "events")
    for path, content in lake.bytes_of("silver/events", "silver/quarantine", "silver/subjects").items():
        assert not any(secret in content for secret in (*SECRETS, keyed_hash(KEY, "vic@example.org").encode())), path
    assert lake.bytes_of("temp") == {}

    # Neither old raw objects nor new lines bring them back.
    lake.land("new.json", [of(20, "victim-1"), b'"victim-1";broken', of(21, "u1")], "2026/03/11/05")
    full = lake.run("disable")
    assert (full["read"], full["suppressed"], full["accepted"], full["quarantined"]) == (16, 10, 1, 2)
    assert full["read"] == sum(full[name] for name in ("accepted", "quarantined", "duplicates", "suppressed"))
    assert full["quality_score"] == 66.6667, "of the rows that are nobody's on the list"
    after |= {json.dumps(lake.events()[event_id(21)], default=str)}
    assert others(lake) == after

    # A repeat finds nothing more in the tables, but where the lines are that never were in one.
    again = lake.erase(request)
    assert [one["rows"] for one in again["requests"]] == [one["rows"] for one in erased["requests"]]
    assert again["files"]["events"] == {"rewritten": 0, "copied": 0}
    assert [one["source_files"] for one in again["requests"]] == [1, 5]

    # Raw objects, older versions of them too, until verification finds nothing.
    two = "events/year=2026/month=03/day=11/hour=00/two.json"
    lake.store.keep_version(two, b"victim-1")
    with pytest.raises(Exception, match="killed after"):
        lake.erase_raw(request, store=DyingRawStore(lake.store.root, last=two))
    assert b"victim-1" not in Path(lake.store.root, two).read_bytes(), "the killed run has written it"
    for rewritten in (lake.erase_raw(request), lake.erase_raw(request)):
        assert rewritten["lines"]["removed"] == 10
        assert (rewritten["objects"]["rewritten"], rewritten["objects"]["removed"]) == (4, 1)
        assert {one["request"]: one["lines"] for one in rewritten["requests"]} == {"vic": 9, "mail": 1}
    for path, content in lake.bytes_of("raw").items():
        text = gzip.decompress(content) if path.endswith(".gz") else content
        assert not any(secret in text.lower() for secret in SECRETS), path
    assert lake.erase_raw(request, verify=True)["clean"]

    # The rewritten objects are new to the bookmark, and add nothing.
    rerun = lake.run()
    assert (rerun["accepted"], rerun["suppressed"], rerun["duplicates"], rerun["quarantined"]) == (0, 0, 4, 2)
    assert others(lake) == after


def test_replayed_lines_of_suppressed_people_leave_quarantine(lake: PrivateLake) -> None:
    lake.land("one.json", [of(1, "victim-1", product__price=-1), of(2, "u2", product__price=-1)])
    lake.run()
    lake.suppress(VIC)
    report = lake.run(replay=Replay("invalid_price", DAYS))
    assert (report["read"], report["quarantined"], report["suppressed"]) == (2, 1, 1)
    assert [json.loads(row["line"])["user_id"] for row in lake.table("quarantine").collect()] == ["u2"]
    suppressed = json.loads(lake.privacy("suppressed/r2.json").read_text())
    assert suppressed == {VIC["hash"]: ["events/year=2026/month=03/day=10/hour=10/one.json"]}


def test_only_files_that_hold_people_are_written_anew(lake: PrivateLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A date of three files, as a large one has; before it was published the job kept no index."""
    day = date(2026, 3, 10)
    lake.land("one.json", [of(n, f"u{n}") for n in range(6)] + [of(6, "victim-1")])
    lake.run(privacy=None)
    folder = Path(lake.catalog.partitions("silver", "events")[day])
    rows = lake.table("events").drop("event_date").orderBy("event_id").coalesce(1).collect()
    schema = lake.table("events").drop("event_date").schema
    for path in folder.iterdir():
        path.unlink()
    for number, part in enumerate((rows[:3], rows[3:5], rows[5:])):
        parts = lake.folder / f"part{number}"
        lake.spark.createDataFrame(part, schema).coalesce(1).write.parquet(str(parts))
        (written,) = parts.glob("*.parquet")
        written.rename(folder / f"part-{number}.snappy.parquet")
    kept = {path.name: path.read_bytes() for path in folder.glob("part-[01]*.parquet")}
    request = lake.request(VIC)

    write = silver_erasure.PartitionEraser._read
    with monkeypatch.context() as patch:
        patch.setattr(silver_erasure.PartitionEraser, "_read", lambda *given: write(*given).limit(0))
        with pytest.raises(ConservationError, match="would lose 2 rows instead of 1; nothing was published"):
            lake.erase(request)
    assert len(lake.events()) == 7
    report = lake.erase(request)
    assert report["files"]["events"] == {"rewritten": 1, "copied": 2} and report["scan_all"] is True
    moved = Path(lake.catalog.partitions("silver", "events")[day])
    assert {name: (moved / name).read_bytes() for name in kept} == kept
    assert len(lake.events()) == 6 and not folder.exists()

    # The date had rows before it had an index, so the index never claims to be complete.
    lake.land("two.json", [of(9, "u9")])
    lake.run()
    assert index(lake)["2026-03-10", ""] == ["*"]
    # Every raw object is read then, whether it was located or not; those that silver has not read always are.
    assert json.loads(lake.privacy("located/b1.json").read_text())["unread"] == []
    lake.land("unseen.json", [of(6, "victim-1")], "2026/02/01/00")
    lake.land("held.json", [of(10, "victim-1"), of(11, "u9")], "2026/03/12/00")
    lake.state("holds/year=2026/month=03/day=12/hour=00.json", {"drift": "d"})
    # Read, but for its late events, which no table has and the index does not name.
    late = lake.folder / "raw/events/year=2026/month=03/day=10/hour=10/two.json"
    waiting = {"since": "2026-03-12", "dates": ["2026-03-09"], "files": [f"file:{late}"]}
    lake.state("bronze_to_silver.late.json", waiting)
    lake.erase(request)
    located = json.loads(lake.privacy("located/b1.json").read_text())
    assert located["unread"] == [
        "events/year=2026/month=02/day=01/hour=00/unseen.json",
        "events/year=2026/month=03/day=10/hour=10/two.json",
        "events/year=2026/month=03/day=12/hour=00/held.json",
    ]
    assert lake.erase_raw(request)["objects"] == {
        "read": 4, "rewritten": 2, "removed": 1, "unchanged": 1, "gone": 0, "waiting": 0
    }  # fmt: skip


def test_arguments_of_erasure() -> None:
    required = dict.fromkeys(
        ("silver_database", "raw_path", "events_path", "quarantine_path", "state_path", "pseudonym_secret_arn"), "x"
    )

    def settings_of(**given: str) -> Any:
        arguments = Arguments([part for pair in {**required, **given}.items() for part in (f"--{pair[0]}", pair[1])])
        found = bronze_to_silver.read_settings(arguments)
        arguments.finish()
        return found

    assert settings_of().privacy is None
    paths = {"privacy_path": "s3://b/privacy", "subjects_path": "s3://b/subjects", "subject_secret_arn": "arn"}
    settings = settings_of(**paths, erase_request="s3://b/privacy/requests/b1.json")
    assert settings.privacy.suppression == "s3://b/privacy/suppression/"
    assert settings.erase_request == "s3://b/privacy/requests/b1.json"
    for given, says in (
        ({"privacy_path": "x"}, "--subject_secret_arn is missing; give it a value; --subjects_path is missing"),
        ({"erase_request": "x"}, "--subject_secret_arn is missing"),
        ({**paths, "erase_request": "x", "from_date": "2026-03-10"}, "--erase_request reads neither raw files"),
    ):
        with pytest.raises(ArgumentError, match=says):
            settings_of(**given)


def test_arguments_of_erase_raw() -> None:
    paths = ("raw", "events", "quarantine", "subjects", "fact", "users", "privacy", "state", "reports")
    given = [part for name in paths for part in (f"--{name}_path", f"s3://b/{name}")]
    request = ["--erase_request", "s3://b/privacy/requests/b1.json"]
    arguments = Arguments([*given, *request, "--verify", "true"])
    settings = erase_raw.read_settings(arguments)
    arguments.finish()
    assert (settings.verify, settings.scan_all, settings.places.archive) == (True, False, None)
    assert settings.places.dim_users == "s3://b/users/"
    assert settings.notes_path == "s3://b/reports/erase_raw/notes/"
    wrong = Arguments([*given, "--scan_all", "yes"])
    erase_raw.read_settings(wrong)
    with pytest.raises(ArgumentError, match="--erase_request is missing.*--scan_all is 'yes'; give one of true, false"):
        wrong.finish()
    found = {"raw": 0, "silver": 2}
    assert erase_raw.metrics({"mode": "verify", "found": found, "seconds": 1})["ErasureRowsLeft"] == (2, "Count")


def test_nobody_is_found_twice() -> None:
    both = batch(subject("a", "u1", ["x@y.org"]), subject("b", "u2", ["x@y.org"]))
    assert both.by_identity() == {"user:u1": "a", "email:x@y.org": "a", "user:u2": "b"}
    assert set(both.by_silver_value(KEY).values()) == {"a", "b"}
