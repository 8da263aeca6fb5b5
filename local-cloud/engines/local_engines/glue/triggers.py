"""Glue triggers: what they are and when they fire. The service starts the jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..errors import AwsError
from .runs import JobRun
from .schedule import Schedule, parse_schedule

_CONDITION_STATES = ("SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT")

#: Starts the job of one action: (action, trigger's name, runs that led to it).
Fire = Callable[[Mapping[str, Any], str, list[dict[str, str]]], None]


@dataclass
class Trigger:
    """One trigger; `state` is CREATED, ACTIVATED or DEACTIVATED."""

    name: str
    type: str
    definition: dict[str, Any]
    state: str = "CREATED"
    schedule: Schedule | None = None
    next_at: datetime | None = None
    #: CONDITIONAL: index of a met condition -> the run that met it, since the last firing.
    met: dict[int, dict[str, str]] = field(default_factory=dict)

    def to_api(self) -> dict[str, Any]:
        return {"Name": self.name, "Type": self.type, "State": self.state, **self.definition}

    def conditions(self) -> list[dict[str, Any]]:
        return list((self.definition.get("Predicate") or {}).get("Conditions") or [])

    def jobs(self) -> set[str]:
        return {action["JobName"] for action in self.definition.get("Actions", [])}


def _invalid(name: str, rule: str) -> AwsError:
    return AwsError("InvalidInputException", f"Trigger {name}: {rule}")


class TriggerStore:
    """All triggers; `tick` fires the scheduled ones and `run_ended` the conditional ones. Safe from many threads."""

    def __init__(self, fire: Fire, now: Callable[[], datetime]) -> None:
        self._fire = fire
        self._now = now
        self._lock = threading.RLock()
        self._triggers: dict[str, Trigger] = {}

    def create(self, request: Mapping[str, Any]) -> Trigger:
        name, kind = str(request["Name"]), str(request["Type"])
        if kind == "EVENT":
            raise _invalid(name, "the type EVENT starts workflows, which the local Glue runner does not have")
        if request.get("WorkflowName"):
            raise _invalid(name, f"workflow {request['WorkflowName']}: the local Glue runner has no workflows")
        keys = ("Description", "Schedule", "Predicate", "Actions")
        trigger = Trigger(name, kind, {key: request[key] for key in keys if request.get(key) is not None})
        _check(trigger)
        if request.get("StartOnCreation") and kind == "ON_DEMAND":
            raise _invalid(name, "StartOnCreation is not for the type ON_DEMAND; start it with StartTrigger")
        with self._lock:
            if name in self._triggers:
                raise AwsError(
                    "AlreadyExistsException", f"Trigger with name {name} already submitted with different configuration"
                )
            self._triggers[name] = trigger
            if request.get("StartOnCreation"):
                self._activate(trigger)
        return trigger

    def get(self, name: str) -> Trigger:
        with self._lock:
            trigger = self._triggers.get(name)
        if trigger is None:
            raise AwsError("EntityNotFoundException", f"Trigger {name} not found.")
        return trigger

    def find(self, dependent_job: str | None = None) -> list[Trigger]:
        """By name; with a job's name only those that start it."""
        with self._lock:
            found = sorted(self._triggers.values(), key=lambda trigger: trigger.name)
        if dependent_job is None:
            return found
        chosen = [trigger for trigger in found if dependent_job in trigger.jobs()]
        if not chosen:
            raise AwsError("EntityNotFoundException", f"No trigger depends on job {dependent_job}.")
        return chosen

    def update(self, name: str, update: Mapping[str, Any]) -> Trigger:
        """TriggerUpdate: "this overwrites the previous definition"; what it leaves out is kept."""
        trigger = self.get(name)
        keys = ("Description", "Schedule", "Predicate", "Actions")
        changed = {key: update[key] for key in keys if update.get(key) is not None}
        candidate = Trigger(name, trigger.type, {**trigger.definition, **changed})
        _check(candidate)
        with self._lock:
            trigger.definition = candidate.definition
            trigger.schedule = candidate.schedule
            trigger.met.clear()
            if trigger.state == "ACTIVATED":
                self._activate(trigger)
        return trigger

    def delete(self, name: str) -> None:
        """No error for one that is not there, as AWS."""
        with self._lock:
            self._triggers.pop(name, None)

    def start(self, name: str) -> None:
        trigger = self.get(name)
        if trigger.type == "ON_DEMAND":
            self._fire_all(trigger, [])
            return
        with self._lock:
            self._activate(trigger)

    def stop(self, name: str) -> None:
        trigger = self.get(name)
        if trigger.type == "ON_DEMAND":
            raise _invalid(name, "an ON_DEMAND trigger is never active, so it cannot be stopped")
        with self._lock:
            trigger.state = "DEACTIVATED"
            trigger.next_at = None
            trigger.met.clear()

    def tick(self) -> None:
        """Fires every scheduled trigger that is due; a missed minute fires once, late, not many times."""
        now = self._now()
        with self._lock:
            due = [item for item in self._triggers.values() if item.next_at is not None and item.next_at <= now]
            for trigger in due:
                trigger.next_at = trigger.schedule.next_after(now) if trigger.schedule is not None else None
        for trigger in due:
            self._fire_all(trigger, [])

    def run_ended(self, run: JobRun) -> None:
        """A run of a job is over for good (no retry follows).

        A run that a person or a script started never fires a trigger: AWS evaluates conditions only for runs that
        a trigger started.
        """
        if run.trigger_name is None:
            return
        ready: list[tuple[Trigger, list[dict[str, str]]]] = []
        with self._lock:
            for trigger in self._triggers.values():
                if trigger.type == "CONDITIONAL" and trigger.state == "ACTIVATED" and _meets(trigger, run):
                    ready.append((trigger, list(trigger.met.values())))
                    trigger.met.clear()
        for trigger, predecessors in ready:
            self._fire_all(trigger, predecessors)

    def _activate(self, trigger: Trigger) -> None:
        trigger.state = "ACTIVATED"
        if trigger.schedule is not None:
            trigger.next_at = trigger.schedule.next_after(self._now())

    def _fire_all(self, trigger: Trigger, predecessors: list[dict[str, str]]) -> None:
        for action in trigger.definition["Actions"]:
            self._fire(action, trigger.name, predecessors)


def _meets(trigger: Trigger, run: JobRun) -> bool:
    """Notes what the run means for the trigger's conditions; True when the predicate holds now."""
    touched = False
    for index, condition in enumerate(trigger.conditions()):
        if condition["JobName"] != run.job_name:
            continue
        if condition["State"] == run.state:
            trigger.met[index] = {"JobName": run.job_name, "RunId": run.id}
            touched = True
        else:
            # The job's newest run decides: an earlier success does not count after a failure.
            trigger.met.pop(index, None)
    if not touched:
        return False
    logical = (trigger.definition.get("Predicate") or {}).get("Logical", "AND")
    return logical == "ANY" or len(trigger.met) == len(trigger.conditions())


def _check(trigger: Trigger) -> None:
    """InvalidInputException for a definition that AWS refuses or that cannot run here; parses the schedule."""
    name, definition = trigger.name, trigger.definition
    actions = definition.get("Actions") or []
    if not actions:
        raise _invalid(name, "it has no action; name a job to start")
    for action in actions:
        if action.get("CrawlerName"):
            raise _invalid(name, f"crawler {action['CrawlerName']}: the local Glue runner has no crawlers")
        if not action.get("JobName"):
            raise _invalid(name, "an action must name a job")
    if trigger.type == "SCHEDULED":
        if not definition.get("Schedule"):
            raise _invalid(name, "the type SCHEDULED needs a Schedule, for example cron(10 * * * ? *)")
        trigger.schedule = parse_schedule(definition["Schedule"])
    elif definition.get("Schedule"):
        raise _invalid(name, f"the type {trigger.type} takes no Schedule; remove it or use SCHEDULED")
    if trigger.type == "CONDITIONAL":
        _check_predicate(trigger)
    elif definition.get("Predicate"):
        raise _invalid(name, f"the type {trigger.type} takes no Predicate; remove it or use CONDITIONAL")


def _check_predicate(trigger: Trigger) -> None:
    conditions = trigger.conditions()
    if not conditions:
        raise _invalid(trigger.name, "the type CONDITIONAL needs a Predicate with at least one condition")
    logical = (trigger.definition["Predicate"]).get("Logical")
    if logical not in (None, "AND", "ANY"):
        raise _invalid(trigger.name, f"Logical {logical} is not one of AND, ANY")
    if len(conditions) > 1 and logical is None:
        raise _invalid(trigger.name, "a Predicate with several conditions needs Logical AND or ANY")
    for condition in conditions:
        if condition.get("CrawlerName"):
            raise _invalid(trigger.name, f"crawler {condition['CrawlerName']}: the local Glue runner has no crawlers")
        if not condition.get("JobName") or condition.get("State") not in _CONDITION_STATES:
            raise _invalid(trigger.name, f"a condition needs a JobName and a State of {', '.join(_CONDITION_STATES)}")
        if condition.get("LogicalOperator") not in (None, "EQUALS"):
            raise _invalid(trigger.name, f"LogicalOperator {condition['LogicalOperator']} is not EQUALS")
