"""The Redshift API of provisioned clusters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import UnknownOperation
from ...query_protocol import QueryCodec
from ...requests import RequestChecker
from . import credentials, tags
from .audit_logging import AuditLogging
from .cluster_records import ClusterRecords
from .clusters import Clusters
from .parameter_groups import ParameterGroups
from .scheduled_actions import ScheduledActions
from .snapshot_schedules import SnapshotSchedules
from .snapshots import Snapshots
from .store import Record, State, Store
from .subnet_groups import SubnetGroups
from .surroundings import Surroundings
from .usage_limits import UsageLimits

Operation = Callable[[State, dict[str, Any]], dict[str, Any]]


class RedshiftService:
    """Dispatches operations, each as one transaction of the store; may be called from many threads at once."""

    signing_name = "redshift"

    def __init__(self, surroundings: Surroundings, store: Store) -> None:
        model = surroundings.context.client("redshift").meta.service_model
        self.codec = QueryCodec(model)
        self._checker = RequestChecker(model, "InvalidParameterValue")
        self._store = store
        self.actions = ScheduledActions()
        groups, subnets = ParameterGroups(surroundings.arn), SubnetGroups(surroundings)
        self._snapshots = Snapshots(surroundings)
        records = ClusterRecords(surroundings, groups, subnets)
        self.clusters = clusters = Clusters(surroundings, records, self._snapshots)
        schedules, limits = SnapshotSchedules(surroundings), UsageLimits(surroundings.arn)
        logging, actions = AuditLogging(surroundings.context.client("s3")), self.actions
        self._operations: dict[str, Operation] = {
            "CreateCluster": clusters.create,
            "DescribeClusters": clusters.describe,
            "ModifyCluster": clusters.modify,
            "ResizeCluster": clusters.resize,
            "DeleteCluster": clusters.delete,
            "PauseCluster": clusters.pause,
            "ResumeCluster": clusters.resume,
            "RebootCluster": clusters.reboot,
            "ModifyClusterIamRoles": clusters.modify_roles,
            "CreateClusterSubnetGroup": subnets.create,
            "DescribeClusterSubnetGroups": subnets.describe,
            "ModifyClusterSubnetGroup": subnets.modify,
            "DeleteClusterSubnetGroup": subnets.delete,
            "CreateClusterParameterGroup": groups.create,
            "DescribeClusterParameterGroups": groups.describe,
            "ModifyClusterParameterGroup": groups.modify,
            "ResetClusterParameterGroup": groups.reset,
            "DeleteClusterParameterGroup": groups.delete,
            "DescribeClusterParameters": groups.describe_parameters,
            "EnableLogging": lambda state, body: logging.enable(state, body, self._available(state, body)),
            "DisableLogging": lambda state, body: logging.disable(state, self._available(state, body)),
            "DescribeLoggingStatus": lambda state, body: logging.status(state, self._existing(state, body)),
            "CreateClusterSnapshot": self._create_snapshot,
            "DescribeClusterSnapshots": self._snapshots.describe,
            "ModifyClusterSnapshot": self._snapshots.modify,
            "DeleteClusterSnapshot": self._snapshots.delete,
            "CreateSnapshotSchedule": schedules.create,
            "DescribeSnapshotSchedules": schedules.describe,
            "ModifySnapshotSchedule": schedules.modify,
            "DeleteSnapshotSchedule": schedules.delete,
            "ModifyClusterSnapshotSchedule": lambda state, body: schedules.associate(
                state, body, self._existing(state, body)
            ),
            "CreateScheduledAction": actions.create,
            "DescribeScheduledActions": actions.describe,
            "ModifyScheduledAction": actions.modify,
            "DeleteScheduledAction": actions.delete,
            "CreateUsageLimit": limits.create,
            "DescribeUsageLimits": limits.describe,
            "ModifyUsageLimit": limits.modify,
            "DeleteUsageLimit": limits.delete,
            "CreateTags": tags.tag,
            "DeleteTags": tags.untag,
            "DescribeTags": tags.describe,
            "GetClusterCredentials": self._credentials(credentials.for_user),
            "GetClusterCredentialsWithIAM": self._credentials(credentials.for_caller),
        }

    def handle(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answers one call; UnknownOperation for what the local target does not have."""
        action = self._operations.get(operation)
        if action is None:
            raise UnknownOperation(operation)
        self._checker.check(operation, body)
        with self._store.transaction() as state:
            self.settle(state)
            # A copy: the answer is written when the lock is free and records go on to change.
            return self._checker.shaped(operation, action(state, body))

    def settle(self, state: State) -> None:
        """Ends the transitional states that are due."""
        self.clusters.settle(state)
        self._snapshots.settle(state)

    def close(self) -> None:
        """Nothing runs here: the control plane's clock is closed by whom it belongs to."""

    def _existing(self, state: State, body: dict[str, Any]) -> Record:
        return self.clusters.get(state, body["ClusterIdentifier"])

    def _available(self, state: State, body: dict[str, Any]) -> Record:
        return self.clusters.in_state(state, body["ClusterIdentifier"], "available")

    def _create_snapshot(self, state: State, body: dict[str, Any]) -> dict[str, Any]:
        return self._snapshots.create(state, body, self._available(state, body))

    def _credentials(self, issue: Callable[[State, dict[str, Any], Record], dict[str, Any]]) -> Operation:
        def answer(state: State, body: dict[str, Any]) -> dict[str, Any]:
            # A custom domain is the other way to name a cluster; there are none here.
            return issue(
                state, body, state.find("clusters", body.get("ClusterIdentifier", ""), "ClusterNotFound", "Cluster")
            )

        return answer
