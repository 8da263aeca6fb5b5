"""Partition projection: the values that a table's `projection.*` properties stand for, and their folders.

Source of every rule and default: "Supported types for partition projection" and "Set up partition projection" of the
Athena user guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from ..errors import EngineError
from ..sql.dates import strftime_of

#: More values than this in one column is a mistake in the range (Athena would list as many folders).
MAX_VALUES = 1_000_000

_NOW = re.compile(r"^NOW\s*(?:([+-])\s*(\d+)\s*(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?)?$", re.IGNORECASE)
_UNIT = re.compile(r"^(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?$", re.IGNORECASE)
_SECONDS = {"WEEK": 604_800, "DAY": 86_400, "HOUR": 3_600, "MINUTE": 60, "SECOND": 1}


class ProjectionError(EngineError):
    """Bad `projection.*` properties: table, property, value, rule."""


@dataclass(frozen=True)
class ProjectedColumn:
    """The values of one partition column; `injected`: they must come from the query."""

    name: str
    values: tuple[str, ...]
    injected: bool = False


def project_column(name: str, parameters: Mapping[str, str], now: datetime) -> ProjectedColumn:
    """Expands one column. `now` is in UTC; raises ProjectionError."""
    prefix = f"projection.{name}."
    kind = _required(parameters, prefix + "type").lower()
    if kind == "enum":
        return ProjectedColumn(name, tuple(v.strip() for v in _required(parameters, prefix + "values").split(",")))
    if kind == "integer":
        return ProjectedColumn(name, tuple(_integers(prefix, parameters)))
    if kind == "date":
        return ProjectedColumn(name, tuple(_dates(prefix, parameters, now)))
    if kind == "injected":
        return ProjectedColumn(name, (), injected=True)
    raise ProjectionError(f"{prefix}type is '{kind}'; it must be enum, integer, date or injected")


def _required(parameters: Mapping[str, str], key: str) -> str:
    value = parameters.get(key, "").strip()
    if not value:
        raise ProjectionError(f"the table property {key} is missing; partition projection needs it")
    return value


def _range(prefix: str, parameters: Mapping[str, str]) -> tuple[str, str]:
    text = _required(parameters, prefix + "range")
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(parts):
        raise ProjectionError(f"{prefix}range is '{text}'; it must be two values: first,last")
    return parts[0], parts[1]


def _positive(prefix: str, parameters: Mapping[str, str], key: str, default: int) -> int:
    text = parameters.get(prefix + key, str(default)).strip()
    if not text.isdigit() or int(text) < 1:
        raise ProjectionError(f"{prefix}{key} is '{text}'; it must be a positive integer")
    return int(text)


def _integers(prefix: str, parameters: Mapping[str, str]) -> list[str]:
    low_text, high_text = _range(prefix, parameters)
    try:
        low, high = int(low_text), int(high_text)
    except ValueError:
        raise ProjectionError(f"{prefix}range is '{low_text},{high_text}'; both must be integers") from None
    if low > high:
        raise ProjectionError(f"{prefix}range is '{low},{high}'; the first must not be above the last")
    step = _positive(prefix, parameters, "interval", 1)
    _bounded(prefix, (high - low) // step + 1)
    digits = parameters.get(prefix + "digits")
    if digits is None:
        return [str(value) for value in range(low, high + 1, step)]
    width = _positive(prefix, parameters, "digits", 1)
    return [f"{'-' if value < 0 else ''}{abs(value):0{width}d}" for value in range(low, high + 1, step)]


def _bounded(prefix: str, count: int) -> None:
    if count > MAX_VALUES:
        raise ProjectionError(f"{prefix}range stands for {count} values; at most {MAX_VALUES} are supported")


def python_pattern(java: str) -> str:
    """Python's strptime pattern of a Java date pattern; raises DatePatternError."""
    # Python has no milliseconds; %f is microseconds and its last three digits are cut off after formatting.
    return strftime_of(java).replace("%g", "%f")


def _dates(prefix: str, parameters: Mapping[str, str], now: datetime) -> list[str]:
    java = _required(parameters, prefix + "format")
    pattern = python_pattern(java)
    first, last = (_instant(prefix, text, pattern, java, now) for text in _range(prefix, parameters))
    unit_text = parameters.get(prefix + "interval.unit", "").strip()
    if not unit_text:
        # Defaults exist only for formats of day or month precision.
        codes = pattern.replace("%-", "%")
        if any(code in codes for code in ("%H", "%I", "%M", "%S", "%f")):
            raise ProjectionError(f"{prefix}interval.unit is missing; the format '{java}' is finer than a day")
        month = any(code in codes for code in ("%m", "%b", "%B"))
        unit_text = "DAYS" if "%d" in codes or "%j" in codes else "MONTHS" if month else "YEARS"
    unit = _UNIT.match(unit_text)
    if unit is None:
        raise ProjectionError(f"{prefix}interval.unit is '{unit_text}'; it must be YEARS, MONTHS … SECONDS")
    step = _positive(prefix, parameters, "interval", 1)
    name = unit.group(1).upper()
    if name in _SECONDS:
        _bounded(prefix, int((last - first).total_seconds() // (_SECONDS[name] * step)) + 1)
    values: list[str] = []
    index = 0
    while (current := _shift(first, index * step, name)) <= last:
        text = current.strftime(pattern)
        values.append(text[:-3] if pattern.endswith("%f") else text)
        index += 1
    # A step finer than the format repeats values.
    return list(dict.fromkeys(values))


def _instant(prefix: str, text: str, pattern: str, java: str, now: datetime) -> datetime:
    match = _NOW.match(text)
    if match is not None:
        sign, amount, unit = match.groups()
        moved = now if sign is None else _shift(now, int(amount) * (-1 if sign == "-" else 1), unit.upper())
        # The format decides how fine a value is, so that a day format includes today.
        return datetime.strptime(moved.strftime(pattern), pattern).replace(tzinfo=timezone.utc)
    try:
        return _parsed(text, pattern)
    except ValueError:
        raise ProjectionError(
            f"{prefix}range has '{text}', which is neither NOW, NOW±n UNIT nor of the format '{java}'"
        ) from None


def _parsed(text: str, pattern: str) -> datetime:
    # `%-m`, a month without a zero, is for writing only; when reading, `%m` takes one digit as well.
    return datetime.strptime(text, pattern.replace("%-", "%")).replace(tzinfo=timezone.utc)


def _shift(start: datetime, amount: int, unit: str) -> datetime:
    if unit in _SECONDS:
        return start + timedelta(seconds=amount * _SECONDS[unit])
    months = start.year * 12 + start.month - 1 + amount * (12 if unit == "YEAR" else 1)
    year, month = divmod(months, 12)
    following = datetime(year + (month == 11), (month + 1) % 12 + 1, 1, tzinfo=timezone.utc)
    last_day = (following - timedelta(days=1)).day
    return start.replace(year=year, month=month + 1, day=min(start.day, last_day))


def projected_location(
    table_location: str, template: str | None, names: tuple[str, ...], values: tuple[str, ...]
) -> str:
    """The folder of one combination: `storage.location.template` filled in, else Hive's name=value folders."""
    if template is None:
        tail = "/".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
        return f"{table_location.rstrip('/')}/{tail}/"
    location = template
    for name, value in zip(names, values, strict=True):
        location = location.replace("${" + name + "}", value)
    return location if location.endswith("/") else location + "/"


def check_template(template: str, names: tuple[str, ...]) -> None:
    """Every partition column must appear, and nothing else; raises ProjectionError."""
    used = set(re.findall(r"\$\{([^}]*)\}", template))
    if used != set(names):
        raise ProjectionError(
            f"storage.location.template is '{template}'; it must hold exactly one ${{…}} for each of {', '.join(names)}"
        )
