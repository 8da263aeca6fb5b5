"""Starts the emulator and the engines, says when both answer, and stops everything at the end."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from .athena.service import AthenaService
from .cloudwatch.service import CloudWatchService
from .context import DEFAULT_ACCOUNT, Endpoints, EngineContext
from .costs.plane import CostPlane
from .errors import EngineError
from .iam.actions import Places
from .iam.gate import Gate
from .iam.guard import Guard
from .lake_formation.service import LakeFormationService
from .ministack import MiniStack
from .redshift.control.plane import ControlPlane
from .redshift.data.service import RedshiftDataService
from .server import EngineServer, Service

log = logging.getLogger(__name__)

#: Services answered here, as `Endpoints` names them.
SERVED = (
    "glue",
    "athena",
    "redshift",
    "redshift_serverless",
    "redshift_data",
    "cloudwatch",
    "cost_explorer",
    "budgets",
    "lakeformation",
)
#: How often the supervisor looks whether the emulator still runs. Seconds.
_WATCH_SECONDS = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until told to stop; returns the process's exit code (0: asked to stop, 1: could not start or go on)."""
    options = _parse(arguments)
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "WARNING").upper(), stream=sys.stderr, format="%(name)s: %(message)s"
    )
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: end.set())
    if options.watch_stdin:
        threading.Thread(target=_watch_stdin, args=(end,), daemon=True).start()
    directory = Path(options.dir).resolve()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return _serve(directory, options, end)
    except EngineError as error:
        print(f"local_engines: {error}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        print(f"local_engines: {directory} cannot be used: {error}", file=sys.stderr, flush=True)
        return 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="local_engines", description="Local AWS for the clickstream pipeline.")
    parser.add_argument("--dir", required=True, help="folder for all data; created, and deleted at the end")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", "us-east-1"))
    parser.add_argument("--account", default=os.environ.get("MINISTACK_ACCOUNT_ID", DEFAULT_ACCOUNT))
    parser.add_argument("--enforce-iam", action="store_true", help="let policies bind everybody but root")
    parser.add_argument("--watch-stdin", action="store_true", help="stop when standard input ends")
    return parser.parse_args(arguments)


def _watch_stdin(end: threading.Event) -> None:
    # The descriptor itself: sys.stdin's lock would be held at interpreter exit.
    while os.read(0, 4096):
        pass
    end.set()


def _serve(directory: Path, options: argparse.Namespace, end: threading.Event) -> int:
    region, account, enforce_iam = options.region, options.account, options.enforce_iam
    # Bound first: the emulator's Lambda functions must know where the engines listen.
    server = EngineServer()
    emulator: MiniStack | None = None
    context: EngineContext | None = None
    try:
        engines = dict.fromkeys(SERVED, server.url)
        environment = Endpoints("", **engines).engine_environment()
        emulator = MiniStack(directory, region, account, environment, enforce_iam)
        server.emulator_url = emulator.url
        endpoints = Endpoints(emulator.url, **engines)
        guard = Guard(emulator.url, emulator.service_token, region) if enforce_iam else None
        context = EngineContext(endpoints, directory, region, account, emulator.service_token, guard=guard)
        if guard is not None:
            server.gate = Gate(guard, Places(region, account), emulator.service_token)
        _register(server, context)
        server.start()
        ready = {"ready": True, "pid": os.getpid(), "endpoints": context.endpoints.as_dict()}
        print(json.dumps(ready), flush=True)
        while not end.wait(_WATCH_SECONDS):
            code = emulator.process.poll()
            if code is not None:
                raise EngineError(f"MiniStack ended with exit code {code}. Its log ends with:\n{emulator.log_tail()}")
        return 0
    finally:
        # A second Ctrl-C must not interrupt the clean-up.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if context is not None:
            context.stopping.set()
        server.stop()
        if emulator is not None:
            emulator.stop()


def _register(server: EngineServer, context: EngineContext) -> None:
    lake_formation = LakeFormationService(context)
    # Known to the engines before one of them is made.
    context.lake_formation = lake_formation.judge
    redshift = ControlPlane(context)
    data = RedshiftDataService(context, redshift)
    cloudwatch = CloudWatchService(context)
    costs = CostPlane(context, cloudwatch.clock.now)
    athena = AthenaService(context)
    if server.gate is not None:
        server.gate.places.workgroup_of = athena.workgroup_of
        server.gate.places.owner_of = data.owner_of
    services: list[Service] = [athena, redshift.serverless, data]
    services += [cloudwatch, costs.explorer, costs.budgets]
    if importlib.util.find_spec("local_engines.glue") is not None:
        services.append(importlib.import_module("local_engines.glue.service").GlueService(context))
    server.register(services, [redshift.provisioned], [lake_formation])
    server.local |= {**cloudwatch.local, **costs.local, **redshift.local, "assume": context.assume}
    for engine in (redshift, cloudwatch, costs):
        engine.start()
