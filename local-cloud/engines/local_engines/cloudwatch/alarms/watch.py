"""Evaluates all alarms and does what their transitions ask for."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..clock import as_text
from ..errors import refusal
from ..metrics.store import MetricKey, MetricStore
from .book import AlarmBook
from .evaluation import evaluate, is_warm
from .messages import Publish, event_detail, message, subject
from .model import COMPOSITE, METRIC, Alarm, State
from .rule import name_of
from .suppression import step

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Surroundings:
    """Whom the alarms tell, and whom they ask."""

    region: str
    account: str
    now: Callable[[], float]
    #: SNS.
    publish: Publish
    #: EventBridge: the alarm's ARN, the event's detail.
    tell: Callable[[str, dict[str, Any]], None]
    #: Why nobody measures a metric here; None where somebody may.
    unmeasured: Callable[[MetricKey], str | None]


class Watch:
    """One pass at a time, so that messages go out in the order of the changes."""

    def __init__(self, book: AlarmBook, store: MetricStore, surroundings: Surroundings) -> None:
        self._book, self._store, self._surroundings = book, store, surroundings
        self._passing = threading.Lock()

    def keys(self) -> list[MetricKey]:
        """Metrics that any alarm looks at."""
        with self._book.lock:
            alarms = list(self._book.alarms.values())
        return [key for alarm in alarms if alarm.queries is not None for key in alarm.queries.keys]

    def evaluate(self) -> dict[str, Any]:
        """Evaluates each alarm once, children before the composites over them, and performs the actions."""
        changed: list[dict[str, str]] = []
        with self._passing:
            work: list[Callable[[], None]] = []
            with self._book.lock:
                now = self._surroundings.now()
                alarms = list(self._in_order())
                for alarm in alarms:
                    old = replace(alarm.state)
                    try:
                        self._metric(alarm, now) if alarm.kind == METRIC else self._composite(alarm, now)
                    except Exception:  # One alarm's failure must not blind the others.
                        log.exception("the alarm %s could not be evaluated", alarm.name)
                        continue
                    work += self._consequences(alarm, old, now)
                    if alarm.state.value != old.value:
                        changed.append({"alarm": alarm.name, "from": old.value, "to": alarm.state.value})
            for action in work:
                action()
        return {"evaluated": len(alarms), "changed": changed}

    def set_state(self, body: dict[str, Any]) -> dict[str, Any]:
        """SetAlarmState: holds until the next evaluation finds otherwise."""
        data = body.get("StateReasonData") or ""
        if data:
            try:
                json.loads(data)
            except ValueError as error:
                raise refusal("InvalidFormat", f"StateReasonData is not JSON: {error}") from error
        with self._passing:
            with self._book.lock:
                alarm, now = self._book.get(body["AlarmName"]), self._surroundings.now()
                old = replace(alarm.state)
                _enter(alarm, body["StateValue"], body["StateReason"], data, now)
                work = self._consequences(alarm, old, now)
            for action in work:
                action()
        return {}

    def _in_order(self) -> Iterator[Alarm]:
        alarms, done = self._book.alarms, set()

        def visit(alarm: Alarm) -> Iterator[Alarm]:
            if alarm.name in done:
                return
            # Marked first: rules may go in circles.
            done.add(alarm.name)
            for name in alarm.rule.children if alarm.rule is not None else ():
                if name in alarms:
                    yield from visit(alarms[name])
            suppressor = name_of(alarm.settings.get("ActionsSuppressor") or "")
            if suppressor in alarms:
                yield from visit(alarms[suppressor])
            yield alarm

        for alarm in sorted(alarms.values(), key=lambda one: (one.kind != METRIC, one.name)):
            yield from visit(alarm)

    def _metric(self, alarm: Alarm, now: float) -> None:
        alarm.warm = alarm.warm or is_warm(alarm, self._store, now)
        if not alarm.warm:
            return
        verdict = evaluate(alarm, self._store, now)
        if verdict.state is None:
            return
        reason = verdict.reason
        if verdict.state == "INSUFFICIENT_DATA" and alarm.queries is not None:
            reasons = [self._surroundings.unmeasured(key) for key in alarm.queries.keys]
            reason = " ".join([reason, *(one for one in reasons if one is not None)])
        _enter(alarm, verdict.state, reason, verdict.reason_data, now)

    def _composite(self, alarm: Alarm, now: float) -> None:
        assert alarm.rule is not None
        alarms = self._book.alarms
        value = "ALARM" if alarm.rule.holds(lambda name: alarms[name].state.value if name in alarms else None) else "OK"
        if value == alarm.state.value:
            return
        causes = self._causes(alarm)
        if (alarm.state.value == "INSUFFICIENT_DATA" and alarm.state.changed == alarm.configured) or not causes:
            reason = f"{alarm.arn} was created and its alarm rule evaluates to {value}"
        else:
            one = causes[0]
            reason = f"{one.arn} transitioned to {one.state.value} at {_long(one.state.changed)}"
        listed = [
            {"arn": one.arn, "state": {"value": one.state.value, "timestamp": as_text(one.state.changed)}}
            for one in causes
        ]
        _enter(alarm, value, reason, json.dumps({"triggeringAlarms": listed}), now)

    def _causes(self, alarm: Alarm) -> list[Alarm]:
        """The alarms of the rule that changed last."""
        assert alarm.rule is not None
        children = [self._book.alarms[name] for name in alarm.rule.children if name in self._book.alarms]
        last = max((one.state.changed for one in children), default=0.0)
        return [one for one in children if one.state.changed == last]

    def _consequences(self, alarm: Alarm, old: State, now: float) -> list[Callable[[], None]]:
        """History at once; what is to be sent when the lock is free."""
        transition = alarm.state.value != old.value
        held = alarm.suppression.by
        due = self._suppression(alarm, now) if alarm.kind == COMPOSITE else transition
        news = transition or alarm.suppression.by != held
        if transition:
            self._book.history.changed(alarm, old)
        if alarm.suppression.by and alarm.suppression.by != held:
            self._book.history.suppressed(alarm, now)
        work: list[Callable[[], None]] = []
        if news:
            detail = event_detail(alarm, old)
            work.append(lambda: self._surroundings.tell(alarm.arn, detail))
        if due and alarm.actions_enabled:
            text, about, region, account = "", "", self._surroundings.region, self._surroundings.account
            causes = self._causes(alarm) if alarm.kind == COMPOSITE else []
            before = replace(old, value=_before(alarm, old))
            text, about = message(alarm, before, account, region, causes), subject(alarm, region)
            for arn in alarm.actions(alarm.state.value):
                work.append(lambda arn=arn: self._send(alarm, arn, about, text))  # type: ignore[misc]
        return work

    def _suppression(self, alarm: Alarm, now: float) -> bool:
        suppressor = self._book.alarms.get(name_of(alarm.settings.get("ActionsSuppressor") or ""))
        return step(alarm, suppressor.state.value if suppressor is not None else None, now)

    def _send(self, alarm: Alarm, arn: str, about: str, text: str) -> None:
        error: str | None = None
        try:
            self._surroundings.publish(arn, about, text)
        except (BotoCoreError, ClientError) as problem:
            # AWS, too, only notes it in the history: an alarm does not change because nobody could be told.
            error = str(problem)
            log.warning("the action %s of %s failed: %s", arn, alarm.name, problem)
        with self._book.lock:
            self._book.history.acted(alarm, arn, self._surroundings.now(), error)


def _before(alarm: Alarm, old: State) -> str:
    """The old state in a message; an ALARM that was held back came from OK, however long ago."""
    if old.value != alarm.state.value:
        return old.value
    return "OK" if alarm.state.value == "ALARM" else "ALARM"


def _enter(alarm: Alarm, value: str, reason: str, data: str, now: float) -> None:
    state = alarm.state
    if value != state.value:
        alarm.state = State(value, reason, data, now, now)
    elif value == "INSUFFICIENT_DATA" and reason != state.reason:
        # The first look at a new alarm, or a better reason for knowing nothing.
        alarm.state = State(value, reason, data, now, state.changed)


def _long(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%A %d %B, %Y %H:%M:%S UTC")
