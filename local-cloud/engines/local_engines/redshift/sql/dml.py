"""INSERT, UPDATE and DELETE. Each is a query that says which rows get which values, and a plain change by row number:
so all of them read views, subqueries and external tables exactly as SELECT does."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from sqlglot import exp

from ...lake.hive_types import quote
from .definitions import TABLE, TEMPORARY, Relation
from .errors import RedshiftError, unsupported
from .locks import WRITE
from .names import ROW_ID, TARGET
from .outcome import Outcome
from .queries import compile_query
from .translate import parse_one
from .writing import assigned, check_assignable, insert_query, insert_values, require_columns

if TYPE_CHECKING:
    from .reader import Reader
    from .session import Session


def writable(session: Session, node: exp.Table, privilege: str) -> Relation:
    """The table that a statement changes; raises RedshiftError for a view, an external table, a missing privilege."""
    if node.catalog and node.catalog != session.storage.warehouse.database:
        raise unsupported(f'the cross-database reference "{node.catalog}.{node.db}.{node.name}"')
    relation = session.names().find(node.db, node.name)
    if relation.kind not in (TABLE, TEMPORARY):
        raise RedshiftError(f'cannot change "{relation.name}": it is a view')
    session.privileges.relation(relation, privilege, ())
    return relation


def insert(session: Session, reader: Reader) -> Outcome:
    """INSERT INTO table [(columns)] {query | VALUES … | DEFAULT VALUES}"""
    tree = parse_one(reader.sql)
    assert isinstance(tree, exp.Insert)
    if tree.args.get("returning") or tree.args.get("conflict") or tree.args.get("overwrite"):
        raise unsupported("this form of INSERT")
    target = tree.this
    names: list[str] = []
    if isinstance(target, exp.Schema):
        names, target = [identifier.name for identifier in target.expressions], target.this
    relation = writable(session, target, "INSERT")
    session.write(relation, WRITE, reads=False)
    source = tree.args.get("expression")
    if tree.args.get("default") or source is None:
        return Outcome("INSERT", changed=insert_values(session, relation, {}, "(SELECT 1)"))
    with_ = tree.args.get("with_")
    if isinstance(source, exp.Values):
        query = _of_values(session, relation, names, source)
        return Outcome("INSERT", changed=insert_query(session, relation, names, query, checked=False))
    if not isinstance(source, exp.Query):
        raise unsupported("this form of INSERT")
    if with_ is not None:
        source.set("with_", with_)
    return Outcome("INSERT", changed=insert_query(session, relation, names, source))


def _of_values(session: Session, relation: Relation, names: list[str], source: exp.Values) -> exp.Query:
    """`SELECT * FROM (VALUES …)`, each DEFAULT replaced by what it stands for."""
    columns = require_columns(relation, names)
    for row in source.expressions:
        cells = row.expressions if isinstance(row, exp.Tuple) else [row]
        for column, cell in zip(columns, list(cells), strict=False):
            if isinstance(cell, exp.Var) and cell.name.upper() == "DEFAULT":
                if column.identity is not None:
                    raise unsupported("DEFAULT for an identity column; leave the column out")
                default = parse_one(f"SELECT {column.default or 'NULL'}")
                assert isinstance(default, exp.Select)
                cell.replace(default.selects[0].copy())
    count = max(len(row.expressions) if isinstance(row, exp.Tuple) else 1 for row in source.expressions)
    alias = exp.TableAlias(this=exp.to_identifier("v"), columns=[exp.to_identifier(f"v{i}") for i in range(count)])
    return exp.select("*").from_(exp.Values(expressions=source.expressions, alias=alias))


def targeted(node: exp.Table) -> exp.Table:
    """The statement's target as a table of its query, which then has row numbers."""
    table = node.copy()
    table.meta[TARGET] = True
    return table


def row_id(node: exp.Table) -> exp.Expr:
    return exp.alias_(exp.column(ROW_ID, table=exp.to_identifier(node.alias_or_name)), ROW_ID)


def update(session: Session, reader: Reader) -> Outcome:
    """UPDATE table [alias] SET column = value, … [FROM …] [WHERE …]"""
    tree = parse_one(reader.sql)
    assert isinstance(tree, exp.Update)
    node = tree.this
    relation = writable(session, node, "UPDATE")
    session.write(relation, WRITE, reads=True)
    columns = require_columns(relation, [one.this.name for one in tree.expressions])
    values = [
        _value(session, column.default, one.expression) for column, one in zip(columns, tree.expressions, strict=True)
    ]
    query = exp.Select(expressions=[row_id(node), *(exp.alias_(v, f"v{i}") for i, v in enumerate(values))])
    query.set("from_", exp.From(this=targeted(node)))
    others = tree.args.get("from_")
    if others is not None:
        query.set("joins", [exp.Join(this=others.this, kind="CROSS")])
    return Outcome(
        "UPDATE", changed=apply_update(session, relation, _finish(tree, query), [c.name for c in columns], values)
    )


def _value(session: Session, default: str | None, value: exp.Expr) -> exp.Expr:
    if isinstance(value, exp.Column) and value.name == "default" and not value.table:
        tree = parse_one(f"SELECT {default or 'NULL'}")
        assert isinstance(tree, exp.Select)
        return tree.selects[0].copy()
    return value.copy()


def _finish(tree: exp.Expr, query: exp.Select) -> exp.Select:
    for name in ("where", "with_"):
        if tree.args.get(name) is not None:
            query.set(name, tree.args[name].copy())
    if tree.args.get("returning") or tree.args.get("order") or tree.args.get("limit"):
        raise unsupported("RETURNING, ORDER BY or LIMIT of UPDATE and DELETE")
    return query


def apply_update(
    session: Session, relation: Relation, query: exp.Query, names: list[str], values: list[exp.Expr]
) -> int:
    """Sets `names` in the rows of the query: row number first, then the new values."""
    columns = require_columns(relation, names)
    compiled = compile_query(session, query)
    for column, given, node in zip(columns, compiled.columns[1:], values, strict=True):
        check_assignable(relation, column, given, node)
    sets = ", ".join(
        f"{quote(column.name)} = {assigned(f'source.v{index}', column.type)}" for index, column in enumerate(columns)
    )
    aliases = ", ".join([ROW_ID, *(f"v{index}" for index in range(len(columns)))])
    row = session.connection.execute(
        f"UPDATE {relation.physical} AS target SET {sets} FROM ({compiled.sql}) AS source({aliases}) "
        f"WHERE target.rowid = source.{ROW_ID}"
    ).fetchone()
    return int(row[0]) if row is not None else 0


def delete(session: Session, reader: Reader) -> Outcome:
    """DELETE [FROM] table [alias] [USING …] [WHERE …]"""
    tree = parse_one(_with_from(reader))
    assert isinstance(tree, exp.Delete)
    node = tree.this
    relation = writable(session, node, "DELETE")
    session.write(relation, WRITE, reads=True)
    query = exp.Select(expressions=[row_id(node)])
    query.set("from_", exp.From(this=targeted(node)))
    query.set("joins", [exp.Join(this=other, kind="CROSS") for other in tree.args.get("using") or []])
    return Outcome("DELETE", changed=apply_delete(session, relation, _finish(tree, query)))


def _with_from(reader: Reader) -> str:
    """The statement with the FROM that Redshift lets one leave out, and sqlglot does not."""
    depth = 0
    for token, after in itertools.pairwise(reader.tokens):
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0 and token.word == "DELETE" and after.word != "FROM":
            return f"{reader.sql[: token.end]} FROM{reader.sql[token.end :]}"
    return reader.sql


def apply_delete(session: Session, relation: Relation, query: exp.Query) -> int:
    """Deletes the rows whose numbers the query gives."""
    compiled = compile_query(session, query)
    row = session.connection.execute(
        f"DELETE FROM {relation.physical} WHERE rowid IN (SELECT {ROW_ID} FROM ({compiled.sql}) AS source({ROW_ID}))"
    ).fetchone()
    return int(row[0]) if row is not None else 0
