"""CREATE SCHEMA, CREATE EXTERNAL SCHEMA over the Glue catalog, ALTER SCHEMA, DROP SCHEMA."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .definitions import ExternalSource, Schema
from .errors import RedshiftError, unsupported
from .outcome import Outcome
from .reader import Reader
from .table_changes import drop_relation
from .tables import DDL

if TYPE_CHECKING:
    from .session import Session


def _done() -> Outcome:
    return Outcome(DDL)


def create_schema(session: Session, reader: Reader) -> Outcome:
    """CREATE SCHEMA [IF NOT EXISTS] name [AUTHORIZATION user] [QUOTA …]"""
    reader.expect("CREATE", "SCHEMA")
    lenient = reader.accept("IF", "NOT", "EXISTS")
    name = reader.name()
    owner = reader.name() if reader.accept("AUTHORIZATION") else session.user.name
    if reader.accept("QUOTA") and not reader.accept("UNLIMITED"):
        raise unsupported("QUOTA")
    reader.finish()
    if not session.user.superuser and not _may_create(session):
        raise RedshiftError(f"permission denied for database {session.storage.warehouse.database}")
    _add(session, Schema(name, owner), lenient)
    return _done()


def _may_create(session: Session) -> bool:
    return any(
        g.kind == "database" and g.privilege in ("CREATE", "ALL") and session.user.has(g.grantee)
        for g in session.catalog.grants()
    )


def _add(session: Session, schema: Schema, lenient: bool) -> None:
    if session.catalog.schema(schema.name) is not None:
        if lenient:
            return
        raise RedshiftError(f'Schema "{schema.name}" already exists')
    if session.catalog.user(schema.owner) is None:
        raise RedshiftError(f'user "{schema.owner}" does not exist')
    if schema.name in ("pg_catalog", "information_schema") or schema.name.startswith("pg_"):
        raise RedshiftError(f'unacceptable schema name "{schema.name}": the prefix "pg_" is reserved')
    session.catalog.put_schema(schema)


def create_external_schema(session: Session, reader: Reader) -> Outcome:
    """CREATE EXTERNAL SCHEMA [IF NOT EXISTS] name FROM DATA CATALOG DATABASE '…' [REGION '…'] IAM_ROLE '…'"""
    session.refuse_in_block("CREATE EXTERNAL SCHEMA")
    reader.expect("CREATE", "EXTERNAL", "SCHEMA")
    lenient = reader.accept("IF", "NOT", "EXISTS")
    name = reader.name()
    reader.expect("FROM")
    if not reader.accept("DATA", "CATALOG"):
        raise unsupported(f"CREATE EXTERNAL SCHEMA … FROM {reader.token.word}")
    database, region, role, create = "", session.storage.context.region, "", False
    while not reader.ended:
        if reader.accept("DATABASE"):
            database = reader.text()
        elif reader.accept("REGION"):
            region = reader.text()
        elif reader.accept("IAM_ROLE"):
            role = read_role(session, reader)
        elif reader.accept("CREATE", "EXTERNAL", "DATABASE", "IF", "NOT", "EXISTS"):
            create = True
        else:
            raise reader.unexpected()
    if not database or not role:
        raise RedshiftError("CREATE EXTERNAL SCHEMA needs DATABASE and IAM_ROLE")
    if region != session.storage.context.region:
        raise unsupported(f"a data catalog in another region ({region})")
    session.require_role(role)
    if create and not session.glue.has_database(database):
        session.storage.context.client("glue").create_database(DatabaseInput={"Name": database})
    # The database itself may come later: nobody looks for it before a table of it is read.
    _add(session, Schema(name, session.user.name, ExternalSource(database, region, role)), lenient)
    return _done()


def read_role(session: Session, reader: Reader) -> str:
    """`'arn:…'` or DEFAULT behind IAM_ROLE."""
    if reader.accept("DEFAULT"):
        raise RedshiftError(
            f"IAM_ROLE DEFAULT: {session.storage.warehouse.name} has no default role; name one by its ARN"
        )
    return reader.text()


def alter_schema(session: Session, reader: Reader) -> Outcome:
    """ALTER SCHEMA name OWNER TO user"""
    reader.expect("ALTER", "SCHEMA")
    name = reader.name()
    schema = session.catalog.schema(name)
    if schema is None:
        raise RedshiftError(f'schema "{name}" does not exist')
    if not reader.accept("OWNER", "TO"):
        raise unsupported(f"ALTER SCHEMA … {reader.token.word}")
    session.privileges.superuser("change an owner")
    owner = reader.name()
    if session.catalog.user(owner) is None:
        raise RedshiftError(f'user "{owner}" does not exist')
    session.catalog.put_schema(replace(schema, owner=owner))
    return _done()


def drop_schema(session: Session, reader: Reader) -> Outcome:
    """DROP SCHEMA [IF EXISTS] name, … [CASCADE | RESTRICT]; an external one loses nothing in the Glue catalog."""
    reader.expect("DROP", "SCHEMA")
    lenient = reader.accept("IF", "EXISTS")
    names = [reader.name()]
    while reader.accept(","):
        names.append(reader.name())
    if reader.accept("DROP", "EXTERNAL", "DATABASE"):
        raise unsupported("DROP EXTERNAL DATABASE")
    cascade = reader.accept("CASCADE")
    if not cascade:
        reader.accept("RESTRICT")
    reader.finish()
    for name in names:
        schema = session.catalog.schema(name)
        if schema is None:
            if lenient:
                continue
            raise RedshiftError(f'Schema "{name}" does not exist')
        if not session.user.superuser and schema.owner != session.user.name:
            raise RedshiftError(f"must be owner of schema {name}")
        inside = session.catalog.relations(name)
        if inside and not cascade:
            raise RedshiftError(f"cannot drop schema {name} because other objects depend on it ({inside[0].key})")
        for relation in inside:
            # A view may be gone already, with the table that it reads.
            if session.catalog.relation(relation.schema, relation.name) is not None:
                drop_relation(session, relation, cascade=True)
        session.catalog.drop_schema(schema)
    return _done()
