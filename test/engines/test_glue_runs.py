"""Planning of runs, their records and their error messages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from local_engines.errors import AwsError
from local_engines.glue.events import run_status, state_change
from local_engines.glue.failures import failure_message
from local_engines.glue.logs import batches
from local_engines.glue.requests import page
from local_engines.glue.runs import JobRun, RunStore, plan_run, utc_now
from local_engines.glue.spark_conf import RunError, check_version, jars_folder

JOB: dict[str, Any] = {
    "Name": "etl",
    "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/scripts/etl.py"},
    "GlueVersion": "5.1",
    "WorkerType": "G.1X",
    "NumberOfWorkers": 3,
    "DefaultArguments": {"--a": "1"},
    "MaxRetries": 2,
}


def plan(job: dict[str, Any] | None = None, **request: Any) -> JobRun:
    return plan_run({**JOB, **(job or {})}, {"JobName": "etl", **request})


def test_a_run_takes_the_jobs_settings() -> None:
    run = plan(Arguments={"--b": "2"})
    assert re.fullmatch(r"jr_[0-9a-f]{64}", run.id)
    shape = run.to_api()
    shape.pop("StartedOn")
    shape.pop("LastModifiedOn")
    assert shape == {
        "Id": run.id,
        "Attempt": 0,
        "JobName": "etl",
        "JobMode": "SCRIPT",
        "JobRunQueuingEnabled": False,
        "JobRunState": "STARTING",
        "Arguments": {"--b": "2"},
        "PredecessorRuns": [],
        "AllocatedCapacity": 3,
        "ExecutionTime": 0,
        "Timeout": 480,
        "MaxCapacity": 3.0,
        "WorkerType": "G.1X",
        "NumberOfWorkers": 3,
        "LogGroupName": "/aws-glue/jobs",
        "GlueVersion": "5.1",
        "ExecutionClass": "STANDARD",
    }
    assert run.effective == {"--a": "1", "--b": "2"}


def test_a_request_wins_over_the_job() -> None:
    run = plan(WorkerType="G.2X", NumberOfWorkers=5, Timeout=7, ExecutionClass="FLEX")
    assert (run.capacity(), run.timeout_minutes, run.execution_class) == (10.0, 7, "FLEX")
    run.execution_seconds = 30
    assert run.to_api()["DPUSeconds"] == 300.0


@pytest.mark.parametrize(
    ("job", "request_part", "message"),
    [
        ({"Command": {"Name": "pythonshell"}}, {}, "'pythonshell'; the local Glue runner runs glueetl only"),
        ({}, {"WorkerType": "G.3X", "NumberOfWorkers": 2}, "Worker type G.3X cannot run etl"),
        ({}, {"NumberOfWorkers": 1}, "asks for 1 workers; a Spark job needs at least 2"),
        ({}, {"WorkerType": "G.1X", "NumberOfWorkers": 2, "MaxCapacity": 2.0}, "Please do not set Max Capacity"),
        ({}, {"ExecutionClass": "CHEAP"}, "CHEAP is not one of STANDARD, FLEX"),
        ({"WorkerType": "G.4X"}, {"ExecutionClass": "FLEX"}, "not G.4X"),
        ({}, {"Timeout": 0}, "Timeout 0 of job etl must be from 1 to 10080"),
        ({}, {"Timeout": 10_081}, "Timeout 10081"),
        ({}, {"JobRunQueuingEnabled": True}, "does not queue runs"),
    ],
)
def test_what_cannot_run_is_refused(job: dict[str, Any], request_part: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError) as caught:
        plan(job, **request_part)
    assert caught.value.code == "InvalidInputException"
    assert message in caught.value.message


def test_a_retry_is_a_new_attempt_that_names_the_one_before() -> None:
    first = plan()
    first.error_message, first.state = "boom", "FAILED"
    second = first.retry()
    third = second.retry()
    assert (second.id, second.attempt, second.previous_run_id) == (f"{first.id}_attempt_1", 1, first.id)
    assert (third.id, third.attempt, third.previous_run_id) == (f"{first.id}_attempt_2", 2, second.id)
    assert (second.state, second.error_message) == ("STARTING", None)


def test_concurrency_counts_active_runs_of_the_same_job() -> None:
    store = RunStore()
    first, second, other = plan(), plan(), plan({"Name": "other"})
    store.start(first, 1)
    store.start(other, 1)
    with pytest.raises(AwsError) as caught:
        store.start(second, 1)
    assert caught.value.code == "ConcurrentRunsExceededException"
    store.set_state(first, "SUCCEEDED", completed_on=utc_now())
    store.start(second, 1)
    assert [run.id for run in store.of_job("etl")] == [second.id, first.id]


def test_who_sees_a_failure_finds_the_attempt_after_it() -> None:
    store = RunStore()
    first, other = plan({"MaxRetries": 1}), plan({"MaxRetries": 1})
    store.start(first, 1)
    second = store.end(first, "FAILED", error_message="boom", seconds=1.6, retry=True)
    assert second is not None
    assert store.get("etl", second.id) is second
    assert (first.state, first.error_message, first.execution_seconds) == ("FAILED", "boom", 2)
    with pytest.raises(AwsError, match="Concurrent runs exceeded"):
        store.start(other, 1)
    assert store.end(second, "FAILED", error_message="boom", seconds=1.0, retry=True) is None
    assert [run.id for run in store.of_job("etl")] == [second.id, first.id]


@pytest.mark.parametrize(
    ("state", "retries", "retry"),
    [("SUCCEEDED", 1, True), ("STOPPED", 1, True), ("FAILED", 0, True), ("FAILED", 1, False)],
)
def test_what_did_not_fail_or_may_not_be_tried_again_has_no_next_attempt(state: str, retries: int, retry: bool) -> None:
    store = RunStore()
    run = plan({"MaxRetries": retries})
    store.start(run, 1)
    assert store.end(run, state, error_message="", seconds=1.0, retry=retry) is None
    assert (run.state, run.error_message, store.active()) == (state, None, [])


def test_a_final_state_is_final_and_stopping_is_not_undone() -> None:
    store = RunStore()
    run = plan()
    store.start(run, 1)
    store.set_state(run, "STOPPING")
    store.set_state(run, "RUNNING")
    assert run.state == "STOPPING"
    store.set_state(run, "STOPPED", completed_on=utc_now())
    store.set_state(run, "FAILED", error_message="late")
    assert (run.state, run.error_message) == ("STOPPED", None)


def test_a_run_is_found_under_its_own_job_only() -> None:
    store = RunStore()
    run = plan()
    store.start(run, 1)
    assert store.get("etl", run.id) is run
    with pytest.raises(AwsError, match="not found"):
        store.get("other", run.id)


def test_events_have_glues_shape() -> None:
    run = plan(NotificationProperty={"NotifyDelayAfter": 3})
    run.state, run.error_message = "FAILED", "bad input"
    assert state_change(run) == {
        "jobName": "etl",
        "severity": "ERROR",
        "state": "FAILED",
        "jobRunId": run.id,
        "message": f"JobName:etl and JobRunId:{run.id} failed to execute with exception bad input",
    }
    run.state = "TIMEOUT"
    assert (state_change(run)["severity"], state_change(run)["message"]) == ("WARN", "Job run timed out")
    run.state = "RUNNING"
    assert run_status(run)["notificationCondition"] == {"NotifyDelayAfter": 3.0}


TRACE = 'Traceback (most recent call last):\n  File "/x/job.py", line 3, in <module>\n    main()\n    ^^^^^^\n'


@pytest.mark.parametrize(
    ("code", "stderr", "expected"),
    [
        (1, f"hello\n{TRACE}ValueError: bad date '2099'\n", "ValueError: bad date '2099'"),
        (
            1,
            f"{TRACE}ValueError: bad\nbronze_to_silver: ValueError: bad; run again\n",
            "bronze_to_silver: ValueError: bad; run again",
        ),
        (1, "26/11/23 10:00:00 ERROR Executor: boom\njob: gate failed: 90 % < 95 %\n", "job: gate failed: 90 % < 95 %"),
        (
            1,
            f"{TRACE}pyspark.errors.AnalysisException: [X] no column `a`; line 1\n'Project ['a]\n+- Relation\n",
            "pyspark.errors.AnalysisException: [X] no column `a`; line 1 'Project ['a] +- Relation",
        ),
        (
            1,
            f"{TRACE}py4j.protocol.Py4JJavaError: An error occurred while calling o1.count.\n"
            ": java.io.IOException: disk\n\tat a.b.C.d(C.java:1)\nCaused by: x\n\t... 3 more\nsome odd line\n",
            "py4j.protocol.Py4JJavaError: An error occurred while calling o1.count. : java.io.IOException: disk",
        ),
        (3, "", "The job's script ended with exit code 3 and printed no error"),
    ],
)
def test_error_messages_are_for_people(code: int, stderr: str, expected: str) -> None:
    assert failure_message(code, stderr) == expected


def test_a_killed_run_says_so() -> None:
    assert failure_message(137, "whatever").startswith("The job's process was killed (SIGKILL)")
    gone = f"{TRACE}py4j.protocol.Py4JNetworkError: Answer from Java side is empty\n"
    assert failure_message(1, gone).startswith("The job's Spark process (JVM) was killed or crashed")


@pytest.mark.parametrize(
    ("version", "installed", "message"),
    [
        ("4.0", "3.5.6", "Glue version 4.0 cannot run here; set the job's GlueVersion to one of 5.0, 5.1, 6.0"),
        ("", "3.5.6", "Glue version (none) cannot run here"),
        ("6.0", "3.5.6", "Glue 6.0 is Spark 4.1.1 and needs pyspark 4.1.x; installed is 3.5.6"),
    ],
)
def test_a_glue_version_without_its_spark_is_refused(version: str, installed: str, message: str) -> None:
    with pytest.raises(RunError) as caught:
        check_version(version, installed)
    assert message in str(caught.value)


def test_installed_spark_runs_its_glue_versions() -> None:
    for version in ("5.0", "5.1"):
        check_version(version, "3.5.6")
    check_version("6.0", "4.1.1")


def test_pages_cover_everything_once() -> None:
    items = list(range(7))
    seen: list[int] = []
    body: dict[str, Any] = {"MaxResults": 3}
    sizes = []
    while True:
        part, token = page(items, body, 100)
        seen += part
        sizes.append(len(part))
        if token is None:
            break
        body["NextToken"] = token
    assert (seen, sizes) == (items, [3, 3, 1])
    with pytest.raises(AwsError, match="'!!' is not one that was given out"):
        page(items, {"NextToken": "!!"}, 100)


def test_log_batches_stay_below_the_limits() -> None:
    parts = batches(["x" * 99_974] * 25 + ["y"] * 10_001)
    assert [line for part in parts for line in part] == ["x" * 99_974] * 25 + ["y"] * 10_001
    assert max(len(part) for part in parts) <= 10_000
    assert max(sum(len(line) + 26 for line in part) for part in parts) <= 1_048_576


@pytest.mark.parametrize("name", ["org.apache.hadoop_hadoop-aws-3.3.4.jar", "hadoop-aws-3.3.4.jar"])
def test_the_jars_are_found_as_ivy_and_as_maven_name_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).touch()
    monkeypatch.setenv("CLICKSTREAM_SPARK_JARS", str(tmp_path))
    assert jars_folder() == tmp_path


@pytest.mark.parametrize("named", ["", "elsewhere"])
def test_a_folder_without_the_jars_is_refused(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICKSTREAM_SPARK_JARS", named)
    with pytest.raises(RunError, match=f"CLICKSTREAM_SPARK_JARS is {named or 'not set'}.*Start through npm"):
        jars_folder()
