"""Rules of composite alarms (API reference, "PutCompositeAlarm", `AlarmRule`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..errors import refusal

_TOKEN = re.compile(r'\s*(?:(?P<sign>[(),])|"(?P<quoted>[^"]+)"|(?P<word>[^\s()",]+))')
_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
#: Limits of the API reference.
_MOST_CHARACTERS, _MOST_ELEMENTS, _MOST_CHILDREN = 10_240, 500, 100


@dataclass(frozen=True)
class Constant:
    value: bool


@dataclass(frozen=True)
class InState:
    state: str
    #: Name or ARN, as it is written.
    alarm: str


@dataclass(frozen=True)
class Negation:
    of: Node


@dataclass(frozen=True)
class Junction:
    """`every`: all of them (AND), else any of them (OR)."""

    every: bool
    parts: tuple[Node, ...]


Node = Constant | InState | Negation | Junction


@dataclass(frozen=True)
class Rule:
    text: str
    node: Node

    @property
    def children(self) -> list[str]:
        """Names of the alarms that it refers to, in order, each once."""
        return list(dict.fromkeys(name_of(one.alarm) for one in _leaves(self.node) if isinstance(one, InState)))

    def holds(self, state_of: Callable[[str], str | None]) -> bool:
        """`state_of` answers None for an alarm that is not there: nothing is true of it."""
        return _holds(self.node, state_of)


def parse(text: str) -> Rule:
    """Raises ValidationError, naming what is wrong."""
    if len(text) > _MOST_CHARACTERS:
        raise refusal("ValidationError", f"AlarmRule must have at most {_MOST_CHARACTERS} characters, not {len(text)}")
    rule = Rule(text, _Parser(text).parse())
    if sum(1 for _ in _leaves(rule.node)) > _MOST_ELEMENTS or len(rule.children) > _MOST_CHILDREN:
        limits = f"{_MOST_ELEMENTS} elements and {_MOST_CHILDREN} alarms"
        raise refusal("ValidationError", f"AlarmRule must have at most {limits}")
    return rule


def name_of(reference: str) -> str:
    """The alarm's name in a name or an ARN."""
    return reference.split(":", 6)[6] if re.match(r"arn:[\w-]+:cloudwatch:[^:]*:[^:]*:alarm:", reference) else reference


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, Negation):
        yield from _leaves(node.of)
    elif isinstance(node, Junction):
        for part in node.parts:
            yield from _leaves(part)
    else:
        yield node


def _holds(node: Node, state_of: Callable[[str], str | None]) -> bool:
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, InState):
        return state_of(name_of(node.alarm)) == node.state
    if isinstance(node, Negation):
        return not _holds(node.of, state_of)
    return (all if node.every else any)(_holds(part, state_of) for part in node.parts)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split())
        self._at = 0

    def parse(self) -> Node:
        node = self._either()
        if self._at < len(self._tokens):
            raise self._bad(f"{self._tokens[self._at][1]!r} is not expected there")
        return node

    def _split(self) -> Iterator[tuple[str, str]]:
        at, text = 0, self._text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._bad(f"{text[at : at + 10]!r} is not closed")
            yield str(match.lastgroup), str(match[str(match.lastgroup)])
            at = match.end()

    def _either(self) -> Node:
        return self._joined("OR", self._both)

    def _both(self) -> Node:
        return self._joined("AND", self._one)

    def _joined(self, word: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self._peek() == ("word", word):
            self._next()
            parts.append(part())
        return parts[0] if len(parts) == 1 else Junction(word == "AND", tuple(parts))

    def _one(self) -> Node:
        kind, text = self._next()
        if (kind, text) == ("sign", "("):
            node = self._either()
            self._expect(")")
            return node
        if kind == "word" and text == "NOT":
            return Negation(self._one())
        if kind == "word" and text in ("TRUE", "FALSE"):
            return Constant(text == "TRUE")
        if kind == "word" and text in _STATES:
            self._expect("(")
            kind, alarm = self._next()
            if kind == "sign":
                raise self._bad(f"{text}( must be followed by an alarm's name or ARN")
            self._expect(")")
            return InState(text, alarm)
        if kind == "word" and text == "AT_LEAST":
            raise self._bad("AT_LEAST is not supported by the local target")
        raise self._bad(f"{text!r} is not expected there")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise self._bad("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, sign: str) -> None:
        if (found := self._next()) != ("sign", sign):
            raise self._bad(f"{found[1]!r} is not expected there, but {sign!r}")

    def _bad(self, why: str) -> Exception:
        return refusal("ValidationError", f"Error in AlarmRule {self._text!r}: {why}")
