"""AWS's Query protocol: form-encoded requests and XML answers, both led by botocore's model of the service.

Specification: Smithy, "AWS Query protocol". Timestamps are ISO 8601 texts on both sides here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from .errors import AwsError

_FLAGS = {"true": True, "false": False}


class QueryCodec:
    """Turns one service's requests into the bodies that its operations take, and their answers into XML.

    `model` is botocore's ServiceModel. Members with other names on the wire, maps and blobs are not supported: no
    operation that the engines answer has them.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._namespace = str(model.metadata["xmlNamespace"])
        self._statuses = {
            shape.metadata["error"]["code"]: int(shape.metadata["error"]["httpStatusCode"])
            for shape in map(model.shape_for, model.shape_names)
            if "error" in shape.metadata
        }

    def parse(self, body: bytes) -> tuple[str, dict[str, Any]]:
        """The operation and its input.

        :raises AwsError: InvalidAction for an operation that the service does not have, InvalidParameterValue for a
            parameter of the wrong type, UnknownParameter for one that the operation does not have.
        """
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        action, version = form.pop("Action", ""), form.pop("Version", "")
        if action not in self._model.operation_names or version != self._model.api_version:
            raise AwsError("InvalidAction", f"Could not find operation {action} for version {version}")
        shape = self._model.operation_model(action).input_shape
        value = _read(shape, form, "") if shape is not None else {}
        if form:
            raise AwsError("UnknownParameter", f"{action} has no parameter {', '.join(sorted(form))}")
        return action, value

    def answer(self, action: str, value: Mapping[str, Any], request_id: str) -> bytes:
        """The XML of an answer; members that the model does not have are left out."""
        root = ElementTree.Element(f"{action}Response", xmlns=self._namespace)
        shape = self._model.operation_model(action).output_shape
        if shape is not None:
            wrapper = shape.serialization.get("resultWrapper", f"{action}Result")
            _write(shape, value, ElementTree.SubElement(root, wrapper))
        ElementTree.SubElement(ElementTree.SubElement(root, "ResponseMetadata"), "RequestId").text = request_id
        return _document(root)

    def error(self, error: AwsError, request_id: str) -> tuple[int, bytes]:
        """The HTTP status that the model gives the error's code, and its XML."""
        root = ElementTree.Element("ErrorResponse", xmlns=self._namespace)
        inner = ElementTree.SubElement(root, "Error")
        status = self._statuses.get(error.code, error.status)
        ElementTree.SubElement(inner, "Type").text = "Sender" if status < 500 else "Receiver"
        ElementTree.SubElement(inner, "Code").text = error.code
        ElementTree.SubElement(inner, "Message").text = error.message
        ElementTree.SubElement(root, "RequestId").text = request_id
        return status, _document(root)


def _read(shape: Any, form: dict[str, str], at: str) -> Any:
    """The value below the prefix `at`; what was read is taken out of the form. None where there is nothing."""
    if shape.type_name == "structure":
        read = {name: _read(member, form, f"{at}.{name}".lstrip(".")) for name, member in shape.members.items()}
        found = {name: value for name, value in read.items() if value is not None}
        return found if found or at == "" else None
    if shape.type_name == "list":
        return _read_list(shape, form, at)
    text = form.pop(at, None)
    return None if text is None else _scalar(shape.type_name, text, at)


def _read_list(shape: Any, form: dict[str, str], at: str) -> list[Any] | None:
    # A list without items is sent as an empty text.
    if form.get(at) == "":
        del form[at]
        return []
    item = f"{at}.{shape.member.serialization.get('name', 'member')}"
    numbers = sorted({int(match.group(1)) for match in _numbers(item, form)})
    return [_read(shape.member, form, f"{item}.{number}") for number in numbers] or None


def _numbers(item: str, form: Mapping[str, str]) -> Iterator[re.Match[str]]:
    for key in form:
        if (match := re.match(rf"{re.escape(item)}\.(\d+)(?=$|\.)", key)) is not None:
            yield match


def _scalar(kind: str, text: str, at: str) -> Any:
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        return _FLAGS[text.lower()] if kind == "boolean" else text
    except (ValueError, KeyError) as error:
        raise AwsError("InvalidParameterValue", f"{at} is {text!r}: it must be of type {kind}") from error


def _write(shape: Any, value: Any, parent: ElementTree.Element) -> None:
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if value.get(name) is not None:
                _write(member, value[name], ElementTree.SubElement(parent, name))
    elif shape.type_name == "list":
        for item in value:
            tag = shape.member.serialization.get("name", "member")
            _write(shape.member, item, ElementTree.SubElement(parent, tag))
    else:
        parent.text = str(value).lower() if isinstance(value, bool) else str(value)


def _document(root: ElementTree.Element) -> bytes:
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
