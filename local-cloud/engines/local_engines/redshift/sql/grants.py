"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .access import done, read_list, require_principal
from .catalog import PUBLIC
from .definitions import LATE_VIEW, TEMPORARY, Grant, Grantee
from .errors import RedshiftError, unsupported
from .outcome import Outcome
from .privileges import SCHEMA_PRIVILEGES, TABLE_PRIVILEGES
from .reader import Reader
from .writing import require_columns

if TYPE_CHECKING:
    from .session import Session


def grant(session: Session, reader: Reader) -> Outcome:
    """GRANT privileges ON objects TO grantees, GRANT ROLE … TO …"""
    reader.expect("GRANT")
    return _change(session, reader, "TO")


def revoke(session: Session, reader: Reader) -> Outcome:
    """REVOKE privileges ON objects FROM grantees, REVOKE ROLE … FROM …"""
    reader.expect("REVOKE")
    if reader.accept("GRANT", "OPTION", "FOR"):
        raise unsupported("REVOKE GRANT OPTION FOR")
    return _change(session, reader, "FROM")


def _change(session: Session, reader: Reader, direction: str) -> Outcome:
    if reader.accept("ROLE"):
        return _roles(session, reader, direction)
    privileges = _privileges(reader)
    reader.expect("ON")
    objects = _objects(session, reader, privileges)
    reader.expect(direction)
    grantees = _grantees(session, reader)
    if direction == "TO" and reader.accept("WITH", "GRANT", "OPTION"):
        raise unsupported("WITH GRANT OPTION")
    reader.accept("RESTRICT")
    reader.finish()
    grants = [
        Grant(grantee, item.privilege, item.kind, item.schema, item.name, item.column)
        for grantee in grantees
        for item in objects
    ]
    (session.catalog.add_grants if direction == "TO" else session.catalog.remove_grants)(grants)
    return done()


def _roles(session: Session, reader: Reader, direction: str) -> Outcome:
    session.privileges.superuser("grant role")
    roles = read_list(reader)
    reader.expect(direction)
    for role in roles:
        require_principal(session, "role", role)
    for grantee in _grantees(session, reader):
        for role in roles:
            change = session.catalog.add_member if direction == "TO" else session.catalog.remove_member
            change("role", role, grantee.kind, grantee.name)
    reader.finish()
    return done()


def _privileges(reader: Reader) -> list[tuple[str, tuple[str, ...]]]:
    """(privilege, columns) pairs; ALL stands for all that the object has."""
    found: list[tuple[str, tuple[str, ...]]] = []
    while True:
        name = reader.choose(
            *dict.fromkeys((*TABLE_PRIVILEGES, *SCHEMA_PRIVILEGES, "ALL", "TEMPORARY", "TEMP", "EXECUTE"))
        )
        if name == "ALL":
            reader.accept("PRIVILEGES")
        columns = reader.names() if reader.sees("(") else ()
        if columns and name not in ("SELECT", "UPDATE", "ALL"):
            raise RedshiftError(f"{name} cannot be granted on columns")
        found.append((name, columns))
        if not reader.accept(","):
            return found


@dataclass(frozen=True)
class _Object:
    privilege: str
    kind: str
    schema: str
    name: str = ""
    column: str = ""


def _objects(session: Session, reader: Reader, privileges: Sequence[tuple[str, tuple[str, ...]]]) -> list[_Object]:
    if reader.accept("SCHEMA"):
        return [o for name in read_list(reader) for o in _of_schema(session, name, privileges)]
    if reader.accept("DATABASE"):
        (name,) = read_list(reader)
        if name != session.storage.warehouse.database:
            raise RedshiftError(f'database "{name}" does not exist')
        session.privileges.superuser("grant on a database")
        return [_Object(privilege, "database", "", name) for privilege, _ in privileges]
    if reader.accept("ALL", "TABLES", "IN", "SCHEMA"):
        schemas = read_list(reader)
        for schema in schemas:
            if session.catalog.schema(schema) is None:
                raise RedshiftError(f'schema "{schema}" does not exist')
        tables = [
            (relation.schema, relation.name) for schema in schemas for relation in session.catalog.relations(schema)
        ]
    elif reader.sees_any("FUNCTION", "PROCEDURE", "LANGUAGE", "EXTERNAL", "DATASHARE", "ASSUMEROLE", "MODEL"):
        raise unsupported(f"GRANT … ON {reader.token.word}")
    else:
        reader.accept("TABLE")
        tables = [reader.relation()]
        while reader.accept(","):
            tables.append(reader.relation())
    return [o for table in tables for o in _of_table(session, table, privileges)]


def _of_schema(session: Session, name: str, privileges: Sequence[tuple[str, tuple[str, ...]]]) -> list[_Object]:
    schema = session.catalog.schema(name)
    if schema is None:
        raise RedshiftError(f'schema "{name}" does not exist')
    if not session.user.superuser and schema.owner != session.user.name:
        raise RedshiftError(f"permission denied for schema {name}")
    found: list[_Object] = []
    for privilege, _ in privileges:
        names = SCHEMA_PRIVILEGES if privilege == "ALL" else (privilege,)
        for one in names:
            # "You can only GRANT or REVOKE USAGE permissions on an external schema" (GRANT).
            if one not in SCHEMA_PRIVILEGES or (schema.external is not None and one != "USAGE"):
                raise RedshiftError(f"invalid privilege type {one} for schema")
            found.append(_Object(one, "schema", name))
    return found


def _of_table(
    session: Session, table: tuple[str, str], privileges: Sequence[tuple[str, tuple[str, ...]]]
) -> list[_Object]:
    schema = session.catalog.schema(table[0] or PUBLIC)
    if schema is not None and schema.external is not None:
        raise RedshiftError(
            f'Operation not supported on external tables: grant USAGE on schema "{schema.name}" instead of {table[1]}'
        )
    relation = session.names().find(*table)
    if relation.kind == TEMPORARY:
        raise RedshiftError(f'cannot grant on the temporary table "{relation.name}"')
    session.privileges.owner(relation)
    found: list[_Object] = []
    for privilege, columns in privileges:
        names = (
            TABLE_PRIVILEGES
            if privilege == "ALL" and not columns
            else ("SELECT", "UPDATE")
            if columns
            else (privilege,)
        )
        if columns and privilege != "ALL":
            names = (privilege,)
        if columns and relation.kind == LATE_VIEW:
            raise RedshiftError("column-level privileges are not supported on late-binding views")
        for one in names:
            if one not in TABLE_PRIVILEGES:
                raise RedshiftError(f"invalid privilege type {one} for relation")
            picked = [column.name for column in require_columns(relation, columns)] if columns else [""]
            found += [_Object(one, "table", relation.schema, relation.name, column) for column in picked]
    return found


def _grantees(session: Session, reader: Reader) -> list[Grantee]:
    found: list[Grantee] = []
    while True:
        if reader.accept("PUBLIC"):
            found.append(Grantee("public", ""))
        else:
            kind = "group" if reader.accept("GROUP") else "role" if reader.accept("ROLE") else "user"
            name = reader.name()
            require_principal(session, kind, name)
            found.append(Grantee(kind, name))
        if not reader.accept(","):
            return found


def alter_default_privileges(session: Session, reader: Reader) -> Outcome:
    """ALTER DEFAULT PRIVILEGES [FOR USER …] [IN SCHEMA …] {GRANT … ON TABLES TO … | REVOKE … ON TABLES FROM …}"""
    reader.expect("ALTER", "DEFAULT", "PRIVILEGES")
    owners = [session.user.name]
    if reader.accept("FOR", "USER"):
        session.privileges.superuser("alter default privileges of others")
        owners = read_list(reader)
        for owner in owners:
            require_principal(session, "user", owner)
    schemas = read_list(reader) if reader.accept("IN", "SCHEMA") else [""]
    for schema in schemas:
        if schema and session.catalog.schema(schema) is None:
            raise RedshiftError(f'schema "{schema}" does not exist')
    adding = reader.choose("GRANT", "REVOKE") == "GRANT"
    privileges = _privileges(reader)
    reader.expect("ON")
    if not reader.accept("TABLES"):
        raise unsupported(f"ALTER DEFAULT PRIVILEGES … ON {reader.token.text}")
    reader.expect("TO" if adding else "FROM")
    grantees = _grantees(session, reader)
    reader.finish()
    for privilege, columns in privileges:
        names = TABLE_PRIVILEGES if privilege == "ALL" else (privilege,)
        if columns or any(name not in TABLE_PRIVILEGES for name in names):
            raise RedshiftError(f"invalid privilege type {privilege} for tables")
        for owner in owners:
            for schema in schemas:
                for grantee in grantees:
                    for name in names:
                        session.catalog.set_default_grant(owner, schema, grantee, name, adding)
    return done()
