"""Faults at a chosen step of a job: its calls of storage, its Spark writes and its calls of the catalog, counted.

A killed process does nothing more, not even what its `finally` says: after a kill every later step of the run is
refused too, whichever thread it comes from.
"""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from unittest import mock

from clickstream_jobs.files import Files
from pyspark.sql import DataFrameWriter, SparkSession

#: Steps that a fault can fall on: `Files` methods, Spark's writes, operations of the Glue API.
FILES = ("list_files", "delete", "read_text", "write_text", "exists")
WRITE = "parquet"


class KilledError(BaseException):
    """Not an Exception: nothing in the job may catch it, as nothing catches a kill."""


@dataclass
class Fault:
    """Strikes at the step of number `at` (1 is the first) among those that `counts` selects."""

    at: int
    #: Makes what is raised.
    error: Callable[[str], BaseException]
    #: The step is done before the error comes, as when only its answer is lost.
    after: bool = False
    #: Everything after it fails too.
    lasting: bool = False
    #: Which steps are counted.
    counts: Callable[[str], bool] = lambda step: True
    fired: str = ""
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, name: str, do: Callable[[], Any]) -> Any:
        """Does a step, or fails as the fault says."""
        with self.lock:
            if self.fired and self.lasting and self.counts(name):
                raise self.error(name)
            strikes = False
            if not self.fired and self.counts(name):
                self.seen += 1
                strikes = self.seen == self.at
            if strikes:
                self.fired = name
        if not strikes:
            return do()
        if self.after:
            do()
        raise self.error(name)


def killed(at: int, after: bool) -> Fault:
    """The process ends before or after a step."""
    return Fault(at, lambda step: KilledError(f"killed at {step}"), after=after, lasting=True)


def storage_error(at: int) -> Fault:
    """A call of the object store fails for good, as after all retries of a 503; the job may clean up."""
    return Fault(at, lambda step: OSError(f"503 Slow Down at {step}"), counts=lambda step: not step.startswith("glue:"))


@contextmanager
def struck_by(fault: Fault) -> Iterator[Fault]:
    """Every step of the jobs in this process goes through the fault."""
    files = {name: _through(fault, getattr(Files, name)) for name in FILES}
    with (
        mock.patch.multiple(Files, **files),
        mock.patch.object(DataFrameWriter, WRITE, _through(fault, DataFrameWriter.parquet)),
    ):
        yield fault


def failure_of(work: Callable[[], Any]) -> BaseException | None:
    """What the work failed with, a kill included; None when it ended well."""
    try:
        work()
    except AssertionError:
        raise
    except (Exception, KilledError) as error:  # noqa: BLE001 - whatever it is, the repeat must end well
        return error
    return None


def _through(fault: Fault, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def step(*args: Any, **kwargs: Any) -> Any:
        return fault.step(method.__name__, lambda: method(*args, **kwargs))

    return step


@contextmanager
def disk_full(spark: SparkSession, file_bytes: int) -> Iterator[None]:
    """The kernel refuses what the JVM writes beyond this many bytes of a file: a short write and an IOException in the
    middle of a file, as on a full disk (EFBIG in the place of ENOSPC). Linux."""
    pid = int(spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid())
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
