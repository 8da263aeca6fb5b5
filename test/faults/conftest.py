"""The job tests' Spark session and data for the fault suite."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

JOBS = Path(__file__).resolve().parents[1] / "jobs"
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "etl"), str(JOBS / "archive")]

_spec = importlib.util.spec_from_file_location("jobs_conftest", JOBS / "conftest.py")
assert _spec is not None and _spec.loader is not None
_jobs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_jobs)
spark = _jobs.spark


@pytest.fixture(scope="session")
def fault_options():
    from fault_options import read_options

    return read_options()
