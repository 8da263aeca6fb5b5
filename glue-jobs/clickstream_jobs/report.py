"""What a run tells: one JSON line on stdout, the same object beside the state, and CloudWatch metrics."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from .files import Files

# Limit of PutMetricData for one call.
_METRICS_A_CALL = 1000


def emit_report(files: Files, reports_path: str, job: str, run_id: str, report: Mapping[str, Any]) -> None:
    """Writes `<reports_path><job>/<run id>.json` and prints the same object as one line on stdout."""
    line = json.dumps(report, separators=(",", ":"), ensure_ascii=False, default=str)
    files.write_text(f"{reports_path.rstrip('/')}/{job}/{run_id}.json", line + "\n")
    print(line, flush=True)


def put_metrics(
    client: Any, namespace: str, dimensions: Mapping[str, str], values: Mapping[str, tuple[float, str]]
) -> None:
    """Sends {name: (value, CloudWatch unit)}; a failure is a warning, since the data is already published."""
    pairs = [{"Name": name, "Value": value} for name, value in sorted(dimensions.items())]
    data = [
        {"MetricName": name, "Dimensions": pairs, "Value": float(value), "Unit": unit}
        for name, (value, unit) in values.items()
    ]
    try:
        for start in range(0, len(data), _METRICS_A_CALL):
            client.put_metric_data(Namespace=namespace, MetricData=data[start : start + _METRICS_A_CALL])
    except Exception as problem:  # noqa: BLE001
        print(f"warning: metrics were not sent to {namespace}: {problem}", file=sys.stderr, flush=True)
