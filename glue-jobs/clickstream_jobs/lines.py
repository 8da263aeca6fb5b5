"""Raw bytes to people, in Python: which lines of a raw object belong to somebody. matching.py has the same rules.

Nothing is decoded and encoded again: what stays of an object are its bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .mappings import FieldMapping
from .matching import ID_RUN, NAMED_ID
from .parse import PARENTS
from .privacy import EMAIL_IN_TEXT
from .quality import MAX_LINE_BYTES
from .subjects import identity

_ID_RUN = re.compile(ID_RUN, re.ASCII)
_NAMED_ID = re.compile(NAMED_ID, re.ASCII)
_EMAIL = re.compile(EMAIL_IN_TEXT, re.ASCII)
#: More alternatives of one pattern take longer than the parser.
_MOST_NEEDLES = 64
#: Fields that say who somebody is; an id counts as an address when it holds an @.
_IDENTITY_FIELDS = ("user_id", "user.email", "anonymous_id", "session_id")


@dataclass(frozen=True)
class People:
    """Whose lines to look for; goes to the workers of Spark as it is."""

    #: {identity (subjects.py): what its lines are found as}
    by_identity: Mapping[str, str]
    #: Fields that stand for identity fields, as (source, target).
    renamed: tuple[tuple[str, str], ...] = ()

    def finder(self) -> Callable[[bytes], str | None]:
        """A function of a line (without its LF): whose it is, None for nobody on the list."""
        # Parsing each line would cost ten times as much as looking for a few texts, which nearly no line has.
        needles = re.compile(_needles(self.by_identity), re.IGNORECASE)

        def whose(line: bytes) -> str | None:
            return self._whose(line) if needles.search(line) else None

        return whose

    def _whose(self, line: bytes) -> str | None:
        parsed = parse_object(line)
        found = next(self._known(self._of_fields(parsed)), None) if parsed is not None else None
        if found is not None or (parsed is not None and is_well_formed(line, parsed)):
            return found
        return next(self._known(_of_text(line.decode("utf-8", "replace"))), None)

    def _known(self, identities: Iterable[str]) -> Iterator[str]:
        return (self.by_identity[one] for one in identities if one in self.by_identity)

    def _of_fields(self, parsed: Mapping[str, Any]) -> Iterator[str]:
        for name in _IDENTITY_FIELDS:
            sources = [source for source, target in self.renamed if target == name]
            for source in (name, *sources):
                value = _field(parsed, source)
                if value is None:
                    continue
                if name == "user_id" or "@" in value:
                    yield identity(value)
                elif name == "user.email":
                    yield f"email:{value.strip(' ').lower()}"


def identity_fields(mappings: Iterable[FieldMapping]) -> tuple[tuple[str, str], ...]:
    """Of the accepted names those that may hold an identity, for `People.renamed`."""
    pairs: list[tuple[str, str]] = []
    for mapping in mappings:
        if mapping.target in _IDENTITY_FIELDS:
            pairs.append((mapping.source, mapping.target))
        elif mapping.target == "user":
            pairs.append((f"{mapping.source}.email", "user.email"))
    return tuple(pairs)


def parse_object(line: bytes) -> dict[str, Any] | None:
    """The one JSON object of a line, numbers as they are written; None for anything else."""
    try:
        parsed = json.loads(
            line.decode("utf-8-sig"), parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_Object
        )
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def is_well_formed(line: bytes, parsed: Mapping[str, Any]) -> bool:
    """True where silver reads the fields of the line: they say then whose it is, and other texts do not."""
    parents = [parsed[name] for name in PARENTS if parsed.get(name) is not None]
    objects = [parsed, *parents]
    return len(line) <= MAX_LINE_BYTES and all(isinstance(one, _Object) and not one.repeated for one in objects)


class _Object(dict[str, Any]):
    """A JSON object that knows whether it named a field twice."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        listed = list(pairs)
        super().__init__(listed)
        self.repeated = len(self) < len(listed)


def _field(parsed: Mapping[str, Any], path: str) -> str | None:
    name, _, nested = path.partition(".")
    value = parsed.get(name)
    if nested:
        value = value.get(nested) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) and value.strip(" ") else None


def _of_text(text: str) -> Iterator[str]:
    named = [one.strip('"').strip(" ") for one in _NAMED_ID.findall(text)]
    ids = named or [*_ID_RUN.findall(text), *(one.strip(" ") for one in text.split('"'))]
    yield from (f"user:{one}" for one in ids if "@" not in one)
    yield from (f"email:{one.replace('%40', '@').lower()}" for one in _EMAIL.findall(text))


def _needles(identities: Iterable[str]) -> bytes:
    texts = {one.partition(":")[2] for one in identities}
    if len(texts) > _MOST_NEEDLES or any(not one.isascii() for one in texts):
        return b""  # the case of other letters is no matter of bytes: every line is looked at
    needles = {re.escape(one.encode()) for one in texts}
    needles |= {re.escape(one.replace("@", "%40").encode()) for one in texts}
    # A backslash may begin an escape of any letter.
    return b"|".join([*sorted(needles), rb"\\"])
