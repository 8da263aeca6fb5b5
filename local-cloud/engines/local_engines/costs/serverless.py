"""RPU-hours of Redshift Serverless: what workgroups are charged for while statements run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone

from ..context import EngineContext
from .ledger import CostLine
from .prices import price
from .sources import day_of, every, tags_of

#: Redshift pricing page: charged by the second, at least a minute each time that a workgroup begins to work.
_LEAST = timedelta(seconds=60)

Span = tuple[datetime, datetime]


class Serverless:
    """By the statements of the Data API, which is the only way in here; base capacity, with the workgroup's tags."""

    def __init__(self, context: EngineContext) -> None:
        self._control = context.client("redshift-serverless", context.endpoints.redshift_serverless)
        self._data = context.client("redshift-data", context.endpoints.redshift_data)

    def __call__(self, start: str, end: str) -> Iterator[CostLine]:
        groups = every(self._control, "list_workgroups", "workgroups", token="nextToken")
        for group in groups:
            name = group["workgroupName"]
            statements = every(self._data, "list_statements", "Statements", WorkgroupName=name, Status="ALL")
            spans = busy((one["CreatedAt"], one.get("UpdatedAt") or one["CreatedAt"]) for one in statements)
            if not spans:
                continue
            tagged = self._control.list_tags_for_resource(resourceArn=group["workgroupArn"])
            tags = tags_of({"Key": one["key"], "Value": one["value"]} for one in tagged.get("tags") or ())
            for begun, ended in spans:
                hours = (ended - begun).total_seconds() / 3600
                usd = hours * group["baseCapacity"] * price("redshift.rpuHour")
                yield CostLine(day_of(begun), "Amazon Redshift", usd, tags)


def busy(statements: Iterable[Span]) -> list[Span]:
    """Times in which at least one statement ran, each at least a minute long, in order; those that overlap are one."""
    spans: list[Span] = []
    for begun, last in sorted((_utc(begun), _utc(ended)) for begun, ended in statements):
        ended = max(last, begun + _LEAST)
        if spans and begun <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], ended))
        else:
            spans.append((begun, ended))
    return spans


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc)
