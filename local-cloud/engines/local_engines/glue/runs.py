"""Job runs: what a request asks for, checked as AWS checks it, and the record of each run."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from ..errors import AwsError
from . import arguments as job_arguments

#: Data processing units of one worker (AWS Glue developer guide, "Worker types", 2026-11).
WORKER_DPU = {
    "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8, "G.12X": 12, "G.16X": 16,
    "R.1X": 1, "R.2X": 2, "R.4X": 4, "R.8X": 8, "Standard": 1,
}  # fmt: skip
#: FLEX takes only these (developer guide, "Execution class").
_FLEX_WORKERS = ("G.1X", "G.2X")
#: Minutes: seven days; and the default of Glue 5.0 and later (API reference, JobRun Timeout).
MAX_TIMEOUT = 10_080
DEFAULT_TIMEOUT = 480
ACTIVE = ("STARTING", "RUNNING", "STOPPING")


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass
class JobRun:
    """One attempt of a job; `state` is one of Glue's JobRunState values."""

    id: str
    job_name: str
    arguments: dict[str, str]
    #: DefaultArguments with `arguments` over them.
    effective: dict[str, str]
    script: str
    glue_version: str
    timeout_minutes: int
    worker_type: str
    workers: int
    execution_class: str
    max_retries: int = 0
    security_configuration: str | None = None
    #: ARN of the role that the job runs under.
    role: str = ""
    notify_delay_minutes: int | None = None
    attempt: int = 0
    previous_run_id: str | None = None
    trigger_name: str | None = None
    predecessors: list[dict[str, str]] = field(default_factory=list)
    state: str = "STARTING"
    started_on: datetime = field(default_factory=utc_now)
    modified_on: datetime = field(default_factory=utc_now)
    completed_on: datetime | None = None
    error_message: str | None = None
    #: Whole seconds from the start of the script to its end.
    execution_seconds: int = 0
    #: Set by BatchStopJobRun; the runner ends the processes.
    stop_requested: threading.Event = field(default_factory=threading.Event)

    def capacity(self) -> float:
        return float(WORKER_DPU[self.worker_type] * self.workers)

    def to_api(self) -> dict[str, Any]:
        """Glue's JobRun structure; members without a value are left out, as AWS does."""
        autoscaled = self.effective.get("--enable-auto-scaling", "false") == "true"
        shape: dict[str, Any] = {
            "Id": self.id,
            "Attempt": self.attempt,
            "PreviousRunId": self.previous_run_id,
            "TriggerName": self.trigger_name,
            "JobName": self.job_name,
            "JobMode": "SCRIPT",
            "JobRunQueuingEnabled": False,
            "StartedOn": self.started_on,
            "LastModifiedOn": self.modified_on,
            "CompletedOn": self.completed_on,
            "JobRunState": self.state,
            "Arguments": self.arguments or None,
            "ErrorMessage": self.error_message,
            "PredecessorRuns": self.predecessors,
            "AllocatedCapacity": int(self.capacity()),
            "ExecutionTime": self.execution_seconds,
            "Timeout": self.timeout_minutes,
            "MaxCapacity": self.capacity(),
            "WorkerType": self.worker_type,
            "NumberOfWorkers": self.workers,
            "SecurityConfiguration": self.security_configuration,
            "LogGroupName": "/aws-glue/jobs",
            "GlueVersion": self.glue_version,
            "ExecutionClass": self.execution_class,
            # AWS sets it only where the number of workers is not fixed.
            "DPUSeconds": self.execution_seconds * self.capacity()
            if self.execution_class == "FLEX" or autoscaled
            else None,
        }
        if self.notify_delay_minutes is not None:
            shape["NotificationProperty"] = {"NotifyDelayAfter": self.notify_delay_minutes}
        return {key: value for key, value in shape.items() if value is not None}

    def retry(self) -> JobRun:
        """The next attempt; Glue names it after the first one."""
        first = self.id.split("_attempt_")[0]
        return replace(
            self,
            id=f"{first}_attempt_{self.attempt + 1}",
            attempt=self.attempt + 1,
            previous_run_id=self.id,
            state="STARTING",
            started_on=utc_now(),
            modified_on=utc_now(),
            completed_on=None,
            error_message=None,
            execution_seconds=0,
            stop_requested=threading.Event(),
        )


def new_run_id() -> str:
    """`jr_` and 64 hexadecimal digits, as Glue's."""
    return f"jr_{secrets.token_hex(32)}"


def plan_run(job: Mapping[str, Any], request: Mapping[str, Any]) -> JobRun:
    """The run that `request` (StartJobRun) asks for, with the job's own settings where it names none.

    :raises AwsError: InvalidInputException for what AWS refuses and for what the local runner cannot do.
    """
    name = str(job["Name"])
    command = job.get("Command") or {}
    if command.get("Name") != "glueetl":
        raise AwsError(
            "InvalidInputException",
            f"Job {name} has the command {command.get('Name')!r}; the local Glue runner runs glueetl only",
        )
    if request.get("JobRunQueuingEnabled") or job.get("JobRunQueuingEnabled"):
        raise AwsError("InvalidInputException", f"Job {name}: the local Glue runner does not queue runs")
    given = dict(request.get("Arguments") or {})
    fixed = dict(job.get("NonOverridableArguments") or {})
    effective = {**job_arguments.merge(job.get("DefaultArguments"), given), **fixed}
    job_arguments.check(effective, fixed, given)
    job_arguments.extra_conf(effective)
    worker_type, workers = _capacity(name, job, request)
    execution_class = str(request.get("ExecutionClass") or job.get("ExecutionClass") or "STANDARD")
    if execution_class not in ("STANDARD", "FLEX"):
        raise AwsError("InvalidInputException", f"Execution class {execution_class} is not one of STANDARD, FLEX")
    if execution_class == "FLEX" and worker_type not in _FLEX_WORKERS:
        raise AwsError(
            "InvalidInputException", f"Execution class FLEX takes the worker types G.1X and G.2X, not {worker_type}"
        )
    notification = request.get("NotificationProperty") or job.get("NotificationProperty") or {}
    return JobRun(
        id=new_run_id(),
        job_name=name,
        arguments=given,
        effective=effective,
        script=str(command.get("ScriptLocation") or ""),
        glue_version=str(job.get("GlueVersion") or ""),
        timeout_minutes=_timeout(name, job, request),
        worker_type=worker_type,
        workers=workers,
        execution_class=execution_class,
        max_retries=int(job.get("MaxRetries") or 0),
        security_configuration=request.get("SecurityConfiguration") or job.get("SecurityConfiguration") or None,
        role=str(job.get("Role") or ""),
        notify_delay_minutes=notification.get("NotifyDelayAfter"),
        previous_run_id=request.get("JobRunId"),
    )


def _capacity(name: str, job: Mapping[str, Any], request: Mapping[str, Any]) -> tuple[str, int]:
    by_workers = request.get("WorkerType") is not None or request.get("NumberOfWorkers") is not None
    if by_workers and (request.get("MaxCapacity") is not None or request.get("AllocatedCapacity") is not None):
        raise AwsError(
            "InvalidInputException", "Please do not set Max Capacity if using Worker Type and Number of Workers."
        )
    worker_type = str(request.get("WorkerType") or job.get("WorkerType") or "G.1X")
    if worker_type not in WORKER_DPU:
        raise AwsError(
            "InvalidInputException",
            f"Worker type {worker_type} cannot run {name}; a Spark job takes one of {', '.join(WORKER_DPU)}",
        )
    capacity = request.get("MaxCapacity") or request.get("AllocatedCapacity")
    if not by_workers and capacity is not None:
        workers = int(capacity // WORKER_DPU[worker_type])
    else:
        workers = int(request.get("NumberOfWorkers") or job.get("NumberOfWorkers") or 0)
        if workers == 0:
            workers = int(job.get("MaxCapacity") or 10) // WORKER_DPU[worker_type]
    if workers < 2:
        raise AwsError("InvalidInputException", f"Job {name} asks for {workers} workers; a Spark job needs at least 2")
    return worker_type, workers


def _timeout(name: str, job: Mapping[str, Any], request: Mapping[str, Any]) -> int:
    asked = request.get("Timeout")
    minutes = int(asked if asked is not None else job.get("Timeout") or DEFAULT_TIMEOUT)
    if not 1 <= minutes <= MAX_TIMEOUT:
        raise AwsError(
            "InvalidInputException", f"Timeout {minutes} of job {name} must be from 1 to {MAX_TIMEOUT} minutes"
        )
    return minutes


class RunStore:
    """All runs since the start of this local cloud; safe from many threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._runs: dict[str, JobRun] = {}

    def start(self, run: JobRun, max_concurrent: int) -> None:
        """Adds a run, or raises ConcurrentRunsExceededException; check and insert are one step."""
        with self._lock:
            active = sum(1 for other in self._runs.values() if other.job_name == run.job_name and other.state in ACTIVE)
            if active >= max_concurrent:
                raise AwsError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {run.job_name}")
            self._runs[run.id] = run

    def get(self, job_name: str, run_id: str) -> JobRun:
        with self._lock:
            run = self._runs.get(run_id)
        if run is None or run.job_name != job_name:
            raise AwsError("EntityNotFoundException", f"Job run {run_id} of job {job_name} not found.")
        return run

    def of_job(self, job_name: str) -> list[JobRun]:
        """Newest first, as GetJobRuns."""
        with self._lock:
            return [run for run in reversed(self._runs.values()) if run.job_name == job_name]

    def active(self) -> list[JobRun]:
        with self._lock:
            return [run for run in self._runs.values() if run.state in ACTIVE]

    def end(self, run: JobRun, state: str, *, error_message: str, seconds: float, retry: bool) -> JobRun | None:
        """Gives a run its final state; a failed one with attempts left is followed by the next one in the same step.

        Who sees FAILED therefore finds the attempt that follows, and no other run can take its place.

        :param seconds: how long the script ran; the run has whole ones.
        :param retry: whether a next attempt may follow; not while the local cloud stops.
        :return: the attempt to carry out next, or None.
        """
        with self._lock:
            self.set_state(
                run,
                state,
                error_message=error_message or None,
                execution_seconds=round(seconds),
                completed_on=utc_now(),
            )
            if run.state != "FAILED" or run.attempt >= run.max_retries or not retry:
                return None
            following = run.retry()
            self._runs[following.id] = following
            return following

    def set_state(self, run: JobRun, state: str, **changes: Any) -> None:
        """Moves a run on; a final state is never left again, nor STOPPING for RUNNING."""
        with self._lock:
            if run.completed_on is not None or (run.state == "STOPPING" and state == "RUNNING"):
                return
            run.state = state
            run.modified_on = utc_now()
            for key, value in changes.items():
                setattr(run, key, value)
