"""One raw object without some people's lines: what stays are the bytes that were there, in their order."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from .salvage import gunzip

_GZIP_MAGIC = b"\x1f\x8b"
#: CRC and length at the end of a gzip member.
_TRAILER = 8
_BLANK = b" \t\r"


@dataclass(frozen=True)
class Stripped:
    """What became of an object's content."""

    #: Lines that silver counts: all but blank ones.
    lines: int
    #: Lines taken out, by whose they are.
    removed: dict[str, int]
    #: The content to write; the former one when no line is taken out, None when no line is left.
    content: bytes | None


def strip_lines(content: bytes, whose: Callable[[bytes], str | None]) -> Stripped:
    """The content without lines of anybody whom `whose` knows.

    Whether it is gzip is seen by its first bytes: silver reads an object that only bears the name as plain text too.
    A damaged gzip stream stays one, so that silver goes on to report it; what lies behind the damage, which nobody can
    read, is given up when a line before it is taken out.
    """
    text, compressed, damaged = _text(content)
    pieces = text.split(b"\n")
    kept: list[bytes] = []
    removed: Counter[str] = Counter()
    lines = left = 0
    for number, piece in enumerate(pieces):
        line = piece[:-1] if piece.endswith(b"\r") else piece
        # A piece of blanks is no line, nor is what follows the last LF.
        if line.strip(_BLANK):
            lines += 1
            owner = whose(line)
            if owner is not None:
                removed[owner] += 1
                continue
            left += 1
        kept.append(piece if number == len(pieces) - 1 else piece + b"\n")
    if not removed:
        return Stripped(lines, {}, content)
    if not left and not damaged:
        return Stripped(lines, dict(removed), None)
    rest = b"".join(kept)
    if compressed:
        # Without a time, so that the same lines give the same bytes.
        rest = gzip.compress(rest, mtime=0)
        rest = rest[:-_TRAILER] if damaged else rest
    return Stripped(lines, dict(removed), rest)


def _text(content: bytes) -> tuple[bytes, bool, bool]:
    """(text, compressed, damaged)."""
    if not content.startswith(_GZIP_MAGIC):
        return content, False, False
    pieces: list[bytes] = []
    try:
        for piece in gunzip(content):
            pieces.append(piece)
    except (zlib.error, EOFError):
        return b"".join(pieces), True, True
    return b"".join(pieces), True, False
