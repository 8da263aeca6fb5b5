"""What a failed run says: one message for a person, never a stack trace."""

from __future__ import annotations

import re
import signal

#: Glue cuts error messages too; the whole text is in the error log.
_LIMIT = 1000
_TRACEBACK = "Traceback (most recent call last):"
#: Log4j lines, Java frames, and what Spark and Python print around the real message.
_NOISE = re.compile(
    r"^(\d\d/\d\d/\d\d \d\d:\d\d:\d\d (TRACE|DEBUG|INFO|WARN|ERROR|FATAL) |\s+at [\w.$/<>]+\(|\s*\.\.\. \d+ more"
    r"|Caused by: |Setting default log level|To adjust logging level|:: |guard: |\s*\^+\s*$|OpenJDK .* warning: )"
)
#: What py4j raises when the JVM is gone while the Python side lives.
_JVM_GONE = re.compile(
    r"Py4JNetworkError|Answer from Java side is empty|py4j.*Connection(Refused|Reset)Error", re.DOTALL
)


class RunError(Exception):
    """The run cannot go on; the message becomes the run's ErrorMessage."""


def failure_message(exit_code: int, stderr: str) -> str:
    """ErrorMessage of a script that ended with `exit_code` (128 + n after signal n)."""
    if exit_code > 128 and (exit_code - 128) in set(signal.Signals):
        name = signal.Signals(exit_code - 128).name
        return (
            f"The job's process was killed ({name}) before it ended. Nothing that it had not published is visible; "
            "run the job again"
        )
    message = last_message(stderr)
    if _JVM_GONE.search(stderr) and ("Py4J" in message or "Connection" in message or message == ""):
        return (
            "The job's Spark process (JVM) was killed or crashed before the job ended. Nothing that it had not "
            "published is visible; run the job again"
        )
    return message or f"The job's script ended with exit code {exit_code} and printed no error"


def last_message(stderr: str) -> str:
    """The last thing a program meant a person to read: its last line, or the exception under the last traceback."""
    lines = stderr.splitlines()
    last = next((line.strip() for line in reversed(lines) if line.strip() and not _NOISE.match(line)), "")
    error = _exception(stderr)
    # An exception may have several lines, and one of the JVM is followed by pages that no pattern knows to the end. A
    # program that explains the exception in a last line of its own names it there.
    name = error.split(":", 1)[0].rsplit(".", 1)[-1]
    if error and (last in error or (name.startswith("Py4J") and name not in last)):
        last = error
    return last[:_LIMIT]


def _exception(stderr: str) -> str:
    """The lines of the exception under the last traceback, joined; empty when there is none."""
    position = stderr.rfind(_TRACEBACK)
    if position < 0:
        return ""
    lines = stderr[position:].splitlines()[1:]
    while lines and (lines[0].startswith((" ", "\t")) or not lines[0].strip()):
        lines.pop(0)
    found: list[str] = []
    for line in lines:
        if not line.strip() or _NOISE.match(line) or line.startswith("JVM stacktrace:"):
            break
        name = found[0].split(":", 1)[0].rsplit(".", 1)[-1] if found else ""
        if name and f" {name}: " in line:
            # Not part of the message: the program's own last line, see last_message.
            break
        found.append(line.strip())
    return " ".join(found)
