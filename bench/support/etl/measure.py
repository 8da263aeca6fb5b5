"""Runs a command and prints one JSON line as the last: its seconds and the processor time of all its processes.

`measure.py COMMAND…`. Processor time tells what work costs on a machine that others use at the same time. Spark's JVM
is nobody's child when its driver has ended, so this process adopts what is left and waits for it (Linux alone).
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import time

_PR_SET_CHILD_SUBREAPER = 36


def main(command: list[str]) -> int:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.monotonic()
    code = subprocess.call(command)
    seconds = time.monotonic() - started
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"seconds": round(seconds, 3), "cpu": round(used.ru_utime + used.ru_stime, 3)}), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
