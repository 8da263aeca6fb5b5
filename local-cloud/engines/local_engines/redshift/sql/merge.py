"""MERGE INTO target USING source ON …; both forms of Redshift's."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from sqlglot import exp

from ...lake.hive_types import quote
from .definitions import Relation
from .dml import row_id, targeted, writable
from .errors import RedshiftError, unsupported
from .locks import WRITE
from .outcome import Outcome
from .queries import compile_query
from .translate import parse_one
from .writing import assigned, insert_values, require_columns

if TYPE_CHECKING:
    from .reader import Reader
    from .session import Session

_MATCHED, _NEW = "temp.main.engine_matched", "temp.main.engine_new"


def merge(session: Session, reader: Reader) -> Outcome:
    """Finds the rows of both branches first, then changes the target: no branch sees what another one did."""
    sql, duplicates = reader.sql, False
    words = [token.word for token in reader.tokens[-3:-1]]
    if words == ["REMOVE", "DUPLICATES"]:
        # sqlglot does not know this clause; WHEN MATCHED THEN DELETE keeps the rest of the statement readable to it.
        sql, duplicates = f"{sql[: reader.tokens[-3].start]} WHEN MATCHED THEN DELETE", True
    tree = parse_one(_with_columns(session, reader, sql))
    assert isinstance(tree, exp.Merge)
    target, source = tree.this, tree.args["using"]
    if target.alias and target.alias != target.name:
        raise RedshiftError(f'syntax error at or near "{target.alias}": the target of MERGE takes no alias')
    if not isinstance(source, exp.Table):
        raise RedshiftError("the source of MERGE must be a table")
    relation = writable(session, target, "DELETE")
    session.write(relation, WRITE, reads=True)
    if duplicates:
        return Outcome("MERGE", changed=_remove_duplicates(session, tree, relation))
    return Outcome("MERGE", changed=_branches(session, tree, relation))


def _with_columns(session: Session, reader: Reader, sql: str) -> str:
    """`INSERT VALUES` with the names of all columns, without which sqlglot takes VALUES for a function."""
    places = [t for t, after in itertools.pairwise(reader.tokens) if (t.word, after.word) == ("INSERT", "VALUES")]
    if not places:
        return sql
    reader.expect("MERGE", "INTO")
    relation = session.names().find(*reader.relation())
    names = ", ".join(quote(column.name) for column in relation.columns)
    return f"{sql[: places[0].end]} ({names}){sql[places[0].end :]}"


def _joined(tree: exp.Merge, projections: list[exp.Expr]) -> exp.Select:
    """Projections over the target's rows and those of the source that match them."""
    query = exp.Select(expressions=[row_id(tree.this), *projections])
    query.set("from_", exp.From(this=targeted(tree.this)))
    query.set("joins", [exp.Join(this=tree.args["using"].copy(), on=tree.args["on"].copy())])
    return query


def _unmatched(tree: exp.Merge, projections: list[exp.Expr]) -> exp.Select:
    """Projections over the source's rows that match no row of the target."""
    inner = exp.select("1").from_(targeted(tree.this)).where(tree.args["on"].copy())
    query = (
        exp.Select(expressions=projections).from_(tree.args["using"].copy()).where(exp.Not(this=exp.Exists(this=inner)))
    )
    return query


def _keep(session: Session, name: str, query: exp.Query) -> int:
    """The query's rows in a temporary table of columns c0, c1, …; returns how many columns there are."""
    compiled = compile_query(session, query)
    aliases = ", ".join(f"c{index}" for index in range(len(compiled.columns)))
    session.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM ({compiled.sql}) AS found({aliases})"
    )
    return len(compiled.columns)


def _branches(session: Session, tree: exp.Merge, relation: Relation) -> int:
    matched: exp.When | None = None
    new: exp.When | None = None
    for when in tree.args["whens"].expressions:
        if when.args.get("condition") is not None or when.args.get("source"):
            raise unsupported("a condition in WHEN of MERGE")
        if when.args.get("matched"):
            matched = when
        else:
            new = when
    changed = 0
    if matched is not None:
        then = matched.args["then"]
        sets = list(then.expressions) if isinstance(then, exp.Update) else []
        columns = require_columns(relation, [one.this.name for one in sets]) if sets else []
        values = [exp.alias_(one.expression.copy(), f"v{i}") for i, one in enumerate(sets)]
        _keep(session, _MATCHED, _joined(tree, values))
        _refuse_twice(session)
    if new is not None:
        inserted = new.args["then"]
        names = [c.name for c in inserted.this.expressions] if inserted.this is not None else []
        if not isinstance(inserted.expression, (exp.Tuple, exp.Paren)):
            raise unsupported("this form of INSERT in MERGE")
        cells = inserted.expression.expressions or [inserted.expression.this]
        wanted = require_columns(relation, names)[: len(cells)]
        _keep(session, _NEW, _unmatched(tree, [exp.alias_(c.copy(), f"v{i}") for i, c in enumerate(cells)]))
    if matched is not None:
        changed += _apply(session, relation, [c.name for c in columns])
    if new is not None:
        values_sql = {c.name: assigned(f"source.c{i}", c.type) for i, c in enumerate(wanted)}
        changed += insert_values(session, relation, values_sql, f"{_NEW} AS source")
    return changed


def _refuse_twice(session: Session) -> None:
    row = session.connection.execute(f"SELECT 1 FROM {_MATCHED} GROUP BY c0 HAVING count(*) > 1 LIMIT 1").fetchone()
    if row is not None:
        raise RedshiftError("Found multiple matches to update the same tuple.")


def _apply(session: Session, relation: Relation, names: list[str]) -> int:
    """Updates the matched rows, or deletes them where nothing is to be set."""
    if names:
        columns = require_columns(relation, names)
        sets = ", ".join(f"{quote(c.name)} = {assigned(f'm.c{i + 1}', c.type)}" for i, c in enumerate(columns))
        sql = f"UPDATE {relation.physical} AS t SET {sets} FROM {_MATCHED} AS m WHERE t.rowid = m.c0"
    else:
        sql = f"DELETE FROM {relation.physical} WHERE rowid IN (SELECT c0 FROM {_MATCHED})"
    row = session.connection.execute(sql).fetchone()
    return int(row[0]) if row is not None else 0


def _remove_duplicates(session: Session, tree: exp.Merge, relation: Relation) -> int:
    """The target's matched rows go, and all the source's rows come, each once ("MERGE", simplified mode)."""
    _keep(session, _MATCHED, _joined(tree, []))
    query = exp.select("*").from_(tree.args["using"].copy()).distinct()
    count = _keep(session, _NEW, query)
    if count != len(relation.columns):
        raise RedshiftError("MERGE with REMOVE DUPLICATES needs a source with the columns of the target")
    deleted = _apply(session, relation, [])
    values = {c.name: assigned(f"source.c{i}", c.type) for i, c in enumerate(relation.columns)}
    return deleted + insert_values(session, relation, values, f"{_NEW} AS source")
