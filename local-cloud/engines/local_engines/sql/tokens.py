"""Tokens of a statement, for everything that is no query: queries are sqlglot's business.

Two lexical rules are in use, as on AWS: Trino's for DML and its relatives, Hive's for DDL, where a backslash escapes
inside of a string and double quotes may stand around one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMMON = r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<string>{string})
  | (?P<double>"(?:[^"]|"")*")
  | (?P<back>`(?:[^`]|``)*`)
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
  | (?P<word>[^\W\d][\w$@]*)
  | (?P<symbol><>|!=|>=|<=|\|\||->|=>|::|.)
"""
_TRINO = re.compile(_COMMON.format(string=r"'(?:[^']|'')*'"), re.VERBOSE | re.DOTALL)
_HIVE = re.compile(_COMMON.format(string=r"'(?:[^'\\]|\\.|'')*'"), re.VERBOSE | re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


@dataclass(frozen=True)
class Token:
    """One token; `kind` is a group name of the pattern, or "end". `start` and `end` are offsets in the text."""

    kind: str
    text: str
    start: int
    end: int
    line: int
    column: int

    @property
    def word(self) -> str:
        """Upper case for words and symbols, nothing for what is quoted."""
        return self.text.upper() if self.kind in ("word", "symbol") else ""


def tokenize(sql: str, hive: bool = False) -> list[Token]:
    """All tokens but spaces and comments, with an "end" token last."""
    tokens: list[Token] = []
    line, begin = 1, 0
    pattern = _HIVE if hive else _TRINO
    for match in pattern.finditer(sql):
        kind = str(match.lastgroup)
        if kind != "space":
            tokens.append(Token(kind, match[0], match.start(), match.end(), line, match.start() - begin + 1))
        breaks = match[0].count("\n")
        if breaks:
            line += breaks
            begin = match.start() + match[0].rfind("\n") + 1
    tokens.append(Token("end", "", len(sql), len(sql), line, len(sql) - begin + 1))
    return tokens


def unquote(token: Token, hive: bool) -> str:
    """The characters that a quoted token stands for."""
    quote, inner = token.text[0], token.text[1:-1]
    if hive and token.kind in ("string", "double"):
        return re.sub(r"\\(u[0-9a-fA-F]{4}|[0-7]{3}|.)|(['\"])\2", _unescape, inner, flags=re.DOTALL)
    return inner.replace(quote * 2, quote)


def _unescape(match: re.Match[str]) -> str:
    escaped = match[1]
    if escaped is None:
        return match[2]
    if len(escaped) == 3:
        return chr(int(escaped, 8))
    if len(escaped) == 5:
        return chr(int(escaped[1:], 16))
    # Hive keeps the backslash of LIKE's own escapes.
    return f"\\{escaped}" if escaped in "%_" else _ESCAPES.get(escaped, escaped)


def outside(sql: str, start: int, end: int) -> str:
    """`sql` with everything but [start, end) blanked, so that positions in the rest stay what they are."""
    return re.sub(r"[^\n]", " ", sql[:start]) + sql[start:end]
