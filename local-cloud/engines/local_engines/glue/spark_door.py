"""Where a run's PySpark gets its JVM: a SPARK_HOME of the run's own whose spark-submit asks for a warm one.

The JVM is asked for when the script makes its SparkContext, with the settings that it then names, so a script without
Spark costs none, and what cannot be shared runs in a JVM of its own, as if this was not here.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shlex
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from .jvm_pool import JvmPool
from .warm_jvm import JvmGoneError, Output, WarmJvm

_SUBMIT = Path(__file__).with_name("submit.py")
#: How the names of settings begin that a JVM takes at its start, or that leave traces in it after the SparkContext.
_OF_ONE_JVM = (
    "spark.archives", "spark.driver.", "spark.files", "spark.hadoop.", "spark.hive.", "spark.jars", "spark.plugins",
    "spark.redaction.", "spark.sql.catalogImplementation", "spark.sql.hive.", "spark.sql.warehouse.dir",
    "spark.submit.",
)  # fmt: skip


class SparkDoor:
    """Of one run, from before its process starts until after it ended.

    :param folder: private to the run; exists.
    :param spark_home: of the Spark that runs.
    :param properties_file: with the run's settings, which its PySpark hands to spark-submit.
    :param conf: the job's own `--conf`.
    :param rights: settings of the engine's own, by which S3A acts under the run's role; a shared JVM can have them,
        since its file systems are closed after each run.
    :param python_path: what Spark's Python workers must find, as the driver does.
    """

    def __init__(
        self,
        pool: JvmPool,
        folder: Path,
        spark_home: Path,
        properties_file: Path,
        conf: Mapping[str, str],
        python_path: str,
        output: Output,
        rights: Mapping[str, str] | None = None,
    ) -> None:
        self._pool = pool
        self._properties_file = properties_file
        self._conf = dict(conf)
        self._python_path = python_path
        self._output = output
        self._rights = dict(rights or {})
        self._token = secrets.token_hex(16)
        self._lock = threading.Lock()
        self._leased: list[tuple[WarmJvm, int]] = []
        self._closed = False
        self._server = socket.create_server(("127.0.0.1", 0))
        #: The run's SPARK_HOME.
        self.home = folder / "spark-home"
        self._write_home(folder, spark_home)
        threading.Thread(target=self._serve, name="glue-spark-door", daemon=True).start()

    def close(self, clean: bool) -> None:
        """Ends the run's use of its JVM, which is not used again unless the run ended well. Nothing that the run
        started in it goes on after this.

        :param clean: the run's process ended by itself with exit code 0.
        """
        with self._lock:
            self._closed = True
            leased, self._leased = self._leased, []
        # Wakes accept(), which closing alone does not.
        for ended in (lambda: self._server.shutdown(socket.SHUT_RDWR), self._server.close):
            with contextlib.suppress(OSError):
                ended()
        for jvm, log_start in leased:
            try:
                if not clean:
                    raise JvmGoneError("its run failed")
                jvm.end_context()
            except JvmGoneError:
                jvm.kill()
                self._copy_log(jvm, log_start)
                self._pool.discard(jvm)
            else:
                self._copy_log(jvm, log_start)
                self._pool.give_back(jvm)

    def _write_home(self, folder: Path, spark_home: Path) -> None:
        door = folder / "door.json"
        port = self._server.getsockname()[1]
        submit = str(spark_home / "bin" / "spark-submit")
        with os.fdopen(os.open(door, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"port": port, "token": self._token, "spark_submit": submit}, file)
        script = self.home / "bin" / "spark-submit"
        script.parent.mkdir(parents=True)
        for entry in spark_home.iterdir():
            if entry.name != "bin":
                (self.home / entry.name).symlink_to(entry)
        command = shlex.join([sys.executable, "-I", "-S", str(_SUBMIT), str(door)])
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        script.chmod(0o700)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                try:
                    stream.write(json.dumps(self._answer(stream.readline())).encode() + b"\n")
                    stream.flush()
                except OSError:
                    # The asking process is gone; its run's end takes care of the JVM.
                    continue

    def _answer(self, line: bytes) -> dict[str, object]:
        """Port and secret of a JVM; empty when the run has to start its own."""
        try:
            request = json.loads(line)
            given = self._settings(request["arguments"]) if request["token"] == self._token else None
        except (ValueError, KeyError, TypeError):
            return {}
        if given is None:
            return {}
        try:
            jvm = self._pool.take()
        except (JvmGoneError, OSError):
            return {}
        with self._lock:
            closed = self._closed
            if not closed:
                self._leased.append((jvm, jvm.log.stat().st_size))
        if closed:
            self._pool.discard(jvm)
            return {}
        try:
            port, secret = jvm.lend(given, self._output)
        except JvmGoneError:
            with self._lock:
                self._leased = [lease for lease in self._leased if lease[0] is not jvm]
            self._pool.discard(jvm)
            return {}
        return {"port": port, "secret": secret}

    def _settings(self, arguments: Sequence[str]) -> dict[str, str] | None:
        """The run's own settings out of spark-submit's arguments; None when no shared JVM can have them."""
        own: dict[str, str] = {}
        rest = list(arguments)
        while len(rest) >= 2:
            option, value, *rest = rest
            key, equals, text = value.partition("=")
            if option == "--conf" and equals:
                own[key] = text
            elif (option, value) != ("--properties-file", str(self._properties_file)):
                return None
        settings = {**self._conf, **own}
        if rest != ["pyspark-shell"] or any(key.startswith(_OF_ONE_JVM) for key in settings):
            return None
        for_workers = "spark.executorEnv.PYTHONPATH"
        paths = [settings[for_workers]] if settings.get(for_workers) else []
        return {**settings, **self._rights, for_workers: os.pathsep.join([*paths, self._python_path])}

    def _copy_log(self, jvm: WarmJvm, start: int) -> None:
        """What the JVM said past Java's streams belongs to the run's errors."""
        text = jvm.log_text(start)
        if text:
            with self._output.stderr.open("a", encoding="utf-8") as file:
                file.write(f"{text}\n")
