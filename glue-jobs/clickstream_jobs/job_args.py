"""Job arguments by Glue's convention (`--key value` in sys.argv), checked once, all problems in one message."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation

from .days import Days
from .errors import ArgumentError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def parse_pairs(argv: Sequence[str]) -> dict[str, str]:
    """{key: value} of `--key value` and `--key=value`; the last one wins, a flag without a value is "true".

    Glue adds keys of its own, so unknown ones are kept and ignored by the reader.
    """
    pairs: dict[str, str] = {}
    index = 0
    while index < len(argv):
        token = argv[index]
        index += 1
        if not token.startswith("--"):
            continue
        key, equals, value = token[2:].partition("=")
        if equals:
            pairs[key] = value
        elif index < len(argv) and not argv[index].startswith("--"):
            pairs[key] = argv[index]
            index += 1
        else:
            pairs[key] = "true"
    return pairs


class Arguments:
    """Typed access to the pairs; problems are collected and `finish` raises them together as one ArgumentError."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._pairs = parse_pairs(argv)
        self._problems: list[str] = []

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty text; a problem when it is missing and has no default."""
        value = self._pairs.get(key, default)
        if value is None or value == "":
            self._problems.append(f"--{key} is missing; give it a value")
            return ""
        return value

    def path(self, key: str, default: str | None = None) -> str:
        """A path or URI, with exactly one slash at its end."""
        value = self.text(key, default)
        return value.rstrip("/") + "/" if value else ""

    def choice(self, key: str, allowed: Sequence[str], default: str) -> str:
        """One of `allowed`."""
        value = self.text(key, default)
        if value not in allowed:
            self._problems.append(f"--{key} is {value!r}; give one of {', '.join(allowed)}")
        return value

    def number(self, key: str, low: float, high: float, default: str) -> float:
        """A number from `low` to `high`, both included."""
        value = self.text(key, default)
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            self._problems.append(f"--{key} is {value!r}; give a number from {low:g} to {high:g}")
            return low
        return number

    def currencies(self, key: str = "currencies") -> dict[str, Decimal]:
        """{ISO 4217 code: USD per unit} from a JSON object."""
        value = self.text(key, '{"USD":1}')
        try:
            rates = {code: Decimal(str(rate)) for code, rate in json.loads(value).items()}
        except (ValueError, AttributeError, InvalidOperation):
            rates = {}
        if not rates or not all(
            re.fullmatch(r"[A-Z]{3}", code) and rate.is_finite() and rate > 0 for code, rate in rates.items()
        ):
            self._problems.append(f'--{key} is {value!r}; give a JSON object of positive rates such as {{"USD": 1}}')
        return rates

    def instant(self, key: str, default: str = "now") -> datetime:
        """`now`, or an ISO 8601 instant with zone; always returned in UTC."""
        value = self.text(key, default)
        if value == "now":
            return datetime.now(timezone.utc)
        try:
            parsed = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", value))
        except ValueError:
            parsed = None
        if parsed is None or parsed.tzinfo is None:
            self._problems.append(f"--{key} is {value!r}; give `now` or ISO 8601 with a zone, as 2026-01-31T00:00:00Z")
            return datetime.now(timezone.utc)
        return parsed.astimezone(timezone.utc)

    def day(self, key: str) -> date | None:
        """An ISO 8601 date, None when the argument is missing."""
        value = self._pairs.get(key, "")
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self._problems.append(f"--{key} is {value!r}; give a date as 2026-01-31")
            return None

    def days(self, first_key: str, last_key: str) -> Days | None:
        """The dates from one argument to the other, None when both are missing; a missing last one is the first."""
        first, last = self.day(first_key), self.day(last_key)
        if first is None:
            if last is not None:
                self.refuse(f"--{last_key} needs --{first_key}; give the first date too")
            return None
        if last is not None and last < first:
            self.refuse(f"--{last_key} {last} lies before --{first_key} {first}; swap the two")
            return None
        return Days(first, last or first)

    def given(self, *keys: str) -> bool:
        """True when one of the arguments has a value."""
        return any(self._pairs.get(key) for key in keys)

    def refuse(self, problem: str) -> None:
        """Adds a problem that its reader found by itself."""
        self._problems.append(problem)

    def dimensions(self) -> dict[str, str]:
        """Dimensions of the job's metrics: the three that every metric of a stack carries."""
        return {name: self.text(name.lower(), "unknown") for name in ("Team", "Environment", "Pipeline")}

    def run_id(self) -> str:
        """Glue's JOB_RUN_ID made safe as a folder name; a clock-based one when the job runs by hand."""
        given = self._pairs.get("JOB_RUN_ID", "")
        safe = _UNSAFE.sub("-", given).strip("-.")
        return safe or "manual-" + datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%fZ")

    def finish(self) -> None:
        """ArgumentError that lists every problem found so far."""
        if self._problems:
            raise ArgumentError("; ".join(self._problems))


def bookmark_option(arguments: Arguments) -> str:
    """enable, disable or pause, from Glue's own `--job-bookmark-option`."""
    prefix = "job-bookmark-"
    names: Mapping[str, str] = {f"{prefix}{name}": name for name in ("enable", "disable", "pause")}
    return names.get(arguments.choice("job-bookmark-option", list(names), f"{prefix}enable"), "enable")
