"""How Athena prints the values of a result. The type decides, not the Python value: a float32 has fewer digits."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from duckdb.sqltypes import DuckDBPyType

Printer = Callable[[Any], str]
_ZONED = "timestamp with time zone"
_INTERVAL = re.compile(
    r"^(?:(-?\d+) years?)?\s*(?:(-?\d+) months?)?\s*(?:(-?\d+) days?)?\s*(?:(-)?(\d+):(\d\d):(\d\d)(?:\.(\d+))?)?$"
)


def readable_type(kind: DuckDBPyType) -> str | None:
    """The type to cast to before a value can be read by Python, None where it can be read as it is.

    A timestamp with zone would need a time zone package; an interval would lose its months.
    """
    identifier = kind.id
    if identifier == _ZONED:
        return "TIMESTAMP"
    if identifier in ("interval", "time with time zone"):
        return "VARCHAR"
    if identifier in ("list", "map", "struct"):
        children = [(name, child, readable_type(child)) for name, child in kind.children]
        if any(wanted is not None for _, _, wanted in children):
            kinds = [wanted or str(child) for _, child, wanted in children]
            if identifier == "list":
                return f"{kinds[0]}[]"
            if identifier == "map":
                return f"MAP({kinds[0]}, {kinds[1]})"
            fields = [f'"{name}" {wanted}' for (name, _, _), wanted in zip(children, kinds, strict=True)]
            return f"STRUCT({', '.join(fields)})"
    return None


def printer(kind: DuckDBPyType, zone: str | None = None) -> Callable[[Any], str | None]:
    """Prints values of this type that were cast to its readable type; null stays None. `zone`: that of local times."""
    show: Printer = _printer(kind) if zone is None else lambda value: f"{_timestamp(value)} {zone}"
    return lambda value: None if value is None else show(value)


def _printer(kind: DuckDBPyType) -> Printer:
    identifier = kind.id
    if identifier == "boolean":
        return lambda value: "true" if value else "false"
    if identifier == "float":
        return _real
    if identifier == "double":
        return _double
    if identifier == "decimal":
        return lambda value: f"{value:f}"
    if identifier == _ZONED:
        return lambda value: f"{_timestamp(value)} UTC"
    if identifier.startswith("timestamp"):
        return _timestamp
    if identifier == "date":
        return lambda value: value.isoformat() if isinstance(value, date) else str(value)
    if identifier == "time":
        return lambda value: _time(value) if isinstance(value, time) else str(value)
    if identifier == "blob":
        return lambda value: " ".join(f"{byte:02x}" for byte in value)
    if identifier == "interval":
        return _interval
    if identifier in ("list", "array"):
        element = _nested(kind.children[0][1])
        return lambda value: f"[{', '.join(element(item) for item in value)}]"
    if identifier == "map":
        key, item = (_nested(child) for _, child in kind.children)
        return lambda value: f"{{{', '.join(f'{key(k)}={item(v)}' for k, v in value.items())}}}"
    if identifier == "struct":
        return _row(kind)
    return str


def _nested(kind: DuckDBPyType) -> Printer:
    show = _printer(kind)
    return lambda value: "null" if value is None else show(value)


def _row(kind: DuckDBPyType) -> Printer:
    # Fields of ROW(1, 2) have no names: they are _0, _1 here and field0, field1 on AWS.
    names = [re.sub(r"^_(\d+)$", r"field\1", name) or f"field{i}" for i, (name, _) in enumerate(kind.children)]
    shows = [_nested(child) for _, child in kind.children]

    def show(value: Any) -> str:
        values = value.values() if isinstance(value, dict) else value
        return f"{{{', '.join(f'{n}={s(v)}' for n, s, v in zip(names, shows, values, strict=True))}}}"

    return show


def _timestamp(value: Any) -> str:
    if not isinstance(value, datetime):
        return str(value)
    return f"{value.isoformat(' ', 'seconds')}.{value.microsecond // 1000:03d}"


def _time(value: time) -> str:
    return f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}"


def _double(value: float) -> str:
    return _java(value, repr(value))


def _real(value: float) -> str:
    """The shortest digits that give the same float32."""
    if value != value or value in (float("inf"), float("-inf")):
        return _java(value, "")
    exact = struct.pack("f", value)
    shortest = next(text for digits in range(1, 18) if struct.pack("f", float(text := f"{value:.{digits}g}")) == exact)
    return _java(value, shortest)


def _java(value: float, digits: str) -> str:
    """Java's Double.toString: plain between 0.001 and 10,000,000, else with an exponent."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    exact = Decimal(digits)
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = f"{exact:f}"
        return plain if "." in plain else plain + ".0"
    mantissa, _, exponent = f"{exact.normalize():E}".partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def _interval(text: str) -> str:
    """DuckDB's `3 months 1 day 10:00:00` as `0-3` (year to month) or `1 10:00:00.000` (day to second)."""
    match = _INTERVAL.match(text)
    if match is None:
        return text
    years, months, days, minus, hours, minutes, seconds, fraction = match.groups()
    if years is not None or months is not None:
        total = int(years or 0) * 12 + int(months or 0)
        return f"{'-' if total < 0 else ''}{abs(total) // 12}-{abs(total) % 12}"
    clock = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    milliseconds = clock * 1000 + int((fraction or "0").ljust(3, "0")[:3])
    total = int(days or 0) * 86_400_000 + (-milliseconds if minus else milliseconds)
    days_left, rest = divmod(abs(total), 86_400_000)
    text = f"{days_left} {rest // 3_600_000:02d}:{rest // 60_000 % 60:02d}:{rest // 1000 % 60:02d}.{rest % 1000:03d}"
    return f"-{text}" if total < 0 else text
