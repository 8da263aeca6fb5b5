"""Raw objects as producers and networks damage them, each with what must become of its lines."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from clickstream_jobs.quality import CLOCK_SKEW
from silver_data import event, event_id, line

#: Days that a late event is older than the hour it lands in.
LATE_DAYS = 3
_LONG = 10 * 1024 * 1024


@dataclass(frozen=True)
class Line:
    """A line of a raw object; `number` is None for one that no run can accept."""

    content: bytes
    number: int | None = None
    at: datetime | None = None

    def good(self, as_of: datetime) -> bool:
        """Whether a run at this instant accepts it."""
        return self.number is not None and self.at is not None and self.at <= as_of + CLOCK_SKEW


@dataclass(frozen=True)
class RawObject:
    """What lands under one key; `lines` are those that a reader can get out of `content`."""

    name: str
    #: Landing hour, `2026/03/10/11`.
    hour: str
    content: bytes
    lines: tuple[Line, ...]


def packed(name: str, hour: str, lines: Sequence[Line], ending: bytes = b"\n") -> RawObject:
    """The lines as an object, gzip when the name ends in .gz."""
    text = b"".join(one.content + ending for one in lines)
    content = gzip.compress(text, mtime=0) if name.endswith(".gz") else text
    return RawObject(name, hour, content, tuple(one for one in lines if one.content.strip()))


class Producer:
    """Makes events with numbers of their own, around an instant that moves on."""

    def __init__(self, randoms: random.Random, now: datetime) -> None:
        self.random = randoms
        self.now = now
        self.landed: list[RawObject] = []
        self._numbers = 0
        self._objects = 0

    def event(self, at: datetime | None = None, **changes: Any) -> Line:
        """A good event of one of a few people; at some minute of the last day unless told otherwise."""
        self._numbers += 1
        moment = at or self.now - timedelta(minutes=self.random.randrange(1, 1440))
        person = f"u{self.random.randrange(6)}"
        if self.random.random() < 0.6:
            changes = {"event_type": "product_view", "order": ..., **changes}
        made = event(self._numbers, event_timestamp=moment.isoformat(), user_id=person, **changes)
        return Line(line(made), self._numbers, moment)

    def events(self, count: int = 6) -> list[Line]:
        return [self.event() for _ in range(count)]

    def name(self, suffix: str = ".json.gz") -> str:
        self._objects += 1
        return f"o{self._objects:04d}{suffix}"

    def hour(self) -> str:
        """The current landing hour."""
        return self.now.strftime("%Y/%m/%d/%H")

    def make(self, kind: str) -> list[RawObject]:
        """Objects of one kind of INPUTS, newest last."""
        made = INPUTS[kind](self)
        for one in made:
            self.landed = [known for known in self.landed if (known.hour, known.name) != (one.hour, one.name)]
            self.landed.append(one)
        return made


def _good(producer: Producer) -> list[RawObject]:
    return [packed(producer.name(), producer.hour(), producer.events())]


def _twice_in_one(producer: Producer) -> list[RawObject]:
    lines = producer.events()
    return [packed(producer.name(), producer.hour(), [*lines, lines[0], lines[2], lines[0]])]


def _delivered_twice(producer: Producer) -> list[RawObject]:
    (known,) = producer.random.sample(producer.landed, 1) if producer.landed else _good(producer)
    suffix = known.name[known.name.index(".") :]
    return [known, replace(known, name=producer.name(suffix), hour=producer.hour())]


def _put_again(producer: Producer) -> list[RawObject]:
    plain = [known for known in producer.landed if known.name.endswith(".json")]
    known = producer.random.choice(plain) if plain else packed(producer.name(".json"), producer.hour(), [])
    return [packed(known.name, known.hour, [*known.lines, *producer.events(2)])]


def _stamped_again(producer: Producer) -> list[RawObject]:
    """A producer's retry: the same event_id with a later stamp, sometimes after midnight."""
    first = producer.event(producer.now.replace(hour=0, minute=5) - timedelta(minutes=15))
    assert first.number is not None and first.at is not None
    later = first.at + timedelta(minutes=producer.random.choice([5, 30]))
    again = line(event(first.number, event_timestamp=later.isoformat(), event_type="search", order=...))
    return [
        packed(producer.name(), producer.hour(), [Line(again, first.number, later)]),
        packed(producer.name(), producer.hour(), [first]),
    ]


def _reordered(producer: Producer) -> list[RawObject]:
    """Lines in no order, in objects of earlier hours than those that have been read."""
    lines = producer.events(8)
    producer.random.shuffle(lines)
    before = (producer.now - timedelta(hours=30)).strftime("%Y/%m/%d/%H")
    return [packed(producer.name(), producer.hour(), lines[:4]), packed(producer.name(), before, lines[4:])]


def _late(producer: Producer) -> list[RawObject]:
    ago = timedelta(days=LATE_DAYS)
    lines = [producer.event(producer.now - ago - timedelta(minutes=10 * n)) for n in range(4)]
    return [packed(producer.name(), producer.hour(), lines)]


def _skewed(producer: Producer) -> list[RawObject]:
    """Clocks that are ahead: a little, which is accepted, and by a day, which waits in quarantine."""
    ahead = [timedelta(minutes=4), timedelta(hours=20)]
    lines = [producer.event(producer.now + by) for by in ahead]
    return [packed(producer.name(), producer.hour(), [*lines, *producer.events(2)])]


def _cut(producer: Producer) -> list[RawObject]:
    """A gzip object of which the second half is missing; its last line is cut."""
    lines = [producer.event(page_url=f"https://shop.example/{producer.random.random()}") for _ in range(40)]
    whole = packed(producer.name(), producer.hour(), lines)
    content = whole.content[: len(whole.content) // 2]
    # As much as zlib gives: what any reader can get out of it.
    text = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(content)
    complete = text.count(b"\n")
    return [replace(whole, content=content, lines=(*lines[:complete], Line(b"the cut line")))]


def _long(producer: Producer) -> list[RawObject]:
    bad = Line(b'{"event_id":"' + b"x" * _LONG + b'"}')
    return [packed(producer.name(), producer.hour(), [producer.event(), bad, producer.event()])]


def _drifted(producer: Producer) -> list[RawObject]:
    """A new field, which is kept; a renamed one and one of another type, which are not understood."""
    new = producer.event(loyalty={"points": 7})
    renamed, retyped = producer.event(event_type=...), producer.event(device="a phone")
    return [
        packed(producer.name(), producer.hour(), [new, Line(renamed.content), Line(retyped.content), producer.event()])
    ]


def _not_utf8(producer: Producer) -> list[RawObject]:
    bad = Line(producer.event().content.replace(b"Berlin", b"K\xf6ln"))
    return [packed(producer.name(".json"), producer.hour(), [producer.event(), bad, Line(b"\xff\xfe\x00"), Line(b"{")])]


def _odd_ends(producer: Producer) -> list[RawObject]:
    """CR LF, byte order marks, blank lines, no line at all."""
    first, *others = producer.events(3)
    marked = replace(first, content=b"\xef\xbb\xbf" + first.content)
    lines = [marked, Line(b""), *others]
    return [
        packed(producer.name(), producer.hour(), lines, b"\r\n"),
        packed(producer.name(".json"), producer.hour(), []),
        RawObject(producer.name(), producer.hour(), b"", ()),
    ]


#: What lands, by kind.
INPUTS: dict[str, Callable[[Producer], list[RawObject]]] = {
    "duplicates in one object": _twice_in_one,
    "object delivered twice": _delivered_twice,
    "object put again with more lines": _put_again,
    "event stamped again by a retry": _stamped_again,
    "lines and objects out of order": _reordered,
    "events three days late": _late,
    "clocks ahead": _skewed,
    "gzip cut in half": _cut,
    "line of 10 MB": _long,
    "schema drift": _drifted,
    "invalid UTF-8 and JSON": _not_utf8,
    "odd line ends, empty objects": _odd_ends,
}


def good_objects(producer: Producer) -> list[RawObject]:
    """Objects with nothing wrong, so that every run has something to do."""
    made = _good(producer)
    producer.landed += made
    return made


def ids(lines: Sequence[Line], as_of: datetime) -> set[str]:
    """Event ids of the lines that a run at this instant accepts."""
    return {event_id(one.number) for one in lines if one.number is not None and one.good(as_of)}


def utc(text: str) -> datetime:
    """`2026-03-10 12:00` as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
