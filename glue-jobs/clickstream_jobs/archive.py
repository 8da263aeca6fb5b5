"""One run of archive_gold: the dates of fact_clicks that are past the warm window leave it for the archive.

Order for each date, and what a kill after each step leaves:

1. copy and verify: objects that nothing refers to, which the next run finds and keeps;
2. write the manifest: the date is in both places, fact_clicks answers for it, the next run goes on with step 3;
3. unregister the date from fact_clicks, only if it still is what was copied: from here the archive alone has it;
4. sweep the source: the same sweep as gold's, which the next run of either job repeats.

No query can undercount silently: a date is in fact_clicks with all its rows, or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession

from .archive_date import archive_files, is_copy
from .archive_erasure import ArchiveErasure, delete_copy
from .archive_manifest import Manifest, manifest_path, read_manifests, write_manifest
from .archive_store import ObjectStore
from .catalog import Catalog
from .errors import CatalogError
from .files import FileInfo, Files
from .publish import run_folder, sweep
from .tables import Target, load_table

JOB = "archive_gold"
#: A restored copy that ends before the next daily run leaves the catalog now: Athena skips an object whose copy has
#: ended without a word (https://docs.aws.amazon.com/athena/latest/ug/querying-glacier.html).
RESTORE_MARGIN = timedelta(hours=24)
_RUN = "/run="


@dataclass(frozen=True)
class ArchiveSettings:
    """Arguments of a run, checked by the entry script."""

    run_id: str
    gold_database: str
    fact_path: str
    #: Holds the objects, their manifests and the files being rewritten, below one folder each.
    archive_path: str
    #: Instant that ages are counted from; UTC.
    as_of: datetime
    #: Days that fact_clicks keeps.
    warm_days: int = 90
    storage_class: str = "GLACIER_IR"
    #: Dates of one run, oldest first: a first run over years must end within the job's timeout, and may go on tomorrow.
    max_dates: int = 31
    #: Age from which folders that nothing refers to are deleted, hours.
    sweep_grace_hours: float = 24


def due_dates(registered: Iterable[date], as_of: datetime, warm_days: int) -> list[date]:
    """The registered dates that are older than the warm window, oldest first."""
    return sorted(day for day in registered if day < as_of.date() - timedelta(days=warm_days))


def superseded(base: str, listed: Iterable[FileInfo], manifests: Mapping[date, Manifest], limit_ms: float) -> list[str]:
    """Folders of archived dates that their manifest does not name and that hold nothing newer than `limit_ms`.

    A date without a manifest is left alone: its copy is unfinished, or its manifest was lost and these objects are all
    there is.
    """
    kept = {f"event_date={day.isoformat()}": manifest.location for day, manifest in manifests.items()}
    newest: dict[str, int] = {}
    for info in listed:
        parts = info.path[len(base) + 1 :].split("/")
        if len(parts) > 2 and parts[0] in kept and not kept[parts[0]].endswith(f"/{parts[0]}/{parts[1]}"):
            folder = f"{base}/{parts[0]}/{parts[1]}"
            newest[folder] = max(newest.get(folder, 0), info.modified_ms)
    return sorted(folder for folder, modified in newest.items() if modified <= limit_ms)


class ArchiveRun:
    """One run; ``execute`` returns the report."""

    def __init__(
        self,
        spark: SparkSession,
        settings: ArchiveSettings,
        catalog: Catalog,
        store: ObjectStore,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        erasure: ArchiveErasure | None = None,
    ) -> None:
        """:param erasure: archive the dates of this batch alone, and delete at once what they were before."""
        self._erasure = erasure
        self._spark, self._settings, self._catalog, self._store, self._now = spark, settings, catalog, store, now
        self._files = Files(spark)
        archive, spec = settings.archive_path.rstrip("/"), load_table("fact_clicks")
        self._facts = Target(settings.gold_database, spec, settings.fact_path)
        self._archive = Target(settings.gold_database, load_table("fact_clicks_restored"), f"{archive}/fact_clicks")
        self._staging = Target(settings.gold_database, spec, f"{archive}/staging")
        self._manifest_folder = f"{archive}/manifests/fact_clicks"

    def execute(self) -> dict[str, Any]:
        """Archive what is due.

        :returns: ``dates`` archived, with ``rows``, ``revenue``, ``files`` and ``bytes`` of them; ``moved`` dates that
            gold published anew meanwhile; ``recovered`` dates (see ``_recover``); ``ended`` restores that left the
            catalog; ``left``, how many due dates wait for the next run.
        :raises JobError: the dates before the failing one are archived, the rest is as before.
        """
        started = time.monotonic()
        settings, done, moved = self._settings, [], []
        # One run at a time (the job's maxConcurrentRuns): what is there was left by a killed one.
        self._files.delete(self._staging.base)
        manifests = read_manifests(self._files, self._manifest_folder)
        recovered = self._recover(manifests)
        registered = self._partitions(self._facts)
        due = due_dates(registered, settings.as_of, settings.warm_days)
        rewritten = 0
        if self._erasure is not None:
            due = self._erasure.due(due, self._facts, registered)
        chosen = due[: settings.max_dates] if self._erasure is None else due
        for day in chosen:
            try:
                manifests[day], was_rewritten = self._archived(day, registered[day], manifests.get(day))
            except Exception:
                if self._is_still(day, registered[day]):
                    raise
                # A gold run has moved the date and swept the files that were being copied.
                moved.append(day)
                continue
            rewritten += was_rewritten
            (done if self._unregister(day, registered[day]) else moved).append(day)
        recovered += self._recover(manifests)
        if self._erasure is not None:
            self._erase(self._erasure, manifests, done)
        ended = self._end_restores(manifests)
        self._sweep(manifests)
        archived = [manifests[day] for day in done]
        return {
            "job": JOB,
            "run_id": settings.run_id,
            "as_of": settings.as_of.isoformat(),
            "storage_class": settings.storage_class,
            "dates": [day.isoformat() for day in done],
            "rows": sum(manifest.rows for manifest in archived),
            "revenue": str(sum((Decimal(manifest.revenue) for manifest in archived), Decimal("0.00"))),
            "files": sum(len(manifest.files) for manifest in archived),
            "bytes": sum(manifest.bytes for manifest in archived),
            "rewritten": rewritten,
            "moved": [day.isoformat() for day in moved],
            "recovered": [day.isoformat() for day in recovered],
            "ended": [day.isoformat() for day in ended],
            "left": len(due) - len(done) - len(moved),
            **({} if self._erasure is None else {"erasure": self._erasure.report()}),
            "seconds": round(time.monotonic() - started, 3),
        }

    def _erase(self, erasure: ArchiveErasure, manifests: dict[date, Manifest], done: list[date]) -> None:
        def forget(day: date, manifest: Manifest | None) -> None:
            delete_copy(self._files, self._archive.base, manifest_path(self._manifest_folder, day), day, manifest)

        def readable(manifest: Manifest) -> bool:
            return all(self._is_readable(file.uri, self._now()) for file in manifest.files)

        sales = self._catalog.partitions(self._facts.database, "daily_sales")
        facts = self._partitions(self._facts)
        erasure.finish(self._archive, manifests, done, facts, sales, readable, forget)

    def _partitions(self, target: Target, dates: Iterable[date] | None = None) -> dict[date, str]:
        return self._catalog.partitions(target.database, target.spec.name, dates)

    def _sales(self, day: date) -> str | None:
        return self._catalog.partitions(self._facts.database, "daily_sales", [day]).get(day)

    def _archived(self, day: date, source: str, known: Manifest | None) -> tuple[Manifest, bool]:
        """The date's manifest, after its copy is proven; and whether its files were rewritten."""
        if known is not None and known.source == source and self._is_intact(known):
            return known, False  # a run was killed after the manifest
        settings = self._settings
        sales = self._sales(day)
        folder = run_folder(self._archive, self._run_of(source), day)
        copy = archive_files(
            self._spark, self._store, self._facts, self._staging, day, source, folder, settings.storage_class
        )
        manifest = Manifest(
            date=day,
            location=folder,
            source=source,
            sales=sales,
            storage_class=settings.storage_class,
            rows=copy.rows,
            revenue=str(copy.revenue),
            run_id=settings.run_id,
            archived_at=self._now().isoformat(),
            files=copy.files,
        )
        write_manifest(self._files, self._manifest_folder, manifest)
        return manifest, copy.rewritten

    def _run_of(self, source: str) -> str:
        # The folder in the archive bears the id of the gold run, not of this one: a repeat after a kill then writes to
        # the same place, instead of leaving objects behind that are billed for 90 or 180 days.
        base, _, run = source.rstrip("/").rpartition(_RUN)
        if not base.startswith(f"{self._facts.base}/{self._facts.spec.partition_column}=") or "/" in run:
            raise CatalogError(
                f"partition location {source} of {self._facts.database}.{self._facts.spec.name} is not "
                f"{self._facts.base}/event_date=<date>/run=<id>; register the partition that silver_to_gold wrote"
            )
        return run

    def _is_intact(self, manifest: Manifest) -> bool:
        return all(
            is_copy(self._store.describe(file.uri), file.bytes, file.sha256, manifest.storage_class)
            for file in manifest.files
        )

    def _unregister(self, day: date, source: str) -> bool:
        """Takes the date out of fact_clicks if it still is `source`; False if gold has moved it meanwhile."""
        if not self._is_still(day, source):
            return False  # due again in the next run, which archives the new rows
        self._catalog.remove_partitions(self._facts.database, self._facts.spec.name, [day])
        return True

    def _is_still(self, day: date, source: str) -> bool:
        return self._partitions(self._facts, [day]).get(day) == source

    def _recover(self, manifests: Mapping[date, Manifest]) -> list[date]:
        """Registers again what gold published between the last look at a date and its removal.

        The catalog cannot remove on a condition. But gold moves daily_sales right after fact_clicks: a date that is
        not in fact_clicks, and whose daily_sales has moved since it was archived, is such a case. Both tables of a run
        have the same run id in their folders, so the rows are found by it.
        """
        registered = self._partitions(self._facts)
        sales_now = self._catalog.partitions(self._facts.database, "daily_sales")
        lost: dict[date, str] = {}
        for day, manifest in manifests.items():
            sales = sales_now.get(day)
            if day in registered or sales is None or sales == manifest.sales:
                continue
            folder = run_folder(self._facts, sales.rstrip("/").rpartition(_RUN)[2], day)
            if folder != manifest.source and self._files.exists(folder):
                lost[day] = folder
        self._catalog.set_partitions(self._facts.database, self._facts.spec.name, lost)
        return sorted(lost)

    def _end_restores(self, manifests: Mapping[date, Manifest]) -> list[date]:
        """Takes restored dates out of the catalog whose copies end soon, or whose date was archived anew."""
        limit = self._now() + RESTORE_MARGIN
        ended = [
            day
            for day, location in self._partitions(self._archive).items()
            if day not in manifests
            or manifests[day].location != location
            or not all(self._is_readable(file.uri, limit) for file in manifests[day].files)
        ]
        self._catalog.remove_partitions(self._archive.database, self._archive.spec.name, ended)
        return sorted(ended)

    def _is_readable(self, uri: str, until: datetime) -> bool:
        found = self._store.describe(uri)
        return found is not None and found.readable_until is not None and found.readable_until > until

    def _sweep(self, manifests: Mapping[date, Manifest]) -> None:
        self._files.delete(self._staging.base)
        grace = self._settings.sweep_grace_hours
        sweep(self._spark, self._facts, self._partitions(self._facts).values(), grace)
        # A date that was archived anew leaves its former objects; their minimum storage duration is paid either way.
        base = self._files.qualified(self._archive.base)
        listed = list(self._files.list_files(base))
        # Nothing but this job reads them, so an erasure need not wait.
        limit = time.time() * 1000 - (grace * 3_600_000 if self._erasure is None else 0)
        for folder in superseded(base, listed, manifests, limit):
            self._files.delete(folder)
