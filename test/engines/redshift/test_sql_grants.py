"""Users, groups, roles, and what they may do."""

from __future__ import annotations

import pytest
from engines.redshift.data_support import ROLE, Database


@pytest.fixture(scope="module")
def house(db: Database) -> Database:
    db.run("CREATE SCHEMA closed", "CREATE TABLE closed.t (a INT, b INT)", "INSERT INTO closed.t VALUES (1, 2)")
    db.run(
        "CREATE USER ann PASSWORD 'Secret123'", "CREATE USER bob PASSWORD DISABLE", "CREATE GROUP team WITH USER ann"
    )
    return db


def test_a_table_needs_its_schema_and_itself(house: Database) -> None:
    ann = house.as_user("ann")
    assert ann.failure("SELECT * FROM closed.t") == "ERROR: permission denied for schema closed"
    house.run("GRANT USAGE ON SCHEMA closed TO GROUP team")
    assert ann.failure("SELECT * FROM closed.t") == "ERROR: permission denied for relation t"
    house.run("GRANT SELECT, INSERT ON closed.t TO ann")
    assert ann.rows("SELECT a, b FROM closed.t") == [(1, 2)]
    ann.run("INSERT INTO closed.t VALUES (3, 4)")
    for sql in ("UPDATE closed.t SET a = 1", "DELETE FROM closed.t"):
        assert ann.failure(sql) == "ERROR: permission denied for relation t"
    assert ann.failure("DROP TABLE closed.t") == "ERROR: must be owner of relation t"
    assert ann.failure("CREATE TABLE closed.u (i INT)") == "ERROR: permission denied for schema closed"
    assert ann.failure("GRANT SELECT ON closed.t TO bob") == "ERROR: must be owner of relation t"
    assert house.as_user("bob").failure("SELECT * FROM closed.t") == "ERROR: permission denied for schema closed"
    house.run("REVOKE SELECT, INSERT ON closed.t FROM ann")
    assert ann.failure("SELECT * FROM closed.t") == "ERROR: permission denied for relation t"
    granted = house.rows(
        "SELECT privilege_type, identity_name FROM svv_schema_privileges WHERE namespace_name = 'closed'"
    )
    assert granted == [("USAGE", "team")]


def test_privileges_on_columns(house: Database) -> None:
    house.run("CREATE TABLE public.people (id INT, mail VARCHAR(50), age INT)")
    house.run("GRANT SELECT (id, age) ON public.people TO ann", "GRANT UPDATE (age) ON people TO ann")
    ann = house.as_user("ann")
    assert ann.rows("SELECT id, age FROM people WHERE age > 3") == []
    assert ann.value("SELECT COUNT(*) FROM people") == 0
    for sql in ("SELECT mail FROM people", "SELECT * FROM people", "SELECT id FROM people WHERE mail = 'x'",
                "SELECT id FROM (SELECT * FROM people) p"):  # fmt: skip
        assert ann.failure(sql) == "ERROR: permission denied for relation people"


def test_all_tables_and_default_privileges(house: Database) -> None:
    house.run("CREATE SCHEMA wide", "CREATE TABLE wide.old (i INT)", "GRANT USAGE ON SCHEMA wide TO PUBLIC")
    house.run("GRANT SELECT ON ALL TABLES IN SCHEMA wide TO GROUP team")
    house.run("CREATE TABLE wide.unknown (i INT)")
    house.run("ALTER DEFAULT PRIVILEGES IN SCHEMA wide GRANT SELECT ON TABLES TO GROUP team")
    house.run("CREATE TABLE wide.known (i INT)")
    ann = house.as_user("ann")
    assert ann.rows("SELECT * FROM wide.old") == [] and ann.rows("SELECT * FROM wide.known") == []
    assert ann.failure("SELECT * FROM wide.unknown") == "ERROR: permission denied for relation unknown"


def test_roles_may_be_nested(house: Database) -> None:
    house.run("CREATE ROLE reader", "CREATE ROLE boss", "CREATE TABLE public.of_role (i INT)")
    house.run("GRANT SELECT ON of_role TO ROLE reader", "GRANT ROLE reader TO ROLE boss", "GRANT ROLE boss TO bob")
    assert house.as_user("bob").rows("SELECT * FROM of_role") == []
    house.run("REVOKE ROLE reader FROM ROLE boss")
    assert house.as_user("bob").failure("SELECT * FROM of_role") == "ERROR: permission denied for relation of_role"


def test_a_view_lends_what_its_owner_may(house: Database) -> None:
    """But not USAGE on an external schema, which everybody needs who reads through the view."""
    house.run("CREATE TABLE closed.inner_table (i INT)", "CREATE VIEW public.lent AS SELECT i FROM closed.inner_table")
    house.run("CREATE VIEW public.late AS SELECT i FROM closed.inner_table WITH NO SCHEMA BINDING")
    house.run("GRANT SELECT ON public.lent TO bob", "GRANT SELECT ON public.late TO bob")
    bob = house.as_user("bob")
    assert bob.rows("SELECT * FROM lent") == [] and bob.rows("SELECT * FROM late") == []
    house.cloud.glue.create_database(DatabaseInput={"Name": "grants_lake"})
    house.cloud.table("grants_lake", "t", {"i": "int"})
    house.run(f"CREATE EXTERNAL SCHEMA outside FROM DATA CATALOG DATABASE 'grants_lake' IAM_ROLE '{ROLE}'")
    house.run(
        "CREATE VIEW public.through AS SELECT i FROM outside.t WITH NO SCHEMA BINDING", "GRANT SELECT ON through TO bob"
    )
    assert bob.failure("SELECT * FROM through") == "ERROR: permission denied for schema outside"
    house.run("GRANT USAGE ON SCHEMA outside TO bob")
    assert bob.rows("SELECT * FROM through") == []
    assert "external tables" in house.failure("GRANT SELECT ON outside.t TO bob")
    assert "invalid privilege type CREATE" in house.failure("GRANT CREATE ON SCHEMA outside TO ann")


def test_owners_and_superusers(house: Database) -> None:
    ann = house.as_user("ann")
    ann.run("CREATE TABLE public.of_ann (i INT)", "INSERT INTO of_ann VALUES (1)")
    assert house.rows("SELECT * FROM of_ann") == [(1,)]
    assert house.as_user("bob").failure("SELECT * FROM of_ann") == "ERROR: permission denied for relation of_ann"
    ann.run("GRANT SELECT ON of_ann TO bob")
    assert house.as_user("bob").rows("SELECT * FROM of_ann") == [(1,)]
    assert (
        ann.failure("CREATE USER eve PASSWORD 'Secret123'")
        == "ERROR: permission denied to create user: must be superuser"
    )
    house.run("ALTER USER bob CREATEUSER")
    house.as_user("bob").run("CREATE USER eve PASSWORD 'Secret123'", "DROP USER eve")
    house.run("ALTER USER bob NOCREATEUSER")
    assert "owns some object" in house.failure("DROP USER ann")
    own = ann.rows("SELECT DISTINCT user_id FROM sys_query_history")
    assert len(own) == 1 and len(house.rows("SELECT DISTINCT user_id FROM sys_query_history")) > 1


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("GRANT SELECT ON closed.t TO nobody", 'user "nobody" does not exist'),
        ("GRANT SELECT ON closed.nope TO ann", 'relation "closed.nope" does not exist'),
        ("GRANT USAGE ON closed.t TO ann", "invalid privilege type USAGE for relation"),
        ("GRANT SELECT ON SCHEMA closed TO ann", "invalid privilege type SELECT for schema"),
        ("GRANT SELECT ON closed.t TO ann WITH GRANT OPTION", "WITH GRANT OPTION is not supported by the local target"),
        ("CREATE GROUP team", 'group "team" already exists'),
        ("CREATE USER carl", "CREATE USER requires PASSWORD"),
        ("DROP GROUP team", 'group "team" cannot be dropped because the group has a privilege on some object'),
    ],
)
def test_what_is_refused(house: Database, sql: str, reason: str) -> None:
    assert house.failure(sql).removeprefix("ERROR: ").startswith(reason)
