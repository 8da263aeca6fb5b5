"""What the services of this local cloud used, priced (quantities from their own APIs)."""

from __future__ import annotations

import math
import threading
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timezone
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..context import EngineContext
from .ledger import CostLine
from .prices import price

#: Athena and S3 pricing pages: a query is charged for at least 10 MB, by the megabyte; a terabyte is decimal there.
_MEGABYTE, _LEAST, _TERABYTE, _GIGABYTE = 1e6, 10e6, 1e12, 1e9
#: Glue pricing page: a run is charged by the second, at least one minute.
_LEAST_RUN_SECONDS = 60
#: A pause of the meter longer than this was no running: the process was stopped. Seconds.
_LONGEST_GAP = 120.0


def day_of(at: float | datetime) -> str:
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, timezone.utc)
    return moment.astimezone(timezone.utc).date().isoformat()


class Athena:
    """Bytes scanned by each query that is charged for, with the tags of its workgroup."""

    def __init__(self, context: EngineContext) -> None:
        self._athena = context.client("athena", context.endpoints.athena)
        self._arn = lambda name: context.arn("athena", f"workgroup/{name}")

    def __call__(self, start: str, end: str) -> Iterator[CostLine]:
        for group in every(self._athena, "list_work_groups", "WorkGroups"):
            name = group["Name"]
            ids = list(every(self._athena, "list_query_executions", "QueryExecutionIds", WorkGroup=name))
            if not ids:
                continue
            tags = tags_of(every(self._athena, "list_tags_for_resource", "Tags", ResourceARN=self._arn(name)))
            for first in range(0, len(ids), 50):
                answer = self._athena.batch_get_query_execution(QueryExecutionIds=ids[first : first + 50])
                for execution in answer["QueryExecutions"]:
                    usd = _scan_usd(execution)
                    if usd > 0:
                        yield CostLine(day_of(execution["Status"]["SubmissionDateTime"]), "Amazon Athena", usd, tags)


def _scan_usd(execution: Mapping[str, Any]) -> float:
    """USD of a query (Athena pricing page): failed ones, DDL and reused results are free; cancelled ones are not."""
    statistics = execution.get("Statistics") or {}
    scanned = statistics.get("DataScannedInBytes") or 0
    state = execution["Status"]["State"]
    reused = (statistics.get("ResultReuseInformation") or {}).get("ReusedPreviousResult", False)
    reads = execution.get("StatementType") == "DML" or execution.get("SubstatementType") == "CREATE_TABLE_AS_SELECT"
    if reused or state not in ("SUCCEEDED", "CANCELLED") or (scanned == 0 and not (reads and state == "SUCCEEDED")):
        return 0.0
    billed = max(_LEAST, math.ceil(scanned / _MEGABYTE) * _MEGABYTE)
    return billed / _TERABYTE * price("athena.tbScanned")


class Glue:
    """DPU-seconds of each run that has ended, with the tags of its job."""

    def __init__(self, context: EngineContext) -> None:
        self._glue = context.client("glue", context.endpoints.glue)
        self._arn = lambda name: context.arn("glue", f"job/{name}")

    def __call__(self, start: str, end: str) -> Iterator[CostLine]:
        for job in every(self._glue, "get_jobs", "Jobs"):
            runs = [
                run for run in every(self._glue, "get_job_runs", "JobRuns", JobName=job["Name"]) if "CompletedOn" in run
            ]
            if not runs:
                continue
            tags = dict(self._glue.get_tags(ResourceArn=self._arn(job["Name"])).get("Tags") or {})
            for run in runs:
                if not run.get("ExecutionTime"):
                    # It failed before it began: nothing ran that could be charged for.
                    continue
                seconds = max(_LEAST_RUN_SECONDS, run["ExecutionTime"])
                dpu_seconds = run.get("DPUSeconds") or seconds * run.get("MaxCapacity", 0.0)
                usd = dpu_seconds / 3600 * price(_dpu_hour(run))
                yield CostLine(day_of(run["StartedOn"]), "AWS Glue", usd, tags)


def _dpu_hour(run: Mapping[str, Any]) -> str:
    if run.get("ExecutionClass") == "FLEX":
        return "glue.flexDpuHour"
    return "glue.v6DpuHour" if str(run.get("GlueVersion", "")).startswith("6") else "glue.dpuHour"


class Redshift:
    """Node-hours of clusters, by a meter that looks at them: AWS charges by the second while one is not paused."""

    def __init__(self, context: EngineContext, now: Callable[[], float]) -> None:
        self._redshift = context.client("redshift", context.endpoints.redshift)
        self._now = now
        self._lock = threading.Lock()
        self._looked: float | None = None
        #: Day, cluster -> node-seconds, node type, tags.
        self._used: dict[tuple[str, str], tuple[float, str, dict[str, str]]] = {}

    def look(self) -> None:
        """Counts the time since the last look for the clusters that run now."""
        with self._lock:
            now = self._now()
            passed = now - self._looked if self._looked is not None else 0.0
            self._looked = now
            if not 0 < passed <= _LONGEST_GAP:
                return
            for cluster in self._redshift.describe_clusters()["Clusters"]:
                if cluster["ClusterStatus"] in ("paused", "creating", "deleting"):
                    continue
                key = (day_of(now), cluster["ClusterIdentifier"])
                before = self._used.get(key, (0.0, "", {}))[0]
                seconds = before + passed * cluster["NumberOfNodes"]
                self._used[key] = (seconds, cluster["NodeType"], tags_of(cluster.get("Tags") or []))

    def __call__(self, start: str, end: str) -> Iterator[CostLine]:
        self.look()
        with self._lock:
            used = dict(self._used)
        for (day, _), (seconds, node, tags) in used.items():
            yield CostLine(day, "Amazon Redshift", seconds / 3600 * price(f"redshift.{_node(node)}"), tags)


def _node(node_type: str) -> str:
    """`ra3.xlplus` as the price file writes it: `ra3Xlplus`."""
    family, _, size = node_type.partition(".")
    return f"{family}{size.capitalize()}"


class Storage:
    """Bytes in each bucket, once a day, as S3 measures them: those of the moment stand for the day of the question."""

    def __init__(self, context: EngineContext, now: Callable[[], float]) -> None:
        self._s3 = context.client("s3")
        self._now = now
        self._days: dict[str, list[CostLine]] = {}

    def __call__(self, start: str, end: str) -> Iterator[CostLine]:
        today = day_of(self._now())
        if start <= today < end:
            self._days[today] = list(self._measure(today))
        for lines in list(self._days.values()):
            yield from lines

    def _measure(self, day: str) -> Iterator[CostLine]:
        year, month = date.fromisoformat(day).year, date.fromisoformat(day).month
        daily = price("s3.standard") / monthrange(year, month)[1]
        for bucket in self._s3.list_buckets()["Buckets"]:
            try:
                pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket["Name"])
                held = sum(one["Size"] for page in pages for one in page.get("Versions") or ())
            except ClientError:
                # Deleted since it was listed.
                continue
            if held > 0:
                usd = held / _GIGABYTE * daily
                yield CostLine(day, "Amazon Simple Storage Service", usd, self._bucket_tags(bucket["Name"]))

    def _bucket_tags(self, bucket: str) -> dict[str, str]:
        try:
            return tags_of(self._s3.get_bucket_tagging(Bucket=bucket)["TagSet"])
        except (BotoCoreError, ClientError):
            # NoSuchTagSet is how S3 says that there are none.
            return {}


def every(client: Any, operation: str, member: str, token: str = "NextToken", **request: Any) -> Iterator[Any]:
    """Every item of a list in pages."""
    while True:
        answer = getattr(client, operation)(**request)
        yield from answer.get(member) or ()
        if not answer.get(token):
            return
        request[token] = answer[token]


def tags_of(pairs: Any) -> dict[str, str]:
    return {one["Key"]: one.get("Value", "") for one in pairs}
