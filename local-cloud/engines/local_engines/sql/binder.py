"""Finds the tables of a statement and gives each reference a name of its own, whatever the dialect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from ..errors import EngineError
from ..lake.catalog import Table

#: Views of views of …; deeper is a cycle.
_MAX_DEPTH = 32
#: At the end of a generated name: its number is not final.
_MARK = "\u2020"


class BindError(EngineError):
    """A name that cannot be resolved; `node` gives the place in the SQL text."""

    def __init__(self, message: str, node: exp.Expr | None = None) -> None:
        super().__init__(message)
        self.node = node


@dataclass(frozen=True)
class Reference:
    """One use of a table in a statement: `name` stands in its place in the SQL."""

    name: str
    table: Table


class Resolver(Protocol):
    """What the engine knows of names."""

    def resolve(self, node: exp.Table) -> Table:
        """The table that the node names; raises BindError."""
        ...

    def expand(self, view: Table) -> exp.Query:
        """The parsed query of a view, its tables already qualified with the view's database."""
        ...


def bind(query: exp.Expr, resolver: Resolver) -> list[Reference]:
    """Replaces each table in place by its stand-in and each view by its query; returns the references."""
    references: list[Reference] = []
    _bind(query, resolver, references, 0)
    return references


def _bind(query: exp.Expr, resolver: Resolver, references: list[Reference], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise BindError("VIEW_IS_RECURSIVE: Statement stack depth exceeded: the views refer to each other")
    for node in list(query.find_all(exp.Table)):
        if not isinstance(node.this, exp.Identifier) or _is_cte(node):
            continue
        table = resolver.resolve(node)
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
        _unqualify_columns(node, alias.name)
        if table.is_view:
            inner = resolver.expand(table)
            _bind(inner, resolver, references, depth + 1)
            replacement: exp.Expr = exp.Subquery(this=inner, alias=alias)
        else:
            reference = Reference(f"ref_{len(references)}", table)
            references.append(reference)
            replacement = exp.Table(this=exp.to_identifier(reference.name), alias=alias)
        for key in ("joins", "laterals", "sample", "pivots"):
            if node.args.get(key):
                replacement.set(key, node.args[key])
        node.replace(replacement)


def _is_cte(node: exp.Table) -> bool:
    """The name is a common table expression that is visible here."""
    if node.args.get("db") is not None:
        return False
    name = node.name.lower()
    inside: exp.Expr = node
    parent = node.parent
    while parent is not None:
        with_ = parent.args.get("with_")
        if isinstance(with_, exp.With):
            for cte in with_.expressions:
                # Inside of a WITH only the members before one's own are visible, unless it is recursive.
                own = cte is inside or any(cte is ancestor for ancestor in _ancestors(node))
                if own and not with_.recursive:
                    break
                if cte.alias.lower() == name:
                    return True
        inside, parent = parent, parent.parent
    return False


def _ancestors(node: exp.Expr) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    current = node.parent
    while current is not None:
        found.append(current)
        current = current.parent
    return found


def _unqualify_columns(node: exp.Table, alias: str) -> None:
    """`db.t.c` becomes `t.c`: the stand-in has an alias but no database."""
    database = node.args.get("db")
    select = node.find_ancestor(exp.Select)
    if database is None or select is None:
        return
    for column in select.find_all(exp.Column):
        if (
            column.args.get("db") is not None
            and column.db.lower() == database.name.lower()
            and column.table.lower() == node.name.lower()
        ):
            column.set("db", None)
            column.set("catalog", None)
            column.set("table", exp.to_identifier(alias, quoted=True))


def qualify_tables(query: exp.Expr, database: str) -> None:
    """Gives every table without database this one, common table expressions aside."""
    for node in query.find_all(exp.Table):
        if isinstance(node.this, exp.Identifier) and node.args.get("db") is None and not _is_cte(node):
            node.set("db", exp.to_identifier(database, quoted=True))


def column_aliases(query: exp.Expr, name: Callable[[int], str]) -> None:
    """Names the unnamed columns of every SELECT, as the engine would (`_col0`); `name` takes the position.

    The position behind a star is not known before the binding: such a column is named `name(position)` with a mark,
    which `unmarked` takes off once the position is known.
    """
    for select in list(query.find_all(exp.Select)):
        behind_star = False
        for index, projection in enumerate(list(select.expressions)):
            if projection.is_star or isinstance(projection, exp.Star):
                behind_star = True
            elif not has_name(projection):
                alias = name(index) + (_MARK if behind_star else "")
                projection.replace(exp.alias_(projection.copy(), alias, quoted=True))


def unmarked(alias: str, position: int, name: Callable[[int], str]) -> str:
    """The name of a result's column; see column_aliases."""
    return name(position) if alias.endswith(_MARK) else alias


def has_name(projection: exp.Expr) -> bool:
    """A column or a field of one; every other expression is nameless, whatever sqlglot would call it."""
    if isinstance(projection, exp.Paren):
        return has_name(projection.this)
    return isinstance(projection, (exp.Alias, exp.Aliases, exp.Column, exp.Dot))


def hide_column(query: exp.Expr, references: Sequence[Reference], hidden: str) -> None:
    """Keeps a column that the references' stand-ins have, but `*` must not give, out of every star over them.

    Does nothing unless the query names the column: only then do the stand-ins have it.
    """
    if not any(column.name.lower() == hidden for column in query.find_all(exp.Column)):
        return
    names = {reference.name for reference in references}
    for select in list(query.find_all(exp.Select)):
        joins = [join.this for join in select.args.get("joins") or []]
        sources = [source for source in (select.args.get("from_"), *joins) if source is not None]
        tables = [source.this if isinstance(source, exp.From) else source for source in sources]
        having = {table.alias_or_name for table in tables if isinstance(table, exp.Table) and table.name in names}
        for projection in select.expressions:
            star = projection.this if isinstance(projection, exp.Column) else projection
            if isinstance(star, exp.Star) and having and (star is projection or projection.table in having):
                star.set("except_", [exp.to_identifier(hidden, quoted=True)])
