"""Constraints of botocore's models that its own validator leaves to the service: patterns, choices, upper bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any


def violations(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """What is wrong with a value of the shape, one text each, as AWS words it."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from violations(member, value[name], f"{path}.{name}" if path else name)
        return
    if shape.type_name == "list":
        for index, item in enumerate(value):
            yield from violations(shape.member, item, f"{path}.{index + 1}.member")
    limits = shape.metadata
    place = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must"
    if shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{place} satisfy enum value set: [{', '.join(shape.enum)}]"
        if len(value) > limits.get("max", len(value)):
            yield f"{place} have length less than or equal to {limits['max']}"
        pattern = limits.get("pattern")
        # Java's escapes, of Unicode's other planes and of its categories, mean nothing to Python.
        if pattern and not re.search(r"\\[up]", pattern) and re.fullmatch(pattern, value) is None:
            yield f"{place} satisfy regular expression pattern: {pattern}"
    elif shape.type_name in ("integer", "long") and value > limits.get("max", value):
        yield f"{place} have value less than or equal to {limits['max']}"
    elif shape.type_name == "list" and len(value) > limits.get("max", len(value)):
        yield f"{place} have length less than or equal to {limits['max']}"
