"""Dot navigation into SUPER values: `t.payload.user.id`.

Redshift compares what it finds with its dynamic type. DuckDB's JSON is text, so a path may stand only where that makes
no difference: as a selected column, under a cast, or before IS NULL. Anywhere else it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ...sql.binder import Reference
from ...sql.nodes import call
from .errors import unsupported
from .types import RedshiftType

#: DuckDB's function; rules.py knows it as a SUPER value.
NAVIGATE = "json_extract"


def expand_super_paths(tree: exp.Expr, references: Sequence[Reference]) -> None:
    """Replaces each path in a bound statement; raises RedshiftError for one in a place that is not supported."""
    supers = {
        column.name
        for reference in references
        for column in reference.table.all_columns
        if isinstance(column.type, RedshiftType) and column.type.name == "super"
    }
    if not supers:
        return
    sources = {node.alias_or_name for node in tree.find_all(exp.Table, exp.Subquery, exp.CTE)}
    for column in list(tree.find_all(exp.Column)):
        names = [part.name for part in column.parts]
        if names[0] in supers and names[0] not in sources:
            start = 0
        elif len(names) > 2 and names[0] in sources and names[1] in supers:
            start = 1
        else:
            continue
        if len(names) > start + 1:
            _replace(column, names[:start], names[start], names[start + 1 :])


def _replace(column: exp.Column, source: list[str], name: str, path: list[str]) -> None:
    parent = column.parent
    selected = isinstance(parent, (exp.Select, exp.Alias))
    if isinstance(parent, exp.Dot) or not (selected or isinstance(parent, (exp.Cast, exp.TryCast, exp.Is))):
        raise unsupported(f"the SUPER path {'.'.join([*source, name, *path])} outside of SELECT, a cast and IS NULL")
    base = exp.column(exp.to_identifier(name), table=exp.to_identifier(source[0]) if source else None)
    value: exp.Expr = call(NAVIGATE, base, "$" + "".join(f'."{part}"' for part in path))
    column.replace(exp.alias_(value, path[-1], quoted=True) if isinstance(parent, exp.Select) else value)
