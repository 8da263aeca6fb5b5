"""Reads tokens from left to right and complains as Trino's parser does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .syntax import SqlSyntaxError, mismatch
from .tokens import Token, tokenize, unquote

Item = TypeVar("Item")


class Reader:
    """A position in the tokens of one statement; a semicolon at its end is no part of it."""

    def __init__(self, sql: str, hive: bool = False) -> None:
        self.sql = sql
        self.hive = hive
        self.tokens = tokenize(sql, hive)
        while len(self.tokens) > 1 and self.tokens[-2].text == ";":
            del self.tokens[-2]
        self.at = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def ended(self) -> bool:
        return self.token.kind == "end"

    @property
    def end_offset(self) -> int:
        """Where the statement's text ends, without semicolon and spaces."""
        return self.tokens[-2].end if len(self.tokens) > 1 else 0

    def sees(self, *words: str) -> bool:
        """The next tokens are these words or symbols."""
        ahead = self.tokens[self.at : self.at + len(words)]
        return [token.word for token in ahead] == list(words)

    def accept(self, *words: str) -> bool:
        """Takes these words if they are next."""
        if not self.sees(*words):
            return False
        self.at += len(words)
        return True

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                raise self.unexpected(f"'{word}'")

    def choose(self, *words: str) -> str:
        """Takes one of these words and says which."""
        for word in words:
            if self.accept(word):
                return word
        raise self.unexpected(*(f"'{word}'" for word in words))

    def unexpected(self, *expected: str) -> SqlSyntaxError:
        token = self.token
        return mismatch(token.line, token.column, token.text, sorted(set(expected)))

    def finish(self) -> None:
        if not self.ended:
            raise self.unexpected("<EOF>")

    def take(self) -> Token:
        token = self.token
        if token.kind == "end":
            raise self.unexpected()
        self.at += 1
        return token

    def name(self) -> str:
        """An identifier, in lower case: neither Hive nor the Glue catalog keep its case."""
        token = self.token
        if token.kind == "back" and not self.hive:
            raise SqlSyntaxError(
                f"line {token.line}:{token.column}: backquoted identifiers are not supported; use double quotes to "
                "quote identifiers"
            )
        if token.kind not in ("word", "double", "back"):
            raise self.unexpected("<identifier>")
        self.at += 1
        return (unquote(token, self.hive) if token.kind != "word" else token.text).lower()

    def string(self) -> str:
        if self.token.kind == "string" or (self.hive and self.token.kind == "double"):
            return unquote(self.take(), self.hive)
        raise self.unexpected("<string>")

    def many(self, one: Callable[[], Item]) -> list[Item]:
        """`( one, one, … )`"""
        self.expect("(")
        items = [one()]
        while not self.accept(")"):
            if not self.accept(","):
                raise self.unexpected("','", "')'")
            items.append(one())
        return items

    def closing(self) -> int:
        """Index of the token that closes the parenthesis which is next."""
        if not self.sees("("):
            raise self.unexpected("'('")
        depth = 0
        for index in range(self.at, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[index].word, 0)
            if depth == 0:
                return index
        self.at = len(self.tokens) - 1
        raise self.unexpected("')'")
