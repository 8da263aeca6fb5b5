"""One JVM for one run after another: what is shared, what is not, and when it ends. Real Spark, one start for most."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from test_glue_service import Cloud, gone, group_of

#: Prints what it sees of the runs before it, then does as its --do argument says.
SCRIPT = """
import json, os, signal, sys, time
from pyspark.sql import SparkSession

what = sys.argv[sys.argv.index("--do") + 1]
builder = SparkSession.builder.appName(what)
if what == "memory":
    builder = builder.config("spark.driver.memory", "700m")
spark = builder.getOrCreate()
java = spark._jvm
logger = java.org.apache.logging.log4j.LogManager.getLogger("job")
print(json.dumps({
    "jvm": java.java.lang.ProcessHandle.current().pid(),
    "name": spark.conf.get("spark.app.name"),
    "own": spark.sparkContext.getConf().get("spark.own", "none"),
    "property": java.java.lang.System.getProperty("left.behind"),
    "hadoop": spark._jsc.hadoopConfiguration().get("left.behind"),
    "views": [table.name for table in spark.catalog.listTables()],
    "warns": logger.isWarnEnabled(),
    "module": spark.sparkContext.parallelize([0], 1).map(lambda _: __import__("own").NAME).first()
    if "--extra-py-files" in sys.argv else None,
}), flush=True)
spark.range(3).createOrReplaceTempView("view_of_the_run")
if what == "first":
    spark.sql("CREATE TABLE table_of_the_run USING parquet AS SELECT 1 AS one")
spark._jsc.hadoopConfiguration().set("left.behind", "yes")
java.java.lang.System.setProperty("left.behind", "yes")
spark.sparkContext.setLogLevel("WARN")
logger.error(f"logged by {what}")
if what == "fail":
    raise ValueError("the input is bad")
if what == "work":
    for _ in range(600):
        spark.range(3).count()
        time.sleep(0.1)
if what == "exit-while-working":
    import threading
    rows = spark.range(0, 10**12, 1, 2)
    threading.Thread(target=rows.selectExpr("sum(id % 7)").collect, daemon=True).start()
    time.sleep(1)
    sys.stdout.flush()
    os._exit(0)
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    found = Cloud(tmp_path_factory.mktemp("warm"))
    try:
        found.s3.create_bucket(Bucket="data-bucket")
        for name in ("one", "two"):
            found.s3.put_object(Bucket="data-bucket", Key=f"code/{name}/own.py", Body=f"NAME = {name!r}\n".encode())
        for job in ("plain", "other"):
            found.job(job, SCRIPT)
        yield found
    finally:
        found.close()


def seen(cloud: Cloud, run_id: str) -> dict[str, Any]:
    """What the run printed, as soon as it did."""
    deadline = time.monotonic() + 120
    file = cloud.context.directory / "glue" / "runs" / run_id / "stdout.log"
    while time.monotonic() < deadline:
        lines = file.read_text().splitlines() if file.exists() else []
        if lines:
            return dict(json.loads(lines[0]))
        time.sleep(0.02)
    raise AssertionError(f"{run_id} printed nothing: {cloud.output(run_id, 'error')}")


def succeed(cloud: Cloud, what: str, **arguments: str) -> dict[str, Any]:
    given = {f"--{key.replace('_', '-')}": value for key, value in arguments.items()}
    run_id = cloud.do(what, Arguments=given)
    run = cloud.wait("plain", run_id)
    errors = cloud.output(run_id, "error")
    assert run["JobRunState"] == "SUCCEEDED", errors
    assert [line.split("ERROR job: ")[-1] for line in errors] == [f"logged by {what}"]
    return seen(cloud, run_id)


def is_gone(pid: int) -> bool:
    """True once the JVM's process is no more: its group is led by its guard."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_a_later_run_has_the_same_jvm_and_sees_nothing_of_the_one_before(cloud: Cloud) -> None:
    first = succeed(cloud, "first", conf="spark.own=1", extra_py_files="s3://data-bucket/code/one/own.py")
    second = succeed(cloud, "second", extra_py_files="s3://data-bucket/code/two/own.py")
    assert (first["own"], second["own"]) == ("1", "none")
    assert (first["module"], second["module"]) == ("one", "two")
    assert {**second, "own": "1", "name": "first", "module": "one"} == first
    assert (second["name"], second["views"], second["warns"]) == ("second", [], False)
    assert (second["property"], second["hadoop"]) == (None, None)
    # Nor on the disk, where the JVM's warehouse is.
    assert not list((cloud.context.directory / "glue" / "jvms").glob("*/tmp/warehouse/*"))


def test_work_that_the_script_left_behind_ends_with_it(cloud: Cloud) -> None:
    left = succeed(cloud, "exit-while-working")
    after = succeed(cloud, "after")
    assert {**after, "name": "exit-while-working"} == left


def test_a_run_with_settings_of_the_jvm_has_its_own(cloud: Cloud) -> None:
    shared = succeed(cloud, "shared")
    own = succeed(cloud, "memory")
    assert own["jvm"] != shared["jvm"]
    assert is_gone(own["jvm"])
    assert succeed(cloud, "shared") == shared


def test_two_runs_at_once_have_two_jvms_and_a_failed_one_leaves_none(cloud: Cloud) -> None:
    working = cloud.glue.start_job_run(JobName="other", Arguments={"--do": "work"})["JobRunId"]
    held = seen(cloud, working)
    failing = cloud.do("fail")
    run = cloud.wait("plain", failing)
    failed = seen(cloud, failing)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "ValueError: the input is bad")
    assert failed["jvm"] != held["jvm"]
    assert is_gone(failed["jvm"])

    # Only the script's group: its JVM is in another one, and has to go all the same before the run counts as failed.
    os.killpg(group_of(cloud, working), signal.SIGKILL)
    run = cloud.wait("other", working)
    assert run["JobRunState"] == "FAILED"
    assert "killed (SIGKILL)" in run["ErrorMessage"]
    assert is_gone(held["jvm"])
    assert gone(group_of(cloud, working))
    assert succeed(cloud, "next")["views"] == []


def test_a_jvm_killed_under_its_run_fails_it(cloud: Cloud) -> None:
    run_id = cloud.do("work")
    os.kill(seen(cloud, run_id)["jvm"], signal.SIGKILL)
    run = cloud.wait("plain", run_id)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("The job's Spark process (JVM) was killed or crashed")


def test_closing_the_service_ends_the_idle_jvm(cloud: Cloud) -> None:
    jvm = succeed(cloud, "only")["jvm"]
    os.kill(jvm, 0)
    cloud.service.close()
    assert is_gone(jvm)
    assert not list((cloud.context.directory / "glue" / "jvms").iterdir())
