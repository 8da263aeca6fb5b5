"""CREATE VIEW and DROP VIEW."""

from __future__ import annotations

from ..language.statements import CreateView, DropView
from ..names import CATALOG, encode_view
from ..values import hive_type
from .outcome import Outcome
from .session import Session
from .tables import StatementError, database_of
from .writing_checks import named_columns


def create_view(session: Session, statement: CreateView) -> Outcome:
    """Athena checks the query and stores its text; the data is read when the view is used."""
    database, name = database_of(session, statement.view), statement.view.name
    full = f"{CATALOG}.{database}.{name}"
    if not session.catalog.has_database(database):
        raise StatementError(f"SCHEMA_NOT_FOUND: line 1:1: Schema {database} not found")
    existing = session.catalog.table(database, name)
    if existing is not None and not existing.is_view:
        raise StatementError(f"TABLE_ALREADY_EXISTS: line 1:1: Table already exists: '{full}'")
    if existing is not None and not statement.replace:
        raise StatementError(f"TABLE_ALREADY_EXISTS: line 1:1: View already exists: '{full}'")
    columns = named_columns(session.columns_of(statement.query), statement.query)
    # Hive has no type for a json or a time: such a column is text in the catalog.
    kinds = [(column.name.lower(), hive_type(column.type) or "string") for column in columns]
    definition = encode_view(statement.query.sql.strip(), session.database, name, kinds)
    session.catalog.put_view(database, definition, replace=statement.replace)
    return Outcome()


def drop_view(session: Session, statement: DropView) -> Outcome:
    database, name = database_of(session, statement.view), statement.view.name
    existing = session.catalog.table(database, name)
    if existing is None and statement.if_exists:
        return Outcome()
    if existing is None:
        raise StatementError(f"TABLE_NOT_FOUND: line 1:1: View '{CATALOG}.{database}.{name}' does not exist")
    if not existing.is_view:
        raise StatementError(
            f"TABLE_NOT_FOUND: line 1:1: View '{CATALOG}.{database}.{name}' does not exist, but a table with that name "
            f"exists. Did you mean DROP TABLE {database}.{name}?"
        )
    session.catalog.drop_table(database, name)
    return Outcome()
