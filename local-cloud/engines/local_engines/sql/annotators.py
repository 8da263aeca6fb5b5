"""Types of nodes that sqlglot takes for something else than Trino does; see types.infer_types.

Each function is an annotator of sqlglot's: it is called with the annotator and a node whose operands have types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

_T = exp.DataType.Type
Annotator = Callable[[Any, Any], exp.Expr]


def _unknown() -> exp.DataType:
    return exp.DataType(this=_T.UNKNOWN)


def _literal(annotator: Any, node: exp.Literal) -> exp.Expr:
    """1.10 is a decimal(3,2), not a double."""
    text = str(node.this).lower()
    if node.is_string or node.is_int or "e" in text:
        found: exp.Expr = annotator._annotate_literal(node)
        return found
    whole, _, fraction = text.partition(".")
    digits = max(len(whole.lstrip("0")) + len(fraction), 1)
    node.type = exp.DataType.build(f"DECIMAL({digits}, {len(fraction)})")
    return node


def _concatenation(annotator: Any, node: exp.Expr) -> exp.Expr:
    """Of arrays, or of texts."""
    operands = node.expressions if isinstance(node, exp.Concat) else [node.this, node.args["expression"]]
    arrays = [operand.type for operand in operands if operand.type is not None and operand.type.this == _T.ARRAY]
    known = all(operand.type is not None and operand.type.this not in (_T.UNKNOWN, _T.NULL) for operand in operands)
    node.type = arrays[0] if arrays else exp.DataType.build("VARCHAR") if known else _unknown()
    return node


def _nothing(annotator: Any, node: exp.Expr) -> exp.Expr:
    """Depends on arguments that sqlglot does not look at."""
    node.type = _unknown()
    return node


def _of_operand(annotator: Any, node: exp.Expr) -> exp.Expr:
    """That of the argument, unless another one makes it an array: max(x, 3)."""
    node.type = _unknown() if node.expressions or node.this.type is None else node.this.type
    return node


def _difference(annotator: Any, node: exp.Sub) -> exp.Expr:
    """Of two times it is an interval."""
    found: exp.Expr = annotator._annotate_binary(node)
    sides = (node.left.type, node.right.type)
    if all(side is not None and side.this in exp.DataType.TEMPORAL_TYPES for side in sides):
        node.type = exp.DataType(this=_T.INTERVAL)
    return found


def _unnest(annotator: Any, node: exp.Unnest) -> exp.Expr:
    """One column an array, two a map, one a field for rows, and a last one for the ordinality."""
    kinds = [kind for array in node.expressions for kind in _columns_of(array.type)]
    names = list(node.alias_column_names)
    ordinality = node.args.get("offset")
    if ordinality:
        kinds.append(exp.DataType.build("BIGINT"))
        names += [ordinality.name] if isinstance(ordinality, exp.Expr) else []
    if len(kinds) == 1:
        node.type = kinds[0]
        return node
    members = [exp.ColumnDef(this=exp.to_identifier(n), kind=k) for n, k in zip(names, kinds, strict=False)]
    node.type = exp.DataType(this=_T.STRUCT, expressions=members, nested=True)
    return node


def _columns_of(kind: exp.DataType | None) -> list[exp.DataType]:
    inner = [part for part in kind.expressions if isinstance(part, exp.DataType)] if kind is not None else []
    if kind is not None and kind.this == _T.MAP and len(inner) == 2:
        return inner
    if kind is None or kind.this != _T.ARRAY or not inner:
        return [_unknown()]
    if inner[0].this != _T.STRUCT:
        return inner[:1]
    fields = inner[0].expressions
    return [f.kind if isinstance(f, exp.ColumnDef) and f.kind is not None else _unknown() for f in fields]


ANNOTATORS: dict[type[exp.Expr], Annotator] = {
    exp.Literal: _literal,
    exp.DPipe: _concatenation,
    exp.Concat: _concatenation,
    exp.Repeat: _nothing,
    exp.ApproxQuantile: _nothing,
    exp.ArgMax: _nothing,
    exp.ArgMin: _nothing,
    exp.Max: _of_operand,
    exp.Min: _of_operand,
    exp.Sub: _difference,
    exp.Unnest: _unnest,
}
