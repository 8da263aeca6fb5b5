"""Stands in for bin/spark-submit when a run's PySpark starts its JVM: asks the engine for one that is warm.

Started as a script (`python -I -S submit.py DOOR ARGUMENTS…`, see spark_door.py) in the run's own process group.
PySpark waits for a file with the JVM's port and secret, and holds this process's standard input open as long as it
lives. When the engine has no JVM for these arguments, the real spark-submit takes this process's place.

Standard library only and no package import, so that it starts in about 30 ms.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from typing import Any


def ask(door: dict[str, Any], arguments: list[str]) -> dict[str, Any]:
    """The engine's answer: {"port": …, "secret": …}, or {} when it has no JVM for these arguments."""
    with socket.create_connection(("127.0.0.1", door["port"])) as connection:
        connection.sendall(json.dumps({"token": door["token"], "arguments": arguments}).encode() + b"\n")
        with connection.makefile("rb") as answer:
            return dict(json.loads(answer.readline() or b"{}"))


def main(door_file: str, arguments: list[str]) -> int:
    """Returns when the driver is gone."""
    with open(door_file, encoding="utf-8") as file:
        door = json.load(file)
    try:
        answer = ask(door, arguments)
    except (OSError, ValueError):
        answer = {}
    if not answer:
        os.environ.pop("SPARK_HOME", None)
        os.execv(door["spark_submit"], [door["spark_submit"], *arguments])
    path = os.environ["_PYSPARK_DRIVER_CONN_INFO_PATH"]
    secret = answer["secret"].encode()
    # As PythonGatewayServer writes it: whole, or not there.
    with open(f"{path}.new", "wb") as file:
        file.write(struct.pack(">ii", answer["port"], len(secret)) + secret)
    os.rename(f"{path}.new", path)
    while os.read(0, 4096):
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
