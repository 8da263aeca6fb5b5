"""The way to the engines: the server's protocols, the environment of Lambda functions, the supervisor's ready line."""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session
from engines.redshift.control_support import ACCOUNT, REGION, client
from local_engines import supervisor
from local_engines.context import Endpoints
from local_engines.errors import AwsError, EngineError
from local_engines.ministack import MiniStack
from local_engines.query_protocol import QueryCodec
from local_engines.server import EngineServer

ENGINES = Path(__file__).parents[3] / "local-cloud" / "engines"
SERVICES = supervisor.SERVED


def test_endpoints_say_which_services_the_engines_answer() -> None:
    endpoints = Endpoints("http://e", *[f"http://{name}" for name in SERVICES])
    assert endpoints.engine_environment() == {f"AWS_ENDPOINT_URL_{name.upper()}": f"http://{name}" for name in SERVICES}
    assert Endpoints("http://e", "g", "a").as_dict() == {"default": "http://e", "glue": "g", "athena": "a"}


def function(code: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.js", code)
    return archive.getvalue()


def test_lambda_functions_find_the_engines(tmp_path: Path) -> None:
    environment = Endpoints("", *["http://127.0.0.1:9"] * len(SERVICES)).engine_environment()
    emulator = MiniStack(tmp_path, REGION, ACCOUNT, environment)
    try:
        awslambda = client("lambda", emulator.url)
        names = json.dumps(sorted(environment))
        code = f"exports.handler = async () => Object.fromEntries({names}.map((name) => [name, process.env[name]]));"
        awslambda.create_function(
            FunctionName="seer",
            Runtime="nodejs22.x",
            Handler="index.handler",
            Role=f"arn:aws:iam::{ACCOUNT}:role/x",
            Code={"ZipFile": function(code)},
        )
        answer = json.loads(awslambda.invoke(FunctionName="seer")["Payload"].read())
        assert answer == environment
    finally:
        emulator.stop()


def test_the_supervisor_names_all_endpoints_and_answers_redshift(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ENGINES), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "local_engines", "--dir", str(tmp_path / "cloud"), "--watch-stdin"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        endpoints = json.loads(process.stdout.readline())["endpoints"]
        assert set(endpoints) == {"default", *SERVICES}
        assert client("redshift", endpoints["redshift"]).describe_clusters()["Clusters"] == []
        assert client("redshift-serverless", endpoints["redshift_serverless"]).list_namespaces()["namespaces"] == []
        process.stdin.close()
        assert process.wait(30) == 0
    assert not (tmp_path / "cloud").exists()


def test_a_supervisor_whose_emulator_fails_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise EngineError("no emulator")

    monkeypatch.setattr(supervisor, "MiniStack", fail)
    options = argparse.Namespace(region=REGION, account=ACCOUNT, enforce_iam=False)
    with pytest.raises(EngineError, match="no emulator"):
        supervisor._serve(tmp_path, options, threading.Event())


def codec() -> QueryCodec:
    return QueryCodec(get_session().get_service_model("redshift"))


def test_lists_and_structures_are_read_from_forms() -> None:
    form = (
        b"Action=CreateScheduledAction&Version=2012-12-01&ScheduledActionName=a&Enable=false"
        b"&TargetAction.ResizeCluster.ClusterIdentifier=c&TargetAction.ResizeCluster.NumberOfNodes=3"
    )
    assert codec().parse(form) == (
        "CreateScheduledAction",
        {
            "ScheduledActionName": "a",
            "Enable": False,
            "TargetAction": {"ResizeCluster": {"ClusterIdentifier": "c", "NumberOfNodes": 3}},
        },
    )
    form = b"Action=CreateTags&Version=2012-12-01&ResourceName=r&Tags.Tag.2.Key=b&Tags.Tag.8.Key=c&Tags.Tag.1.Key=a%26"
    assert codec().parse(form)[1]["Tags"] == [{"Key": "a&"}, {"Key": "b"}, {"Key": "c"}]
    assert codec().parse(b"Action=ModifyCluster&Version=2012-12-01&VpcSecurityGroupIds=")[1] == {
        "VpcSecurityGroupIds": []
    }


def test_errors_have_the_status_of_the_model() -> None:
    status, document = codec().error(AwsError("ClusterNotFound", "no <c>"), "id-1")
    assert status == 404
    assert b"<Code>ClusterNotFound</Code><Message>no &lt;c&gt;</Message>" in document
    assert codec().error(AwsError("InvalidParameterValue", "x"), "id-1")[0] == 400


class Echo:
    """Answers Query calls signed for redshift; fails as it is told."""

    signing_name = "redshift"

    def __init__(self) -> None:
        self.codec = codec()

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        if operation == "PauseCluster":
            raise RuntimeError("a bug")
        return {"Clusters": [{"ClusterIdentifier": body.get("ClusterIdentifier", "none")}]}

    def close(self) -> None:
        """Holds nothing."""


def test_the_server_knows_query_services_by_what_a_call_is_signed_for() -> None:
    server = EngineServer("http://127.0.0.1:9")
    server.register([], [Echo()])
    server.start()

    def ask(scope: str, body: bytes) -> tuple[int, str]:
        header = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential=k/20261125/us-east-1/{scope}/aws4_request, Signature=x"
        }
        request = urllib.request.Request(server.url, data=body, headers=header)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    try:
        status, text = ask("redshift", b"Action=DescribeClusters&Version=2012-12-01&ClusterIdentifier=c")
        assert status == 200 and "<ClusterIdentifier>c</ClusterIdentifier>" in text
        status, text = ask("redshift", b"Action=PauseCluster&Version=2012-12-01&ClusterIdentifier=c")
        assert status == 500 and "<Code>InternalFailure</Code>" in text and "RuntimeError: a bug" in text
        # Everything else is the emulator's, which is not there in this test.
        status, text = ask("sns", b"Action=ListTopics&Version=2010-03-31")
        assert status == 503 and "the emulator does not answer" in text
    finally:
        server.stop()
