"""Runs one job run: the script in a process group of its own, Spark in a JVM that one run after another has."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..context import EngineContext
from ..errors import AwsError
from ..processes import GuardedProcess
from . import arguments as job_arguments
from . import events, spark_conf
from .failures import RunError, failure_message
from .jvm_pool import JvmPool
from .logs import LogShipper
from .runs import JobRun, RunStore
from .s3_rights import s3_rights
from .spark_door import SparkDoor
from .warm_jvm import Output, WarmJvm
from .workspace import Workspace


@dataclass(frozen=True)
class Timing:
    """Seconds; tests shorten them."""

    #: AWS counts a job's Timeout in minutes.
    minute: float = 60.0
    #: How soon an end, a stop or a timeout is seen.
    poll: float = 0.05
    #: Between SIGTERM and SIGKILL.
    stop_grace: float = 5.0
    #: Between two copies of the output to CloudWatch Logs.
    ship_logs: float = 2.0


class JobRunner:
    """Takes a run from STARTING to a final state, in the caller's thread."""

    def __init__(self, context: EngineContext, store: RunStore, publish: events.Publish, timing: Timing) -> None:
        self._context = context
        self._store = store
        self._publish = publish
        self._timing = timing
        self.root = context.directory / "glue" / "runs"
        self.jvms = JvmPool(context.directory / "glue" / "jvms", self._start_jvm)

    def run(self, run: JobRun, prepare: Callable[[Workspace], Path] | None = None) -> JobRun | None:
        """Carries out one attempt.

        :param prepare: fetches the script; the default downloads it and its modules from S3.
        :return: the attempt that follows a failed one, to be carried out next, or None.
        """
        workspace = Workspace(self.root, run)
        state, message, seconds = "FAILED", "", 0.0
        try:
            spark_conf.check_version(run.glue_version)
            context = self._as_role(run)
            script = (prepare or (lambda space: space.fetch(context.client("s3"))))(workspace)
            state, message, seconds = self._execute(run, workspace, script, context)
        except RunError as failure:
            message = str(failure)
        except OSError as error:
            message = f"The local Glue runner could not start the job: {error}"
        finally:
            workspace.clean()
            retry = not self._context.stopping.is_set()
            following = self._store.end(run, state, error_message=message, seconds=seconds, retry=retry)
            self._publish("Glue Job State Change", events.state_change(run))
        return following

    def close(self) -> None:
        """Ends the JVMs, after the runs."""
        self.jvms.close()

    def _as_role(self, run: JobRun) -> EngineContext:
        """The context with the rights of the run's role; RunError where it does not trust Glue."""
        try:
            return self._context.for_role(run.role, "glue.amazonaws.com", "GlueJobRunnerSession")
        except AwsError as error:
            raise RunError(
                f"LAUNCH ERROR | Role {run.role} should be given assume role permissions for Glue Service. "
                f"({error.message})"
            ) from error

    def _execute(
        self, run: JobRun, workspace: Workspace, script: Path, context: EngineContext
    ) -> tuple[str, str, float]:
        """(final state, error message, seconds). `context` has the rights of the run's role."""
        extra = job_arguments.extra_conf(run.effective)
        rights = s3_rights(context.credentials)
        settings = {**self._settings(workspace.folder, extra), **rights}
        own_jars = any(workspace.jars.iterdir())
        if own_jars:
            own = f"{workspace.jars}{os.sep}*"
            settings["spark.driver.extraClassPath"] = f"{own}{os.pathsep}{settings['spark.driver.extraClassPath']}"
        python_path = os.pathsep.join(workspace.python_path())
        environment = {
            **self._environment(workspace.tmp),
            **context.environment,
            **spark_conf.write_conf(workspace.conf, settings),
            "PYTHONPATH": python_path,
        }
        python = os.environ.get("CLICKSTREAM_PYTHON") or sys.executable
        command = [python, str(script), *job_arguments.command_line(run.job_name, run.id, run.effective)]
        shippers = [
            LogShipper(context.client("logs"), f"/aws-glue/jobs/{name}", run.id, file)
            for name, file in (("output", workspace.stdout), ("error", workspace.stderr))
        ]
        if run.stop_requested.is_set():
            return "STOPPED", "", 0.0
        # Spark finds extra files in its JVM's folder, and classes on its class path: such a run has a JVM of its own.
        shared = not own_jars and not job_arguments.comma_list(run.effective, "--extra-files")
        started = time.monotonic()
        clean, errors = False, ""
        with (
            workspace.stdout.open("ab") as stdout,
            workspace.stderr.open("ab") as stderr,
            ExitStack() as spark,
        ):
            if shared:
                door = self._door(workspace, extra, python_path, rights)
                spark.callback(lambda: door.close(clean))
                environment["SPARK_HOME"] = str(door.home)
            process = GuardedProcess(command, environment, workspace.scripts, stdout, stderr)
            try:
                workspace.pid.write_text(str(process.pid), encoding="ascii")
                self._store.set_state(run, "RUNNING")
                state = self._watch(run, process, started, shippers)
            finally:
                code = process.stop(self._timing.stop_grace)
            clean, errors = state is None and code == 0, workspace.error_text()
        seconds = time.monotonic() - started
        for shipper in shippers:
            shipper.ship(final=True)
        if state is not None:
            return state, self._ended_by_us(run, state), seconds
        if code == 0:
            return "SUCCEEDED", "", seconds
        # A negative code: the guard itself was killed with its group.
        return "FAILED", failure_message(code if code > 0 else 128 - code, errors), seconds

    def _watch(self, run: JobRun, process: GuardedProcess, started: float, shippers: list[LogShipper]) -> str | None:
        """Until the process ends (None) or must be ended: STOPPED, TIMEOUT."""
        deadline = started + run.timeout_minutes * self._timing.minute
        next_shipping = started + self._timing.ship_logs
        notify = None if run.notify_delay_minutes is None else started + run.notify_delay_minutes * self._timing.minute
        while True:
            try:
                process.wait(self._timing.poll)
                return None
            except subprocess.TimeoutExpired:
                pass
            now = time.monotonic()
            if run.stop_requested.is_set() or self._context.stopping.is_set():
                return "STOPPED"
            if now >= deadline:
                return "TIMEOUT"
            if notify is not None and now >= notify:
                notify = None
                self._publish("Glue Job Run Status", events.run_status(run))
            if now >= next_shipping:
                next_shipping = now + self._timing.ship_logs
                for shipper in shippers:
                    shipper.ship()

    @staticmethod
    def _ended_by_us(run: JobRun, state: str) -> str:
        return f"Job run timed out after {run.timeout_minutes} minutes" if state == "TIMEOUT" else ""

    def _door(
        self, workspace: Workspace, conf: Mapping[str, str], python_path: str, rights: Mapping[str, str]
    ) -> SparkDoor:
        return SparkDoor(
            self.jvms,
            workspace.conf,
            spark_conf.spark_home(),
            spark_conf.properties_file(workspace.conf),
            conf,
            python_path,
            Output(workspace.stdout, workspace.stderr),
            rights,
        )

    def _start_jvm(self, folder: Path) -> WarmJvm:
        return WarmJvm(folder, self._settings(folder, {}), self._environment(folder / "tmp"), spark_conf.spark_home())

    def _settings(self, folder: Path, extra: Mapping[str, str]) -> dict[str, str]:
        return spark_conf.spark_settings(
            self._context.endpoints.default, self._context.region, folder, spark_conf.jars_folder(), extra
        )

    def _environment(self, tmp: Path) -> dict[str, str]:
        """Of the script, and of Spark's JVM: nothing of the user's AWS, Spark or Python settings reaches it."""
        dropped = ("AWS_", "SPARK_", "PYSPARK_", "HADOOP_", "PYTHONPATH", "PYTHONHOME", "CLASSPATH", "JDK_JAVA_OPTIONS")
        env = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
        python = os.environ.get("CLICKSTREAM_PYTHON") or sys.executable
        env |= self._context.environment
        env |= {
            "PYTHONUNBUFFERED": "1",
            "PYSPARK_PYTHON": python,
            "PYSPARK_DRIVER_PYTHON": python,
            # Otherwise Spark looks up the machine's own name, which costs seconds where DNS is slow.
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(tmp / "spark"),
            "TMPDIR": str(tmp),
            # A proxy of the user's network must not see loopback calls.
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
        home = spark_conf.java_home()
        return env if home is None else {**env, "JAVA_HOME": home}
