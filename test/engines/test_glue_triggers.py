"""Triggers: definitions, and when they fire. Time is a variable here, nothing waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from local_engines.errors import AwsError
from local_engines.glue.runs import JobRun, plan_run
from local_engines.glue.triggers import TriggerStore

ACTIONS = [{"JobName": "gold"}]


class Bench:
    """A store with a clock that the test sets, and a record of what it started."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, 30, tzinfo=timezone.utc)
        self.fired: list[tuple[str, str, list[dict[str, str]]]] = []
        self.store = TriggerStore(self._fire, lambda: self.now)

    def _fire(self, action: Mapping[str, Any], trigger: str, predecessors: list[dict[str, str]]) -> None:
        self.fired.append((action["JobName"], trigger, predecessors))

    def create(self, **request: Any) -> None:
        self.store.create({"Name": "t", "Actions": ACTIONS, **request})

    def conditional(self, *conditions: tuple[str, str], logical: str | None = None) -> None:
        predicate: dict[str, Any] = {
            "Conditions": [{"JobName": job, "State": state, "LogicalOperator": "EQUALS"} for job, state in conditions]
        }
        if logical is not None:
            predicate["Logical"] = logical
        self.create(Type="CONDITIONAL", Predicate=predicate, StartOnCreation=True)

    def end(self, job: str, state: str, trigger: str | None = "start") -> JobRun:
        run = plan_run(
            {"Name": job, "Command": {"Name": "glueetl"}, "WorkerType": "G.1X", "NumberOfWorkers": 2}, {"JobName": job}
        )
        run.state, run.trigger_name = state, trigger
        self.store.run_ended(run)
        return run


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_schedule_fires_each_time_it_is_due_and_only_then(bench: Bench) -> None:
    bench.create(Type="SCHEDULED", Schedule="cron(10 * * * ? *)", StartOnCreation=True)
    bench.store.tick()
    assert bench.fired == []
    bench.now += timedelta(minutes=9, seconds=30)
    bench.store.tick()
    bench.store.tick()
    assert bench.fired == [("gold", "t", [])]
    bench.now += timedelta(hours=1)
    bench.store.tick()
    assert len(bench.fired) == 2


def test_missed_minutes_fire_once(bench: Bench) -> None:
    bench.create(Type="SCHEDULED", Schedule="cron(10 * * * ? *)", StartOnCreation=True)
    bench.now += timedelta(hours=5)
    bench.store.tick()
    bench.store.tick()
    assert len(bench.fired) == 1


def test_a_trigger_fires_only_while_it_is_active(bench: Bench) -> None:
    bench.create(Type="SCHEDULED", Schedule="cron(10 * * * ? *)")
    assert bench.store.get("t").state == "CREATED"
    bench.now += timedelta(hours=2)
    bench.store.tick()
    assert bench.fired == []
    bench.store.start("t")
    assert bench.store.get("t").state == "ACTIVATED"
    bench.store.stop("t")
    assert bench.store.get("t").state == "DEACTIVATED"
    bench.now += timedelta(hours=2)
    bench.store.tick()
    assert bench.fired == []


def test_a_condition_fires_for_runs_that_a_trigger_started(bench: Bench) -> None:
    bench.conditional(("silver", "SUCCEEDED"))
    bench.end("silver", "FAILED")
    bench.end("other", "SUCCEEDED")
    bench.end("silver", "SUCCEEDED", trigger=None)
    assert bench.fired == []
    run = bench.end("silver", "SUCCEEDED")
    assert bench.fired == [("gold", "t", [{"JobName": "silver", "RunId": run.id}])]


def test_and_waits_for_all_and_starts_afresh_after_firing(bench: Bench) -> None:
    bench.conditional(("a", "SUCCEEDED"), ("b", "SUCCEEDED"), logical="AND")
    bench.end("a", "SUCCEEDED")
    bench.end("a", "SUCCEEDED")
    assert bench.fired == []
    bench.end("b", "SUCCEEDED")
    assert len(bench.fired) == 1
    bench.end("b", "SUCCEEDED")
    assert len(bench.fired) == 1


def test_a_failure_takes_back_an_earlier_success(bench: Bench) -> None:
    bench.conditional(("a", "SUCCEEDED"), ("b", "SUCCEEDED"), logical="AND")
    bench.end("a", "SUCCEEDED")
    bench.end("a", "FAILED")
    bench.end("b", "SUCCEEDED")
    assert bench.fired == []


def test_any_fires_for_each(bench: Bench) -> None:
    bench.conditional(("a", "SUCCEEDED"), ("b", "TIMEOUT"), logical="ANY")
    bench.end("b", "TIMEOUT")
    bench.end("a", "SUCCEEDED")
    assert [name for name, _, _ in bench.fired] == ["gold", "gold"]


def test_on_demand_fires_when_it_is_started(bench: Bench) -> None:
    bench.create(Type="ON_DEMAND")
    bench.store.start("t")
    assert bench.fired == [("gold", "t", [])]
    assert bench.store.get("t").state == "CREATED"
    with pytest.raises(AwsError, match="cannot be stopped"):
        bench.store.stop("t")


def test_an_update_of_an_active_schedule_moves_its_next_firing(bench: Bench) -> None:
    bench.create(Type="SCHEDULED", Schedule="cron(10 * * * ? *)", StartOnCreation=True)
    bench.store.update("t", {"Schedule": "cron(40 * * * ? *)"})
    bench.now += timedelta(minutes=15)
    bench.store.tick()
    assert bench.fired == []
    bench.now += timedelta(minutes=30)
    bench.store.tick()
    assert len(bench.fired) == 1
    assert bench.store.get("t").to_api() == {
        "Name": "t", "Type": "SCHEDULED", "State": "ACTIVATED", "Schedule": "cron(40 * * * ? *)", "Actions": ACTIONS,
    }  # fmt: skip


def test_a_bad_update_changes_nothing(bench: Bench) -> None:
    bench.create(Type="SCHEDULED", Schedule="cron(10 * * * ? *)", StartOnCreation=True)
    with pytest.raises(AwsError, match=r"rate\(\)"):
        bench.store.update("t", {"Schedule": "rate(1 hour)"})
    assert bench.store.get("t").to_api()["Schedule"] == "cron(10 * * * ? *)"


@pytest.mark.parametrize(
    ("request_part", "message"),
    [
        ({"Type": "EVENT"}, "Trigger t: the type EVENT starts workflows"),
        ({"Type": "ON_DEMAND", "WorkflowName": "w"}, "workflow w"),
        ({"Type": "ON_DEMAND", "Actions": []}, "it has no action"),
        ({"Type": "ON_DEMAND", "Actions": [{"CrawlerName": "c"}]}, "crawler c"),
        ({"Type": "ON_DEMAND", "StartOnCreation": True}, "StartOnCreation is not for the type ON_DEMAND"),
        ({"Type": "SCHEDULED"}, "needs a Schedule"),
        ({"Type": "CONDITIONAL"}, "needs a Predicate"),
        ({"Type": "ON_DEMAND", "Schedule": "cron(0 0 * * ? *)"}, "takes no Schedule"),
        ({"Type": "CONDITIONAL", "Predicate": {"Conditions": [{"JobName": "a", "State": "RUNNING"}]}}, "State of"),
        (
            {
                "Type": "CONDITIONAL",
                "Predicate": {"Conditions": [{"JobName": name, "State": "FAILED"} for name in ("a", "b")]},
            },
            "needs Logical AND or ANY",
        ),
    ],
)
def test_bad_definitions_are_refused(bench: Bench, request_part: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError) as caught:
        bench.create(**request_part)
    assert caught.value.code == "InvalidInputException"
    assert message in caught.value.message
    assert bench.store.find() == []


def test_names_are_unique_and_deleting_twice_is_no_error(bench: Bench) -> None:
    bench.create(Type="ON_DEMAND")
    with pytest.raises(AwsError) as caught:
        bench.create(Type="ON_DEMAND")
    assert caught.value.code == "AlreadyExistsException"
    assert [trigger.name for trigger in bench.store.find("gold")] == ["t"]
    bench.store.delete("t")
    bench.store.delete("t")
    with pytest.raises(AwsError) as caught:
        bench.store.get("t")
    assert caught.value.code == "EntityNotFoundException"
