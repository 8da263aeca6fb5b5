"""Workgroups: compute, network and parameters of one namespace.

Sources: API reference, CreateWorkgroup; management guide, "Compute capacity for Amazon Redshift Serverless" and
"Considerations" (subnets, ports); defaults as a new workgroup of us-east-1 has them (2026-07).
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from ...warehouses import Warehouse
from ..lifecycle import GONE, set_off, settle
from ..networks import MissingInNetwork
from ..store import Record, State, as_text
from ..surroundings import Surroundings
from .errors import conflict, invalid, not_found, one_change
from .namespaces import Namespaces

TABLE = "workgroups"
_STATUS = "status"
_PORT = 5439
_FLAG = re.compile("true|false")
_COUNT = re.compile(r"\d{1,15}")
#: Parameters that a workgroup has from the beginning: default and the values that they take.
_PARAMETERS: dict[str, tuple[str, re.Pattern[str]]] = {
    "auto_mv": ("true", _FLAG),
    "datestyle": ("ISO, MDY", re.compile(r"(ISO|Postgres|SQL|German)(, ?(MDY|DMY|YMD))?", re.IGNORECASE)),
    "enable_case_sensitive_identifier": ("false", _FLAG),
    "enable_user_activity_logging": ("true", _FLAG),
    "query_group": ("default", re.compile(".{0,320}")),
    "require_ssl": ("true", _FLAG),
    "search_path": ("$user, public", re.compile(".{1,320}")),
    "use_fips_ssl": ("false", _FLAG),
    "max_query_execution_time": ("14400", _COUNT),
}
#: Query monitoring limits that can be added.
_LIMITS = (
    "max_query_queue_time", "max_query_cpu_time", "max_query_blocks_read", "max_scan_row_count",
    "max_query_cpu_usage_percent", "max_query_temp_blocks_to_disk", "max_join_row_count",
    "max_nested_loop_join_row_count",
)  # fmt: skip
#: The capacities that every region has. More than 512, and 4, are offered in some regions only.
_CAPACITIES = range(8, 513, 8)
_MOST_CAPACITY = 5632
_ZONES = 3
_LEVELS = (1, 25, 50, 75, 100)
_NO_BASE = -1
#: May be changed in one request, since each needs the other.
_TOGETHER = (frozenset({"baseCapacity", "pricePerformanceTarget"}),)


class Workgroups:
    """Operations."""

    def __init__(self, surroundings: Surroundings, namespaces: Namespaces) -> None:
        self._surroundings = surroundings
        self._namespaces = namespaces

    def get(self, state: State, name: str) -> Record:
        """Raises ResourceNotFoundException."""
        found = state.table(TABLE).get(name)
        if found is None:
            raise not_found(f"The workgroup {name} does not exist.", name)
        return found

    def create(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        name = body["workgroupName"]
        if name in state.table(TABLE):
            raise conflict(f"Workgroup {name} already exists.")
        namespace = self._namespaces.get(state, body["namespaceName"])
        taken = [one for one in state.table(TABLE).values() if one["namespaceName"] == body["namespaceName"]]
        if taken:
            raise conflict(f"Namespace {body['namespaceName']} has the workgroup {taken[0]['workgroupName']} already.")
        if namespace["status"] == "DELETING":
            raise conflict(f"Namespace {body['namespaceName']} is being deleted.")
        _refuse_unsupported(body)
        identifier = str(uuid.uuid4())
        arn = self._surroundings.context.arn("redshift-serverless", f"workgroup/{identifier}")
        record: Record = {
            "workgroupName": name,
            "workgroupId": identifier,
            "workgroupArn": arn,
            "namespaceName": body["namespaceName"],
            "creationDate": as_text(state.now),
            "configParameters": {key: default for key, (default, _) in _PARAMETERS.items()},
            "enhancedVpcRouting": False,
            "publiclyAccessible": False,
            "ipAddressType": "ipv4",
            "port": _PORT,
            "trackName": "current",
            "patchVersion": "1",
            "workgroupVersion": "1.0",
            "_arn": arn,
            "_tags": list(body.get("tags") or []),
        }
        record |= self._network(body, {})
        record |= _capacity(body, None)
        record |= _settings(body, record)
        set_off(record, state, _STATUS, self._surroundings.timing, via="CREATING", to="AVAILABLE")
        state.table(TABLE)[name] = record
        return self._answer(record)

    def read(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        return self._answer(self.get(state, body["workgroupName"]))

    def shown(self, record: Record) -> dict[str, Any]:
        """The workgroup as the API gives it."""
        context = self._surroundings.context
        host = f"{record['workgroupName']}.{context.account}.{context.region}.redshift-serverless.amazonaws.com"
        parameters = record["configParameters"].items()
        return {
            **record,
            "configParameters": [{"parameterKey": key, "parameterValue": value} for key, value in parameters],
            "endpoint": {"address": host, "port": record["port"], "vpcEndpoints": []},
        }

    def update(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._available(state, body["workgroupName"])
        one_change(body, "workgroupName", _TOGETHER)
        _refuse_unsupported(body)
        record |= self._network(body, record)
        record |= _capacity(body, record)
        record |= _settings(body, record)
        set_off(record, state, _STATUS, self._surroundings.timing, via="MODIFYING", to="AVAILABLE")
        return self._answer(record)

    def delete(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self._available(state, body["workgroupName"])
        set_off(record, state, _STATUS, self._surroundings.timing, via="DELETING", to=GONE)
        self._surroundings.tell(state, self._surroundings.delete_listeners, self.warehouse(state, record))
        return self._answer(record)

    def settle(self, state: State) -> None:
        def gone(at: State, record: Record) -> None:
            limits = at.table("serverless_usage_limits")
            for key in [key for key, one in limits.items() if one["resourceArn"] == record["workgroupArn"]]:
                del limits[key]

        settle(state, TABLE, gone)

    def find_warehouse(self, state: State, name: str) -> tuple[Warehouse, str] | None:
        """A workgroup's warehouse and its state; None where there is no such workgroup."""
        record = state.table(TABLE).get(name)
        return None if record is None else (self.warehouse(state, record), record[_STATUS])

    def warehouses(self, state: State) -> list[Warehouse]:
        return [self.warehouse(state, record) for record in state.table(TABLE).values()]

    def warehouse(self, state: State, record: Record) -> Warehouse:
        namespace = self._namespaces.get(state, record["namespaceName"])
        return Warehouse(
            f"workgroup:{record['workgroupName']}",
            record["workgroupName"],
            namespace["dbName"],
            namespace["adminUsername"],
            namespace.get("adminPasswordSecretArn"),
            tuple(namespace["iamRoles"]),
            self._surroundings.folder("namespaces", record["namespaceName"]),
        )

    def _available(self, state: State, name: str) -> Record:
        record = self.get(state, name)
        if record[_STATUS] != "AVAILABLE":
            raise conflict(f"There is an operation running on the workgroup {name}: it is {record[_STATUS]}.")
        return record

    def _network(self, body: dict[str, Any], held: Record) -> Record:
        networks = self._surroundings.networks
        try:
            given = body.get("subnetIds") or held.get("subnetIds")
            subnets = networks.subnets(given) if given else networks.default_subnets()
            vpcs, zones = {one.vpc for one in subnets}, {one.zone for one in subnets}
            if len(vpcs) != 1 or len(zones) < _ZONES:
                raise invalid(
                    f"subnetIds {[one.id for one in subnets]} are in the zones {sorted(zones)} of {len(vpcs)} VPC(s): "
                    f"they must span {_ZONES} availability zones of one VPC"
                )
            groups = body.get("securityGroupIds") or held.get("securityGroupIds") or []
            groups = networks.security_groups(groups, vpcs.pop())
        except MissingInNetwork as error:
            raise invalid(str(error)) from error
        return {"subnetIds": [one.id for one in subnets], "securityGroupIds": groups}

    def _answer(self, record: Record) -> dict[str, Any]:
        return {"workgroup": self.shown(record)}


def _refuse_unsupported(body: dict[str, Any]) -> None:
    if body.get("ipAddressType", "ipv4") != "ipv4":
        raise invalid(f"ipAddressType {body['ipAddressType']} is not supported by the local target")
    if body.get("extraComputeForAutomaticOptimization"):
        raise invalid("extraComputeForAutomaticOptimization is not supported by the local target")


def _capacity(body: dict[str, Any], held: Record | None) -> Record:
    """Base and most capacity (RPU), or a price-performance target in place of the base."""
    base, target = body.get("baseCapacity"), body.get("pricePerformanceTarget")
    if base is not None and base not in _CAPACITIES:
        raise invalid(f"baseCapacity {base} must be from {_CAPACITIES[0]} to {_CAPACITIES[-1]} RPU in steps of 8")
    if target is not None and target.get("level", 50) not in _LEVELS:
        raise invalid(f"pricePerformanceTarget.level {target['level']} must be one of {', '.join(map(str, _LEVELS))}")
    enabled = target is not None and target.get("status") == "ENABLED"
    if base is not None and enabled:
        raise invalid("baseCapacity cannot be given with an enabled pricePerformanceTarget")
    found: Record = {}
    if (held is None and base is None and target is None) or enabled:
        level = (target or {}).get("level", 50)
        found = {"baseCapacity": _NO_BASE, "pricePerformanceTarget": {"status": "ENABLED", "level": level}}
    elif base is not None:
        found = {"baseCapacity": base, "pricePerformanceTarget": {"status": "DISABLED"}}
    elif target is not None:
        found = {"pricePerformanceTarget": {"status": "DISABLED"}}
        if held is None or held["baseCapacity"] == _NO_BASE:
            raise invalid("baseCapacity must be given when pricePerformanceTarget is DISABLED")
    most = body.get("maxCapacity")
    least = found.get("baseCapacity", (held or {}).get("baseCapacity", _NO_BASE))
    if most is not None:
        if most % 8 or not max(least, 8) <= most <= _MOST_CAPACITY:
            raise invalid(f"maxCapacity {most} must be from {max(least, 8)} to {_MOST_CAPACITY} RPU in steps of 8")
        found["maxCapacity"] = most
    elif held is not None and held.get("maxCapacity", _MOST_CAPACITY) < least:
        raise invalid(f"baseCapacity {least} must not be above maxCapacity {held['maxCapacity']}")
    return found


def _settings(body: dict[str, Any], record: Record) -> Record:
    port = body.get("port", _PORT)
    if not (5431 <= port <= 5455 or 8191 <= port <= 8215):
        raise invalid(f"port {port} must be from 5431 to 5455 or from 8191 to 8215")
    if body.get("trackName", "current") not in ("current", "trailing"):
        raise invalid(f"trackName {body['trackName']} must be current or trailing")
    parameters = dict(record["configParameters"])
    for item in body.get("configParameters") or []:
        key, value = item.get("parameterKey"), item.get("parameterValue")
        allowed = _PARAMETERS[key][1] if key in _PARAMETERS else _COUNT if key in _LIMITS else None
        if allowed is None:
            raise invalid(f"configParameters: {key} must be one of {', '.join((*_PARAMETERS, *_LIMITS))}")
        if value is None or allowed.fullmatch(value) is None:
            raise invalid(f"configParameters: {value} is no value of {key}")
        parameters[key] = value
    keys = ("enhancedVpcRouting", "publiclyAccessible", "port", "trackName")
    return {"configParameters": parameters, **{key: body[key] for key in keys if key in body}}
