"""Cluster parameter groups."""

from __future__ import annotations

import re
from typing import Any

from ...errors import AwsError
from .paging import page
from .parameters import FAMILIES, check_value, parameters_of
from .store import Record, State

TABLE = "parameter_groups"
_MEMBER = "ClusterParameterGroup"
_NAME = re.compile(r"(?=.{1,255}$)[a-z](?:-?[a-z0-9.])*")


class ParameterGroups:
    """Operations; `_values` of a record are the parameters that a user set."""

    def __init__(self, arn: Any) -> None:
        self._arn = arn

    def get(self, state: State, name: str) -> Record:
        """A group, the families' default groups among them. Raises ClusterParameterGroupNotFound."""
        name = name.lower()
        family = name.removeprefix("default.")
        if name.startswith("default.") and family in FAMILIES:
            description = f"Default parameter group for {family}"
            return {"ParameterGroupName": name, "ParameterGroupFamily": family, "Description": description}
        return state.find(TABLE, name, "ClusterParameterGroupNotFound", _MEMBER)

    def create(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        name, family = str(body["ParameterGroupName"]).lower(), body["ParameterGroupFamily"]
        if _NAME.fullmatch(name) is None:
            raise AwsError(
                "InvalidParameterValue",
                f"ParameterGroupName {name} must have 1 to 255 letters, digits and single hyphens, begin with a letter "
                "and not end with a hyphen",
            )
        if family not in FAMILIES:
            raise AwsError(
                "InvalidParameterValue", f"ParameterGroupFamily {family} must be one of {', '.join(FAMILIES)}"
            )
        if name in state.table(TABLE) or name.removeprefix("default.") in FAMILIES:
            raise AwsError("ClusterParameterGroupAlreadyExists", f"Parameter group {name} already exists")
        record: Record = {
            "ParameterGroupName": name,
            "ParameterGroupFamily": family,
            "Description": body["Description"],
            "Tags": body.get("Tags") or [],
            "_arn": self._arn(f"parametergroup:{name}"),
            "_values": {},
        }
        state.table(TABLE)[name] = record
        return {_MEMBER: record}

    def describe(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        if (name := body.get("ParameterGroupName")) is not None:
            return {"ParameterGroups": [self.get(state, name)]}
        defaults = [self.get(state, f"default.{family}") for family in FAMILIES]
        return page([*defaults, *state.table(TABLE).values()], body, "ParameterGroups")

    def delete(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._changeable(state, body)
        name = record["ParameterGroupName"]
        for cluster in state.table("clusters").values():
            if any(group["ParameterGroupName"] == name for group in cluster["ClusterParameterGroups"]):
                raise _wrong_state(f"Parameter group {name} is in use by cluster {cluster['ClusterIdentifier']}")
        del state.table(TABLE)[name]
        return {}

    def modify(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._changeable(state, body)
        known = parameters_of(record["ParameterGroupFamily"])
        for parameter in body["Parameters"]:
            name, value = parameter.get("ParameterName"), parameter.get("ParameterValue")
            if name not in known or value is None:
                raise AwsError(
                    "InvalidParameterValue", f"Could not find parameter with name: {name}, or it has no value"
                )
            check_value(known[name], value)
            record["_values"][name] = value
        return self._changed(state, record, {parameter["ParameterName"] for parameter in body["Parameters"]})

    def reset(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._changeable(state, body)
        everything, named = body.get("ResetAllParameters"), body.get("Parameters")
        if bool(everything) == bool(named):
            raise AwsError("InvalidParameterCombination", "Give either ResetAllParameters or Parameters")
        names = set(record["_values"]) if everything else {item["ParameterName"] for item in named or []}
        unknown = names - set(parameters_of(record["ParameterGroupFamily"]))
        if unknown:
            raise AwsError("InvalidParameterValue", f"Could not find parameter with name: {', '.join(sorted(unknown))}")
        for name in names:
            record["_values"].pop(name, None)
        return self._changed(state, record, names)

    def describe_parameters(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self.get(state, body["ParameterGroupName"])
        values = record.get("_values", {})
        found = [item.to_api(values.get(name)) for name, item in parameters_of(record["ParameterGroupFamily"]).items()]
        if (source := body.get("Source")) is not None:
            if source not in ("user", "engine-default"):
                raise AwsError("InvalidParameterValue", f"Source {source} must be user or engine-default")
            found = [item for item in found if item["Source"] == source]
        return page(found, body, "Parameters")

    def _changeable(self, state: State, body: dict[str, Any]) -> Record:
        record = self.get(state, body["ParameterGroupName"])
        if "_values" not in record:
            raise _wrong_state(
                f"The default parameter group {record['ParameterGroupName']} cannot be changed or deleted"
            )
        return record

    def _changed(self, state: State, record: Record, names: set[str]) -> dict[str, Any]:
        """Clusters of the group need a reboot for a static parameter."""
        name = record["ParameterGroupName"]
        known = parameters_of(record["ParameterGroupFamily"])
        if any(known[one].apply == "static" for one in names):
            for cluster in state.table("clusters").values():
                for group in cluster["ClusterParameterGroups"]:
                    if group["ParameterGroupName"] == name:
                        group["ParameterApplyStatus"] = "pending-reboot"
        return {
            "ParameterGroupName": name,
            "ParameterGroupStatus": "Your parameter group has been updated. If you changed only dynamic parameters, "
            "associated clusters are being modified now. If you changed static parameters, all updates, including "
            "dynamic parameters, will be applied when you reboot the associated clusters.",
        }


def _wrong_state(message: str) -> AwsError:
    return AwsError("InvalidClusterParameterGroupState", message)
