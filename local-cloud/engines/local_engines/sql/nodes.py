"""What the rewriting rules share: types of nodes, calls, casts, lambdas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from ..errors import EngineError

#: Types by id(node), see types.infer_types.
Types = Mapping[int, exp.DataType]
#: Rewrites one node; the same node back means that it stays.
Rule = Callable[[Any, Types], exp.Expr]


class UnsupportedSqlError(EngineError):
    """SQL that Athena runs and the local target does not; the message names it."""


class TypeMismatchError(EngineError):
    """Operands that Trino does not compare and DuckDB would convert; `node` is the operation."""

    def __init__(self, message: str, node: exp.Expr) -> None:
        super().__init__(message)
        self.node = node


class ArgumentTypeError(TypeMismatchError):
    """A function does not take an argument of this type."""


def call(name: str, *arguments: exp.Expr | str) -> exp.Anonymous:
    """A DuckDB function call."""
    return exp.Anonymous(this=name, expressions=[exp.convert(a) if isinstance(a, str) else a for a in arguments])


def number(value: int) -> exp.Literal:
    return exp.Literal.number(value)


def as_type(node: exp.Expr, kind: str) -> exp.Expr:
    """A cast to a DuckDB type."""
    return exp.cast(node, kind, dialect="duckdb")


def type_of(node: exp.Expr | None, types: Types) -> exp.DataType | None:
    """The type as far as it is known."""
    if isinstance(node, exp.Paren):
        return type_of(node.this, types)
    if isinstance(node, (exp.Cast, exp.TryCast)):
        return node.to
    if isinstance(node, (exp.FromISO8601Timestamp, exp.UnixToTime)):
        # sqlglot knows neither.
        return exp.DataType.build("TIMESTAMPTZ")
    return types.get(id(node))


def is_type(node: exp.Expr | None, types: Types, *wanted: exp.DataType.Type) -> bool:
    known = type_of(node, types)
    return known is not None and known.this in wanted


def literal_of(node: exp.Expr | None, what: str) -> str:
    """The text of an argument that must be constant; raises UnsupportedSqlError."""
    if not isinstance(node, exp.Literal):
        raise UnsupportedSqlError(f"NOT_SUPPORTED: {what} needs a literal in the local target")
    return str(node.name)


def inlined(function: exp.Expr | None, values: Mapping[int, exp.Expr], what: str) -> exp.Expr:
    """The body of a lambda with its parameters, by position, replaced."""
    if not isinstance(function, exp.Lambda):
        raise UnsupportedSqlError(f"NOT_SUPPORTED: {what} needs a lambda in the local target")
    names = {parameter.name: values[index] for index, parameter in enumerate(function.expressions) if index in values}
    holder = exp.Paren(this=function.this.copy())
    for use in list(holder.find_all(exp.Identifier, exp.Column)):
        bare = not isinstance(use, exp.Column) or not use.args.get("table")
        if use.name in names and bare and use.parent is not None and not isinstance(use.parent, exp.Column):
            use.replace(names[use.name].copy())
    # `r.x` of a parameter r is a column x of a table r to the parser.
    for use in list(holder.find_all(exp.Column)):
        if use.table in names and use.parent is not None:
            use.replace(exp.Dot(this=names[use.table].copy(), expression=use.this.copy()))
    return holder


def function(parameter: str, body: exp.Expr) -> exp.Lambda:
    """`parameter -> body`"""
    return exp.Lambda(this=body, expressions=[exp.to_identifier(parameter)])


def variable(name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name))


def field(value: exp.Expr, name: str) -> exp.Expr:
    """A member of a struct."""
    return call("struct_extract", value, exp.Literal.string(name))


def struct(**members: exp.Expr) -> exp.Expr:
    """A struct with these members."""
    return exp.Struct(
        expressions=[exp.PropertyEQ(this=exp.to_identifier(name), expression=value) for name, value in members.items()]
    )
