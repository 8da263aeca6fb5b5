"""What each kind of fault did: how often it struck, and what was lost or came twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Count:
    """One kind of fault."""

    tried: int = 0
    lost: int = 0
    duplicated: int = 0


@dataclass
class Tally:
    """All kinds of one layer."""

    layer: str
    seed: int
    #: Runs that a fault struck.
    runs: int = 0
    #: Runs that ended before the fault was reached; they count as nothing else.
    missed: int = 0
    kinds: dict[str, Count] = field(default_factory=dict)
    _started: float = field(default_factory=time.monotonic)

    def add(self, kinds: Iterable[str], lost: int, duplicated: int) -> None:
        """One run with these kinds of fault, and the rows that were lost or published twice after its repeat."""
        self.runs += 1
        for kind in kinds:
            count = self.kinds.setdefault(kind, Count())
            count.tried += 1
            count.lost += lost
            count.duplicated += duplicated

    def write(self, folder: Path) -> Path:
        """`<folder>/<layer>.json`; test/faults/run.mjs makes the table of docs/reliability.md of it."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.layer}.json"
        kinds = {kind: vars(count) for kind, count in sorted(self.kinds.items())}
        seconds = round(time.monotonic() - self._started, 1)
        about = {"layer": self.layer, "seed": self.seed, "runs": self.runs, "seconds": seconds}
        path.write_text(json.dumps({**about, "kinds": kinds}, indent=1) + "\n")
        return path

    def text(self) -> str:
        """The table as lines for the terminal."""
        width = max((len(kind) for kind in self.kinds), default=5)
        lines = [f"{'fault':{width}}  tried  lost  duplicated"]
        for kind, count in sorted(self.kinds.items()):
            lines.append(f"{kind:{width}}  {count.tried:5}  {count.lost:4}  {count.duplicated:10}")
        return "\n".join(lines)
