"""The history of alarms (API reference, "DescribeAlarmHistory")."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from ..clock import as_text
from ..errors import refusal
from ..paging import page
from .model import Alarm, State

#: AWS keeps an alarm's history for 30 days. Seconds.
_KEPT = 30 * 86_400
#: A bound for the memory of one local cloud.
_MOST_ITEMS = 20_000


class History:
    """Not thread-safe: its owner's lock is held."""

    def __init__(self) -> None:
        self._items: deque[dict[str, Any]] = deque(maxlen=_MOST_ITEMS)

    def configured(self, alarm: Alarm, what: str, now: float) -> None:
        """`what`: created, updated, deleted."""
        data = {"type": what.capitalize()[:-1], "version": "1.0"}
        self._add(alarm, now, "ConfigurationUpdate", f'Alarm "{alarm.name}" {what}', data)

    def changed(self, alarm: Alarm, old: State) -> None:
        new = alarm.state
        data = {"version": "1.0", "oldState": _state(old), "newState": _state(new)}
        summary = f"Alarm updated from {old.value} to {new.value}"
        self._add(alarm, new.changed, "StateUpdate", summary, data)

    def acted(self, alarm: Alarm, action: str, now: float, error: str | None) -> None:
        """`error`: why it failed; None: it did not."""
        summary = f"Successfully executed action {action}" if error is None else f"Failed to execute action {action}"
        data = {
            "version": "1.0",
            "actionState": "Succeeded" if error is None else "Failed",
            "notificationResource": action,
        }
        if error is not None:
            data["error"] = error
        data["stateUpdateTimestamp"] = as_text(alarm.state.changed)
        self._add(alarm, now, "Action", summary, data)

    def suppressed(self, alarm: Alarm, now: float) -> None:
        """The actions of the alarm's state are held back."""
        record = alarm.suppression
        data = {"version": "1.0", "actionState": "Suppressed", "suppressedBy": record.by, "reason": record.reason}
        self._add(alarm, now, "Action", f"{record.reason}: {alarm.state.value} actions were not executed", data)

    def describe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Newest first unless asked otherwise; metric alarms only unless asked otherwise, as AWS does."""
        start, end = body.get("StartDate", float("-inf")), body.get("EndDate", float("inf"))
        if start > end:
            raise refusal("ValidationError", "StartDate must not be after EndDate")
        kinds = body.get("AlarmTypes") or ["MetricAlarm"]
        found = [
            item
            for item in self._items
            if body.get("AlarmName") in (None, item["AlarmName"])
            and item["AlarmType"] in kinds
            and body.get("HistoryItemType") in (None, item["HistoryItemType"])
            and start <= item["Timestamp"] <= end
        ]
        if body.get("ScanBy", "TimestampDescending") == "TimestampDescending":
            found.reverse()
        shown, rest = page(found, body.get("NextToken"), body.get("MaxRecords", 100))
        return {"AlarmHistoryItems": shown, **rest}

    def _add(self, alarm: Alarm, now: float, kind: str, summary: str, data: Mapping[str, Any]) -> None:
        while self._items and self._items[0]["Timestamp"] < now - _KEPT:
            self._items.popleft()
        item = {"AlarmName": alarm.name, "AlarmType": alarm.kind, "Timestamp": now, "HistoryItemType": kind}
        self._items.append({**item, "HistorySummary": summary, "HistoryData": json.dumps(data)})


def _state(state: State) -> dict[str, Any]:
    shown: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    return {**shown, "stateReasonData": json.loads(state.reason_data)} if state.reason_data else shown
