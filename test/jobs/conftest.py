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
        # Plans of a few rows: compiling generated code takes longer than interpreting it. The integration tests and
        # the demo run the same jobs with generated code.
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={scratch} {java_options()}")
        .getOrCreate()
    )
    apply_conf(session)
    remember_java_names(session)
    yield session
    session.stop()


def java_options() -> str:
    """Room for Spark's classes from the start; the archive of them, when the toolchain made one (spark-archive.mjs)."""
    archive = os.environ.get("CLICKSTREAM_SPARK_ARCHIVE", "")
    shared = f" -XX:SharedArchiveFile={archive} -Xshare:auto" if archive and Path(archive).exists() else ""
    return f"-XX:+UseParallelGC -XX:MetaspaceSize=256m -Xms512m{shared}"


def remember_java_names(session: SparkSession) -> None:
    """Looks the most used Java names up once: PySpark asks the JVM to search 250 jars for them in every F.col()."""
    jvm = session.sparkContext._jvm
    for name in ("functions", "PythonSQLUtils", "PythonUtils", "SparkSession", "org", "java"):
        setattr(jvm, name, getattr(jvm, name))
