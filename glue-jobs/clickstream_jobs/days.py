"""A range of UTC dates, both ends included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Days:
    """Dates from `first` to `last`; `day in days` tells whether a date is one of them."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def all(self) -> list[date]:
        """Every date, in order."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def report(self) -> dict[str, str]:
        """What a job's report says of the range."""
        return {"from_date": self.first.isoformat(), "to_date": self.last.isoformat()}
