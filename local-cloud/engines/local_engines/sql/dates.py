"""Java and Joda date patterns."""

from __future__ import annotations

import re

from ..errors import EngineError

_TOKEN = re.compile(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|([^A-Za-z']+)")
_STRFTIME = {
    "yyyy": "%Y", "uuuu": "%Y", "YYYY": "%Y", "y": "%Y", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B",
    "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "ss": "%S", "SSS": "%g",
    "a": "%p", "E": "%a", "EEE": "%a", "EEEE": "%A", "DDD": "%j", "Z": "%z", "z": "%Z",
}  # fmt: skip


class DatePatternError(EngineError):
    """A pattern with a letter that has no counterpart."""


def strftime_of(java: str) -> str:
    """DuckDB's strftime pattern of a Java or Joda one (%g is milliseconds); raises DatePatternError."""
    out = ""
    for match in _TOKEN.finditer(java):
        quoted, letters, _, other = match.groups()
        if letters is not None:
            if letters not in _STRFTIME:
                raise DatePatternError(f"the date format '{java}' has '{letters}', which the local target lacks")
            out += _STRFTIME[letters]
        else:
            out += (other if quoted is None else quoted.replace("''", "'") or "'").replace("%", "%%")
    return out
