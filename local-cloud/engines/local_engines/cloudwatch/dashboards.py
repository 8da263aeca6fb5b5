"""Dashboards (API reference, "PutDashboard"; user guide, "Dashboard body structure and syntax")."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from .errors import refusal
from .paging import page

_NAME = re.compile(r"[\w-]{1,255}", re.ASCII)
_MOST_WIDTH, _MOST_HEIGHT, _MOST_WIDGETS = 24, 1000, 500
_TYPES = ("metric", "text", "log", "alarm", "explorer", "custom", "trace")
_LIST_PAGE = 1000


class Dashboards:
    """Kept as they are put; their metrics are not drawn here."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._bodies: dict[str, tuple[str, float]] = {}

    def put(self, body: Mapping[str, Any], now: float) -> dict[str, Any]:
        name, text = body["DashboardName"], body["DashboardBody"]
        if _NAME.fullmatch(name) is None:
            raise _bad("DashboardName", f"{name!r} must have 1 to 255 letters, digits, hyphens and underscores")
        try:
            parsed = json.loads(text)
        except ValueError as error:
            raise _bad("DashboardBody", f"it is not JSON: {error}") from error
        problems = list(_problems(parsed))
        if problems:
            raise _bad("DashboardBody", "; ".join(problems))
        with self._lock:
            self._bodies[name] = (text, now)
        return {"DashboardValidationMessages": []}

    def get(self, body: Mapping[str, Any]) -> dict[str, Any]:
        name = body["DashboardName"]
        with self._lock:
            found = self._bodies.get(name)
        if found is None:
            raise _absent([name])
        return {"DashboardArn": self._arn(name), "DashboardName": name, "DashboardBody": found[0]}

    def list(self, body: Mapping[str, Any]) -> dict[str, Any]:
        prefix = body.get("DashboardNamePrefix") or ""
        with self._lock:
            found = [(name, *held) for name, held in sorted(self._bodies.items()) if name.startswith(prefix)]
        entries = [
            {"DashboardName": name, "DashboardArn": self._arn(name), "LastModified": at, "Size": len(text.encode())}
            for name, text, at in found
        ]
        shown, rest = page(entries, body.get("NextToken"), _LIST_PAGE)
        return {"DashboardEntries": shown, **rest}

    def delete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """All or none."""
        with self._lock:
            absent = [name for name in body["DashboardNames"] if name not in self._bodies]
            if absent:
                raise _absent(absent)
            for name in body["DashboardNames"]:
                self._bodies.pop(name, None)
        return {}

    def _arn(self, name: str) -> str:
        return f"arn:aws:cloudwatch::{self._account}:dashboard/{name}"


def _problems(parsed: Any) -> Iterator[str]:
    widgets = parsed.get("widgets", []) if isinstance(parsed, dict) else None
    if not isinstance(widgets, list):
        yield "it must be an object whose widgets are a list"
        return
    if len(widgets) > _MOST_WIDGETS:
        yield f"it has {len(widgets)} widgets and may have {_MOST_WIDGETS}"
    for number, widget in enumerate(widgets):
        place = f"/widgets/{number}"
        if not isinstance(widget, dict) or not isinstance(widget.get("properties"), dict):
            yield f"{place} must be an object with properties"
            continue
        if widget.get("type") not in _TYPES:
            yield f"{place}/type is {widget.get('type')!r} and must be one of {', '.join(_TYPES)}"
        for member, most in (("width", _MOST_WIDTH), ("height", _MOST_HEIGHT)):
            value = widget.get(member, 6)
            if not isinstance(value, int) or not 1 <= value <= most:
                yield f"{place}/{member} is {value!r} and must be a whole number from 1 to {most}"
        if ("x" in widget) != ("y" in widget):
            yield f"{place} must have both x and y, or neither"
        properties = widget["properties"]
        if widget.get("type") == "text" and not isinstance(properties.get("markdown"), str):
            yield f"{place}/properties must have markdown"
        if widget.get("type") == "metric":
            if not properties.get("metrics") and not properties.get("annotations"):
                yield f"{place}/properties must have metrics, or annotations with an alarm"
            if not isinstance(properties.get("region"), str) and properties.get("metrics"):
                yield f"{place}/properties must have region"
        if widget.get("type") == "alarm" and not isinstance(properties.get("alarms"), list):
            yield f"{place}/properties must have a list of alarms"


def _bad(member: str, why: str) -> Exception:
    return refusal("InvalidParameterInput", f"The field {member} is invalid: {why}")


def _absent(names: list[str]) -> Exception:
    return refusal("ResourceNotFound", f"Dashboard {', '.join(names)} does not exist", "DashboardNotFoundError")
