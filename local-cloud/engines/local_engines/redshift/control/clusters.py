"""Operations on provisioned clusters, and the states that these pass through."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

from ...errors import AwsError
from ..warehouses import Warehouse
from .cluster_changes import changes_of
from .cluster_records import AVAILABILITY, TABLE, ClusterRecords, availability_of, role_entries
from .cluster_rules import IDENTIFIER, check_roles
from .lifecycle import GONE, on_the_way, set_off, settle
from .paging import page, with_tags
from .snapshots import Snapshots
from .store import Record, State
from .surroundings import Surroundings

_STATUS = "ClusterStatus"
#: What a cluster can be made to be by `set_availability`.
AVAILABILITIES = ("Available", "Unavailable", "Failed")


class Clusters:
    """CreateCluster and what follows. Each operation takes the state and the request's body."""

    def __init__(self, surroundings: Surroundings, records: ClusterRecords, snapshots: Snapshots) -> None:
        self._surroundings = surroundings
        self._records = records
        self._snapshots = snapshots

    def get(self, state: State, identifier: str) -> Record:
        """Raises ClusterNotFound."""
        return state.find(TABLE, identifier.lower(), "ClusterNotFound", "Cluster")

    def in_state(self, state: State, identifier: str, *allowed: str) -> Record:
        """A cluster in one of the states, else InvalidClusterState."""
        record = self.get(state, identifier)
        if record[_STATUS] not in allowed:
            must = f"it is {record[_STATUS]} and must be {' or '.join(allowed)}."
            if on_the_way(record):
                message = f"There is an operation running on the Cluster {identifier}: {must} Try again later."
            else:
                message = f"The state of the cluster {identifier} does not allow this: {must}"
            raise AwsError("InvalidClusterState", message)
        return record

    def create(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        identifier = body["ClusterIdentifier"]
        record = self._records.new(state, body)
        if identifier in state.table(TABLE):
            raise AwsError("ClusterAlreadyExists", "Cluster already exists")
        if body.get("SnapshotScheduleIdentifier") is not None:
            name = body["SnapshotScheduleIdentifier"]
            state.find("snapshot_schedules", name, "SnapshotScheduleNotFound", "Snapshot schedule")
            record |= {"SnapshotScheduleIdentifier": name, "SnapshotScheduleState": "ACTIVE"}
        if body.get("ManageMasterPassword"):
            self._manage_password(record, body.get("MasterPasswordSecretKmsKeyId"))
        set_off(record, state, _STATUS, self._surroundings.timing, via="creating", to="available")
        state.table(TABLE)[identifier] = record
        return self._answer(state, record)

    def describe(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        if (identifier := body.get("ClusterIdentifier")) is not None:
            found = [self.get(state, identifier)]
        else:
            found = list(state.table(TABLE).values())
        shown = [self._records.shown(state, record) for record in found]
        return page(with_tags(shown, body), body, "Clusters")

    def modify(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self.in_state(state, body["ClusterIdentifier"], "available")
        changes = changes_of(state, record, body, self._records)
        if body.get("ManageMasterPassword") is True and record.get("MasterPasswordSecretArn") is None:
            self._manage_password(record, body.get("MasterPasswordSecretKmsKeyId"))
        elif body.get("ManageMasterPassword") is False or body.get("MasterUserPassword") is not None:
            self._surroundings.secrets.forget(state, record, "MasterPasswordSecretArn")
            record.pop("MasterPasswordSecretKmsKeyId", None)
        record |= changes.at_once
        if changes.later:
            record["_pending"] = changes.pending
            done = {**changes.later, "_pending": {}}
            set_off(record, state, _STATUS, self._surroundings.timing, via=changes.via, to="available", changes=done)
        return self._answer(state, record)

    def resize(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        for name in ("ReservedNodeId", "TargetReservedNodeOfferingId"):
            if body.get(name) is not None:
                raise AwsError("UnsupportedOperation", f"{name} is not supported by the local target")
        keys = ("ClusterIdentifier", "ClusterType", "NodeType", "NumberOfNodes")
        return self.modify(state, {key: body[key] for key in keys if body.get(key) is not None})

    def delete(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        final, skip = body.get("FinalClusterSnapshotIdentifier"), body.get("SkipFinalClusterSnapshot", False)
        if skip == (final is not None):
            raise AwsError(
                "InvalidParameterCombination",
                "FinalClusterSnapshotIdentifier must be given, unless SkipFinalClusterSnapshot is true",
            )
        record = self.in_state(state, body["ClusterIdentifier"], "available", "paused")
        if final is not None:
            days = body.get("FinalClusterSnapshotRetentionPeriod", -1)
            self._snapshots.take(state, record, final, days, [])
        self._surroundings.secrets.forget(state, record, "MasterPasswordSecretArn")
        set_off(record, state, _STATUS, self._surroundings.timing, via="deleting", to=GONE)
        self._surroundings.tell(state, self._surroundings.delete_listeners, self._records.warehouse(record))
        return self._answer(state, record)

    def pause(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self.in_state(state, body["ClusterIdentifier"], "available")
        if record["MultiAZ"] == "Enabled":
            raise AwsError("UnsupportedOperation", "A cluster in several availability zones cannot be paused.")
        set_off(record, state, _STATUS, self._surroundings.timing, via="pausing", to="paused")
        self._surroundings.tell(state, self._surroundings.pause_listeners, self._records.warehouse(record))
        return self._answer(state, record)

    def resume(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self.in_state(state, body["ClusterIdentifier"], "paused")
        set_off(record, state, _STATUS, self._surroundings.timing, via="resuming", to="available")
        return self._answer(state, record)

    def reboot(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self.in_state(state, body["ClusterIdentifier"], "available")
        groups = [{**group, "ParameterApplyStatus": "in-sync"} for group in record["ClusterParameterGroups"]]
        done = {"ClusterParameterGroups": groups}
        set_off(record, state, _STATUS, self._surroundings.timing, via="rebooting", to="available", changes=done)
        self._surroundings.tell(state, self._surroundings.pause_listeners, self._records.warehouse(record))
        return self._answer(state, record)

    def modify_roles(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        record = self.in_state(state, body["ClusterIdentifier"], "available")
        removed = set(body.get("RemoveIamRoles") or [])
        roles = [role["IamRoleArn"] for role in record["IamRoles"] if role["IamRoleArn"] not in removed]
        roles += [role for role in body.get("AddIamRoles") or [] if role not in roles]
        default = body.get("DefaultIamRoleArn", record.get("DefaultIamRoleArn") or "")
        if default in removed and "DefaultIamRoleArn" not in body:
            default = ""
        check_roles(roles, default)
        record |= {"IamRoles": role_entries(roles), "DefaultIamRoleArn": default or None}
        return self._answer(state, record)

    def set_availability(self, state: State, body: Mapping[str, Any]) -> None:
        """What a drill does to a cluster: `{"cluster", "availability"}`, one of `AVAILABILITIES`.

        The management guide ("Cluster status") has a status for a failure, `hardware-failure`; a cluster that is merely
        `Unavailable` goes on to call itself available. Available mends both. Raises AwsError.
        """
        record, wanted = self.get(state, str(body.get("cluster", ""))), body.get("availability")
        if wanted not in AVAILABILITIES:
            message = f"availability is {wanted!r}: it must be one of {', '.join(AVAILABILITIES)}"
            raise AwsError("ValidationException", message)
        if record[_STATUS] not in ("available", "hardware-failure"):
            message = f"{record['ClusterIdentifier']} is {record[_STATUS]}: only a cluster that runs can fail"
            raise AwsError("InvalidClusterState", message)
        record |= {_STATUS: "hardware-failure" if wanted == "Failed" else "available", AVAILABILITY: wanted}

    def settle(self, state: State) -> None:
        """Ends what is due; the storage of a deleted cluster goes with it."""
        settle(state, TABLE, self._gone)

    def find_warehouse(self, state: State, identifier: str) -> tuple[Warehouse, str] | None:
        """A cluster's warehouse and its state; None where there is no such cluster."""
        record = state.table(TABLE).get(identifier.lower()) if IDENTIFIER.fullmatch(identifier.lower()) else None
        if record is None:
            return None
        answers = availability_of(record) == "Available" or record[_STATUS] != "available"
        return self._records.warehouse(record), record[_STATUS] if answers else availability_of(record)

    def warehouses(self, state: State) -> list[Warehouse]:
        return [self._records.warehouse(record) for record in state.table(TABLE).values()]

    def _gone(self, state: State, record: Record) -> None:
        identifier = record["ClusterIdentifier"]
        # What belongs to the cluster alone goes with it, as on AWS.
        for table in ("usage_limits", "logging"):
            records = state.table(table)
            for key in [key for key, one in records.items() if one["ClusterIdentifier"] == identifier]:
                del records[key]
        folder = self._records.warehouse(record).directory
        state.after(lambda: shutil.rmtree(folder, ignore_errors=True))

    def _manage_password(self, record: Record, kms_key: str | None) -> None:
        secrets = self._surroundings.secrets
        arn = secrets.create(record["ClusterIdentifier"], record["MasterUsername"], kms_key)
        record |= {"MasterPasswordSecretArn": arn, "MasterPasswordSecretKmsKeyId": kms_key}

    def _answer(self, state: State, record: Mapping[str, Any]) -> dict[str, Any]:
        return {"Cluster": self._records.shown(state, dict(record))}
