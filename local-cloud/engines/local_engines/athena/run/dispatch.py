"""Which function carries out which statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..language.statements import (
    AddPartitions,
    ChangeColumns,
    CreateDatabase,
    CreateTable,
    CreateTableAs,
    CreateView,
    DropDatabase,
    DropPartitions,
    DropTable,
    DropView,
    Explain,
    Insert,
    RenamePartition,
    RepairTable,
    Select,
    SetLocation,
    SetProperties,
    Show,
    Statement,
    Unload,
)
from . import ddl, partitions, views
from .create_table_as import create_table_as
from .insert import insert, unload
from .outcome import Outcome
from .select import run_explain, run_select
from .session import Session
from .show import run_show

_RUNNERS: dict[type[Statement], Callable[[Session, Any], Outcome]] = {
    Select: lambda session, s: run_select(session, session.compile(s.query)),
    Explain: lambda session, s: run_explain(session, session.compile(s.query), s.validate_only),
    CreateTableAs: create_table_as,
    Insert: insert,
    Unload: unload,
    CreateView: views.create_view,
    DropView: views.drop_view,
    CreateDatabase: ddl.create_database,
    DropDatabase: ddl.drop_database,
    CreateTable: ddl.create_table,
    DropTable: ddl.drop_table,
    SetProperties: ddl.set_properties,
    SetLocation: ddl.set_location,
    ChangeColumns: ddl.change_columns,
    AddPartitions: partitions.add_partitions,
    DropPartitions: partitions.drop_partitions,
    RenamePartition: partitions.rename_partition,
    RepairTable: partitions.repair,
    Show: run_show,
}


def run_statement(session: Session, statement: Statement) -> Outcome:
    """Carries out the statement; prepared statements are the service's and never get here."""
    return _RUNNERS[type(statement)](session, statement)
