"""Checks requests against botocore's model of a service, and cuts answers to the members that the model has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.validate import ParamValidator

from .constraints import violations
from .errors import AwsError


class RequestChecker:
    """`code` is the service's error for inputs that its model forbids."""

    def __init__(self, model: Any, code: str) -> None:
        self._model = model
        self._code = code
        self._validator = ParamValidator()

    def check(self, operation: str, body: Mapping[str, Any]) -> None:
        """Required members, types, choices, lengths, patterns. Raises AwsError."""
        shape = self._model.operation_model(operation).input_shape
        if shape is None:
            return
        report = self._validator.validate(dict(body), shape)
        if report.has_errors():
            raise AwsError(self._code, f"{operation}: {report.generate_report()}")
        problems = list(violations(shape, body))
        if problems:
            some = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
            raise AwsError(self._code, f"{some}: {'; '.join(problems)}")

    def shaped(self, operation: str, answer: Mapping[str, Any]) -> dict[str, Any]:
        """A copy with the members that the operation's output has; the engine's own ones stay here."""
        shape = self._model.operation_model(operation).output_shape
        return {} if shape is None else dict(_shaped(shape, json.loads(json.dumps(answer))))


def _shaped(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        found = {name: value[name] for name in shape.members if value.get(name) is not None}
        return {name: _shaped(shape.members[name], member) for name, member in found.items()}
    if shape.type_name == "list":
        return [_shaped(shape.member, item) for item in value]
    return value
