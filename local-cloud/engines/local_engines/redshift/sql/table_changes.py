"""DROP, ALTER TABLE, TRUNCATE and LOCK."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...lake.hive_types import quote
from .catalog import PUBLIC
from .definitions import MATERIALIZED, TABLE, TEMPORARY, ColumnDefinition, Relation
from .errors import RedshiftError, unsupported
from .locks import EXCLUSIVE
from .outcome import Outcome
from .reader import Reader
from .table_parsing import TableAttributes, TableText, check_table, read_attributes
from .tables import attribute_fields, done, exists

if TYPE_CHECKING:
    from .session import Session


def drop_table(session: Session, reader: Reader) -> Outcome:
    """DROP TABLE [IF EXISTS] name, … [CASCADE | RESTRICT]"""
    reader.expect("DROP", "TABLE")
    return drop(session, reader, (TABLE, TEMPORARY), "table")


def drop(session: Session, reader: Reader, kinds: tuple[str, ...], what: str) -> Outcome:
    """The rest of DROP TABLE, DROP VIEW and DROP MATERIALIZED VIEW."""
    lenient = reader.accept("IF", "EXISTS")
    names = [reader.relation()]
    while reader.accept(","):
        names.append(reader.relation())
    cascade = reader.accept("CASCADE")
    if not cascade:
        reader.accept("RESTRICT")
    reader.finish()
    for schema, name in names:
        if not schema and name in session.temporary:
            relation: Relation | None = session.temporary[name]
        else:
            relation = session.catalog.relation(schema or PUBLIC, name)
        if relation is None:
            if lenient:
                continue
            raise RedshiftError(f'{what.title()} "{name}" does not exist')
        if relation.kind not in kinds:
            raise RedshiftError(f'"{name}" is not a {what}')
        drop_relation(session, relation, cascade)
    return done()


def drop_relation(session: Session, relation: Relation, cascade: bool) -> None:
    """Drops it, and with `cascade` the bound views that read it; raises RedshiftError when there are such."""
    if relation.kind != TEMPORARY and "DROP" not in _granted(session, relation):
        session.privileges.owner(relation)
    for other in session.catalog.relations():
        if relation.key in other.depends and relation.kind != TEMPORARY:
            if not cascade:
                raise RedshiftError(
                    f"cannot drop {relation.kind} {relation.key} because other objects depend on it HINT: Use DROP ... "
                    f"CASCADE to drop the dependent objects too. ({other.key})"
                )
            drop_relation(session, other, cascade=True)
    if relation.kind == TEMPORARY:
        session.connection.execute(f"DROP TABLE {relation.physical}")
        del session.temporary[relation.name]
        return
    session.write(relation, EXCLUSIVE, reads=False)
    if not relation.is_view:
        session.connection.execute(f"DROP TABLE {relation.physical}")
    session.catalog.drop_relation(relation)


def _granted(session: Session, relation: Relation) -> set[str]:
    return {
        g.privilege
        for g in session.catalog.grants()
        if (g.kind, g.schema, g.name) == ("table", relation.schema, relation.name) and session.user.has(g.grantee)
    }


def truncate(session: Session, reader: Reader) -> Outcome:
    """TRUNCATE [TABLE] name: deletes all rows and commits the transaction that it runs in."""
    reader.expect("TRUNCATE")
    reader.accept("TABLE")
    relation = session.names().find(*reader.relation())
    reader.finish()
    if relation.kind not in (TABLE, TEMPORARY, MATERIALIZED):
        raise RedshiftError(f'"{relation.name}" is not a table')
    if "TRUNCATE" not in _granted(session, relation):
        session.privileges.owner(relation)
    session.write(relation, EXCLUSIVE, reads=True)
    session.connection.execute(f"DELETE FROM {relation.physical}")
    session.commit()
    return done()


def lock_table(session: Session, reader: Reader) -> Outcome:
    """LOCK [TABLE] name, …: nobody else reads or writes them until the transaction ends."""
    reader.expect("LOCK")
    reader.accept("TABLE")
    names = [reader.relation()]
    while reader.accept(","):
        names.append(reader.relation())
    reader.finish()
    found = [session.names().find(*name) for name in names]
    for relation in found:
        if relation.is_view:
            raise RedshiftError(f'"{relation.name}" is not a table')
        if not {"UPDATE", "DELETE"} & _granted(session, relation):
            session.privileges.owner(relation)
    session.lock(EXCLUSIVE, [relation.key for relation in found], begins=False)
    return Outcome("LOCK")


def alter_table(session: Session, reader: Reader) -> Outcome:
    """ALTER TABLE name {ADD COLUMN … | DROP COLUMN … | RENAME … | OWNER TO … | ALTER COLUMN … | ALTER DISTSTYLE … |
    ALTER SORTKEY …}"""
    reader.expect("ALTER", "TABLE")
    relation = session.names().find(*reader.relation())
    if relation.kind != TABLE:
        raise RedshiftError(f'"{relation.name}" is not a table')
    session.privileges.owner(relation)
    session.write(relation, EXCLUSIVE, reads=False)
    if reader.accept("ADD"):
        reader.accept("COLUMN")
        changed = _add_column(session, reader, relation)
    elif reader.accept("DROP"):
        reader.accept("COLUMN")
        changed = _drop_column(session, reader, relation)
    elif reader.accept("RENAME", "TO"):
        changed = relation.renamed(reader.name())
        if exists(session, relation.schema, changed.name):
            raise RedshiftError(f'relation "{changed.name}" already exists')
        if any(relation.key in other.depends for other in session.catalog.relations()):
            raise unsupported("RENAME of a table that views read")
        session.connection.execute(f"ALTER TABLE {relation.physical} RENAME TO {quote(changed.name)}")
        session.catalog.rename_relation(relation, changed.name)
    elif reader.accept("OWNER", "TO"):
        changed = replace(relation, owner=reader.name())
    elif reader.accept("ALTER", "COLUMN"):
        changed = _resize_column(session, reader, relation)
    elif reader.accept("ALTER") and reader.sees_any("DISTSTYLE", "DISTKEY", "SORTKEY", "COMPOUND"):
        attributes = TableAttributes(
            relation.diststyle, relation.distkey, relation.sort_style, relation.sortkeys, relation.backup
        )
        read_attributes(reader, attributes)
        check_table(list(relation.columns), attributes, relation.primary_key)
        changed = replace(relation, **attribute_fields(attributes))
    else:
        raise unsupported(f"ALTER TABLE … {reader.token.text}")
    reader.finish()
    session.catalog.put_relation(changed)
    return done()


def _add_column(session: Session, reader: Reader, relation: Relation) -> Relation:
    text = TableText()
    name = reader.name()
    column = ColumnDefinition(name, reader.type())
    while not reader.ended:
        if reader.accept("ENCODE"):
            column = replace(column, encode=reader.name())
        elif reader.accept("NULL"):
            pass
        else:
            raise unsupported(f"{reader.token.text} in ALTER TABLE ADD COLUMN")
    check_table([*relation.columns, column], text.attributes, ())
    session.connection.execute(f"ALTER TABLE {relation.physical} ADD COLUMN {quote(name)} {column.type.duckdb}")
    return replace(relation, columns=(*relation.columns, column))


def _resize_column(session: Session, reader: Reader, relation: Relation) -> Relation:
    """ALTER COLUMN name TYPE VARCHAR(n), the one change of type that Redshift has ("ALTER TABLE", limits there)."""
    session.refuse_in_block("ALTER TABLE ALTER COLUMN")
    name = reader.name()
    reader.expect("TYPE")
    kind = reader.type()
    column = relation.column(name)
    if column is None:
        raise RedshiftError(f'column "{name}" of relation "{relation.name}" does not exist')
    if column.type.name != "varchar" or kind.name != "varchar":
        raise RedshiftError(
            f'target data type "{kind.sql}" is not supported: only the size of a VARCHAR can be changed'
        )
    if column.encode in ("bytedict", "runlength", "text255", "text32k") or column.default is not None:
        raise RedshiftError(f'cannot alter type of column "{name}": it has the encoding {column.encode} or a default')
    row = session.connection.execute(f"SELECT max(strlen({quote(name)})) FROM {relation.physical}").fetchone()
    if row is not None and (row[0] or 0) > kind.parameters[0]:
        raise RedshiftError(f'cannot alter type of column "{name}": it holds a value of {row[0]} bytes')
    resized = replace(column, type=kind)
    return replace(relation, columns=tuple(resized if c is column else c for c in relation.columns))


def _drop_column(session: Session, reader: Reader, relation: Relation) -> Relation:
    name = reader.name()
    reader.accept("CASCADE")
    if relation.column(name) is None:
        raise RedshiftError(f'column "{name}" of relation "{relation.name}" does not exist')
    if name in (relation.distkey, *relation.sortkeys):
        raise RedshiftError(f'cannot drop column "{name}": it is a distribution key or a sort key')
    session.connection.execute(f"ALTER TABLE {relation.physical} DROP COLUMN {quote(name)}")
    return replace(relation, columns=tuple(column for column in relation.columns if column.name != name))
