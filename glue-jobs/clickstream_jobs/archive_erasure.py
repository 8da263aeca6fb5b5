"""People out of the archive, without reading it: the gold run has computed their dates anew from clean silver and put
them into fact_clicks, from where the archive run takes them again; what it copied before is then deleted for good.

So no object needs a restore. A date that leaves Glacier early is billed to the end of its minimum duration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from .archive_manifest import Manifest
from .files import Files
from .located import Located, iso
from .marks import mark_table
from .matching import WHOSE
from .publish import read_locations
from .subjects import Batch
from .tables import Target


@dataclass
class ArchiveErasure:
    """One batch; `outcome` is for the report."""

    spark: SparkSession
    batch: Batch
    located: Located
    pseudonym_key: bytes = field(repr=False)
    outcome: dict[str, set[date]] = field(
        default_factory=lambda: {"rewritten": set(), "removed": set(), "clean": set(), "waiting": set()}
    )

    def due(self, due: Iterable[date], facts: Target, registered: Mapping[date, str]) -> list[date]:
        """Of the dates that may be archived those of the batch. Dates of fact_clicks that still hold rows of its people
        wait: gold has not run since silver was rewritten."""
        touched = {day: at for day, at in registered.items() if day in self.located.event_dates}
        for day in self._dates_with_people(facts, touched):
            self.outcome["waiting"].add(day)
        return sorted(day for day in due if day in touched and day not in self.outcome["waiting"])

    def finish(
        self,
        archive: Target,
        manifests: dict[date, Manifest],
        done: Iterable[date],
        registered: Iterable[date],
        sales: Iterable[date],
        readable: Callable[[Manifest], bool],
        forget: Callable[[date, Manifest | None], None],
    ) -> None:
        """After the dates that are due: what becomes of the other ones of the batch.

        :param done: dates that this run archived.
        :param registered: dates of fact_clicks now.
        :param sales: dates of daily_sales now.
        :param forget: deletes a date's objects and its manifest.
        """
        answered, with_rows, rewritten = set(registered), set(sales), set(done)
        for day in sorted(self.located.event_dates - self.outcome["waiting"]):
            manifest = manifests.get(day)
            if day in rewritten:
                self.outcome["rewritten"].add(day)
            elif day in answered or (manifest is not None and self._is_empty(day, manifest, with_rows)):
                # fact_clicks has all rows of the date, or nobody's are left: the copy holds more than there may be.
                forget(day, manifest)
                manifests.pop(day, None)
                if manifest is not None:
                    self.outcome["removed"].add(day)
            elif manifest is not None:
                clean = self._is_clean(archive, manifest, readable(manifest))
                self.outcome["clean" if clean else "waiting"].add(day)

    def report(self) -> dict[str, Any]:
        """What the run's report says of the batch."""
        return {"batch": self.batch.id, **{name: iso(days) for name, days in self.outcome.items()}}

    def _is_empty(self, day: date, manifest: Manifest, sales: set[date]) -> bool:
        """True when every row of the date was one of the batch's, and gold has dropped the date."""
        erased = sum(one.events.get(day, 0) for one in self.located.requests.values())
        return day not in sales and erased >= manifest.rows

    def _is_clean(self, archive: Target, manifest: Manifest, readable: bool) -> bool:
        if readable:
            return not self._dates_with_people(archive, {manifest.date: manifest.location})
        # It cannot be read, so it counts as clean only if an earlier run of this batch has copied it.
        return datetime.fromisoformat(manifest.archived_at) > _instant(self.located.located_at)

    def _dates_with_people(self, target: Target, locations: Mapping[date, str]) -> set[date]:
        if not locations:
            return set()
        column = target.spec.partition_column
        rows: DataFrame = read_locations(self.spark, target, dict(locations))
        marked = mark_table("fact_clicks", self.batch.by_silver_value(self.pseudonym_key))(rows)
        return {row[0] for row in marked.where(marked[WHOSE].isNotNull()).select(column).distinct().collect()}


def _instant(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=timezone.utc)


def delete_copy(files: Files, base: str, manifest_path: str, day: date, manifest: Manifest | None) -> None:
    """Deletes what the archive has of a date. The manifest last: objects that no manifest names are never looked at."""
    files.delete(f"{base}/event_date={day.isoformat()}")
    if manifest is not None:
        files.delete(manifest_path)
