"""Reads the tokens of a statement and complains as Redshift's parser does."""

from __future__ import annotations

from ...sql.reader import Reader as TrinoReader
from .errors import RedshiftError
from .types import RedshiftType, make_type

_TWO_WORDS = {"double": ("precision",), "character": ("varying",), "binary": ("varying",)}


class Reader(TrinoReader):
    """Like the shared reader, with PostgreSQL's messages, names of one or two parts, and types."""

    def unexpected(self, *expected: str) -> RedshiftError:  # type: ignore[override]
        token = self.token
        if token.kind == "end":
            return RedshiftError("syntax error at end of input")
        return RedshiftError(f'syntax error at or near "{token.text}" Position: {token.start + 1}')

    def sees_any(self, *words: str) -> bool:
        return self.token.word in words

    def relation(self) -> tuple[str, str]:
        """(schema, name); the schema is empty where the statement gives none. A database in front is dropped by
        `database_relation` of the session, which knows its own."""
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.name())
        if len(parts) > 2:
            raise RedshiftError(f'cross-database reference "{".".join(parts)}" is not supported by the local target')
        return ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])

    def names(self) -> tuple[str, ...]:
        """`(a, b, …)`"""
        return tuple(self.many(self.name))

    def integer(self) -> int:
        token = self.take()
        if token.kind != "number" or not token.text.isdigit():
            self.at -= 1
            raise self.unexpected()
        return int(token.text)

    def text(self) -> str:
        """A string literal; Redshift reads `\\` and doubled quotes in it as escapes."""
        return self.string().replace("\\\\", "\\")

    def type(self) -> RedshiftType:
        """A data type with its parameters."""
        spelling = self.name()
        follower = _TWO_WORDS.get(spelling)
        if follower is not None and self.accept(follower[0].upper()):
            spelling += f" {follower[0]}"
        parameters = tuple(self.many(self._length)) if self.sees("(") else None
        if spelling in ("timestamp", "time"):
            for words in (("WITH", "TIME", "ZONE"), ("WITHOUT", "TIME", "ZONE")):
                if self.accept(*words):
                    spelling += f" {' '.join(words).lower()}"
        return make_type(spelling, parameters)

    def _length(self) -> int:
        # VARCHAR(MAX) is the longest there is.
        return 65_535 if self.accept("MAX") else self.integer()

    def rest(self) -> str:
        """The text from here to the end; nothing is left then."""
        found = self.sql[self.token.start : self.end_offset]
        self.at = len(self.tokens) - 1
        return found

    def inside(self) -> str:
        """The text between the parenthesis that is next and its partner, both taken."""
        close = self.closing()
        found = self.sql[self.tokens[self.at].end : self.tokens[close].start]
        self.at = close + 1
        return found
