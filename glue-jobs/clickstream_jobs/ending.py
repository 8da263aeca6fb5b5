"""How a job's run ends when it fails: one line that says why, which Glue shows as the run's error message."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import AnalysisException

from .errors import JobError


@contextmanager
def failing_in_one_line(job: str, data_gone: str | None = None) -> Iterator[None]:
    """Turns a failure into exit status 1 and one line on stderr, after the stack trace if it was unexpected.

    :param data_gone: what to do when a folder of the catalog is not there or a file is not Parquet; None where the job
        reads no table, so that such an error is unexpected.
    """
    try:
        yield
    except JobError as error:
        # SystemExit with a text prints it and exits 1; Glue shows the same text as the run's error message.
        raise SystemExit(f"{job}: {_line(error)}") from None
    except Exception as error:  # noqa: BLE001 - whatever it is, the last line says it and the run fails
        if data_gone is not None and isinstance(error, AnalysisException):
            raise SystemExit(f"{job}: {_line(error)}; {data_gone}") from None
        traceback.print_exc()
        raise SystemExit(f"{job}: {type(error).__name__}: {_line(error)}; a new run repeats safely") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split("JVM stacktrace")[0].split())[:1000]
