"""LF-tags: which there are, and what has them (developer guide, "Lake Formation tag-based access control")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import AwsError
from .catalog import Catalog
from .places import Place, invalid, not_found, only_member

#: Developer guide, "Creating LF-Tags": values of one key.
_MOST_VALUES = 1000
_LEVELS = {"Database": "LFTagOnDatabase", "Table": "LFTagsOnTable", "TableWithColumns": "LFTagsOnColumns"}


class Tags:
    """Not safe from many threads by itself; the service locks."""

    def __init__(self, catalog: Catalog, account: str) -> None:
        self._catalog, self._account = catalog, account
        self._values: dict[str, list[str]] = {}
        self._assigned: dict[Place, dict[str, str]] = {}

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        key = body["TagKey"].lower()
        if key in self._values:
            raise AwsError("AlreadyExistsException", f"Tag key {key} already exists")
        self._values[key] = _distinct(body["TagValues"])
        return {}

    def get(self, body: Mapping[str, Any]) -> dict[str, Any]:
        key = self._known(body["TagKey"])
        return {"CatalogId": self._account, "TagKey": key, "TagValues": list(self._values[key])}

    def list(self, body: Mapping[str, Any]) -> dict[str, Any]:
        found = [self.get({"TagKey": key}) for key in sorted(self._values)]
        return {"LFTags": found}

    def update(self, body: Mapping[str, Any]) -> dict[str, Any]:
        key = self._known(body["TagKey"])
        gone = _distinct(body.get("TagValuesToDelete") or ())
        kept = [value for value in self._values[key] if value not in gone]
        values = _distinct([*kept, *(body.get("TagValuesToAdd") or ())])
        if not 1 <= len(values) <= _MOST_VALUES:
            raise invalid(f"A tag must have 1 to {_MOST_VALUES} values, not {len(values)}")
        self._values[key] = values
        self._forget(lambda other, value: other == key and value in gone)
        return {}

    def delete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        key = self._known(body["TagKey"])
        del self._values[key]
        self._forget(lambda other, value: other == key)
        return {}

    def add(self, body: Mapping[str, Any]) -> dict[str, Any]:
        pairs = [self._pair(pair) for pair in body["LFTags"]]
        for place in self._tagged(body["Resource"]):
            self._assigned.setdefault(place, {}).update(pairs)
        return {"Failures": []}

    def remove(self, body: Mapping[str, Any]) -> dict[str, Any]:
        keys = [pair["TagKey"].lower() for pair in body["LFTags"]]
        for place in self._tagged(body["Resource"]):
            for key in keys:
                self._assigned.get(place, {}).pop(key, None)
        return {"Failures": []}

    def of_resource(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Each level's own tags with ShowAssignedLFTags, else with those that it inherits."""
        kind, assigned = only_member(body["Resource"]), body.get("ShowAssignedLFTags") is True
        places = self._tagged(body["Resource"])
        tags = {place: self._assigned.get(place, {}) if assigned else self.effective(place) for place in places}
        if kind == "TableWithColumns":
            columns = [{"Name": place.column, "LFTags": self._pairs(own)} for place, own in tags.items() if own]
            return {"LFTagsOnColumns": columns}
        return {_LEVELS[kind]: self._pairs(next(iter(tags.values()), {}))}

    def effective(self, place: Place) -> dict[str, str]:
        """The place's tags: of each key its own value, else the nearest inherited one."""
        found: dict[str, str] = {}
        for level in place.upwards():
            found = {**self._assigned.get(level, {}), **found}
        return found

    def check_expression(self, expression: Sequence[Mapping[str, Any]]) -> None:
        """EntityNotFoundException for a key or value that no tag has."""
        for condition in expression:
            for value in condition["TagValues"]:
                self._pair({"TagKey": condition["TagKey"], "TagValues": [value]})

    def matches(self, place: Place, expression: Sequence[Mapping[str, Any]]) -> bool:
        """Whether the place has a wanted value of every key."""
        tags = self.effective(place)
        return all(tags.get(one["TagKey"].lower()) in _distinct(one["TagValues"]) for one in expression)

    def _tagged(self, resource: Mapping[str, Any]) -> list[Place]:
        kind = only_member(resource)
        if kind not in _LEVELS:
            raise invalid(f"{kind} cannot have LF-tags: databases, tables and columns can")
        return self._catalog.places(resource)

    def _pair(self, pair: Mapping[str, Any]) -> tuple[str, str]:
        key, values = self._known(pair["TagKey"]), _distinct(pair["TagValues"])
        if len(values) != 1:
            raise invalid(f"LF-tag {key} must be given one value, not {len(values)}")
        if values[0] not in self._values[key]:
            raise not_found(f"Tag or tag value does not exist: {key}={values[0]}")
        return key, values[0]

    def _pairs(self, tags: Mapping[str, str]) -> list[dict[str, Any]]:
        return [
            {"CatalogId": self._account, "TagKey": key, "TagValues": [value]} for key, value in sorted(tags.items())
        ]

    def _known(self, key: str) -> str:
        if key.lower() not in self._values:
            raise not_found(f"Tag key does not exist: {key}")
        return key.lower()

    def _forget(self, gone: Any) -> None:
        for place, own in self._assigned.items():
            self._assigned[place] = {key: value for key, value in own.items() if not gone(key, value)}


def _distinct(values: Sequence[str]) -> list[str]:
    """Lake Formation keeps keys and values in lower case."""
    return list(dict.fromkeys(value.lower() for value in values))
