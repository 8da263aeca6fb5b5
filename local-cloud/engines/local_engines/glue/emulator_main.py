"""Starts MiniStack with what the local target must add to it.

The engines, and nobody else, may publish events as an AWS service.

EventBridge refuses `aws.` sources from users, and so does the emulator, which also has no door for a service that runs
outside of it. Here an entry whose TraceHeader is the token of this local cloud is taken as a service's. Everybody
else is refused as on AWS, so that a stack that publishes such events by mistake fails here too.

Run as a script: `python emulator_main.py`, with the token in CLICKSTREAM_ENGINE_TOKEN.
"""

from __future__ import annotations

import os
import sys
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


def main() -> None:
    """Never returns while the emulator runs."""
    # Taken out of the environment: Lambda functions inherit it.
    token = os.environ.pop("CLICKSTREAM_ENGINE_TOKEN", "")
    if token:
        from ministack.services import eventbridge

        allow_service_events(eventbridge, token)
    from ministack.app import main as run
    from ministack.services import s3

    compute_checksums_of_copies(s3)

    run()


if __name__ == "__main__":
    # The script's folder: its modules must not shadow those that the emulator imports.
    sys.path.pop(0)
    main()
