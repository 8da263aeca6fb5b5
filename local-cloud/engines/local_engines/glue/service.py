"""Job runs, bookmarks, triggers, and what else of Glue the emulator lacks; the rest goes to the emulator."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ..context import EngineContext
from ..errors import AwsError, UnknownOperation
from .bookmarks import Bookmarks
from .catalog_calls import catalog_calls
from .events import publisher
from .governed import GovernedCatalog
from .requests import RequestChecker, page
from .runner import JobRunner, Timing
from .runs import ACTIVE, JobRun, RunStore, plan_run, utc_now
from .tags import TriggerTags
from .triggers import Trigger, TriggerStore

log = logging.getLogger(__name__)

#: Seconds between two looks at the schedules; they have a resolution of a minute.
_TICK_SECONDS = 1.0
#: AWS's own default (API reference, ExecutionProperty).
_DEFAULT_CONCURRENCY = 1
_PAGE = 100


class GlueService:
    """Dispatches AWSGlue.* calls; `handle` may be called from many threads at once."""

    target_prefix = "AWSGlue"
    forwards = True

    def __init__(self, context: EngineContext, timing: Timing | None = None) -> None:
        self._context = context
        self._emulator = context.client("glue")
        self._runs = RunStore()
        publish = publisher(context.client("events"), context.service_token)
        self._runner = JobRunner(context, self._runs, publish, timing if timing is not None else Timing())
        self._triggers = TriggerStore(self._start_from_trigger, utc_now)
        self._tags = TriggerTags(context, self._triggers)
        self._bookmarks = Bookmarks(context.client("s3"))
        self._checker = RequestChecker(self._emulator)
        judge = context.lake_formation
        self._governed = None if judge is None else GovernedCatalog(self._emulator, judge)
        self._threads: list[threading.Thread] = []
        #: MaxConcurrentRuns by job, which the emulator drops; a job made before this service started has the default.
        self._limits: dict[str, int] = {}
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "StartJobRun": self._start_job_run,
            "GetJobRun": self._get_job_run,
            "GetJobRuns": self._get_job_runs,
            "BatchStopJobRun": self._batch_stop_job_run,
            "GetJobBookmark": lambda body: {"JobBookmarkEntry": self._bookmarks.entry(*self._job_and_runs(body))},
            "ResetJobBookmark": lambda body: {"JobBookmarkEntry": self._bookmarks.reset(*self._job_and_runs(body))},
            "CreateTrigger": self._create_trigger,
            "GetTrigger": lambda body: {"Trigger": self._triggers.get(body["Name"]).to_api()},
            "GetTriggers": self._get_triggers,
            "BatchGetTriggers": self._batch_get_triggers,
            "ListTriggers": self._list_triggers,
            "UpdateTrigger": lambda body: {
                "Trigger": self._triggers.update(body["Name"], body["TriggerUpdate"]).to_api()
            },
            "DeleteTrigger": self._delete_trigger,
            "StartTrigger": self._start_trigger,
            "StopTrigger": self._stop_trigger,
            "GetTags": self._tags.get,
            "TagResource": self._tags.tag,
            "UntagResource": self._tags.untag,
            **catalog_calls(self._emulator),
        }
        threading.Thread(target=self._keep_schedules, name="glue-schedules", daemon=True).start()

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answers one call; UnknownOperation for what the emulator answers."""
        action = self._operations.get(operation)
        if action is None:
            if operation in ("CreateJob", "UpdateJob"):
                self._checker.check(operation, body)
                self._note_limit(body)
            if self._governed is not None:
                return self._governed.handle(operation, body)
            raise UnknownOperation(operation)
        self._checker.check(operation, body)
        return action(body)

    def close(self) -> None:
        """Stops every run, waits for its processes to be gone, and ends Spark's JVMs."""
        self._context.stopping.set()
        for run in self._runs.active():
            run.stop_requested.set()
        for thread in list(self._threads):
            thread.join(timeout=10)
        self._runner.close()

    # Job runs

    def _start_job_run(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"JobRunId": self._start(body, None, []).id}

    def _start(self, request: Mapping[str, Any], trigger: str | None, predecessors: list[dict[str, str]]) -> JobRun:
        job = self._job(request["JobName"], "Failed to start job run due to missing metadata. ")
        if request.get("JobRunId"):
            self._runs.get(request["JobName"], request["JobRunId"])
        run = plan_run(job, request)
        run.trigger_name, run.predecessors = trigger, predecessors
        self._launch(run, self._limits.get(run.job_name, _DEFAULT_CONCURRENCY))
        return run

    def _note_limit(self, body: Mapping[str, Any]) -> None:
        # An update replaces the whole definition: without the property the job has the default again.
        job = body.get("JobUpdate", body)
        limit = (job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or _DEFAULT_CONCURRENCY
        self._limits[str(body.get("Name") or body.get("JobName"))] = int(limit)

    def _launch(self, run: JobRun, limit: int) -> None:
        self._runs.start(run, limit)
        thread = threading.Thread(target=self._work, args=(run,), name=f"glue-{run.id[:12]}", daemon=True)
        self._threads = [other for other in self._threads if other.is_alive()] + [thread]
        thread.start()

    def _work(self, run: JobRun) -> None:
        """All attempts of a run; triggers hear of the last one."""
        while (following := self._runner.run(run)) is not None:
            run = following
        self._triggers.run_ended(run)

    def _get_job_run(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"JobRun": self._runs.get(body["JobName"], body["RunId"]).to_api()}

    def _get_job_runs(self, body: dict[str, Any]) -> dict[str, Any]:
        self._job(body["JobName"])
        runs, token = page(self._runs.of_job(body["JobName"]), body, _PAGE)
        return _with_token({"JobRuns": [run.to_api() for run in runs]}, token)

    def _batch_stop_job_run(self, body: dict[str, Any]) -> dict[str, Any]:
        name = body["JobName"]
        done, errors = [], []
        for run_id in body["JobRunIds"]:
            entry = {"JobName": name, "JobRunId": run_id}
            try:
                run = self._runs.get(name, run_id)
                if run.state not in ACTIVE:
                    raise AwsError("InvalidInputException", f"Job run {run_id} is {run.state} and cannot be stopped")
                self._runs.set_state(run, "STOPPING")
                run.stop_requested.set()
                done.append(entry)
            except AwsError as error:
                errors.append({**entry, "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": error.message}})
        return {"SuccessfulSubmissions": done, "Errors": errors}

    def _job(self, name: str, prefix: str = "") -> dict[str, Any]:
        try:
            return dict(self._emulator.get_job(JobName=name)["Job"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise
            raise AwsError("EntityNotFoundException", f"{prefix}Job {name} not found.") from error

    def _job_and_runs(self, body: dict[str, Any]) -> tuple[dict[str, Any], list[JobRun]]:
        job = self._job(body["JobName"])
        return job, self._runs.of_job(body["JobName"])

    # Triggers

    def _start_from_trigger(self, action: Mapping[str, Any], trigger: str, predecessors: list[dict[str, str]]) -> None:
        keys = ("JobName", "Arguments", "Timeout", "SecurityConfiguration", "NotificationProperty")
        try:
            self._start({key: action[key] for key in keys if key in action}, trigger, predecessors)
        except AwsError as error:
            # As on AWS, a firing that cannot start its job (it runs already, it is gone) is lost.
            log.warning("trigger %s did not start %s: %s", trigger, action["JobName"], error)

    def _keep_schedules(self) -> None:
        while not self._context.stopping.wait(_TICK_SECONDS):
            self._triggers.tick()

    def _create_trigger(self, body: dict[str, Any]) -> dict[str, Any]:
        trigger = self._triggers.create(body)
        self._tags.set(trigger.name, body.get("Tags") or {})
        return {"Name": trigger.name}

    def _delete_trigger(self, body: dict[str, Any]) -> dict[str, Any]:
        self._triggers.delete(body["Name"])
        self._tags.forget(body["Name"])
        return {"Name": body["Name"]}

    def _start_trigger(self, body: dict[str, Any]) -> dict[str, Any]:
        self._triggers.start(body["Name"])
        return {"Name": body["Name"]}

    def _stop_trigger(self, body: dict[str, Any]) -> dict[str, Any]:
        self._triggers.stop(body["Name"])
        return {"Name": body["Name"]}

    def _get_triggers(self, body: dict[str, Any]) -> dict[str, Any]:
        found, token = page(self._triggers.find(body.get("DependentJobName")), body, _PAGE)
        return _with_token({"Triggers": [trigger.to_api() for trigger in found]}, token)

    def _batch_get_triggers(self, body: dict[str, Any]) -> dict[str, Any]:
        known = {trigger.name: trigger for trigger in self._triggers.find()}
        names = list(body["TriggerNames"])
        return {
            "Triggers": [known[name].to_api() for name in names if name in known],
            "TriggersNotFound": [name for name in names if name not in known],
        }

    def _list_triggers(self, body: dict[str, Any]) -> dict[str, Any]:
        wanted = (body.get("Tags") or {}).items()
        found = [item for item in self._triggers.find(body.get("DependentJobName")) if self._has_tags(item, wanted)]
        names, token = page([trigger.name for trigger in found], body, _PAGE)
        return _with_token({"TriggerNames": names}, token)

    def _has_tags(self, trigger: Trigger, wanted: Any) -> bool:
        return set(wanted) <= set(self._tags.of(trigger.name).items())


def _with_token(answer: dict[str, Any], token: str | None) -> dict[str, Any]:
    return answer if token is None else {**answer, "NextToken": token}
