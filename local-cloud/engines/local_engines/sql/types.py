"""Types of the expressions of a statement, as far as they can be known before it runs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from .annotators import ANNOTATORS
from .binder import Reference

_ID = "engine_id"


def infer_types(query: exp.Expr, references: Sequence[Reference], dialect: str) -> dict[int, exp.DataType]:
    """Types by id(node) of the nodes of `query`; nodes of unknown type are left out.

    The inference works on a qualified copy, since qualification rewrites the statement. A statement that sqlglot
    cannot qualify has no known types; rewritings that need one then leave the expression as it is.
    """
    nodes = list(query.walk())
    for index, node in enumerate(nodes):
        node.meta[_ID] = index
    try:
        schema = {r.name: {c.name: c.type.duckdb for c in r.table.all_columns} for r in references}
        copy = qualify(
            query.copy(), schema=schema, dialect=dialect, validate_qualify_columns=False, quote_identifiers=False
        )
        annotated = annotate_types(copy, schema=schema, dialect=dialect, expression_metadata=_metadata(dialect))
    except (SqlglotError, RecursionError, KeyError, AttributeError, TypeError, ValueError) as error:
        logging.getLogger(__name__).debug("no types: %s", error)
        return {}
    found: dict[int, exp.DataType] = {}
    for node in annotated.walk():
        index = node.meta.get(_ID)
        if index is not None and isinstance(node.type, exp.DataType) and node.type.this != exp.DataType.Type.UNKNOWN:
            found[id(nodes[index])] = node.type
    return found


def _metadata(dialect: str) -> dict[type[exp.Expr], dict[str, Any]]:
    known = dict(Dialect.get_or_raise(dialect).EXPRESSION_METADATA)
    return {**known, **{kind: {"annotator": annotator} for kind, annotator in ANNOTATORS.items()}}
