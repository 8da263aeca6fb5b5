"""One Spark session for all job tests: a session takes seconds to start, a test on a running one tenths."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

#: Parents first. A name is remembered in its parent.
JAVA_NAMES = (
    *("functions", "PythonSQLUtils", "PythonUtils", "PythonRDD", "SerDeUtil"),
    *("SparkSession", "SparkSession$", "Column"),
    *("functions/col", "functions/lit", "functions/when", "PythonUtils/toSeq"),
    *("java", "py4j", "py4j/reflection", "py4j/reflection/TypeUtil"),
    *("org", "org/apache", "org/apache/hadoop", "org/apache/hadoop/fs", "org/apache/hadoop/fs/Path"),
    *("org/apache/spark", "org/apache/spark/sql", "org/apache/spark/sql/catalyst"),
    "org/apache/spark/sql/catalyst/expressions",
    "org/apache/spark/sql/catalyst/expressions/UnresolvedNamedLambdaVariable",
)
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
        .config("spark.ui.showConsoleProgress", "false")
        # Every query is described for a user interface that nobody sees, again after each of its stages.
        .config("spark.sql.ui.explainMode", "simple")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        .config("spark.local.dir", str(scratch / "local"))
        # Plans of a few rows: compiling generated code takes longer than interpreting it. The integration tests and
        # the demo run the same jobs with generated code.
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.driver.extraClassPath", archived_class_path())
        .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={scratch} {java_options()}")
        .getOrCreate()
    )
    apply_conf(session)
    remember_java_names(session)
    yield session
    session.stop()


def class_archive() -> Path | None:
    """The archive of Spark's classes, when the toolchain made one (automation/toolchain/spark-archive.mjs)."""
    archive = os.environ.get("CLICKSTREAM_SPARK_ARCHIVE", "")
    usable = archive and os.environ.get("CLICKSTREAM_SPARK_JARS") and Path(archive).exists()
    return Path(archive) if usable else None


def java_options() -> str:
    """For plans of a few rows: room for Spark's classes from the start, and no optimising compiler, which takes more
    processor time than it gives back in the minutes that a suite runs."""
    options = "-XX:+UseParallelGC -XX:MetaspaceSize=256m -Xms512m -XX:TieredStopAtLevel=1"
    archive = class_archive()
    if archive is None:
        return options
    # An archive of another JVM is not used, which is no news for the tests.
    return f"{options} -XX:SharedArchiveFile={archive} -Xlog:cds=off -Xlog:cds+dynamic=off"


def archived_class_path() -> str:
    """Jars that come before Spark's. The archive is valid for the class path it was made with only, that of the local
    Glue runs: its folder of settings (SPARK_CONF_DIR) and the jars of S3, which no test here reads from."""
    archive = class_archive()
    if archive is None:
        return ""
    os.environ["SPARK_CONF_DIR"] = str(archive.parent / "conf")
    return str(Path(os.environ["CLICKSTREAM_SPARK_JARS"]) / "*")


def remember_java_names(session: SparkSession) -> None:
    """Looks the most used Java names up once: PySpark asks the JVM for them in every F.col() and every lambda, and it
    searches 250 jars for each package and for each class without one."""
    jvm = session.sparkContext._jvm
    for path in JAVA_NAMES:
        *parents, last = path.split("/")
        holder = reduce(getattr, parents, jvm)
        setattr(holder, last, getattr(holder, last))
