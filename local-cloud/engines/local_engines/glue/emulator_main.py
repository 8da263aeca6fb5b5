"""Starts MiniStack with what the local target must add to it.

The engines, and nobody else, may publish events as an AWS service; asynchronous invocations are repeated.

EventBridge refuses `aws.` sources from users, and so does the emulator, which also has no door for a service that runs
outside of it. Here an entry whose TraceHeader is the token of this local cloud is taken as a service's. Everybody
else is refused as on AWS, so that a stack that publishes such events by mistake fails here too.

Run as a script: `python emulator_main.py`, with the token in CLICKSTREAM_ENGINE_TOKEN.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def allow_service_events(eventbridge: Any, token: str) -> None:
    """Wraps the emulator's PutEvents."""
    original = eventbridge._put_events

    def put_events(data: dict[str, Any], allow_aws_source: bool = False) -> Any:
        entries = data.get("Entries") or []
        trusted = bool(entries) and all(entry.get("TraceHeader") == token for entry in entries)
        return original(data, allow_aws_source=allow_aws_source or trusted)

    eventbridge._put_events = put_events


def compute_checksums_of_copies(s3: Any) -> None:
    """Wraps the emulator's CopyObject, which knows the header that PutObject names an algorithm by and not its own."""
    original = s3._copy_object

    def copy_object(bucket: str, key: str, headers: dict[str, str]) -> Any:
        algorithm = headers.get("x-amz-checksum-algorithm")
        return original(bucket, key, {**headers, "x-amz-sdk-checksum-algorithm": algorithm} if algorithm else headers)

    s3._copy_object = copy_object


class _Asynchronous:
    """The emulator's Lambda as a service sees it that hands an event over and goes on."""

    def __init__(self, functions: Any) -> None:
        self._functions = functions

    def __getattr__(self, name: str) -> Any:
        return getattr(self._functions, name)

    def _execute_function_with_config_scope(self, record: dict[str, Any], event: dict[str, Any]) -> None:
        self._functions.invoke_async_with_retry(record, event)


def invoke_asynchronously(functions: Any, notifications: Any, eventbridge: Any) -> None:
    """Makes SNS and EventBridge repeat a failed invocation twice and then give it to the function's dead letters.

    Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation". The emulator does so
    for Invoke alone (`invoke_async_with_retry`, seconds for AWS's minutes); the two services forget what failed.
    """
    notifications._lambda_svc = _Asynchronous(functions)
    original = eventbridge._dispatch_to_lambda

    def dispatch(arn: str, payload: str) -> None:
        function, config, _ = functions._get_func_record_for_ref(arn)
        if not function or not config:
            # It says so in the log.
            original(arn, payload)
            return
        try:
            event = json.loads(payload)
        except ValueError:
            event = {"body": payload}
        functions.invoke_async_with_retry(functions._execution_record_for_config(function, config), event)

    eventbridge._dispatch_to_lambda = dispatch


def main() -> None:
    """Never returns while the emulator runs."""
    # Taken out of the environment: Lambda functions inherit it.
    token = os.environ.pop("CLICKSTREAM_ENGINE_TOKEN", "")
    enforced = os.environ.get("AUTH", "").lower() == "true"
    from ministack.app import main as run
    from ministack.services import eventbridge, lambda_svc, s3, sns

    if token:
        allow_service_events(eventbridge, token)
    compute_checksums_of_copies(s3)
    invoke_asynchronously(lambda_svc, sns, eventbridge)
    if enforced:
        # At the end: nothing of the engines' may take the place of what the emulator imports.
        sys.path.append(str(Path(__file__).resolve().parents[2]))
        from local_engines.iam import door, evaluation

        evaluation.install(token)
        door.install(token)

    run()


if __name__ == "__main__":
    # The script's folder: its modules must not shadow those that the emulator imports.
    sys.path.pop(0)
    main()
