"""Tables, views and changes of rows: what Redshift enforces, what it only remembers, and what it refuses."""

from __future__ import annotations

import pytest
from engines.redshift.data_support import Database


def test_lengths_are_bytes(db: Database) -> None:
    db.run("CREATE TABLE lengths (v VARCHAR(4), c CHAR(3))")
    db.run("INSERT INTO lengths VALUES ('abcd', 'xyz'), ('ää', 'x  '), ('ab      ', NULL)")
    assert db.failure("INSERT INTO lengths (v) VALUES ('ääb')") == "ERROR: value too long for type character varying(4)"
    assert db.failure("INSERT INTO lengths (c) VALUES ('wxyz')") == "ERROR: value too long for type character(3)"
    assert "ASCII" in db.failure("INSERT INTO lengths (c) VALUES ('ä')")
    assert db.failure("UPDATE lengths SET v = v || 'eeee'").endswith("character varying(4)")
    rows = db.rows("SELECT v, c, LEN(c) FROM lengths ORDER BY v")
    assert rows == [("ab  ", None, None), ("abcd", "xyz", 3), ("ää", "x  ", 1)]
    assert db.value("SELECT COUNT(*) FROM lengths WHERE c = 'x'") == 1


def test_not_null_is_enforced_and_keys_are_not(db: Database) -> None:
    db.run("CREATE TABLE keys (id INT PRIMARY KEY, name VARCHAR(9) UNIQUE, day DATE NOT NULL)")
    db.run("INSERT INTO keys VALUES (1, 'a', '2026-01-01')", "INSERT INTO keys VALUES (1, 'a', '2026-01-01')")
    assert db.value("SELECT COUNT(*) FROM keys") == 2
    assert db.failure("INSERT INTO keys (id) VALUES (2)") == "ERROR: Cannot insert a NULL value into column day"
    assert db.failure("INSERT INTO keys (day) VALUES ('2026-01-01')").endswith("into column id")


def test_defaults_and_identity(db: Database) -> None:
    db.run(
        "CREATE TABLE filled (id BIGINT IDENTITY(10, 5), n INT DEFAULT 3, d DATE DEFAULT '2026-01-01', "
        "t TIMESTAMP DEFAULT GETDATE())"
    )
    db.run("INSERT INTO filled (n) VALUES (1), (DEFAULT)")
    db.run("INSERT INTO filled DEFAULT VALUES")
    db.run("UPDATE filled SET n = DEFAULT WHERE n = 1")
    rows = db.rows("SELECT id, n, d, t IS NOT NULL FROM filled ORDER BY id")
    assert rows == [(10, 3, "2026-01-01", True), (15, 3, "2026-01-01", True), (20, 3, "2026-01-01", True)]
    assert "identity column" in db.failure("INSERT INTO filled (id) SELECT 1")


def test_inserting_checks_columns_and_types(db: Database) -> None:
    db.run("CREATE TABLE typed (i INT, v VARCHAR(5))")
    db.run("INSERT INTO typed SELECT 1")
    db.run("INSERT INTO typed SELECT '2', 'x'")
    assert db.failure("INSERT INTO typed SELECT 1, 'a', 2") == "ERROR: INSERT has more expressions than target columns"
    assert db.failure("INSERT INTO typed (i, v) SELECT 1") == "ERROR: INSERT has more target columns than expressions"
    assert db.failure("INSERT INTO typed (i) SELECT v FROM typed") == (
        'ERROR: column "i" is of type integer but expression is of type character varying'
    )
    assert (
        db.failure("INSERT INTO typed (nope) VALUES (1)") == 'ERROR: column "nope" of relation "typed" does not exist'
    )
    assert db.rows("SELECT i, v FROM typed ORDER BY i") == [(1, None), (2, "x")]


def test_update_and_delete_with_other_tables(db: Database) -> None:
    db.run("CREATE TABLE target (i INT, v VARCHAR(9))", "CREATE TABLE source (i INT, v VARCHAR(9))")
    db.run(
        "INSERT INTO target VALUES (1, 'a'), (2, 'b'), (3, 'c')", "INSERT INTO source VALUES (2, 'new'), (3, 'gone')"
    )
    assert db.run("UPDATE target SET v = s.v FROM source s WHERE target.i = s.i AND s.i = 2")["ResultRows"] == 1
    assert db.run("UPDATE target t SET i = i * 10 WHERE v IN (SELECT v FROM source)")["ResultRows"] == 1
    assert db.run("DELETE FROM target USING source WHERE target.i = source.i")["ResultRows"] == 1
    assert db.run("INSERT INTO target WITH one AS (SELECT 1 AS i) SELECT i, 'with' FROM one")["ResultRows"] == 1
    assert db.rows("SELECT i, v FROM target ORDER BY i, v") == [(1, "a"), (1, "with"), (20, "new")]
    assert db.run("WITH w AS (SELECT 'with' AS v) DELETE FROM target USING w WHERE target.v = w.v")["ResultRows"] == 1
    assert db.run("WITH w AS (SELECT 7 AS i) UPDATE target SET i = w.i FROM w WHERE target.i = 1")["ResultRows"] == 1
    assert db.rows("SELECT i FROM target ORDER BY i") == [(7,), (20,)]
    assert db.run("DELETE target")["ResultRows"] == 2


def test_merge(db: Database) -> None:
    db.run("CREATE TABLE merged (id INT, v VARCHAR(9))", "CREATE TABLE news (id INT, v VARCHAR(9))")
    db.run("INSERT INTO merged VALUES (1, 'a'), (2, 'b')", "INSERT INTO news VALUES (2, 'B'), (3, 'C')")
    merge = "MERGE INTO merged USING news ON merged.id = news.id "
    branches = "WHEN MATCHED THEN UPDATE SET v = news.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (news.id, news.v)"
    assert db.run(merge + branches)["ResultRows"] == 2
    assert db.rows("SELECT * FROM merged ORDER BY id") == [(1, "a"), (2, "B"), (3, "C")]
    db.run("INSERT INTO news VALUES (2, 'again')")
    assert db.failure(merge + branches) == "ERROR: Found multiple matches to update the same tuple."
    db.run("DELETE FROM news WHERE v = 'again'", "INSERT INTO news VALUES (4, 'D'), (4, 'D')")
    db.run(merge + "REMOVE DUPLICATES")
    assert db.rows("SELECT * FROM merged ORDER BY id") == [(1, "a"), (2, "B"), (3, "C"), (4, "D")]
    db.run("DELETE FROM news WHERE id = 4", "INSERT INTO news VALUES (4, 'D')")
    db.run(merge + "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (news.id, news.v)")
    assert db.rows("SELECT * FROM merged ORDER BY id") == [(1, "a")]


def test_temporary_tables_end_with_their_session(db: Database) -> None:
    found = db.run("CREATE TEMP TABLE t AS SELECT 1 AS a", "INSERT INTO t VALUES (2)", "SELECT SUM(a) FROM t")
    assert db.result(f"{found['Id']}:3") == [[{"longValue": 3}]]
    assert db.failure("SELECT * FROM t") == 'ERROR: relation "t" does not exist'


def test_truncate_commits(db: Database) -> None:
    db.run("CREATE TABLE emptied (i INT)", "INSERT INTO emptied VALUES (1)", "CREATE TABLE noted (i INT)")
    assert db.failure("INSERT INTO noted VALUES (1)", "TRUNCATE emptied", "INSERT INTO noted VALUES (2)", "SELECT 1/0")
    assert (db.value("SELECT COUNT(*) FROM emptied"), db.rows("SELECT i FROM noted")) == (0, [(1,)])


def test_explicit_transactions_of_a_batch_in_auto_commit(db: Database) -> None:
    db.run("CREATE TABLE explicit (i INT)")
    sqls = [
        "BEGIN",
        "INSERT INTO explicit VALUES (1)",
        "ROLLBACK",
        "BEGIN",
        "INSERT INTO explicit VALUES (2)",
        "COMMIT",
    ]
    db.run(*sqls, ExecutionMode="AUTO_COMMIT")
    assert db.rows("SELECT i FROM explicit") == [(2,)]


def test_like_takes_everything_but_keys(db: Database) -> None:
    db.run("CREATE TABLE parent (i INT NOT NULL ENCODE az64, v VARCHAR(9) DEFAULT 'x') DISTKEY (i) SORTKEY (v)")
    db.run("CREATE TABLE child (LIKE parent)", "INSERT INTO child (i) VALUES (1)")
    info = "SELECT diststyle, sortkey1 FROM svv_table_info WHERE \"table\" = 'child'"
    assert db.rows(info) == [("KEY(i)", "v")] and db.rows("SELECT v FROM child") == [(None,)]
    assert "cannot specify" in db.failure("CREATE TABLE other_child (LIKE parent) BACKUP NO")
    definition = (
        'SELECT "column", type, encoding, distkey, sortkey, "notnull" FROM pg_table_def WHERE tablename = \'child\''
    )
    assert db.rows(definition) == [
        ("i", "integer", "az64", True, 0, True), ("v", "character varying(9)", "none", False, 1, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE TABLE x (i INT) DISTSTYLE KEY", "DISTKEY column must be specified"),
        ("CREATE TABLE x (i INT) DISTSTYLE ALL DISTKEY (i)", "cannot specify DISTKEY when DISTSTYLE is ALL"),
        ("CREATE TABLE x (i INT) SORTKEY (nope)", 'column "nope" named in key does not exist'),
        ("CREATE TABLE x (i INT, i INT)", 'column "i" duplicated'),
        ("CREATE TABLE x (v VARCHAR(65536))", "length for type varchar cannot exceed 65535"),
        ("CREATE TABLE x (v CHAR(5000))", "length for type bpchar cannot exceed 4096"),
        ("CREATE TABLE x (d DECIMAL(39, 2))", "NUMERIC(39,2): precision must be 1 to 38"),
        ("CREATE TABLE x (v VARCHAR(9) ENCODE az64)", "invalid encoding type specified for column 'v'"),
        ("CREATE TABLE x (v VARCHAR(9) ENCODE nope)", 'unknown encoding type "nope"'),
        ("CREATE TABLE x (i TEXTT)", 'type "textt" does not exist'),
        ("CREATE TABLE x (i INT CHECK (i > 0))", "CHECK constraints are not supported"),
        ("CREATE TABLE nowhere.x (i INT)", 'schema "nowhere" does not exist'),
        ("CREATE TABLE x (k INT) INTERLEAVED SORTKEY (k) DISTSTYLE SIDEWAYS", "syntax error at or near"),
    ],
)
def test_tables_that_redshift_would_not_create(db: Database, sql: str, reason: str) -> None:
    assert db.failure(sql).removeprefix("ERROR: ").startswith(reason)


def test_bound_views_hold_their_tables(db: Database) -> None:
    db.run("CREATE TABLE base (i INT, v VARCHAR(9))", "INSERT INTO base VALUES (1, 'a')")
    db.run("CREATE VIEW bound AS SELECT * FROM base WHERE i > 0")
    db.run("ALTER TABLE base ADD COLUMN later INT")
    assert db.rows("SELECT * FROM bound") == [(1, "a")]
    assert "other objects depend on it" in db.failure("DROP TABLE base")
    db.run("CREATE OR REPLACE VIEW bound AS SELECT i, v FROM base WHERE i > 1")
    assert db.rows("SELECT * FROM bound") == []
    assert "cannot change name or data type" in db.failure("CREATE OR REPLACE VIEW bound AS SELECT v, i FROM base")
    assert "already exists" in db.failure("CREATE VIEW bound AS SELECT 1 AS a")
    db.run("DROP TABLE base CASCADE")
    assert db.failure("SELECT * FROM bound") == 'ERROR: relation "bound" does not exist'


def test_late_binding_views_are_looked_up_when_read(db: Database) -> None:
    db.run("CREATE VIEW late AS SELECT * FROM public.comes_later WITH NO SCHEMA BINDING")
    assert db.failure("SELECT * FROM late") == 'ERROR: relation "public.comes_later" does not exist'
    db.run("CREATE TABLE comes_later (i INT)", "INSERT INTO comes_later VALUES (1)")
    assert db.rows("SELECT i FROM late") == [(1,)]
    db.run("DROP TABLE comes_later", "CREATE TABLE comes_later (i VARCHAR(3), j INT)")
    assert db.rows("SELECT i, j FROM late") == []
    reason = db.failure("CREATE VIEW bare AS SELECT * FROM comes_later WITH NO SCHEMA BINDING")
    assert reason.startswith("ERROR: All the relation names inside should be qualified")


def test_materialized_views(db: Database) -> None:
    db.run("CREATE TABLE facts (d DATE, n INT)", "INSERT INTO facts VALUES ('2026-01-01', 1), ('2026-01-01', 2)")
    db.run(
        "CREATE MATERIALIZED VIEW totals DISTSTYLE ALL SORTKEY (d) AUTO REFRESH NO AS "
        "SELECT d, SUM(n) AS n FROM facts GROUP BY d"
    )
    db.run("INSERT INTO facts VALUES ('2026-01-02', 5)")
    assert db.rows("SELECT * FROM totals") == [("2026-01-01", 3)]
    assert "cannot change" in db.failure("INSERT INTO totals VALUES ('2026-01-03', 1)")
    db.run("REFRESH MATERIALIZED VIEW totals")
    assert db.rows("SELECT * FROM totals ORDER BY d") == [("2026-01-01", 3), ("2026-01-02", 5)]
    history = db.rows("SELECT TRIM(mv_name), TRIM(refresh_type) FROM sys_mv_refresh_history")
    assert history == [("totals", "Manual")]
    db.run("CREATE VIEW over_facts AS SELECT d FROM facts")
    assert "may not reference views" in db.failure("CREATE MATERIALIZED VIEW twice AS SELECT d FROM over_facts")
    assert "cannot run inside a transaction block" in db.failure(
        "CREATE MATERIALIZED VIEW inside AS SELECT 1 AS a", "SELECT 1"
    )
    assert "functions that change" in db.failure("CREATE MATERIALIZED VIEW clock AS SELECT GETDATE() AS a")
    db.run("DROP MATERIALIZED VIEW totals")


def test_ddl_is_undone_with_its_transaction(db: Database) -> None:
    assert db.failure("CREATE SCHEMA undone", "CREATE TABLE undone.t (i INT)", "CREATE GROUP undone", "SELECT 1/0")
    assert db.failure("SELECT * FROM undone.t") == 'ERROR: schema "undone" does not exist'
    assert db.rows("SELECT groname FROM pg_group WHERE groname = 'undone'") == []
    db.run("CREATE SCHEMA undone", "CREATE TABLE undone.t (i INT)")
    db.run("DROP SCHEMA undone CASCADE")


def test_the_history_has_each_statement_once(db: Database) -> None:
    mark = "SELECT 'a mark of its own'"
    good = db.run(mark)
    db.failure("SELECT 1/0 -- a mark of its own")
    rows = db.rows(
        "SELECT query_id, TRIM(query_type), TRIM(status), returned_rows, TRIM(error_message), elapsed_time > 0, "
        "TRIM(database_name), TRIM(compute_type) FROM sys_query_history WHERE query_text LIKE '%a mark of its own%' "
        "AND query_text NOT LIKE '%LIKE%' ORDER BY query_id"
    )
    assert [row[1:] for row in rows] == [
        ("SELECT", "success", 1, "", True, "analytics", "primary"),
        ("SELECT", "failed", 0, "Divide by zero", True, "analytics", "primary"),
    ]  # fmt: skip
    assert rows[0][0] == good["RedshiftQueryId"]
    kinds = db.rows("SELECT DISTINCT TRIM(query_type) FROM sys_query_history")
    assert {("DDL",), ("INSERT",), ("UPDATE",), ("DELETE",), ("MERGE",), ("CTAS",)} <= set(kinds)
    one, other = (
        db.value(f"SELECT generic_query_hash FROM sys_query_history WHERE query_id = {db.run(sql)['RedshiftQueryId']}")
        for sql in ("SELECT 1 AS n", "SELECT  22 AS n")
    )
    assert one == other


def test_paths_into_super_values(db: Database) -> None:
    db.run("CREATE TABLE docs (id INT, payload SUPER)")
    db.run('INSERT INTO docs SELECT 1, JSON_PARSE(\'{"user": {"name": "ann", "age": 7}, "tags": [1]}\')')
    db.run("INSERT INTO docs VALUES (2, NULL)")
    sql = "SELECT payload.user.name::VARCHAR, d.payload.user.age::INT, payload.tags FROM docs d ORDER BY id"
    assert db.rows(sql) == [("ann", 7, "[1]"), (None, None, None)]
    assert db.rows("SELECT id FROM docs WHERE payload.user.age::INT > 3 AND payload.nothing IS NULL") == [(1,)]
    reason = db.failure("SELECT id FROM docs WHERE payload.user.name = 'ann'")
    assert reason.startswith("ERROR: the SUPER path payload.user.name outside of SELECT, a cast and IS NULL")
    assert "navigation of SUPER by [ ]" in db.failure("SELECT payload.tags[0] FROM docs")


def test_a_renamed_table_keeps_its_grants(db: Database) -> None:
    db.run(
        "CREATE TABLE before (i INT)", "CREATE USER of_renamed PASSWORD DISABLE", "GRANT SELECT ON before TO of_renamed"
    )
    db.run("ALTER TABLE before RENAME TO afterwards")
    assert db.as_user("of_renamed").rows("SELECT * FROM afterwards") == []
    assert db.failure("SELECT * FROM before") == 'ERROR: relation "before" does not exist'


def test_the_size_of_text_can_be_changed(db: Database) -> None:
    db.run("CREATE TABLE resized (v VARCHAR(3), i INT)")
    db.run("INSERT INTO resized VALUES ('abc', 1)")
    db.run("ALTER TABLE resized ALTER COLUMN v TYPE VARCHAR(5)")
    db.run("INSERT INTO resized VALUES ('abcde', 2)")
    assert "holds a value of 5 bytes" in db.failure("ALTER TABLE resized ALTER COLUMN v TYPE VARCHAR(4)")
    assert "only the size of a VARCHAR" in db.failure("ALTER TABLE resized ALTER COLUMN i TYPE BIGINT")
    assert "transaction block" in db.failure("ALTER TABLE resized ALTER COLUMN v TYPE VARCHAR(9)", "SELECT 1")
