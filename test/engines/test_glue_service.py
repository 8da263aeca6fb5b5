"""The Glue service over HTTP: real emulator, real processes, and one real Spark run.

Over 300 lines, because all of it shares one running cloud, which takes seconds to start.
"""

from __future__ import annotations

import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from local_engines.context import Endpoints, EngineContext
from local_engines.glue.runner import Timing
from local_engines.glue.service import GlueService
from local_engines.ministack import MiniStack
from local_engines.server import EngineServer

REGION = "us-east-1"
ACCOUNT = "000000000000"

SPARK_SCRIPT = """
import json, sys
from helper import partition_of
from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
rows = spark.read.json("s3://data-bucket/in/").withColumn("d", F.lit(partition_of()))
rows.write.partitionBy("d").parquet("s3://data-bucket/out/run=1/")
print(json.dumps({"rows": spark.read.parquet("s3://data-bucket/out/run=1/").count(), "argv": sys.argv[1:]}))
spark.stop()
"""

#: Behaves as its --do argument says; no Spark, so it starts at once.
PLAIN_SCRIPT = """
import os, signal, sys, time
what = sys.argv[sys.argv.index("--do") + 1]
print("doing", what, flush=True)
if what == "fail":
    raise ValueError("the input is bad")
if what == "exit":
    sys.exit("etl: 3 rows lost")
if what == "die":
    os.kill(os.getpid(), signal.SIGKILL)
if what == "sleep":
    time.sleep(60)
"""


class Cloud:
    """Emulator and Glue service in this process; a job's minute takes one second."""

    def __init__(self, folder: Path) -> None:
        self.emulator = MiniStack(folder, REGION, ACCOUNT)
        self.server = EngineServer(self.emulator.url)
        endpoints = Endpoints(self.emulator.url, self.server.url, self.server.url)
        self.context = EngineContext(endpoints, folder, REGION, ACCOUNT, self.emulator.service_token)
        self.service = GlueService(self.context, Timing(minute=1.0, ship_logs=0.2))
        self.server.register([self.service])
        self.server.start()
        self.glue = self.client("glue", self.server.url)
        self.s3, self.logs, self.sqs = self.client("s3"), self.client("logs"), self.client("sqs")

    def client(self, service: str, url: str | None = None) -> Any:
        return boto3.client(
            service,
            endpoint_url=url or self.emulator.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def close(self) -> None:
        self.server.stop()
        self.emulator.stop()

    def job(self, name: str, script: str, **settings: Any) -> None:
        self.s3.put_object(Bucket="data-bucket", Key=f"code/{name}.py", Body=script.encode())
        self.glue.create_job(
            Name=name,
            Role=f"arn:aws:iam::{ACCOUNT}:role/glue",
            Command={"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://data-bucket/code/{name}.py"},
            **{"GlueVersion": "5.1", "WorkerType": "G.1X", "NumberOfWorkers": 2, "Timeout": 120, **settings},
        )

    def wait(self, job: str, run_id: str, *states: str, seconds: float = 180) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            run: dict[str, Any] = self.glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
            if run["JobRunState"] in (states or ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")):
                return run
            time.sleep(0.05)
        raise AssertionError(f"{job} {run_id} is still {run['JobRunState']}: {self.output(run_id)}")

    def do(self, what: str, **request: Any) -> str:
        arguments = {"--do": what, **request.pop("Arguments", {})}
        return str(self.glue.start_job_run(JobName="plain", Arguments=arguments, **request)["JobRunId"])

    def output(self, run_id: str, stream: str = "output") -> list[str]:
        events = self.logs.get_log_events(logGroupName=f"/aws-glue/jobs/{stream}", logStreamName=run_id)["events"]
        return [event["message"] for event in events]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    found = Cloud(tmp_path_factory.mktemp("cloud"))
    try:
        found.s3.create_bucket(Bucket="data-bucket")
        found.job("plain", PLAIN_SCRIPT, ExecutionProperty={"MaxConcurrentRuns": 3})
        found.job("single", PLAIN_SCRIPT, DefaultArguments={"--do": "sleep"})
        yield found
    finally:
        found.close()


def gone(group: int) -> bool:
    """True once no process of the group is left."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def group_of(cloud: Cloud, run_id: str) -> int:
    return int((cloud.context.directory / "glue" / "runs" / run_id / "pid").read_text())


def test_a_spark_job_reads_and_writes_s3_and_tells_everybody(cloud: Cloud) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("helper.py", "def partition_of():\n    return '2026-11-23'\n")
    cloud.s3.put_object(Bucket="data-bucket", Key="code/helper.zip", Body=archive.getvalue())
    cloud.s3.put_object(Bucket="data-bucket", Key="in/a.json", Body=b'{"id":1}\n{"id":2}\n{"id":3}\n')
    queue = cloud.sqs.create_queue(QueueName="glue-events")["QueueUrl"]
    events = cloud.client("events")
    pattern = {"source": ["aws.glue"], "detail-type": ["Glue Job State Change"]}
    events.put_rule(Name="glue", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="glue", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:glue-events"}])
    defaults = {"--extra-py-files": "s3://data-bucket/code/helper.zip", "--enable-metrics": "", "--x": "default"}
    cloud.job("spark", SPARK_SCRIPT, DefaultArguments=defaults)

    run_id = cloud.glue.start_job_run(JobName="spark", Arguments={"--x": "given"})["JobRunId"]
    run = cloud.wait("spark", run_id)

    assert run["JobRunState"] == "SUCCEEDED", cloud.output(run_id, "error")
    assert run["ExecutionTime"] > 0
    assert run["CompletedOn"] > run["StartedOn"]
    (line,) = cloud.output(run_id)
    assert json.loads(line) == {
        "rows": 3,
        "argv": [
            "--JOB_NAME", "spark", "--JOB_RUN_ID", run_id,
            "--extra-py-files", "s3://data-bucket/code/helper.zip", "--enable-metrics", "--x", "given",
        ],
    }  # fmt: skip
    assert cloud.output(run_id, "error") == []
    listed = cloud.s3.list_objects_v2(Bucket="data-bucket", Prefix="out/")["Contents"]
    written = [item["Key"] for item in listed if not item["Key"].endswith("_SUCCESS")]
    assert written
    assert all(key.startswith("out/run=1/d=2026-11-23/part-") for key in written)
    (message,) = cloud.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    assert json.loads(message["Body"])["detail"] == {
        "jobName": "spark",
        "severity": "INFO",
        "state": "SUCCEEDED",
        "jobRunId": run_id,
        "message": "Job run succeeded",
    }
    assert not (cloud.context.directory / "glue" / "runs" / run_id / "tmp").exists()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("fail", "ValueError: the input is bad"),
        ("exit", "etl: 3 rows lost"),
        ("die", "The job's process was killed (SIGKILL)"),
    ],
)
def test_a_failed_run_says_why_in_one_line(cloud: Cloud, what: str, message: str) -> None:
    run_id = cloud.do(what)
    run = cloud.wait("plain", run_id)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(message)
    assert "\n" not in run["ErrorMessage"]
    assert cloud.output(run_id) == [f"doing {what}"]


def test_a_killed_process_group_is_a_failed_run(cloud: Cloud) -> None:
    run_id = cloud.do("sleep")
    cloud.wait("plain", run_id, "RUNNING")
    group = group_of(cloud, run_id)
    os.killpg(group, signal.SIGKILL)
    run = cloud.wait("plain", run_id)
    assert run["JobRunState"] == "FAILED"
    assert "killed (SIGKILL)" in run["ErrorMessage"]
    assert gone(group)


def test_a_timeout_ends_the_processes(cloud: Cloud) -> None:
    run_id = cloud.do("sleep", Timeout=1)
    run = cloud.wait("plain", run_id)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("TIMEOUT", "Job run timed out after 1 minutes")
    assert gone(group_of(cloud, run_id))


def test_a_run_can_be_stopped_once(cloud: Cloud) -> None:
    run_id = cloud.do("sleep")
    cloud.wait("plain", run_id, "RUNNING")
    answer = cloud.glue.batch_stop_job_run(JobName="plain", JobRunIds=[run_id, "jr_none"])
    assert answer["SuccessfulSubmissions"] == [{"JobName": "plain", "JobRunId": run_id}]
    assert [error["ErrorDetail"]["ErrorCode"] for error in answer["Errors"]] == ["EntityNotFoundException"]
    assert cloud.wait("plain", run_id)["JobRunState"] == "STOPPED"
    assert gone(group_of(cloud, run_id))
    (error,) = cloud.glue.batch_stop_job_run(JobName="plain", JobRunIds=[run_id])["Errors"]
    assert error["ErrorDetail"]["ErrorMessage"] == f"Job run {run_id} is STOPPED and cannot be stopped"


def test_one_run_at_a_time_unless_the_job_allows_more(cloud: Cloud) -> None:
    first = cloud.glue.start_job_run(JobName="single")["JobRunId"]
    with pytest.raises(ClientError) as caught:
        cloud.glue.start_job_run(JobName="single")
    assert caught.value.response["Error"]["Code"] == "ConcurrentRunsExceededException"
    cloud.glue.batch_stop_job_run(JobName="single", JobRunIds=[first])
    cloud.wait("single", first)
    second = cloud.glue.start_job_run(JobName="single", Arguments={"--do": "nothing"})["JobRunId"]
    assert cloud.wait("single", second)["JobRunState"] == "SUCCEEDED"
    runs = cloud.glue.get_job_runs(JobName="single", MaxResults=1)
    assert [run["Id"] for run in runs["JobRuns"]] == [second]
    rest = cloud.glue.get_job_runs(JobName="single", NextToken=runs["NextToken"])
    assert [run["Id"] for run in rest["JobRuns"]] == [first]
    assert "NextToken" not in rest


def test_as_many_runs_as_the_job_allows(cloud: Cloud) -> None:
    started = [cloud.do("sleep") for _ in range(3)]
    with pytest.raises(ClientError) as caught:
        cloud.do("nothing")
    assert caught.value.response["Error"]["Code"] == "ConcurrentRunsExceededException"
    cloud.glue.batch_stop_job_run(JobName="plain", JobRunIds=started)
    assert {cloud.wait("plain", run)["JobRunState"] for run in started} == {"STOPPED"}


def test_a_failed_run_is_tried_again(cloud: Cloud) -> None:
    cloud.job("retried", PLAIN_SCRIPT, DefaultArguments={"--do": "exit"}, MaxRetries=1)
    first = cloud.glue.start_job_run(JobName="retried")["JobRunId"]
    cloud.wait("retried", first)
    second = cloud.wait("retried", f"{first}_attempt_1")
    assert (second["Attempt"], second["PreviousRunId"], second["JobRunState"]) == (1, first, "FAILED")
    assert len(cloud.glue.get_job_runs(JobName="retried")["JobRuns"]) == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"GlueVersion": "4.0"}, "Glue version 4.0 cannot run here"),
        (
            {"DefaultArguments": {"--extra-py-files": "s3://data-bucket/none.zip"}},
            "s3://data-bucket/none.zip cannot be read (404)",
        ),
    ],
)
def test_a_run_that_cannot_start_fails_with_the_reason(cloud: Cloud, settings: dict[str, Any], message: str) -> None:
    name = f"broken-{settings.get('GlueVersion', 'zip')}"
    cloud.job(name, PLAIN_SCRIPT, **settings)
    run_id = cloud.glue.start_job_run(JobName=name)["JobRunId"]
    run = cloud.wait(name, run_id)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(message)


def test_an_unknown_job_is_not_found(cloud: Cloud) -> None:
    for call in (
        lambda: cloud.glue.start_job_run(JobName="none"),
        lambda: cloud.glue.get_job_runs(JobName="none"),
        lambda: cloud.glue.get_job_run(JobName="none", RunId="jr_1"),
        lambda: cloud.glue.get_job_bookmark(JobName="plain"),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "EntityNotFoundException"


def test_a_trigger_chain_runs_the_second_job_after_the_first(cloud: Cloud) -> None:
    cloud.job("first", PLAIN_SCRIPT, DefaultArguments={"--do": "nothing"})
    cloud.job("second", PLAIN_SCRIPT, DefaultArguments={"--do": "nothing"})
    glue = cloud.glue
    glue.create_trigger(Name="go", Type="ON_DEMAND", Actions=[{"JobName": "first"}], Tags={"team": "data"})
    glue.create_trigger(
        Name="then",
        Type="CONDITIONAL",
        StartOnCreation=True,
        Predicate={"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "first", "State": "SUCCEEDED"}]},
        Actions=[{"JobName": "second", "Arguments": {"--from": "trigger"}}],
    )
    by_hand = glue.start_job_run(JobName="first")["JobRunId"]
    cloud.wait("first", by_hand)
    assert glue.get_job_runs(JobName="second")["JobRuns"] == []

    glue.start_trigger(Name="go")
    deadline = time.monotonic() + 60
    while not (runs := glue.get_job_runs(JobName="second")["JobRuns"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    run = cloud.wait("second", runs[0]["Id"])
    first = glue.get_job_runs(JobName="first")["JobRuns"][0]
    assert (first["TriggerName"], run["TriggerName"]) == ("go", "then")
    assert run["PredecessorRuns"] == [{"JobName": "first", "RunId": first["Id"]}]
    assert run["Arguments"] == {"--from": "trigger"}

    arn = f"arn:aws:glue:{REGION}:{ACCOUNT}:trigger/go"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "data"}
    assert glue.list_triggers(Tags={"team": "data"})["TriggerNames"] == ["go"]
    assert glue.list_triggers(DependentJobName="second")["TriggerNames"] == ["then"]
    found = glue.batch_get_triggers(TriggerNames=["then", "none"])
    assert ([trigger["Name"] for trigger in found["Triggers"]], found["TriggersNotFound"]) == (["then"], ["none"])
    for name in ("go", "then"):
        glue.delete_trigger(Name=name)
    assert glue.get_triggers()["Triggers"] == []


def test_requests_are_checked_against_glues_model_and_the_rest_goes_to_the_emulator(cloud: Cloud) -> None:
    unchecked = boto3.client(
        "glue",
        endpoint_url=cloud.server.url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False),
    )
    with pytest.raises(ClientError) as caught:
        unchecked.create_trigger(Name="x", Type="ON_DEMAND")
    assert caught.value.response["Error"]["Code"] == "InvalidInputException"
    assert 'Missing required parameter in input: "Actions"' in caught.value.response["Error"]["Message"]
    cloud.glue.create_database(DatabaseInput={"Name": "web_bronze"})
    assert cloud.client("glue").get_database(Name="web_bronze")["Database"]["Name"] == "web_bronze"


def test_only_the_engines_may_publish_as_glue(cloud: Cloud) -> None:
    entry = {"Source": "aws.glue", "DetailType": "Glue Job State Change", "Detail": "{}"}
    for forged in (entry, {**entry, "TraceHeader": "guess"}):
        answer = cloud.client("events").put_events(Entries=[forged])
        assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


def test_partitions_go_and_move_as_on_aws(cloud: Cloud) -> None:
    def storage(place: str) -> dict[str, Any]:
        return {"Values": [place], "StorageDescriptor": {"Location": f"s3://data-bucket/{place}/"}}

    keys = {"DatabaseName": "parts", "TableName": "t"}
    cloud.glue.create_database(DatabaseInput={"Name": "parts"})
    table = {"Name": "t", "PartitionKeys": [{"Name": "d", "Type": "string"}], "StorageDescriptor": {"Columns": []}}
    cloud.glue.create_table(DatabaseName="parts", TableInput=table)
    cloud.glue.batch_create_partition(**keys, PartitionInputList=[storage("1"), storage("2")])

    moved = {**storage("2"), "StorageDescriptor": {"Location": "s3://data-bucket/elsewhere/"}}
    cloud.glue.update_partition(**keys, PartitionValueList=["2"], PartitionInput=moved)
    answer = cloud.glue.batch_delete_partition(**keys, PartitionsToDelete=[{"Values": ["1"]}, {"Values": ["9"]}])

    assert [(e["PartitionValues"], e["ErrorDetail"]["ErrorCode"]) for e in answer["Errors"]] == [
        (["9"], "EntityNotFoundException")
    ]
    (left,) = cloud.glue.get_partitions(**keys)["Partitions"]
    assert (left["Values"], left["StorageDescriptor"]["Location"]) == (["2"], "s3://data-bucket/elsewhere/")
    with pytest.raises(cloud.glue.exceptions.EntityNotFoundException):
        cloud.glue.update_partition(**keys, PartitionValueList=["9"], PartitionInput=storage("9"))


def test_closing_the_service_ends_its_runs(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    try:
        cloud.s3.create_bucket(Bucket="data-bucket")
        cloud.job("plain", PLAIN_SCRIPT)
        run_id = cloud.do("sleep")
        cloud.wait("plain", run_id, "RUNNING")
        group = group_of(cloud, run_id)
    finally:
        cloud.close()
    assert gone(group)
