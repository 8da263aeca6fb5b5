"""How many faults, and from which seed: FAULT_RUNS and FAULT_SEED, as `npm run test:faults -- --runs N --seed S` sets
them. These jobs get a quarter of the runs: each is several runs of Spark, one of the alert path a few milliseconds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

#: Results of the layers; git ignores it.
BUILD = Path(__file__).resolve().parents[2] / "build" / "faults"
#: The share of a full `npm test`.
FEW_RUNS = 6
SEED = 20261126
#: One in so many of the runs asked for.
SHARE = 4


@dataclass(frozen=True)
class FaultOptions:
    """Faults of one layer."""

    runs: int
    seed: int

    @property
    def text(self) -> str:
        """How to get the same run again."""
        return f"{self.runs} runs, seed {self.seed}; again with FAULT_RUNS={SHARE * self.runs} FAULT_SEED={self.seed}"


def read_options() -> FaultOptions:
    """From the environment; ValueError names what is no positive number."""
    return FaultOptions(-(-_number("FAULT_RUNS", SHARE * FEW_RUNS) // SHARE), _number("FAULT_SEED", SEED))


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if text == "":
        return default
    if not text.isdigit() or int(text) < 1:
        raise ValueError(f"{name} is {text!r}: it must be a whole number from 1")
    return int(text)
