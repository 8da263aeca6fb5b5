"""Tags of alarms; nothing else of CloudWatch that exists here can have any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .alarms.book import AlarmBook
from .alarms.definition import check_tags
from .alarms.model import Alarm
from .errors import refusal


class Tags:
    def __init__(self, book: AlarmBook) -> None:
        self._book = book

    def tag(self, body: Mapping[str, Any]) -> dict[str, Any]:
        added = {one["Key"]: one["Value"] for one in body["Tags"]}
        with self._book.lock:
            alarm = self._alarm(body["ResourceARN"])
            check_tags({**alarm.tags, **added})
            alarm.tags |= added
        return {}

    def untag(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._book.lock:
            alarm = self._alarm(body["ResourceARN"])
            alarm.tags = {key: value for key, value in alarm.tags.items() if key not in body["TagKeys"]}
        return {}

    def list(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._book.lock:
            tags = self._alarm(body["ResourceARN"]).tags
            return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _alarm(self, arn: str) -> Alarm:
        for alarm in self._book.alarms.values():
            if alarm.arn == arn:
                return alarm
        raise refusal("ResourceNotFoundException", f"Unknown resource {arn}: only alarms have tags")
