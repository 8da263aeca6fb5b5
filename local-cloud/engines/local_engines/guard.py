"""Runs one command in a process group of its own and never lets any of that group outlive the starter.

Started as a script (`python -S guard.py COMMAND…`, see processes.py) with a pipe as standard input. The pipe ends when
the starter ends, however it ended, SIGKILL included; the guard then kills the whole group: the command, whatever the
command started (Lambda runtimes, JVMs), and itself. PR_SET_PDEATHSIG alone would not do: it exists on Linux only and
does not reach grandchildren. Standard library only and no package import, so that it starts in about 20 ms.

The command reads an empty standard input; after `--hold-stdin` one that never ends, for a command that stops at the end
of it (Spark's gateway).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

#: Exit code that a shell gives for a missing command.
NOT_FOUND = 127
HOLD_STDIN = "--hold-stdin"


def _watch_starter() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main(command: list[str]) -> int:
    """Runs `command` and returns its exit code, 128 + n for signal n. The starter clears the group after that."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    # Watch before starting: a starter that died in between must not leave the command behind.
    threading.Thread(target=_watch_starter, daemon=True).start()
    held = command[:1] == [HOLD_STDIN]
    command = command[1:] if held else command
    try:
        child = subprocess.Popen(command, stdin=subprocess.PIPE if held else subprocess.DEVNULL)
    except OSError as error:
        sys.stderr.write(f"{command[0]} could not be started: {error}\n")
        return NOT_FOUND
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
