"""All alarms: put, described, deleted. Their evaluation is in `watch.py`."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import refusal
from ..paging import page
from .definition import check_composite_alarm, check_metric_alarm, check_tags
from .history import History
from .model import COMPOSITE, METRIC, Alarm, Suppression
from .rule import name_of

_MOST_DELETED = 100


class AlarmBook:
    """`lock` guards everything in it; operations take it themselves."""

    def __init__(self, region: str, account: str, now: Callable[[], float]) -> None:
        self.lock = threading.RLock()
        self.alarms: dict[str, Alarm] = {}
        self.history = History()
        self._region, self._account, self._now = region, account, now

    def arn(self, name: str) -> str:
        return f"arn:aws:cloudwatch:{self._region}:{self._account}:alarm:{name}"

    def put_metric(self, body: dict[str, Any]) -> dict[str, Any]:
        queries = check_metric_alarm(body, self._region, self._account)
        with self.lock:
            self._put(METRIC, {**body, "Threshold": float(body["Threshold"])}).queries = queries
        return {}

    def put_composite(self, body: dict[str, Any]) -> dict[str, Any]:
        rule = check_composite_alarm(body, self._region, self._account)
        with self.lock:
            needed = [*rule.children]
            if body.get("ActionsSuppressor") is not None:
                needed.append(name_of(body["ActionsSuppressor"]))
            # An alarm may refer to itself only when it is there, as on AWS.
            if absent := [name for name in needed if name not in self.alarms]:
                listed = ", ".join(absent)
                message = f"Could not save the composite alarm as alarms [{listed}] in the alarm rule do not exist"
                raise refusal("ValidationError", message)
            before = self.alarms.get(body["AlarmName"])
            suppressor = before.settings.get("ActionsSuppressor") if before is not None else None
            alarm = self._put(COMPOSITE, body)
            alarm.rule = rule
            if suppressor != body.get("ActionsSuppressor"):
                alarm.suppression = Suppression(told=alarm.state.value)
        return {}

    def _put(self, kind: str, body: Mapping[str, Any]) -> Alarm:
        """An update keeps state and tags: those of the request are ignored then (API reference, `Tags`)."""
        name, now = body["AlarmName"], self._now()
        tags = {one["Key"]: one["Value"] for one in body.get("Tags") or ()}
        check_tags(tags)
        settings = {key: value for key, value in body.items() if key not in ("Tags", "AlarmName") and value is not None}
        found = self.alarms.get(name)
        if found is not None and found.kind != kind:
            raise refusal(
                "ValidationError", f"{name} is the name of a {found.kind}: an alarm of the other kind needs its own"
            )
        if found is None:
            found = self.alarms[name] = Alarm(kind, name, self.arn(name), settings, now, tags=tags)
            found.state.updated = found.state.changed = found.created = now
            self.history.configured(found, "created", now)
        elif found.settings != settings:
            found.settings, found.configured = settings, now
            self.history.configured(found, "updated", now)
        return found

    def describe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Metric alarms only, unless AlarmTypes asks otherwise (API reference, "DescribeAlarms")."""
        if body.get("AlarmNames") and body.get("AlarmNamePrefix") is not None:
            raise refusal("InvalidParameterCombination", "AlarmNamePrefix cannot be given with AlarmNames")
        kinds = body.get("AlarmTypes") or [METRIC]
        with self.lock:
            family = self._family(body)
            found = [
                alarm
                for name, alarm in sorted(self.alarms.items())
                if (alarm.kind in kinds or family is not None)
                and (not body.get("AlarmNames") or name in body["AlarmNames"])
                and name.startswith(body.get("AlarmNamePrefix") or "")
                and body.get("StateValue") in (None, alarm.state.value)
                and (family is None or name in family)
                and self._acts(alarm, body.get("ActionPrefix"))
            ]
            shown, rest = page(found, body.get("NextToken"), body.get("MaxRecords", 50))
            listed = {METRIC: "MetricAlarms", COMPOSITE: "CompositeAlarms"}
            answer = {
                members: [copy.deepcopy(one.to_api()) for one in shown if one.kind == kind]
                for kind, members in listed.items()
            }
        return {**answer, **rest}

    def _family(self, body: Mapping[str, Any]) -> set[str] | None:
        if (parent := body.get("ChildrenOfAlarmName")) is not None:
            alarm = self.alarms.get(parent)
            return set(alarm.rule.children) if alarm is not None and alarm.rule is not None else set()
        if (child := body.get("ParentsOfAlarmName")) is not None:
            return {name for name, one in self.alarms.items() if one.rule is not None and child in one.rule.children}
        return None

    def _acts(self, alarm: Alarm, prefix: str | None) -> bool:
        states = ("OK", "ALARM", "INSUFFICIENT_DATA")
        return prefix is None or any(arn.startswith(prefix) for state in states for arn in alarm.actions(state))

    def delete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """All or none. Names that are not there are ignored, as AWS does."""
        names = set(body["AlarmNames"])
        if len(names) > _MOST_DELETED:
            raise refusal("ValidationError", f"At most {_MOST_DELETED} alarms can be deleted at once, not {len(names)}")
        with self.lock:
            gone = [self.alarms[name] for name in names if name in self.alarms]
            composites = [alarm.name for alarm in gone if alarm.kind == COMPOSITE]
            if len(composites) > 1:
                raise refusal(
                    "ValidationError", f"At most one composite alarm can be deleted at once, not {len(composites)}"
                )
            for alarm in gone:
                if users := sorted(self._users(alarm.name) - {*composites}):
                    why = f"there are composite alarm(s) depending on it: {', '.join(users)}"
                    raise refusal("ValidationError", f"Cannot delete {alarm.name} as {why}")
            for alarm in gone:
                del self.alarms[alarm.name]
                self.history.configured(alarm, "deleted", self._now())
        return {}

    def _users(self, name: str) -> set[str]:
        return {
            one.name
            for one in self.alarms.values()
            if one.rule is not None
            and (name in one.rule.children or name_of(one.settings.get("ActionsSuppressor") or "") == name)
        }

    def describe_history(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self.lock:
            return self.history.describe(body)

    def get(self, name: str) -> Alarm:
        """Raises ResourceNotFound. The lock must be held as long as the alarm is used."""
        found = self.alarms.get(name)
        if found is None:
            raise refusal("ResourceNotFound", f"The alarm {name} does not exist")
        return found

    def enable(self, body: Mapping[str, Any], enabled: bool) -> dict[str, Any]:
        """Actions of transitions that come; nothing is made up for. Unknown names are ignored, as AWS does."""
        with self.lock:
            for name in body["AlarmNames"]:
                if name in self.alarms:
                    alarm = self.alarms[name]
                    alarm.settings = {**alarm.settings, "ActionsEnabled": enabled}
                    self.history.configured(alarm, "updated", self._now())
        return {}
