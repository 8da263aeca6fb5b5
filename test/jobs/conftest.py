"""One Spark session for all job tests: a session takes seconds to start, a test on a running one tenths."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "glue-jobs"), str(Path(__file__).resolve().parent)]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """local[2] with the jobs' own configuration; small shuffles, no UI, scratch space inside pytest's folder."""
    from clickstream_jobs.spark_session import apply_conf

    scratch = tmp_path_factory.mktemp("spark")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    # Workers must import clickstream_jobs as they do on Glue through --extra-py-files.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "glue-jobs"), os.environ.get("PYTHONPATH", "")])
    session = (
        SparkSession.builder.master("local[2]")
        .appName("job-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        .config("spark.local.dir", str(scratch / "local"))
        .config(
            "spark.driver.extraJavaOptions",
            # Room for Spark's classes from the start; the optimising compiler stays, since this session lives for minutes.
            f"-Dderby.system.home={scratch} -XX:+UseParallelGC -XX:MetaspaceSize=256m -Xms512m",
        )
        .getOrCreate()
    )
    apply_conf(session)
    yield session
    session.stop()
