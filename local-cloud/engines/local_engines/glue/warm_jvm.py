"""One JVM with Spark's classes loaded that serves one run after another, each with settings and output of its own.

It is the JVM that PySpark itself would start (`spark-submit … pyspark-shell`). Each run's Python process connects to
it, makes a SparkContext of its own and goes away; between two runs everything that the next one could see is undone.
"""

from __future__ import annotations

import shlex
import shutil
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..processes import GuardedProcess
from . import spark_conf

#: A JVM takes 2 seconds to start on a quiet machine.
_START_SECONDS = 120.0
#: For one call; a JVM that does not answer that long is not lent again.
_CALL_SECONDS = 30
_POLL_SECONDS = 0.02


class JvmGoneError(Exception):
    """The JVM did not start, or does not answer."""


@dataclass(frozen=True)
class Output:
    """Files of the run that has the JVM; both exist."""

    stdout: Path
    stderr: Path


class WarmJvm:
    """Starts in the constructor, which does not wait for it; `lend` does.

    :param folder: for its temporary files, its working directory and its log; private, deleted by the caller.
    :param settings: Spark's, as spark_conf.spark_settings makes them for `folder`.
    :param spark_home: of the Spark that runs.
    """

    def __init__(
        self, folder: Path, settings: Mapping[str, str], environment: Mapping[str, str], spark_home: Path
    ) -> None:
        self.folder = folder
        #: What a job writes to the JVM's own descriptors, past Java's streams: fatal errors of the JVM.
        self.log = folder / "jvm.log"
        self._connection_file = folder / "connection"
        self._connection: tuple[int, str] | None = None
        # Names of Java objects that outlive a run, and the properties as they were before the first one.
        self._kept: list[str] = []
        self._properties = ""
        folder.mkdir(parents=True, mode=0o700)
        # What the settings and the environment name must be there; everything in them goes after each run.
        self._scratch = [folder / "work", *(folder / "tmp" / name for name in ("hadoop", "s3a", "warehouse"))]
        for scratch in self._scratch:
            scratch.mkdir(parents=True)
        env = {**environment, **spark_conf.write_conf(folder / "conf", settings), "SPARK_HOME": str(spark_home)}
        env["_PYSPARK_DRIVER_CONN_INFO_PATH"] = str(self._connection_file)
        command = [str(spark_home / "bin" / "spark-submit"), *shlex.split(env["PYSPARK_SUBMIT_ARGS"])]
        with self.log.open("wb") as log:
            # Spark's gateway ends at the end of its standard input.
            self._process = GuardedProcess(command, env, self._scratch[0], log, log, hold_stdin=True)

    @property
    def pid(self) -> int:
        """The process group's id."""
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """Ends the JVM and all that it started; safe to call twice."""
        self._process.stop()

    def lend(self, own: Mapping[str, str], output: Output) -> tuple[int, str]:
        """Makes it the JVM of one run; returns the port and the secret for the run's driver.

        :param own: the run's settings, over those of the JVM.
        :raises JvmGoneError: when it did not start.
        """
        self._wait()
        with self._client() as java:
            if not self._kept:
                self._remember(java)
            properties = java.java.util.Properties()
            properties.putAll(self._object(java, self._properties))
            # One call for all of them.
            properties.putAll({"spark.app.submitTime": str(int(time.time() * 1000)), **own})
            java.java.lang.System.setProperties(properties)
            for setter, file in (("setOut", output.stdout), ("setErr", output.stderr)):
                stream = java.java.io.FileOutputStream(str(file), True)
                getattr(java.java.lang.System, setter)(java.java.io.PrintStream(stream, True))
        assert self._connection is not None
        return self._connection

    def end_context(self) -> None:
        """Stops what the driver left running; after that the run writes nothing more.

        :raises JvmGoneError: when the JVM cannot.
        """
        with self._client() as java:
            # The companion object: Scala makes no static method for what only Spark's own packages may call.
            context = getattr(getattr(java.org.apache.spark, "SparkContext$"), "MODULE$").getActive()
            if context.isDefined():
                context.get().stop()

    def forget_run(self) -> None:
        """Undoes what a run may have left in the JVM and on its disk.

        :raises JvmGoneError: when the JVM cannot.
        """
        with self._client() as java:
            session = java.org.apache.spark.sql.SparkSession
            session.clearActiveSession()
            session.clearDefaultSession()
            # They hold the run's Hadoop settings.
            java.org.apache.hadoop.fs.FileSystem.closeAll()
            java.org.apache.logging.log4j.core.config.Configurator.reconfigure()
            system, io = java.java.lang.System, java.java.io
            for stream, setter, descriptor in (
                (system.out, system.setOut, io.FileDescriptor.out),
                (system.err, system.setErr, io.FileDescriptor.err),
            ):
                setter(io.PrintStream(io.FileOutputStream(descriptor), True))
                stream.close()
            # A driver that ends keeps its Java objects, plans and rows among them, and its imports alive.
            gateway = self._gateway(java)
            gateway.getDefaultJVMView().clearImports()
            gateway.getBindings().keySet().retainAll(self._kept)
            system.gc()
        for folder in self._scratch:
            for entry in folder.iterdir():
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while self._connection is None:
            if self._connection_file.exists():
                data = self._connection_file.read_bytes()
                port, length = struct.unpack_from(">ii", data)
                self._connection = port, data[8 : 8 + length].decode()
            elif not self.alive() or time.monotonic() > deadline:
                raise JvmGoneError(f"Spark's JVM did not start; its log: {self.log_text()}")
            else:
                time.sleep(_POLL_SECONDS)

    def log_text(self, start: int = 0) -> str:
        """What its log holds from byte `start` on."""
        try:
            return self.log.read_bytes()[start:].decode(errors="replace").strip()
        except OSError:
            return ""

    def _remember(self, java: Any) -> None:
        properties = java.java.lang.System.getProperties().clone()
        self._properties = properties._get_object_id()
        self._kept = list(self._gateway(java).getBindings().keySet())

    @staticmethod
    def _object(java: Any, name: str) -> Any:
        from py4j.java_gateway import JavaObject

        return JavaObject(name, java._gateway_client)

    @classmethod
    def _gateway(cls, java: Any) -> Any:
        from py4j.protocol import GATEWAY_SERVER_OBJECT_ID

        return cls._object(java, GATEWAY_SERVER_OBJECT_ID).getGateway()

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """A connection of this process; yields Java's names."""
        # Imported late: an engine that runs no job does without.
        from py4j.clientserver import ClientServer, JavaParameters, PythonParameters
        from py4j.protocol import Py4JError

        if self._connection is None:
            raise JvmGoneError("Spark's JVM has not been lent yet")
        port, secret = self._connection
        client = ClientServer(
            # Without memory management the objects are dropped by forget_run, all at once.
            JavaParameters(
                port=port, auth_token=secret, auto_convert=True, read_timeout=_CALL_SECONDS,
                enable_memory_management=False,
            ),
            PythonParameters(port=0, eager_load=False),
        )  # fmt: skip
        try:
            yield client.jvm
        except (Py4JError, OSError) as error:
            raise JvmGoneError(f"Spark's JVM does not answer: {error}") from error
        finally:
            client.close(keep_callback_server=True)
