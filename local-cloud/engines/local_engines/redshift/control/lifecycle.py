"""States that things pass through on their way: set by an operation, ended by time.

A record on its way holds `_settles`: when (epoch seconds), in which state, and what else is changed then. That is part
of the stored state, so a restart in the middle goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .store import Record, State

_KEY = "_settles"

#: The state of a record that is deleted when its time has come.
GONE = "gone"


@dataclass(frozen=True)
class Timing:
    """How long a transitional state lasts, seconds: long enough for a caller to meet it, short enough for tests."""

    transition: float = 0.3
    #: Between two looks at what is due; half of it is the mean delay of a state's end.
    tick: float = 0.05


def set_off(
    record: Record,
    state: State,
    status: str,
    timing: Timing,
    *,
    via: str,
    to: str,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Puts the record into the transitional state `via`; `to`, and `changes`, come when its time is over.

    :param status: name of the member that holds the state.
    """
    record[status] = via
    record[_KEY] = {
        "at": state.now.timestamp() + timing.transition,
        "status": status,
        "to": to,
        "changes": dict(changes or {}),
    }


def on_the_way(record: Record) -> bool:
    """Whether the record is in a transitional state."""
    return _KEY in record


def settle(state: State, table: str, gone: Callable[[State, Record], None] | None = None) -> None:
    """Ends the transitional states whose time is over; `gone` is told of each record that is deleted by that."""
    records = state.table(table)
    for key, record in list(records.items()):
        due = record.get(_KEY)
        if due is None or due["at"] > state.now.timestamp():
            continue
        del record[_KEY]
        if due["to"] == GONE:
            del records[key]
            if gone is not None:
                gone(state, record)
        else:
            record |= {due["status"]: due["to"], **due["changes"]}
