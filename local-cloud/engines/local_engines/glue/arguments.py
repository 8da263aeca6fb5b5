"""Glue's argument conventions: defaults and run arguments become the script's command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import AwsError

#: Arguments that change what runs, and that this runner cannot honour: refused by name instead of ignored.
_UNSUPPORTED = {
    "--additional-python-modules": "ship the modules as a zip in --extra-py-files",
    "--python-modules-installer-option": "ship the modules as a zip in --extra-py-files",
    "--datalake-formats": "the local Spark has no Iceberg, Hudi or Delta jars; use plain Parquet tables",
    "--class": "only Python scripts run here",
}
#: Set by Glue itself for every run; a job cannot give them.
_RESERVED = ("--JOB_NAME", "--JOB_RUN_ID", "--JOB_ID")


def merge(defaults: Mapping[str, str] | None, given: Mapping[str, str] | None) -> dict[str, str]:
    """Run arguments over the job's DefaultArguments, in a stable order: defaults first, then new ones."""
    return {**(defaults or {}), **(given or {})}


def check(arguments: Mapping[str, str], non_overridable: Mapping[str, str] | None, given: Mapping[str, str]) -> None:
    """InvalidInputException for an argument that cannot be honoured.

    :param arguments: the merged ones.
    :param non_overridable: the job's NonOverridableArguments.
    :param given: the run's own.
    """
    for name in given:
        if name in (non_overridable or {}):
            raise AwsError("InvalidInputException", f"Argument {name} cannot be overridden: the job fixes it")
    for name, value in arguments.items():
        if not name.startswith("--"):
            raise AwsError(
                "InvalidInputException", f"Argument {name!r} must begin with two hyphens; write --{name.lstrip('-')}"
            )
        if name in _RESERVED:
            raise AwsError("InvalidInputException", f"Argument {name} is set by Glue; remove it")
        if name in _UNSUPPORTED and value:
            raise AwsError(
                "InvalidInputException",
                f"Argument {name} {value} is not supported by the local Glue runner: {_UNSUPPORTED[name]}",
            )
        if name == "--job-language" and value != "python":
            raise AwsError("InvalidInputException", f"--job-language {value} is not supported by the local Glue runner")


def command_line(job_name: str, run_id: str, arguments: Mapping[str, str]) -> list[str]:
    """What follows the script's name in sys.argv: --JOB_NAME, --JOB_RUN_ID, then each `--key value`.

    A key whose value is empty is a flag and gets no value, as `"--enable-metrics": ""` in a job's definition.
    """
    line = ["--JOB_NAME", job_name, "--JOB_RUN_ID", run_id]
    for name, value in arguments.items():
        line.append(name)
        if value != "":
            line.append(value)
    return line


def comma_list(arguments: Mapping[str, str], name: str) -> list[str]:
    """The S3 addresses in an argument such as --extra-py-files."""
    return [part.strip() for part in arguments.get(name, "").split(",") if part.strip()]


def extra_conf(arguments: Mapping[str, str]) -> dict[str, str]:
    """Spark settings of Glue's `--conf`, whose value is `k=v` or `k=v --conf k2=v2 --conf …`.

    :raises AwsError: for a part without an equals sign.
    """
    found: dict[str, str] = {}
    for part in _split_conf(arguments.get("--conf", "")):
        key, equals, value = part.partition("=")
        if not equals or not key.startswith("spark."):
            raise AwsError("InvalidInputException", f"--conf {part!r} must be spark.<name>=<value>")
        found[key.strip()] = value.strip()
    return found


def _split_conf(value: str) -> Sequence[str]:
    return [part.strip() for part in f" {value} ".split(" --conf ") if part.strip()]
