"""Who is to be erased: requests, suppressed people, and the keyed hashes that stand for them.

A row is a person's when its `user_id` is the person's, or when its `user.email`, or an id in which the producer put an
e-mail address, is one of the person's addresses. Ids and addresses are compared in one form: without blanks around
them, addresses in lower case.

The hashes are HMAC-SHA256 with the subjects' key, of `user:<id>` and `email:<address>`; a text with an @ is an address.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import JobError
from .files import Files

#: Limit of one request object, which `cli erase --file` keeps too.
MAX_SUBJECTS = 1000


class EraseRequestError(JobError):
    """A request, a suppression entry or what was located is not what its writer writes."""


def canonical(text: str) -> str:
    """An id or address in the form that is compared and hashed."""
    trimmed = text.strip(" ")
    return trimmed.lower() if "@" in trimmed else trimmed


def identity(text: str) -> str:
    """`user:<id>` or `email:<address>`: what is hashed."""
    value = canonical(text)
    return f"email:{value}" if "@" in value else f"user:{value}"


def keyed_hash(key: bytes, text: str) -> str:
    """Lower-case hex HMAC-SHA256 of a text's UTF-8 bytes."""
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Subject:
    """One person of a request object; ids and addresses in their canonical form."""

    request: str
    #: Stands for the person in ledger, reports and logs.
    hash: str = field(repr=False)
    user_id: str | None = field(repr=False)
    emails: frozenset[str] = field(repr=False)

    def identities(self) -> set[str]:
        """What `identity` gives for each of the person's values."""
        values = {f"email:{email}" for email in self.emails}
        return values if self.user_id is None else values | {identity(self.user_id)}

    def pseudonyms(self, pseudonym_key: bytes) -> set[str]:
        """Hashes that silver and gold hold in the place of the person's addresses."""
        return {keyed_hash(pseudonym_key, email) for email in self.emails}

    def silver_ids(self, pseudonym_key: bytes) -> set[str]:
        """Values of `user_id` in silver and gold."""
        plain = set() if self.user_id is None or "@" in self.user_id else {self.user_id}
        return plain | self.pseudonyms(pseudonym_key)


@dataclass(frozen=True)
class Batch:
    """A request object: people who are erased in one pass."""

    id: str
    subjects: tuple[Subject, ...]

    def by_identity(self) -> dict[str, str]:
        """{identity: request}; an identity of two requests belongs to the first."""
        return first_wins((value, one.request) for one in self.subjects for value in sorted(one.identities()))

    def by_hash(self, subject_key: bytes) -> dict[str, str]:
        """{keyed hash of an identity: request}, in the form of the suppression list."""
        return {keyed_hash(subject_key, value): request for value, request in self.by_identity().items()}

    def by_silver_value(self, pseudonym_key: bytes) -> dict[str, str]:
        """{`user:<user_id of silver>` or `email:<pseudonym>`: request}, see `marks.mark_table`."""
        pairs = []
        for one in self.subjects:
            pairs += [(f"user:{value}", one.request) for value in sorted(one.silver_ids(pseudonym_key))]
            pairs += [(f"email:{value}", one.request) for value in sorted(one.pseudonyms(pseudonym_key))]
        return first_wins(pairs)


def first_wins(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A dict of pairs in which a key keeps its first value."""
    found: dict[str, str] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def read_batch(files: Files, path: str) -> Batch:
    """The request object at `path`; EraseRequestError when it is missing or is none. Errors never quote its content."""
    text = files.read_text(path)
    if text is None:
        raise EraseRequestError(
            f"--erase_request {path} does not exist; `cli erase` writes it before it starts the job"
        )
    return parse_batch(text, path)


def parse_batch(text: str, path: str) -> Batch:
    """The batch of a request object's text."""
    try:
        raw = json.loads(text)
        batch = Batch(_text(raw, "batch"), tuple(_subject(one) for one in raw["subjects"]))
        if not 1 <= len(batch.subjects) <= MAX_SUBJECTS:
            raise ValueError(f"it has {len(batch.subjects)} subjects, not 1 to {MAX_SUBJECTS}")
        if len({one.request for one in batch.subjects}) < len(batch.subjects):
            raise ValueError("two subjects have one request id")
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        # A JSONDecodeError holds the document, and a KeyError or TypeError may quote it: only the place is said.
        said = str(problem) if type(problem) in (ValueError, KeyError) else type(problem).__name__
        raise EraseRequestError(f"{path} is no erase request ({said}); start `cli erase` again") from None
    return batch


def _subject(raw: Mapping[str, Any]) -> Subject:
    user_id = canonical(str(raw.get("user_id") or "")) or None
    emails = {canonical(str(email)).lower() for email in raw.get("emails") or []} - {""}
    if user_id is not None and "@" in user_id:
        emails.add(user_id)
    if user_id is None and not emails:
        raise ValueError("a subject has neither user_id nor emails")
    return Subject(_text(raw, "request"), _text(raw, "hash"), user_id, frozenset(emails))


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text")
    return value


def read_suppressed(files: Files, folder: str) -> dict[str, str]:
    """{keyed hash of an identity: hash of the person} of everybody on the suppression list."""
    pairs: list[tuple[str, str]] = []
    for info in sorted(files.list_files(folder), key=lambda one: one.path):
        if info.path.endswith(".json"):
            pairs += _suppressed(files.read_text(info.path) or "", info.path)
    return first_wins(pairs)


def _suppressed(text: str, path: str) -> list[tuple[str, str]]:
    try:
        raw = json.loads(text)
        emails = [str(one) for one in raw.get("email_hashes") or []]
        hashes = [*([raw["user_hash"]] if raw.get("user_hash") else []), *emails]
        return [(value, hashes[0]) for value in hashes]
    except (ValueError, TypeError, AttributeError) as problem:
        # Never passed over: a run without the entry would bring an erased person back.
        raise EraseRequestError(
            f"{path} is no entry of the suppression list ({type(problem).__name__}); restore its former version"
        ) from None
