"""Glue's argument conventions."""

from __future__ import annotations

import pytest
from local_engines.errors import AwsError
from local_engines.glue import arguments


def test_run_arguments_win_over_defaults_and_keep_their_order() -> None:
    merged = arguments.merge({"--a": "1", "--b": "2"}, {"--b": "3", "--c": "4"})
    assert list(merged.items()) == [("--a", "1"), ("--b", "3"), ("--c", "4")]


def test_merge_takes_missing_sides() -> None:
    assert arguments.merge(None, None) == {}


def test_command_line_begins_with_what_glue_sets_and_gives_flags_no_value() -> None:
    line = arguments.command_line("job", "jr_1", {"--enable-metrics": "", "--x": "a b", "--json": '{"USD":1}'})
    assert line == [
        "--JOB_NAME",
        "job",
        "--JOB_RUN_ID",
        "jr_1",
        "--enable-metrics",
        "--x",
        "a b",
        "--json",
        '{"USD":1}',
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"--JOB_RUN_ID": "x"}, "--JOB_RUN_ID is set by Glue"),
        ({"as_of": "now"}, "'as_of' must begin with two hyphens; write --as_of"),
        ({"--datalake-formats": "iceberg"}, "--datalake-formats iceberg is not supported by the local Glue runner"),
        ({"--additional-python-modules": "numpy"}, "--extra-py-files"),
        ({"--job-language": "scala"}, "--job-language scala is not supported"),
        ({"--fixed": "2"}, "--fixed cannot be overridden"),
    ],
)
def test_an_argument_that_cannot_be_honoured_is_refused_by_name(given: dict[str, str], message: str) -> None:
    with pytest.raises(AwsError) as caught:
        arguments.check(given, {"--fixed": "1"}, given)
    assert caught.value.code == "InvalidInputException"
    assert message in caught.value.message


def test_conf_holds_one_or_many_settings() -> None:
    value = "spark.a=1 --conf spark.b=x=y"
    assert arguments.extra_conf({"--conf": value}) == {"spark.a": "1", "spark.b": "x=y"}
    assert arguments.extra_conf({}) == {}
    with pytest.raises(AwsError, match=r"'spark\.a' must be spark\.<name>=<value>"):
        arguments.extra_conf({"--conf": "spark.a"})


def test_comma_list_drops_blanks() -> None:
    assert arguments.comma_list({"--extra-py-files": "s3://b/a.zip, s3://b/b.py,"}, "--extra-py-files") == [
        "s3://b/a.zip",
        "s3://b/b.py",
    ]
