"""The parameters of a provisioned cluster's parameter group and their defaults.

Sources: management guide, "Amazon Redshift parameter groups" (default values); DescribeClusterParameters as public
issues quote it (types, allowed values, 2026-11).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import AwsError

#: Families that can be asked for, and whether their clusters insist on TLS by default.
FAMILIES: Mapping[str, str] = {"redshift-1.0": "false", "redshift-2.0": "true"}
_FLAG = "true,false"
_MOST_INT = 2147483647


@dataclass(frozen=True)
class Parameter:
    """One parameter. `allowed` is as the API writes it: choices, or ranges; "" for anything."""

    name: str
    default: str
    kind: str
    allowed: str
    description: str
    apply: str = "static"

    def to_api(self, value: str | None) -> dict[str, Any]:
        return {
            "ParameterName": self.name,
            "ParameterValue": self.default if value is None else value,
            "Description": self.description,
            "Source": "engine-default" if value is None else "user",
            "DataType": self.kind,
            "AllowedValues": self.allowed or None,
            "ApplyType": self.apply,
            "IsModifiable": True,
        }


def parameters_of(family: str) -> dict[str, Parameter]:
    """By name, in the API's order."""
    found = [
        Parameter("auto_analyze", "true", "boolean", _FLAG, "Use auto analyze"),
        Parameter("auto_mv", "true", "boolean", _FLAG, "Enable AutoMV"),
        Parameter("datestyle", "ISO, MDY", "string", "", "Sets the display format for date and time values."),
        Parameter(
            "enable_case_sensitive_identifier", "false", "boolean", _FLAG,
            "Preserve case sensitivity for database identifiers such as table or column names in parser",
        ),
        Parameter(
            "enable_user_activity_logging", "false", "boolean", _FLAG,
            "parameter for audit logging purpose",
        ),
        Parameter(
            "extra_float_digits", "0", "integer", "-15-2",
            "Sets the number of digits displayed for floating-point values",
        ),
        Parameter(
            "max_concurrency_scaling_clusters", "1", "integer", "0-10",
            "The maximum concurrency scaling clusters can be used.",
        ),
        Parameter(
            "query_group", "default", "string", "",
            "This parameter applies a user-defined label to a group of queries that are run during the same session..",
        ),
        Parameter("require_ssl", FAMILIES[family], "boolean", _FLAG, "require ssl for all databaseconnections"),
        Parameter(
            "search_path", "$user, public", "string", "",
            "Sets the schema search order for names that are not schema-qualified.",
        ),
        Parameter(
            "statement_timeout", "0", "integer", f"0,100-{_MOST_INT}",
            "Aborts any statement that takes over the specified number of milliseconds.",
        ),
        Parameter("use_fips_ssl", "false", "boolean", _FLAG, "Use fips ssl library"),
        Parameter(
            "wlm_json_configuration", '[{"auto_wlm":true}]', "string", "", "wlm json configuration", apply="dynamic",
        ),
    ]  # fmt: skip
    return {parameter.name: parameter for parameter in found}


def check_value(parameter: Parameter, value: str) -> None:
    """Raises AwsError InvalidParameterValue for a value that the parameter does not take."""
    if parameter.name == "wlm_json_configuration":
        _check_queues(value)
    elif parameter.allowed and not any(_in_range(value, part) for part in parameter.allowed.split(",")):
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid parameter value: {value} for parameter {parameter.name}: it must be one of {parameter.allowed}",
        )


def _in_range(value: str, part: str) -> bool:
    match = re.fullmatch(r"(-?\d+)-(-?\d+)", part)
    if match is None:
        return value == part
    return re.fullmatch(r"-?\d+", value) is not None and int(match.group(1)) <= int(value) <= int(match.group(2))


def _check_queues(text: str) -> None:
    """The workload management: a JSON list of queues, the last one being the default queue."""
    try:
        queues = json.loads(text)
    except ValueError as error:
        raise AwsError("InvalidParameterValue", f"wlm_json_configuration is not JSON: {error}") from error
    if not isinstance(queues, list) or not queues or not all(isinstance(queue, dict) for queue in queues):
        raise AwsError("InvalidParameterValue", "wlm_json_configuration must be a JSON list of queues")
    if len(text) > 8000:
        raise AwsError("InvalidParameterValue", f"wlm_json_configuration has {len(text)} characters: at most 8000")
