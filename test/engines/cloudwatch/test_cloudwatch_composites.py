"""Composite alarms: rules, suppression, what they tell."""

from __future__ import annotations

import pytest
from engines.cloudwatch.support import TOPIC, Engine, refused
from hypothesis import given
from hypothesis import strategies as st
from local_engines.cloudwatch.alarms.rule import parse
from local_engines.errors import AwsError

ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:"


def composite(engine: Engine, rule: str, name: str = "c", **settings: object) -> None:
    actions = {"AlarmActions": [TOPIC], "OKActions": [TOPIC]}
    engine.api.put_composite_alarm(AlarmName=name, AlarmRule=rule, **{**actions, **settings})


@pytest.mark.parametrize(
    ("rule", "alarming", "holds"),
    [
        ("ALARM(a)", "a", True),
        ('ALARM("a b") OR ALARM(c)', "a b", True),
        ("ALARM(a) AND NOT ALARM(b)", "a b", True),
        ("NOT (ALARM(a) OR ALARM(b)) OR FALSE", "", True),
        ("OK(a) AND TRUE", "a", False),
        ("ALARM(a) OR ALARM(b) AND ALARM(c)", "a", True),
        (f"ALARM({ARN}a)", "a", True),
        ("INSUFFICIENT_DATA(gone)", "", False),
    ],
)
def test_rules(rule: str, alarming: str, holds: bool) -> None:
    on = {alarming, *alarming.split()}
    found = parse(rule).holds(lambda name: None if name == "gone" else "ALARM" if name in on else "OK")
    # "a b" in quotes is one alarm, and without them the test's shorthand for two.
    assert found is (holds if rule != "ALARM(a) AND NOT ALARM(b)" else False)


@pytest.mark.parametrize(
    "rule", ["", "ALARM(a", "ALARM()", "a", "ALARM(a) ALARM(b)", "NOT", "AT_LEAST(1, ALARM, (a, b))", "ALARM(a) AND"]
)
def test_rules_that_are_none(rule: str) -> None:
    with pytest.raises(AwsError, match="Error in AlarmRule") as caught:
        parse(rule)
    assert caught.value.headers == {"x-amzn-query-error": "ValidationError;Sender"}


trees = st.recursive(
    st.sampled_from(["a", "b", "c", True, False]),
    lambda inner: st.tuples(st.sampled_from(["AND", "OR"]), inner, inner) | st.tuples(st.just("NOT"), inner),
    max_leaves=12,
)


def written(tree: object) -> str:
    if isinstance(tree, tuple):
        parts = [f"({written(part)})" for part in tree[1:]]
        return f"NOT {parts[0]}" if tree[0] == "NOT" else f" {tree[0]} ".join(parts)
    return str(tree).upper() if isinstance(tree, bool) else f"ALARM({tree})"


def truth(tree: object, on: set[str]) -> bool:
    if isinstance(tree, tuple):
        values = [truth(part, on) for part in tree[1:]]
        return not values[0] if tree[0] == "NOT" else all(values) if tree[0] == "AND" else any(values)
    return tree if isinstance(tree, bool) else tree in on


@given(trees, st.sets(st.sampled_from(["a", "b", "c"])))
def test_any_rule_means_what_is_written(tree: object, on: set[str]) -> None:
    assert parse(written(tree)).holds(lambda name: "ALARM" if name in on else "OK") is truth(tree, on)


def test_a_composite_follows_its_children_and_names_them(engine: Engine) -> None:
    for name in ("a", "b"):
        engine.alarm(name, MetricName=name, AlarmActions=[], OKActions=[])
        engine.put(0, 0, name)
    composite(engine, "ALARM(a) OR ALARM(b)", AlarmDescription="either")
    assert engine.evaluate(60) == ["a OK", "b OK", "c OK"]
    engine.put(60, 5, "b")
    engine.put(60, 0, "a")
    assert engine.evaluate(120) == ["b ALARM", "c ALARM"]
    assert engine.sent.subjects == ["OK c", "ALARM c"]
    _, subject, message = engine.sent.messages[-1]
    assert subject == 'ALARM: "c" in US East (N. Virginia)'
    assert message["NewStateReason"] == f"{ARN}b transitioned to ALARM at Wednesday 25 November, 2026 12:02:00 UTC"
    assert message["AlarmRule"] == "ALARM(a) OR ALARM(b)" and "Trigger" not in message
    (child,) = message["TriggeringChildren"]
    assert child["Arn"] == f"{ARN}b" and child["State"]["Value"] == "ALARM"
    children = engine.api.describe_alarms(ChildrenOfAlarmName="c")["MetricAlarms"]
    assert [one["AlarmName"] for one in children] == ["a", "b"]
    (parent,) = engine.api.describe_alarms(ParentsOfAlarmName="b")["CompositeAlarms"]
    assert parent["AlarmName"] == "c"


class Story:
    """A composite over `a`, suppressed by `s`: a step each minute."""

    def __init__(self, engine: Engine, wait: int, extension: int) -> None:
        self.engine = engine
        for name in ("a", "s"):
            engine.alarm(name, MetricName=name, AlarmActions=[], OKActions=[])
            engine.put(0, 0, name)
        periods = {"ActionsSuppressorWaitPeriod": wait, "ActionsSuppressorExtensionPeriod": extension}
        composite(engine, "ALARM(a)", ActionsSuppressor="s", **periods)
        engine.evaluate(60)
        engine.sent.messages.clear()
        self.minute = 1

    def step(self, a: int, s: int) -> list[str]:
        """The next minute with these values: messages of it, or what holds them back."""
        self.engine.put(self.minute * 60, a, "a")
        self.engine.put(self.minute * 60, s, "s")
        self.minute += 1
        told = len(self.engine.sent.messages)
        self.engine.evaluate(self.minute * 60)
        (found,) = self.engine.api.describe_alarms(AlarmNames=["c"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        return self.engine.sent.subjects[told:] or [found.get("ActionsSuppressedBy", "")]


def test_a_suppressor_that_is_on_holds_an_incident_back_for_good(engine: Engine) -> None:
    story = Story(engine, wait=50, extension=110)
    assert story.step(0, 5) == [""]
    assert story.step(5, 5) == ["Alarm"]
    assert story.step(0, 5) == [""]
    assert story.step(0, 0) == [""]
    assert engine.sent.messages == []
    assert engine.history("Action", AlarmName="c")[-1] == "Actions suppressed by s: ALARM actions were not executed"


def test_a_suppressor_that_follows_in_time_holds_back(engine: Engine) -> None:
    story = Story(engine, wait=110, extension=0)
    assert story.step(5, 0) == ["WaitPeriod"]
    assert story.step(5, 5) == ["Alarm"]
    assert story.step(5, 5) == ["Alarm"]
    # It outlives its cause: now it is an incident of its own.
    assert story.step(5, 0) == ["ALARM c"]
    assert story.step(0, 0) == ["OK c"]


def test_nobody_follows_and_the_message_goes_out_once(engine: Engine) -> None:
    story = Story(engine, wait=110, extension=110)
    assert story.step(5, 0) == ["WaitPeriod"]
    assert story.step(5, 0) == ["WaitPeriod"]
    assert story.step(5, 0) == ["ALARM c"]
    assert story.step(5, 5) == [""]
    assert story.step(5, 0) == [""]
    assert story.step(0, 0) == ["ExtensionPeriod"]
    assert story.step(0, 0) == ["OK c"]
    assert engine.sent.subjects == ["ALARM c", "OK c"]
    assert engine.sent.messages[-1][2]["OldStateValue"] == "ALARM"


def test_an_extension_waits_for_the_child_to_heal(engine: Engine) -> None:
    story = Story(engine, wait=0, extension=110)
    assert story.step(0, 5) == [""]
    assert story.step(5, 5) == ["Alarm"]
    assert story.step(5, 0) == ["ExtensionPeriod"]
    assert story.step(0, 0) == [""]
    story = [one["state"].get("actionsSuppressedBy") for one in engine.sent.events if one["alarmName"] == "c"]
    assert story == [None, "Alarm", "ExtensionPeriod", None]


def test_composites_are_put_and_deleted_in_order(engine: Engine) -> None:
    with refused("ValidationError", "alarms [a] in the alarm rule do not exist"):
        composite(engine, "ALARM(a)")
    engine.alarm("a")
    with refused("ValidationError", "ActionsSuppressorWaitPeriod is required"):
        composite(engine, "ALARM(a)", ActionsSuppressor="a")
    composite(engine, "ALARM(a)")
    with refused("ValidationError", "composite alarm(s) depending on it: c"):
        engine.api.delete_alarms(AlarmNames=["a"])
    with refused("ValidationError", "CompositeAlarm"):
        engine.alarm("c")
    engine.api.delete_alarms(AlarmNames=["a", "c", "unknown"])
    assert engine.api.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])["CompositeAlarms"] == []


def test_circles_end(engine: Engine) -> None:
    engine.alarm("a")
    composite(engine, "ALARM(a)", "c")
    composite(engine, "ALARM(c)", "d")
    composite(engine, "ALARM(d) OR ALARM(a)", "c")
    engine.put(0, 5)
    assert sorted(engine.evaluate(60)) == ["a ALARM", "c ALARM", "d OK"]
    assert engine.evaluate(61) == ["d ALARM"]
