"""The emulator as a child process: private folders, a free loopback port, never left behind."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from .errors import EngineError
from .processes import GuardedProcess

#: 0.3 s is usual; a loaded CI machine has taken 10.
_READY_SECONDS = 45.0
#: Another process can take the chosen port before the emulator binds it.
_PORT_ATTEMPTS = 5
_LOG_TAIL_BYTES = 4000
_MAIN = Path(__file__).with_name("glue") / "emulator_main.py"


class MiniStack:
    """A running MiniStack; `url` answers when the constructor returns. Raises EngineError when it does not start.

    Lambda functions inherit its environment: `environment` tells their clients which services the engines answer.

    :param enforce_iam: policies bind everybody but root, a function's role its function; see the package iam.
    """

    def __init__(
        self,
        directory: Path,
        region: str,
        account: str,
        environment: Mapping[str, str] | None = None,
        enforce_iam: bool = False,
    ) -> None:
        self._directory = directory
        self._enforce_iam = enforce_iam
        self._environment = dict(environment or {})
        self._log = directory / "ministack.log"
        #: With it the engines may publish events as AWS services do; see glue/emulator_main.py.
        self.service_token = secrets.token_hex(16)
        for _ in range(_PORT_ATTEMPTS):
            # Reported back by the health page: proof that the one that answers on this port is ours.
            nonce = secrets.token_hex(8)
            port = _free_port()
            self.url = f"http://127.0.0.1:{port}"
            self.process = self._spawn(port, region, account, nonce)
            if self._wait(nonce):
                return
            self.process.stop()
            if "already in use" not in self.log_tail():
                break
        raise EngineError(
            f"MiniStack did not become ready on {self.url}. Its log ends with:\n{self.log_tail()}\n"
            "Check that the Python environment is complete (`npm run setup`) and that loopback ports are allowed."
        )

    def _spawn(self, port: int, region: str, account: str, nonce: str) -> GuardedProcess:
        folders = {
            "TMPDIR": self._directory / "tmp",
            "STATE_DIR": self._directory / "state",
            "S3_DATA_DIR": self._directory / "s3",
        }
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        env = {key: value for key, value in os.environ.items() if not _leaks(key)}
        env |= {key: str(folder) for key, folder in folders.items()}
        env |= {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            # Lambda functions get the emulator's URL under this name; "localhost" may mean IPv6 on some machines.
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": region,
            "MINISTACK_ACCOUNT_ID": account,
            "MINISTACK_EDITION": nonce,
            "CLICKSTREAM_ENGINE_TOKEN": self.service_token,
            "AUTH": str(self._enforce_iam).lower(),
            "LAMBDA_EXECUTOR": "local",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._environment,
            # Its own log lines are read only when something failed.
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        }
        with self._log.open("wb") as output:
            return GuardedProcess([sys.executable, str(_MAIN)], env, self._directory, output, output)

    def _wait(self, nonce: str) -> bool:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._get("/_ministack/ready") is not None:
                health = self._get("/_ministack/health")
                if health is not None and json.loads(health).get("edition") == nonce:
                    return True
            time.sleep(0.03)
        return False

    def _get(self, path: str) -> bytes | None:
        try:
            # No proxy: an http_proxy of the user's network must not see loopback calls.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(self.url + path, timeout=5) as answer:
                return bytes(answer.read())
        except (urllib.error.URLError, OSError):
            return None

    def log_tail(self) -> str:
        """The end of its log, for error messages."""
        try:
            return self._log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()
        except OSError:
            return "(no log)"

    def stop(self) -> None:
        # Its state is thrown away, so there is nothing that a polite end would save.
        self.process.stop()


def _leaks(name: str) -> bool:
    """Variables of another emulator or of the user's AWS account, none of which may reach this one."""
    return name.startswith(("AWS_", "MINISTACK_", "LOCALSTACK_")) or name in {
        "PERSIST_STATE", "S3_PERSIST", "AUTH", "USE_SSL", "SERVICES", "EDGE_PORT", "PYTHONUNBUFFERED",
    }  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
