"""Reads and writes a warehouse's definitions, in the transaction of the connection that is given: a rolled back
CREATE or GRANT leaves nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb

from .definitions import ExternalSource, Grant, Grantee, Relation, Schema, User
from .literals import fill

#: Every warehouse has it, and names without a schema mean it.
PUBLIC = "public"
_TABLES = """
    CREATE SCHEMA IF NOT EXISTS warehouse.engine;
    CREATE TABLE IF NOT EXISTS warehouse.engine.schemas (
        name VARCHAR, owner VARCHAR, database VARCHAR, region VARCHAR, role VARCHAR);
    CREATE TABLE IF NOT EXISTS warehouse.engine.relations (schema VARCHAR, name VARCHAR, definition VARCHAR);
    CREATE TABLE IF NOT EXISTS warehouse.engine.principals (
        kind VARCHAR, name VARCHAR, id INTEGER, superuser BOOLEAN, createdb BOOLEAN);
    CREATE TABLE IF NOT EXISTS warehouse.engine.members (
        kind VARCHAR, name VARCHAR, member_kind VARCHAR, member VARCHAR);
    CREATE TABLE IF NOT EXISTS warehouse.engine.grants (
        grantee_kind VARCHAR, grantee VARCHAR, privilege VARCHAR, kind VARCHAR, schema VARCHAR, name VARCHAR,
        column_name VARCHAR);
    CREATE TABLE IF NOT EXISTS warehouse.engine.default_grants (
        owner VARCHAR, schema VARCHAR, grantee_kind VARCHAR, grantee VARCHAR, privilege VARCHAR);
    CREATE TABLE IF NOT EXISTS warehouse.engine.fingerprints (id INTEGER, value VARCHAR);
    CREATE SEQUENCE IF NOT EXISTS warehouse.engine.ids START 100000;
"""


def create_catalog(connection: duckdb.DuckDBPyConnection, admin: str) -> None:
    """The tables above, the schema public and the admin user, unless they exist."""
    connection.execute(_TABLES)
    catalog = Catalog(connection)
    if catalog.schema(PUBLIC) is None:
        catalog.put_schema(Schema(PUBLIC, admin))
        # As in PostgreSQL 8: everybody may use and create in public until that is revoked.
        for privilege in ("USAGE", "CREATE"):
            catalog.add_grants([Grant(Grantee("public", ""), privilege, "schema", PUBLIC)])
    if catalog.user(admin) is None:
        catalog.add_principal("user", admin, superuser=True)


class Catalog:
    """One connection's view of the definitions."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def _all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(fill(sql, values)).fetchall()

    def new_id(self) -> int:
        return int(self._all("SELECT nextval('warehouse.engine.ids')")[0][0])

    # Schemas

    def schema(self, name: str) -> Schema | None:
        return next((schema for schema in self.schemas() if schema.name == name), None)

    def schemas(self) -> list[Schema]:
        rows = self._all("SELECT name, owner, database, region, role FROM warehouse.engine.schemas ORDER BY name")
        return [Schema(r[0], r[1], ExternalSource(r[2], r[3], r[4]) if r[2] is not None else None) for r in rows]

    def put_schema(self, schema: Schema) -> None:
        source = schema.external
        values = (source.database, source.region, source.role) if source is not None else (None, None, None)
        self._all("DELETE FROM warehouse.engine.schemas WHERE name = ?", schema.name)
        self._all("INSERT INTO warehouse.engine.schemas VALUES (?, ?, ?, ?, ?)", schema.name, schema.owner, *values)
        if source is None:
            quoted = schema.name.replace('"', '""')
            self._connection.execute(f'CREATE SCHEMA IF NOT EXISTS warehouse."rs_{quoted}"')

    def drop_schema(self, schema: Schema) -> None:
        self._all("DELETE FROM warehouse.engine.schemas WHERE name = ?", schema.name)
        self._all("DELETE FROM warehouse.engine.grants WHERE schema = ?", schema.name)
        if schema.external is None:
            quoted = schema.name.replace('"', '""')
            self._connection.execute(f'DROP SCHEMA warehouse."rs_{quoted}"')

    # Tables and views

    def relation(self, schema: str, name: str) -> Relation | None:
        rows = self._all(
            "SELECT definition FROM warehouse.engine.relations WHERE schema = ? AND name = ?", schema, name
        )
        return Relation.from_json(rows[0][0]) if rows else None

    def relations(self, schema: str | None = None) -> list[Relation]:
        where = "" if schema is None else "WHERE schema = ?"
        values = [] if schema is None else [schema]
        sql = f"SELECT definition FROM warehouse.engine.relations {where} ORDER BY schema, name"
        return [Relation.from_json(row[0]) for row in self._all(sql, *values)]

    def put_relation(self, relation: Relation) -> None:
        """Adds or replaces the definition; the rows are the caller's business."""
        self._remove(relation)
        self._all(
            "INSERT INTO warehouse.engine.relations VALUES (?, ?, ?)",
            relation.schema, relation.name, relation.to_json(),
        )  # fmt: skip

    def rename_relation(self, relation: Relation, name: str) -> None:
        """Removes the old definition; its grants go with the table."""
        self._remove(relation)
        self._all(
            "UPDATE warehouse.engine.grants SET name = ? WHERE schema = ? AND name = ?",
            name, relation.schema, relation.name,
        )  # fmt: skip

    def drop_relation(self, relation: Relation) -> None:
        self._remove(relation)
        self._all("DELETE FROM warehouse.engine.grants WHERE schema = ? AND name = ?", relation.schema, relation.name)

    def _remove(self, relation: Relation) -> None:
        self._all(
            "DELETE FROM warehouse.engine.relations WHERE schema = ? AND name = ?", relation.schema, relation.name
        )

    # Users, groups, roles

    def principals(self, kind: str) -> list[str]:
        return [r[0] for r in self._all("SELECT name FROM warehouse.engine.principals WHERE kind = ? ORDER BY 1", kind)]

    def add_principal(self, kind: str, name: str, superuser: bool = False, createdb: bool = False) -> None:
        # Redshift counts users from 100; lower ones are its own.
        rows = self._all("SELECT coalesce(max(id), 99) + 1 FROM warehouse.engine.principals")
        self._all(
            "INSERT INTO warehouse.engine.principals VALUES (?, ?, ?, ?, ?)",
            kind,
            name,
            rows[0][0],
            superuser,
            createdb,
        )

    def set_superuser(self, name: str, superuser: bool) -> None:
        self._all(
            "UPDATE warehouse.engine.principals SET superuser = ? WHERE kind = 'user' AND name = ?", superuser, name
        )

    def drop_principal(self, kind: str, name: str) -> None:
        self._all("DELETE FROM warehouse.engine.principals WHERE kind = ? AND name = ?", kind, name)
        for place, column in (("members", "name"), ("members", "member"), ("grants", "grantee")):
            kinds = {"name": "kind", "member": "member_kind", "grantee": "grantee_kind"}[column]
            self._all(f"DELETE FROM warehouse.engine.{place} WHERE {kinds} = ? AND {column} = ?", kind, name)

    def add_member(self, kind: str, name: str, member_kind: str, member: str) -> None:
        self.remove_member(kind, name, member_kind, member)
        self._all("INSERT INTO warehouse.engine.members VALUES (?, ?, ?, ?)", kind, name, member_kind, member)

    def remove_member(self, kind: str, name: str, member_kind: str, member: str) -> None:
        self._all(
            "DELETE FROM warehouse.engine.members WHERE kind = ? AND name = ? AND member_kind = ? AND member = ?",
            kind, name, member_kind, member,
        )  # fmt: skip

    def user(self, name: str) -> User | None:
        rows = self._all(
            "SELECT id, superuser, createdb FROM warehouse.engine.principals WHERE kind = 'user' AND name = ?", name
        )
        if not rows:
            return None
        members = self._all("SELECT kind, name, member_kind, member FROM warehouse.engine.members")
        groups = {r[1] for r in members if r[0] == "group" and (r[2], r[3]) == ("user", name)}
        roles = {r[1] for r in members if r[0] == "role" and (r[2], r[3]) == ("user", name)}
        # A role may be granted to a role.
        while more := {r[1] for r in members if r[0] == "role" and r[2] == "role" and r[3] in roles} - roles:
            roles |= more
        return User(name, rows[0][0], bool(rows[0][1]), bool(rows[0][2]), frozenset(groups), frozenset(roles))

    # Privileges

    def grants(self) -> list[Grant]:
        rows = self._all(
            "SELECT grantee_kind, grantee, privilege, kind, schema, name, column_name FROM warehouse.engine.grants"
        )
        return [Grant(Grantee(r[0], r[1]), *r[2:]) for r in rows]

    def add_grants(self, grants: Iterable[Grant]) -> None:
        known = set(self.grants())
        for grant in grants:
            if grant not in known:
                self._all("INSERT INTO warehouse.engine.grants VALUES (?, ?, ?, ?, ?, ?, ?)", *_values(grant))

    def remove_grants(self, grants: Iterable[Grant]) -> None:
        for grant in grants:
            self._all(
                "DELETE FROM warehouse.engine.grants WHERE grantee_kind = ? AND grantee = ? AND privilege = ? "
                "AND kind = ? AND schema = ? AND name = ? AND column_name = ?",
                *_values(grant),
            )

    def default_grants(self, owner: str, schema: str) -> list[tuple[Grantee, str]]:
        """What a new table of this owner in this schema is granted to others."""
        rows = self._all(
            "SELECT grantee_kind, grantee, privilege FROM warehouse.engine.default_grants "
            "WHERE owner = ? AND schema IN ('', ?)", owner, schema,
        )  # fmt: skip
        return [(Grantee(r[0], r[1]), r[2]) for r in rows]

    def set_default_grant(self, owner: str, schema: str, grantee: Grantee, privilege: str, on: bool) -> None:
        values = (owner, schema, grantee.kind, grantee.name, privilege)
        self._all(
            "DELETE FROM warehouse.engine.default_grants WHERE owner = ? AND schema = ? AND grantee_kind = ? "
            "AND grantee = ? AND privilege = ?", *values,
        )  # fmt: skip
        if on:
            self._all("INSERT INTO warehouse.engine.default_grants VALUES (?, ?, ?, ?, ?)", *values)


def _values(grant: Grant) -> tuple[str, ...]:
    return (
        grant.grantee.kind, grant.grantee.name, grant.privilege, grant.kind, grant.schema, grant.name, grant.column
    )  # fmt: skip
