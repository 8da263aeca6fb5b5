"""Reads metric math expressions (CloudWatch user guide, "Using math expressions with CloudWatch metrics")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import invalid

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?P<word>[A-Za-z_]\w*)|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]]))"
)
#: Function -> least and greatest number of arguments.
FUNCTIONS = {
    "ABS": (1, 1), "AVG": (1, 1), "CEIL": (1, 1), "DIFF": (1, 1), "FILL": (2, 2), "FLOOR": (1, 1), "IF": (2, 3),
    "MAX": (1, 1), "METRICS": (0, 0), "MIN": (1, 1), "PERIOD": (1, 1), "RATE": (1, 1), "RUNNING_SUM": (1, 1),
    "SUM": (1, 1),
}  # fmt: skip
_COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
#: Words that are signs, in either way of writing.
_WORD_SIGNS = {"AND": "&&", "OR": "||"}
#: Of FILL's second argument.
FILLINGS = ("REPEAT", "LINEAR")


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Name:
    """The id of a metric or of another expression; or one of `FILLINGS`."""

    name: str


@dataclass(frozen=True)
class Operation:
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Several:
    """`[a, b]`"""

    items: tuple[Node, ...]


Node = Number | Name | Operation | Call | Several


def parse(expression: str) -> Node:
    """The expression as a tree. Raises InvalidParameterValue for what AWS or the local target does not know."""
    return _Parser(expression).parse()


def names(node: Node) -> Iterator[str]:
    """Ids that the expression refers to."""
    if isinstance(node, Name):
        if node.name not in FILLINGS:
            yield node.name
    elif isinstance(node, Operation):
        yield from names(node.left)
        yield from names(node.right)
    elif isinstance(node, (Call, Several)):
        for part in node.arguments if isinstance(node, Call) else node.items:
            yield from names(part)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split(text))
        self._at = 0

    def parse(self) -> Node:
        if not self._tokens:
            raise self._bad("it is empty")
        node = self._any_of(0)
        if self._at < len(self._tokens):
            raise self._bad(f"{self._tokens[self._at]!r} is not expected there")
        return node

    def _split(self, text: str) -> Iterator[str]:
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._bad(f"{text[at:].strip()[:10]!r} is not supported by the local target")
            yield _WORD_SIGNS.get(match.group().strip(), match.group().strip())
            at = match.end()

    #: Operators from the weakest to the strongest; of equal ones the left goes first.
    _LEVELS = (("||",), ("&&",), _COMPARISONS, ("+", "-"), ("*", "/"), ("^",))

    def _any_of(self, level: int) -> Node:
        if level == len(self._LEVELS):
            return self._unary()
        node = self._any_of(level + 1)
        while self._peek() in self._LEVELS[level]:
            sign = self._next()
            node = Operation(sign, node, self._any_of(level + 1))
        return node

    def _unary(self) -> Node:
        if self._peek() == "-":
            self._next()
            return Operation("-", Number(0), self._unary())
        return self._primary()

    def _primary(self) -> Node:
        token = self._next()
        if token == "(":
            node = self._any_of(0)
            self._expect(")")
            return node
        if token == "[":
            return Several(self._list("]"))
        if token[0].isdigit() or token[0] == ".":
            return Number(float(token))
        if not (token[0].isalpha() or token[0] == "_"):
            raise self._bad(f"{token!r} is not expected there")
        if self._peek() != "(":
            if token[0].isupper() and token not in FILLINGS:
                raise self._bad(f"{token} is not an id: ids begin with a lower-case letter")
            return Name(token)
        if token not in FUNCTIONS:
            raise self._bad(f"the function {token} is not supported by the local target; it has {', '.join(FUNCTIONS)}")
        self._next()
        arguments = self._list(")")
        least, most = FUNCTIONS[token]
        if not least <= len(arguments) <= most:
            raise self._bad(f"{token} takes {least} to {most} arguments, not {len(arguments)}")
        return Call(token, arguments)

    def _list(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while self._peek() != end:
            if items:
                self._expect(",")
            items.append(self._any_of(0))
        self._next()
        return tuple(items)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise self._bad("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, token: str) -> None:
        if (found := self._next()) != token:
            raise self._bad(f"{found!r} is not expected there, but {token!r}")

    def _bad(self, why: str) -> Exception:
        return invalid(f"Error in expression {self._text!r}: {why}")
