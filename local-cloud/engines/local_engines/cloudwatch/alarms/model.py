"""What is known of an alarm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..metrics.queries import Queries
from .rule import Rule

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
#: State -> the member that lists what is done on the way into it.
ACTIONS = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"


@dataclass
class State:
    """A state with its reason. Times are epoch seconds of the engine's clock."""

    value: str = "INSUFFICIENT_DATA"
    reason: str = "Unchecked: Initial alarm creation"
    #: JSON, or empty.
    reason_data: str = ""
    #: When value or reason were set last.
    updated: float = 0.0
    #: When the value changed last.
    changed: float = 0.0


@dataclass
class Suppression:
    """Where a composite alarm with a suppressor stands."""

    #: "Alarm", "WaitPeriod", "ExtensionPeriod", or empty.
    by: str = ""
    reason: str = ""
    #: When the waiting or the extension began.
    since: float = 0.0
    #: Whether the suppressor was in ALARM at the last look.
    was_on: bool = False
    #: When the suppressor left ALARM last; None: never.
    off_since: float | None = None
    #: The state whose actions were due last without being held back: what people know.
    told: str = "INSUFFICIENT_DATA"


@dataclass
class Alarm:
    """One alarm of either kind. `settings` are the members of the put, as the API names them."""

    kind: str
    name: str
    arn: str
    settings: dict[str, Any]
    configured: float
    #: Whether the warm-up is over; it begins with the alarm and does not begin again.
    warm: bool = False
    created: float = 0.0
    tags: dict[str, str] = field(default_factory=dict)
    state: State = field(default_factory=State)
    #: Of a metric alarm.
    queries: Queries | None = None
    #: Of a composite alarm.
    rule: Rule | None = None
    suppression: Suppression = field(default_factory=Suppression)

    @property
    def actions_enabled(self) -> bool:
        return bool(self.settings.get("ActionsEnabled", True))

    def actions(self, state: str) -> list[str]:
        return list(self.settings.get(ACTIONS[state]) or [])

    def to_api(self) -> dict[str, Any]:
        """As DescribeAlarms shows it."""
        shown = {
            **self.settings,
            "AlarmName": self.name,
            "AlarmArn": self.arn,
            "ActionsEnabled": self.actions_enabled,
            **{member: self.actions(state) for state, member in ACTIONS.items()},
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            "StateValue": self.state.value,
            "StateReason": self.state.reason,
            "StateUpdatedTimestamp": self.state.updated,
            "StateTransitionedTimestamp": self.state.changed,
        }
        if self.state.reason_data:
            shown["StateReasonData"] = self.state.reason_data
        if self.kind == COMPOSITE:
            if self.suppression.by:
                shown["ActionsSuppressedBy"] = self.suppression.by
                shown["ActionsSuppressedReason"] = self.suppression.reason
        elif "Metrics" not in self.settings:
            shown.setdefault("Dimensions", [])
        return shown
