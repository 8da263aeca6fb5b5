"""Tags of triggers; those of everything else are the emulator's."""

from __future__ import annotations

import threading
from typing import Any

from ..context import EngineContext
from ..errors import UnknownOperation
from .triggers import TriggerStore


class TriggerTags:
    """GetTags, TagResource and UntagResource for ARNs of triggers; other ARNs raise UnknownOperation, which sends the
    call on to the emulator."""

    def __init__(self, context: EngineContext, triggers: TriggerStore) -> None:
        self._prefix = context.arn("glue", "trigger/")
        self._triggers = triggers
        self._lock = threading.Lock()
        self._tags: dict[str, dict[str, str]] = {}

    def of(self, name: str) -> dict[str, str]:
        with self._lock:
            return dict(self._tags.get(name, {}))

    def set(self, name: str, tags: dict[str, str]) -> None:
        with self._lock:
            self._tags[name] = dict(tags)

    def forget(self, name: str) -> None:
        with self._lock:
            self._tags.pop(name, None)

    def get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"Tags": self.of(self._name(body, "GetTags"))}

    def tag(self, body: dict[str, Any]) -> dict[str, Any]:
        name = self._name(body, "TagResource")
        with self._lock:
            self._tags[name] = {**self._tags.get(name, {}), **body["TagsToAdd"]}
        return {}

    def untag(self, body: dict[str, Any]) -> dict[str, Any]:
        name = self._name(body, "UntagResource")
        with self._lock:
            for key in body["TagsToRemove"]:
                self._tags.get(name, {}).pop(key, None)
        return {}

    def _name(self, body: dict[str, Any], operation: str) -> str:
        arn = str(body["ResourceArn"])
        if not arn.startswith(self._prefix):
            raise UnknownOperation(operation)
        return self._triggers.get(arn[len(self._prefix) :]).name
