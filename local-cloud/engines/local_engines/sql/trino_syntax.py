"""Parses Trino queries, and refuses what sqlglot understands of other dialects: it would fail on AWS."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from .syntax import SqlSyntaxError, mismatch

_RESERVED = """alter and as between by case cast constraint create cross cube current_catalog current_date current_path
    current_role current_schema current_time current_timestamp current_user deallocate delete describe distinct drop
    else end escape except execute exists extract false for from full group grouping having in inner insert intersect
    into is join json_array json_exists json_object json_query json_table json_value left like listagg localtime
    localtimestamp natural normalize not null on or order outer prepare recursive right rollup select skip table then
    trim true uescape union unnest using values when where with"""
#: Reserved by Trino's grammar: not a name unless it is quoted.
RESERVED = frozenset(_RESERVED.split())
_UNITS = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}
_FOREIGN_SYMBOLS = ":: == && & | ^ ~ << >> ! { } @ $ # #> #>> : <=> := //"
#: Operators of other dialects. sqlglot's tokenizer splits some of them, so pairs count when they touch.
_SYMBOLS = frozenset(_FOREIGN_SYMBOLS.split())
#: Words that sqlglot takes after the one before and Trino does not.
_FOREIGN_PAIRS = frozenset(
    {("LIKE", "ANY"), ("LIKE", "ALL"), ("LIKE", "SOME"), ("USING", "SAMPLE"), ("FROM", "VALUES"), ("IN", "UNNEST"),
     ("ORDER BY", "ALL")}
)  # fmt: skip


def _without_position(node: exp.Expr) -> bool:
    """Not written as a function call."""
    return "start" not in node.meta


def _always(node: exp.Expr) -> bool:
    return True


#: What Trino has no syntax for: node, the words it may be written with, and when it counts.
_FOREIGN: list[tuple[type[exp.Expr], tuple[str, ...], Callable[[exp.Expr], bool]]] = [
    (exp.ILike, ("ILIKE",), _always),
    (exp.RegexpLike, ("RLIKE", "REGEXP"), _without_position),
    (exp.Glob, ("GLOB",), _always),
    (exp.IntDiv, ("DIV",), _always),
    (exp.Qualify, ("QUALIFY",), _always),
    (exp.Pivot, ("PIVOT", "UNPIVOT"), _always),
    (exp.Lock, ("FOR",), _always),
    (exp.Lateral, ("LATERAL",), lambda n: bool(n.args.get("view"))),
    (exp.SimilarTo, ("SIMILAR",), _always),
    (exp.Overlaps, ("OVERLAPS",), _without_position),
    (exp.Collate, ("COLLATE",), _always),
    (exp.Cluster, ("CLUSTER",), _always),
    (exp.Sort, ("SORT",), _always),
    (exp.Distribute, ("DISTRIBUTE",), _always),
    (exp.Distinct, ("ON",), lambda n: n.args.get("on") is not None),
    (exp.JSONExtract, ("->", "->>"), lambda n: _without_position(n) and not n.args.get("json_query")),
    (exp.JSONExtractScalar, ("->>", "->"), _without_position),
    (exp.Star, ("EXCEPT", "EXCLUDE", "REPLACE", "RENAME"), lambda n: any(n.args.values())),
    (exp.Group, ("ALL",), lambda n: bool(n.args.get("all")) and not n.expressions),
    (exp.Is, ("TRUE", "FALSE", "ISNULL", "NOTNULL", "UNKNOWN"), lambda n: isinstance(n.expression, exp.Boolean)),
    (exp.Join, ("SEMI", "ANTI", "ASOF", "POSITIONAL", "STRAIGHT_JOIN"),
     lambda n: n.kind in ("SEMI", "ANTI", "STRAIGHT_JOIN") or n.method in ("ASOF", "POSITIONAL")),
    (exp.SetOperation, ("BY",), lambda n: bool(n.args.get("by_name"))),
    (exp.Select, ("SELECT",), lambda n: n.args.get("kind") is not None or bool(n.args.get("into"))),
]  # fmt: skip


def parse_query(sql: str) -> exp.Query:
    """The one query that `sql` holds; raises SqlSyntaxError in Trino's words."""
    tokens = _tokenize(sql)
    _check_tokens(tokens, sql)
    try:
        parsed = [statement for statement in sqlglot.parse(sql, read="trino") if statement is not None]
    except ParseError as error:
        raise _as_mismatch(error, tokens) from error
    if len(parsed) > 1:
        raise SqlSyntaxError("Only one sql statement is allowed. Got: " + sql.strip())
    if not parsed:
        raise mismatch(1, 1, "", ["<query>"])
    query = parsed[0]
    if isinstance(query, exp.Values):
        query = exp.select("*").from_(query)
    if not isinstance(query, exp.Query):
        raise _at(tokens[0], ["<query>"])
    _check_tree(query, tokens)
    return query


#: What may stand around a quote that is none.
_CLOSED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)


def _tokenize(sql: str) -> list[Token]:
    try:
        return list(sqlglot.tokenize(sql, read="trino"))
    except TokenError as error:
        # Only a quote or a comment that is not closed gets here.
        rest = _CLOSED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), sql)
        at = min((rest.index(mark) for mark in ("'", '"', "/*") if mark in rest), default=len(sql))
        line = rest.count("\n", 0, at)
        raise mismatch(line + 1, at - rest.rfind("\n", 0, at), rest[at : at + 1]) from error


def _at(token: Token, expected: list[str] | None = None) -> SqlSyntaxError:
    return mismatch(token.line, _column(token), token.text, expected or [])


def _column(token: Token) -> int:
    """Column of the token's first character; sqlglot's is that of the last."""
    return token.col - (token.end - token.start)


def _check_tokens(tokens: list[Token], sql: str) -> None:
    if tokens and tokens[0].token_type == TokenType.FROM:
        raise _at(tokens[0], ["<query>"])
    for index, token in enumerate(tokens):
        if sql[token.start] == "`":
            raise SqlSyntaxError(
                f"line {token.line}:{_column(token)}: backquoted identifiers are not supported; use double quotes to "
                "quote identifiers"
            )
        if token.token_type in (TokenType.PARAMETER, TokenType.ISNULL, TokenType.NOTNULL) or _is_foreign(tokens, index):
            raise _at(token)
        if token.token_type == TokenType.INTERVAL:
            _check_interval(tokens, index)


def _is_foreign(tokens: list[Token], index: int) -> bool:
    """Valid for sqlglot here, but not for Trino."""
    token, before = tokens[index], tokens[index - 1] if index > 0 else None
    quoted = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
    if quoted:
        return before is not None and token.token_type == before.token_type == TokenType.STRING
    if token.text in _SYMBOLS or token.text.startswith("$"):
        return True
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    # The tokenizer splits `<<`.
    if following is not None and following.start == token.end + 1 and token.text + following.text in ("<<", ">>", "=="):
        return True
    if before is None:
        return False
    # A star has no alias: `SELECT * FORM t`.
    if token.token_type == TokenType.VAR and before.token_type == TokenType.STAR and index > 1:
        return tokens[index - 2].token_type in (TokenType.SELECT, TokenType.DISTINCT, TokenType.COMMA, TokenType.DOT)
    pair = (before.text.upper(), token.text.upper())
    if pair in _FOREIGN_PAIRS:
        return True
    # LIMIT n OFFSET m is the order of other dialects.
    if index > 1 and tokens[index - 2].text.upper() == "LIMIT" and pair[1] in ("OFFSET", "PERCENT"):
        return True
    # A list needs its ARRAY; a subscript follows an operand.
    return token.token_type == TokenType.L_BRACKET and not (
        before.text in (")", "]")
        or before.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
        or (before.text[:1].isalnum() and before.text.lower() not in RESERVED)
    )


def _check_interval(tokens: list[Token], index: int) -> None:
    """INTERVAL [+|-] 'n' unit, and nothing else."""
    rest = tokens[index + 1 : index + 4]
    if rest and rest[0].token_type in (TokenType.DASH, TokenType.PLUS):
        rest = rest[1:]
    if rest and rest[0].token_type == TokenType.NUMBER:
        raise _at(rest[0], ["'+'", "'-'", "<string>"])
    if not rest or rest[0].token_type != TokenType.STRING:
        return
    units = [f"'{name}'" for name in sorted(_UNITS)]
    if len(rest) == 1:
        raise mismatch(rest[0].line, rest[0].col + 1, "", units)
    if rest[1].text.upper() not in _UNITS:
        raise _at(rest[1], units)


def _check_tree(query: exp.Expr, tokens: list[Token]) -> None:
    at = {token.start: token for token in tokens}
    for node in query.walk():
        if isinstance(node, exp.Select):
            # A comment to Trino.
            node.set("hint", None)
        if isinstance(node, exp.Identifier) and "start" in node.meta:
            written = at.get(node.meta["start"])
            reserved = not node.quoted and node.name.lower() in RESERVED
            if written is not None and (reserved or written.token_type == TokenType.STRING):
                raise _at(written, ["<identifier>"])
        for kind, words, counts in _FOREIGN:
            if isinstance(node, kind) and counts(node):
                raise _at(next((token for token in tokens if token.text.upper() in words), tokens[0]))


def _as_mismatch(error: ParseError, tokens: list[Token]) -> SqlSyntaxError:
    """sqlglot names the last token where the text ended too early; Trino names the end."""
    first = error.errors[0]
    line, column, found = int(first.get("line") or 1), int(first.get("col") or 1), str(first.get("highlight") or "")
    description = str(first.get("description") or "")
    last = tokens[-1] if tokens else None
    unexpected = description.startswith("Invalid expression")
    at_end = last is not None and (line, column) == (last.line, last.col) and not unexpected
    if at_end or "SENTINEL" in description:
        return mismatch(last.line if last else 1, last.col + 1 if last else 1, "", _expected(description))
    return mismatch(line, column - len(found) + 1, found, _expected(description))


def _expected(description: str) -> list[str]:
    closing = re.match(r"Expecting (\S+)$", description)
    if closing is not None:
        return [f"'{closing[1]}'"]
    return ["<expression>"] if "Required keyword" in description else []
