"""VACUUM: afterwards no file of the warehouse holds what was deleted."""

from __future__ import annotations

import secrets

from engines.redshift.data_support import Database


def _held(db: Database, text: str) -> list[str]:
    """Files of the warehouse that hold a text."""
    files = [path for path in db.warehouse.directory.rglob("*") if path.is_file()]
    return [path.name for path in files if text.encode() in path.read_bytes()]


def test_deleted_rows_leave_the_files(db: Database) -> None:
    # Too random to be compressed, so that its bytes are in the file as they are.
    gone, kept = secrets.token_hex(2_000), secrets.token_hex(2_000)
    db.run("CREATE TABLE people (id INT NOT NULL, v VARCHAR(4000))")
    # By Data API parameters, since the text of a statement stays in the history.
    for number, text in ((1, gone), (2, kept)):
        db.run(f"INSERT INTO people VALUES ({number}, :v)", Parameters=[{"name": "v", "value": text}])
    assert _held(db, gone) and _held(db, kept)
    db.run("DELETE FROM people WHERE id = 1")
    db.run("VACUUM DELETE ONLY people TO 100 PERCENT")
    assert _held(db, gone) == []
    assert _held(db, kept) == ["warehouse.duckdb"]
    assert db.rows("SELECT id, LEN(v) FROM people") == [(2, 4000)]


def test_vacuum_waits_for_open_transactions_and_lets_nothing_get_lost(db: Database) -> None:
    db.run("CREATE TABLE counted (id BIGINT IDENTITY(1, 1), n INT NOT NULL)", "INSERT INTO counted (n) VALUES (1), (2)")
    writers = [
        db.start(*(f"INSERT INTO counted (n) SELECT {number} FROM counted" for _ in range(4)), batch=True)
        for number in range(2)
    ]
    vacuums = [db.start("VACUUM counted"), db.start("VACUUM")]
    readers = [db.start("SELECT COUNT(*) FROM counted") for _ in range(4)]
    for identifier in [*writers, *vacuums, *readers]:
        assert db.wait(identifier)["Status"] == "FINISHED", db.wait(identifier).get("Error")
    # Each writer doubles four times; one comes after the other.
    assert db.value("SELECT COUNT(*) FROM counted") == 2 * 16 * 16
    assert db.value("SELECT COUNT(DISTINCT id) FROM counted") == 2 * 16 * 16
    # What a VACUUM found is still known: the next statement, and the next id.
    db.run("INSERT INTO counted (n) VALUES (7)")
    assert db.value("SELECT MAX(id) > 2 FROM counted WHERE n = 7") is True


def test_vacuum_for_sorting_only_rewrites_nothing(db: Database) -> None:
    db.run("CREATE TABLE sorted (n INT)")
    before = (db.warehouse.directory / "warehouse.duckdb").stat().st_ino
    db.run("VACUUM SORT ONLY sorted")
    assert (db.warehouse.directory / "warehouse.duckdb").stat().st_ino == before
    db.run("VACUUM FULL sorted")
    assert (db.warehouse.directory / "warehouse.duckdb").stat().st_ino != before
