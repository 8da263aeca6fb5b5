"""Child processes that end with this one: used for the emulator and for Spark runs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_GUARD = Path(__file__).with_name("guard.py")


class GuardedProcess:
    """A command under guard.py: its whole process group dies when it ends, when `stop` is called, or when this
    process ends in any way. `pid` is also the group's id."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        stdout: IO[bytes] | int,
        stderr: IO[bytes] | int,
        hold_stdin: bool = False,
    ) -> None:
        """:param hold_stdin: the command's standard input stays open instead of being empty."""
        self._process = subprocess.Popen(
            [sys.executable, "-S", str(_GUARD), *(["--hold-stdin"] if hold_stdin else []), *command],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            # In the child before exec, so that the group exists before anything can signal it.
            start_new_session=True,
        )
        self.pid = self._process.pid

    @property
    def stdout(self) -> IO[bytes] | None:
        """Readable end, when stdout was subprocess.PIPE."""
        return self._process.stdout

    def poll(self) -> int | None:
        """Exit code of the command (128 + n after signal n), None while it runs."""
        code = self._process.poll()
        if code is not None:
            self._kill_group()
        return code

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the command's end; raises subprocess.TimeoutExpired after `timeout` seconds."""
        code = self._process.wait(timeout)
        self._kill_group()
        return code

    def stop(self, grace_seconds: float = 0.0) -> int:
        """Ends the group: with SIGTERM first when a grace is given, with SIGKILL after it. Safe to call twice."""
        if grace_seconds > 0 and self._process.poll() is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace_seconds)
        self._kill_group()
        code = self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        return code

    def _kill_group(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # The group may be empty (macOS answers EPERM for a group of zombies): nothing is left to end then.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
