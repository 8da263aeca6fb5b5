"""People out of the archive: through silver and gold, without a restore."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import archive_gold
import pytest
from archive_data import D1, D2, D3, D4, NOW, ColdLake, KilledError, iso, rows_of
from clickstream_jobs.archive import ArchiveRun
from clickstream_jobs.archive_erasure import ArchiveErasure
from clickstream_jobs.files import Files
from clickstream_jobs.matching import Listed
from clickstream_jobs.subjects import EraseRequestError, parse_batch
from clickstream_jobs.verification import Places, TableVerification
from gold_data import event
from pyspark.sql import SparkSession

KEY = b"a key of twenty-five bytes"
BATCH = {"batch": "b1", "subjects": [{"request": "r1", "hash": "h1", "user_id": "gone", "emails": []}]}
#: D2 has no row but the person's.
ROWS = {D1: 1, D2: 2, D3: 1}


def rows(gone: bool) -> list[dict[str, Any]]:
    kept = [row for day in (D1, D3, D4) for row in rows_of(day)]
    if not gone:
        return kept
    days = [day for day, count in ROWS.items() for _ in range(count)]
    return kept + [event(f"g{n}", f"{day} 1{n}:00", user_id="gone") for n, day in enumerate(days)]


class ErasedLake(ColdLake):
    """Silver, gold and archive with a person on three dates."""

    def erase(self, **settings: Any) -> dict[str, Any]:
        """A run of archive_gold for the batch; returns what it says of it."""
        erasure = archive_gold.read_erasure(self.spark, (f"{self.folder}/requests/b1.json", f"{self.folder}/"), KEY)
        return self.run_with(erasure, **settings)["erasure"]

    def run_with(self, erasure: ArchiveErasure, **settings: Any) -> dict[str, Any]:
        self._runs += 1
        given = replace(self.settings, **({"run_id": f"a{self._runs}", "sweep_grace_hours": 24} | settings))
        return ArchiveRun(self.spark, given, self.catalog, self.store, lambda: NOW, erasure).execute()

    def locate(self, located_at: str = "2026-01-11T02:00:00+00:00") -> None:
        """What mode erase of bronze_to_silver writes down."""
        request = {"hash": "h1", "events": {day.isoformat(): count for day, count in ROWS.items()}}
        request |= {"quarantine": {}, "source_files": []}
        self._write("requests/b1.json", BATCH)
        found = {"batch": "b1", "located_at": located_at, "scan_all": False, "unread": [], "requests": {"r1": request}}
        self._write("located/b1.json", found)

    def _write(self, path: str, value: Any) -> None:
        at = Path(self.folder, path)
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(json.dumps(value))

    def left(self) -> tuple[dict[str, int], int, list[date]]:
        """What verification finds: rows by table (without zeros), rows of the archive, dates that need a restore."""
        base = f"{self.folder}/gold"
        places = Places(
            f"{self.folder}/silver/events/",
            f"{self.folder}/silver/quarantine/",
            f"{self.folder}/silver/subjects/",
            f"{base}/fact_clicks/",
            f"{base}/dim_users/",
            f"{base}/archive/",
        )
        batch = parse_batch(json.dumps(BATCH), "b1.json")
        verification = TableVerification(self.spark, places, batch, KEY, KEY)
        tables = verification.tables(Listed(batch.by_hash(KEY), KEY), [])
        archive, closed = verification.archive(self.store, ROWS, NOW)
        return {name: one.total for name, one in tables.items() if one.total}, archive.total, closed

    def archived_dates(self) -> set[date]:
        """Dates with a file below the archive."""
        return {date.fromisoformat(file.split("/")[0].split("=")[1]) for file in self.archived_files()}


@pytest.fixture
def cold(spark: SparkSession, tmp_path: Path) -> ErasedLake:
    lake = ErasedLake(spark, tmp_path)
    lake.lake.put(rows(gone=True), [D1, D2, D3, D4])
    lake.lake.run()
    return lake


def outcome(**given: list[date]) -> dict[str, Any]:
    return {"batch": "b1", **{name: iso(given.get(name, [])) for name in ("rewritten", "removed", "clean", "waiting")}}


def test_erased_people_leave_the_archive_without_a_restore(cold: ErasedLake, monkeypatch: pytest.MonkeyPatch) -> None:
    cold.run(storage_class="DEEP_ARCHIVE")
    assert cold.archived_dates() == {D1, D2}
    assert cold.left() == ({"silver": 4, "gold_facts": 1, "gold_users": 1}, 0, [D1, D2])
    first = {day: manifest.location for day, manifest in cold.manifests().items()}
    with pytest.raises(EraseRequestError, match="requests/b1.json does not exist"):
        cold.erase()
    cold.locate(located_at=NOW.isoformat())

    cold.lake.put(rows(gone=False), [D1, D2, D3, D4])
    assert cold.erase() == outcome(waiting=[D1, D2, D3]), "gold has not run: nothing is clean, and nothing changes"
    assert {day: manifest.location for day, manifest in cold.manifests().items()} == first

    cold.lake.run(sweep_grace_hours=0)
    # Killed before the former objects go; the repeat finds what the first attempt has archived.
    with monkeypatch.context() as patch:

        def killed(*_: Any) -> None:
            raise KilledError

        patch.setattr(ArchiveRun, "_sweep", killed)
        with pytest.raises(KilledError):
            cold.erase(storage_class="DEEP_ARCHIVE")
    cold.locate(located_at="2026-01-11T02:00:00+00:00")
    assert cold.erase(storage_class="DEEP_ARCHIVE") == outcome(clean=[D1])
    assert cold.archived_dates() == {D1} and set(cold.manifests()) == {D1}
    assert cold.manifests()[D1].location != first[D1] and cold.manifests()[D1].rows == 3
    assert not any(b"gone" in path.read_bytes() for path in Path(cold.folder, "gold").rglob("*.parquet"))
    assert set(cold.facts()) == {D3, D4}


def test_a_copy_beside_fact_clicks_goes_and_a_readable_one_is_read(cold: ErasedLake) -> None:
    cold.run()
    assert cold.left()[1:] == (3, [])
    cold.locate()
    cold.lake.put(rows(gone=False), [D1, D2, D3, D4])
    assert cold.erase() == outcome(waiting=[D1, D2, D3])
    cold.lake.run(sweep_grace_hours=0)
    # The warm window has grown meanwhile: the date stays in fact_clicks, which answers for it.
    assert cold.erase(warm_days=30) == outcome(removed=[D1, D2])
    assert (cold.archived_dates(), cold.manifests()) == (set(), {})
    assert set(cold.facts()) == {D1, D3, D4}
    assert cold.erase() == outcome(rewritten=[D1])
    assert cold.erase() == outcome(clean=[D1])
    # Silver's former folder is swept by mode erase, which has not run here.
    assert cold.left() == ({"silver": 4}, 0, [])
    assert not list(Files(cold.spark).list_files(f"{cold.settings.archive_path}staging"))
