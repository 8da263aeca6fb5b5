"""Schedules of Redshift, and the scheduled actions that fire by them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from engines.redshift.control_support import ROLE, Cloud, refused, running, until
from local_engines.redshift.control.schedules import next_action, next_snapshots


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(tmp_path_factory.mktemp("schedules")) as found:
        yield found


def action(cloud: Cloud, name: str, schedule: str, target: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = cloud.redshift.create_scheduled_action(
        ScheduledActionName=name, Schedule=schedule, IamRole=ROLE, TargetAction=target, **more
    )
    return dict(made)


def test_scheduled_actions_fire_once_at_their_time(cloud: Cloud) -> None:
    cloud.cluster("clocked")
    at = (cloud.clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    made = action(cloud, "sleep", f"at({at})", {"PauseCluster": {"ClusterIdentifier": "clocked"}})
    assert [moment.strftime("%Y-%m-%dT%H:%M:%S") for moment in made["NextInvocations"]] == [at]
    off = action(cloud, "never", f"at({at})", {"ResumeCluster": {"ClusterIdentifier": "clocked"}}, Enable=False)
    assert (off["State"], off.get("NextInvocations", [])) == ("DISABLED", [])
    cloud.plane.tick()
    assert cloud.find("clocked")["ClusterStatus"] == "available"
    cloud.clock.ahead += timedelta(hours=1, seconds=1)
    cloud.plane.tick()
    assert cloud.find("clocked")["ClusterStatus"] == "pausing"
    cloud.wait("clocked", "paused")
    cloud.redshift.resume_cluster(ClusterIdentifier="clocked")
    cloud.wait("clocked")
    cloud.plane.tick()
    assert cloud.find("clocked")["ClusterStatus"] == "available"


def test_a_recurring_action_fires_again_and_one_that_cannot_is_lost(cloud: Cloud) -> None:
    cloud.cluster("daily")
    target = {"PauseCluster": {"ClusterIdentifier": "daily"}}
    action(cloud, "nightly", "cron(0 20 * * ? *)", target)
    for _ in range(2):
        cloud.clock.ahead += timedelta(days=1)
        cloud.plane.tick()
        assert cloud.find("daily")["ClusterStatus"] == "pausing"
        cloud.wait("daily", "paused")
        # The next firing meets a paused cluster.
        cloud.clock.ahead += timedelta(days=1)
        cloud.plane.tick()
        assert cloud.find("daily")["ClusterStatus"] == "paused"
        cloud.redshift.resume_cluster(ClusterIdentifier="daily")
        cloud.wait("daily")
    cloud.redshift.modify_scheduled_action(ScheduledActionName="nightly", Enable=False)
    cloud.clock.ahead += timedelta(days=1)
    cloud.plane.tick()
    assert cloud.find("daily")["ClusterStatus"] == "available"
    cloud.redshift.delete_scheduled_action(ScheduledActionName="nightly")
    with refused("ScheduledActionNotFound"):
        cloud.redshift.describe_scheduled_actions(ScheduledActionName="nightly")


def test_the_running_control_plane_fires_by_itself(cloud: Cloud) -> None:
    cloud.cluster("alone")
    soon = (cloud.clock.now() + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
    action(cloud, "soon", f"at({soon})", {"PauseCluster": {"ClusterIdentifier": "alone"}})
    cloud.plane.start()
    until(lambda: cloud.find("alone")["ClusterStatus"] == "paused")


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("rate(1 day)", "must be at("),
        ("at(2026-13-01T00:00:00)", "yyyy-mm-ddThh:mm:ss"),
        ("cron(0/30 * * * ? *)", "Redshift's shortest period is 60"),
        ("cron(0 25 * * ? *)", "hours"),
        ("cron(0 10 * * MON *)", "exactly one of"),
    ],
)
def test_wrong_schedules_are_refused(cloud: Cloud, schedule: str, words: str) -> None:
    clusters = [one["ClusterIdentifier"] for one in cloud.redshift.describe_clusters()["Clusters"]]
    if "target" not in clusters:
        cloud.cluster("target")
    with refused("InvalidSchedule", words):
        action(cloud, "wrong", schedule, {"PauseCluster": {"ClusterIdentifier": "target"}})


def test_an_action_needs_a_cluster_a_role_and_one_target(cloud: Cloud) -> None:
    with refused("ClusterNotFound"):
        action(cloud, "wrong", "cron(0 1 * * ? *)", {"PauseCluster": {"ClusterIdentifier": "nowhere"}})
    with refused("InvalidScheduledAction", "exactly one"):
        both = {kind: {"ClusterIdentifier": "nowhere"} for kind in ("PauseCluster", "ResumeCluster")}
        action(cloud, "wrong", "cron(0 1 * * ? *)", both)
    with refused("InvalidParameterValue", "hyphen"):
        action(cloud, "wrong-", "cron(0 1 * * ? *)", {"PauseCluster": {"ClusterIdentifier": "nowhere"}})


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        ("at(2026-11-25T20:00:00)", "2026-11-25T19:59:59", "2026-11-25T20:00:00"),
        ("at(2026-11-25T20:00:00)", "2026-11-25T20:00:00", None),
        ("cron(30 19 ? * MON-FRI *)", "2026-11-27T19:30:00", "2026-11-30T19:30:00"),
        ("cron(0 6 1 * ? *)", "2026-11-25T00:00:00", "2026-12-01T06:00:00"),
    ],
)
def test_next_firing(schedule: str, after: str, expected: str | None) -> None:
    assert next_action(schedule, moment(after)) == (None if expected is None else moment(expected))


def test_snapshot_schedules_follow_and_let_go_of_clusters(cloud: Cloud) -> None:
    cloud.cluster("backed")
    made = cloud.redshift.create_snapshot_schedule(ScheduleIdentifier="often", ScheduleDefinitions=["rate(8 hours)"])
    assert len(made["NextInvocations"]) == 3
    cloud.redshift.modify_cluster_snapshot_schedule(ClusterIdentifier="backed", ScheduleIdentifier="often")
    assert cloud.find("backed")["SnapshotScheduleIdentifier"] == "often"
    (found,) = cloud.redshift.describe_snapshot_schedules(ClusterIdentifier="backed")["SnapshotSchedules"]
    assert found["AssociatedClusters"][0]["ClusterIdentifier"] == "backed"
    with refused("InvalidClusterSnapshotScheduleState", "backed"):
        cloud.redshift.delete_snapshot_schedule(ScheduleIdentifier="often")
    cloud.redshift.modify_cluster_snapshot_schedule(ClusterIdentifier="backed", DisassociateSchedule=True)
    cloud.redshift.delete_snapshot_schedule(ScheduleIdentifier="often")
    assert cloud.redshift.describe_snapshot_schedules(ScheduleIdentifier="often")["SnapshotSchedules"] == []
    for wrong in (["rate(25 hours)"], ["rate(30 minutes)"], ["cron(0 12)"], []):
        with refused("InvalidSchedule"):
            cloud.redshift.create_snapshot_schedule(ScheduleIdentifier="w", ScheduleDefinitions=wrong)
    with refused("ScheduleDefinitionTypeUnsupported"):
        cloud.redshift.create_snapshot_schedule(
            ScheduleIdentifier="w", ScheduleDefinitions=["rate(8 hours)", "cron(30 12 *)"]
        )


def test_next_snapshots_of_both_kinds() -> None:
    after = moment("2026-11-25T10:00:00")
    hours = [one.isoformat()[:16] for one in next_snapshots(["cron(30 12 *)", "cron(0 0 MON)"], after)]
    assert hours == ["2026-11-25T12:30", "2026-11-26T12:30", "2026-11-27T12:30"]
    assert next_snapshots(["rate(12 hours)"], after)[0] == moment("2026-11-25T22:00:00")
