"""CREATE TABLE and CREATE TABLE AS."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...lake.hive_types import quote
from .catalog import PUBLIC
from .columns import NAMELESS
from .definitions import TABLE, TEMPORARY, ColumnDefinition, Grant, Relation
from .errors import RedshiftError, unsupported
from .outcome import Outcome
from .queries import compile_query
from .reader import Reader
from .table_parsing import TableAttributes, TableText, check_table, read_attributes, read_table
from .translate import parse_query
from .writing import assigned, sequence_name

if TYPE_CHECKING:
    from .session import Session

DDL = "DDL"


def done(kind: str = DDL) -> Outcome:
    """The outcome of a statement that gives nothing."""
    return Outcome(kind)


def create_table(session: Session, reader: Reader) -> Outcome:
    """CREATE [TEMP] TABLE [IF NOT EXISTS] name {(columns) attributes | [(names)] attributes AS query}"""
    reader.expect("CREATE")
    reader.accept("LOCAL")
    temporary = reader.accept("TEMPORARY") or reader.accept("TEMP")
    reader.expect("TABLE")
    lenient = reader.accept("IF", "NOT", "EXISTS")
    schema, name = reader.relation()
    temporary = temporary or name.startswith("#")
    if temporary and schema:
        raise RedshiftError("cannot create temporary relation in non-temporary schema")
    if exists(session, "" if temporary else schema or PUBLIC, name):
        if lenient:
            return done()
        raise RedshiftError(f'Relation "{name}" already exists')
    if not temporary:
        require_schema(session, schema or PUBLIC)
    base = Relation(
        "" if temporary else schema or PUBLIC, name, TEMPORARY if temporary else TABLE, session.user.name, ()
    )
    if _is_query(reader):
        return _create_as(session, reader, base)
    text = read_table(reader)
    relation = _define(session, base, text)
    add_table(session, relation)
    return done()


def _is_query(reader: Reader) -> bool:
    """CREATE TABLE … AS: an AS stands outside of parentheses."""
    depth = 0
    for token in reader.tokens[reader.at :]:
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0 and token.word == "AS":
            return True
    return False


def exists(session: Session, schema: str, name: str) -> bool:
    """There is a table or view of this name; no schema stands for the temporary ones."""
    if not schema:
        return name in session.temporary
    return session.catalog.relation(schema, name) is not None


def require_schema(session: Session, name: str) -> None:
    """The schema exists, holds tables, and the user may create in it."""
    schema = session.catalog.schema(name)
    if schema is None:
        raise RedshiftError(f'schema "{name}" does not exist')
    if schema.external is not None:
        raise unsupported("a change of an external schema's tables")
    session.privileges.schema(schema, "CREATE")


def _define(session: Session, base: Relation, text: TableText) -> Relation:
    columns, attributes = list(text.columns), text.attributes
    if text.like is not None:
        if attributes != TableAttributes():
            # "Distribution style, sort keys, BACKUP, and NULL properties are inherited by LIKE tables, but you can't
            # explicitly set them" (CREATE TABLE, LIKE).
            raise RedshiftError("cannot specify DISTSTYLE, DISTKEY, SORTKEY or BACKUP in CREATE TABLE LIKE")
        source, including, place = text.like
        parent = session.names().find(*source)
        session.privileges.relation(parent, "SELECT")
        taken = [replace(c, default=c.default if including else None, identity=None) for c in parent.columns]
        columns[place:place] = taken
        attributes = TableAttributes(
            parent.diststyle, parent.distkey, parent.sort_style, parent.sortkeys, parent.backup
        )
    check_table(columns, attributes, text.primary_key)
    primary = set(text.primary_key)
    columns = [replace(column, not_null=column.not_null or column.name in primary) for column in columns]
    return replace(base, columns=tuple(columns), primary_key=text.primary_key, **attribute_fields(attributes))


def attribute_fields(attributes: TableAttributes) -> dict[str, object]:
    """The fields of a Relation that they fill."""
    style = attributes.diststyle or ("KEY" if attributes.distkey else "AUTO")
    return {
        "diststyle": style, "distkey": attributes.distkey, "sortkeys": attributes.sortkeys, "backup": attributes.backup,
        "sort_style": attributes.sort_style or ("COMPOUND" if attributes.sortkeys else ""),
    }  # fmt: skip


def add_table(session: Session, relation: Relation) -> Relation:
    """Creates the empty table and its definition, and grants what default privileges say."""
    columns: list[ColumnDefinition] = []
    for column in relation.columns:
        if column.identity is None:
            columns.append(column)
            continue
        seed, step, _ = column.identity
        number = session.catalog.new_id()
        session.connection.execute(f"CREATE SEQUENCE {sequence_name(number)} START {seed} INCREMENT {step}")
        columns.append(replace(column, identity=(seed, step, number)))
    relation = replace(relation, columns=tuple(columns), id=session.catalog.new_id())
    parts = [f"{quote(c.name)} {c.type.duckdb}{' NOT NULL' if c.not_null else ''}" for c in relation.columns]
    kind = "TEMP TABLE" if relation.kind == TEMPORARY else "TABLE"
    session.connection.execute(f"CREATE {kind} {relation.physical} ({', '.join(parts)})")
    register(session, relation)
    return relation


def register(session: Session, relation: Relation) -> None:
    """Puts the definition where it belongs, and grants what default privileges say."""
    if relation.kind == TEMPORARY:
        session.temporary[relation.name] = relation
        return
    session.catalog.put_relation(relation)
    defaults = session.catalog.default_grants(relation.owner, relation.schema)
    session.catalog.add_grants(
        Grant(grantee, privilege, "table", relation.schema, relation.name) for grantee, privilege in defaults
    )


def query_columns(session: Session, sql: str, names: tuple[str, ...]) -> tuple[str, tuple[ColumnDefinition, ...]]:
    """DuckDB's SQL of a query, and the columns that a table or view made of it has; `names` take the place of the
    query's own."""
    compiled = compile_query(session, parse_query(sql))
    if names and len(names) != len(compiled.columns):
        raise RedshiftError(
            f"{len(names)} column names are specified, but the query has {len(compiled.columns)} columns"
        )
    found = [
        ColumnDefinition(name, column.type)
        for name, column in zip(names or [c.name for c in compiled.columns], compiled.columns, strict=True)
    ]
    given = [column.name for column in found]
    for name in given:
        if given.count(name) > 1:
            raise RedshiftError(f'column "{name}" duplicated' if name != NAMELESS else "columns need names: use AS")
    return compiled.sql, tuple(found)


def fill_table(session: Session, relation: Relation, sql: str) -> int:
    """Puts the rows of DuckDB's `sql` into the table; its columns are the relation's, in order."""
    aliases = ", ".join(f"v{index}" for index in range(len(relation.columns)))
    values = ", ".join(assigned(f"v{index}", column.type) for index, column in enumerate(relation.columns))
    row = session.connection.execute(
        f"INSERT INTO {relation.physical} SELECT {values} FROM ({sql}) AS source({aliases})"
    ).fetchone()
    return int(row[0]) if row is not None else 0


def _create_as(session: Session, reader: Reader, base: Relation) -> Outcome:
    names = reader.names() if reader.sees("(") else ()
    attributes = TableAttributes()
    read_attributes(reader, attributes)
    reader.expect("AS")
    sql, columns = query_columns(session, reader.rest(), names)
    check_table(list(columns), attributes, ())
    # The query's views are in use until the rows are in, so the table is made with nothing else in between.
    relation = add_table(session, replace(base, columns=columns, **attribute_fields(attributes)))
    return Outcome("CTAS", changed=fill_table(session, relation, sql))
