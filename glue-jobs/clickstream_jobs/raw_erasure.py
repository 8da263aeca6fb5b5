"""Raw objects without the lines of a batch's people: the executors read, rewrite and purge one object after another.

An object is read and written whole by one worker; what of a batch is done already is seen by the objects themselves,
so a killed run is simply repeated. What was in them is not: a worker notes it before it writes, for the certificate.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from pyspark.sql import SparkSession

from .errors import ReadError
from .lines import People
from .raw import UNSUPPORTED_SUFFIXES
from .raw_content import strip_lines
from .raw_store import ChangedError, NeedsRestoreError, RawObject, RawStore

#: Reads of an object that its producer keeps overwriting.
_ATTEMPTS = 5
#: Objects of one task: small enough that a killed task costs little, large enough that a task costs little.
_OBJECTS_A_TASK = 16
STATES = ("rewritten", "removed", "unchanged", "gone", "waiting")


@dataclass(frozen=True)
class Outcome:
    """What became of one object."""

    key: str
    #: One of STATES; `waiting` needs a restore, or a reader for its compression.
    state: str
    lines: int = 0
    removed: dict[str, int] = field(default_factory=dict)
    bytes_before: int = 0
    bytes_after: int = 0
    versions: int = 0


def erase_object(store: RawStore, people: People, key: str, notes: str) -> Outcome:
    """Rewrites or removes one object, and deletes its older versions, which may hold what it held.

    :param notes: folder of the batch's notes, with a slash at its end.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _erase(store, people, key, notes)
        except ChangedError:
            continue  # a corrected file came in between: it is read instead
    raise ReadError(f"{key} was overwritten {_ATTEMPTS} times while it was rewritten; run the job again")


def _open(store: RawStore, key: str) -> RawObject | Outcome:
    """The object, or what becomes of one that cannot be read."""
    if key.endswith(UNSUPPORTED_SUFFIXES):
        return Outcome(key, "waiting")
    try:
        return store.read(key) or Outcome(key, "gone")
    except NeedsRestoreError:
        return Outcome(key, "waiting")


def _erase(store: RawStore, people: People, key: str, notes: str) -> Outcome:
    found = _open(store, key)
    if isinstance(found, Outcome):
        return replace(found, versions=store.purge(key)) if found.state == "gone" else found
    stripped = strip_lines(found.content, people.finder())
    before = len(found.content)
    if not stripped.removed:
        return Outcome(key, "unchanged", stripped.lines, {}, before, before, store.purge(key))
    after = 0 if stripped.content is None else len(stripped.content)
    state = "removed" if stripped.content is None else "rewritten"
    outcome = Outcome(key, state, stripped.lines, stripped.removed, before, after)
    # Keys may be as long as S3 allows, and hold any character.
    name = hashlib.sha256(key.encode()).hexdigest()
    store.note(f"{notes}{name}.json", json.dumps(asdict(outcome)))
    if stripped.content is None:
        return replace(outcome, versions=store.remove(key, found))
    store.replace(key, stripped.content, found)
    return replace(outcome, versions=store.purge(key))


def with_noted(outcomes: Iterable[Outcome], notes: Iterable[str]) -> list[Outcome]:
    """Outcomes of a batch: of an object that an earlier, killed run has written, what that run noted of it."""
    noted = {one.key: one for one in (Outcome(**json.loads(text)) for text in notes)}
    return [
        one if one.removed or one.key not in noted else replace(noted[one.key], versions=one.versions)
        for one in outcomes
    ]


def count_object(store: RawStore, people: People, key: str) -> Outcome:
    """What `erase_object` would take out; changes nothing."""
    found = _open(store, key)
    if isinstance(found, Outcome):
        return found
    stripped = strip_lines(found.content, people.finder())
    return Outcome(key, "unchanged", stripped.lines, stripped.removed, len(found.content), len(found.content))


def on_executors(spark: SparkSession, work: partial[Outcome], keys: Sequence[str]) -> list[Outcome]:
    """`work` of each key, on the executors; the first failure ends the run."""
    if not keys:
        return []
    tasks = max(1, -(-len(keys) // _OBJECTS_A_TASK))
    parallel = spark.sparkContext.defaultParallelism
    slices = min(len(keys), max(tasks, parallel))
    return spark.sparkContext.parallelize(list(keys), slices).map(work).collect()


def totals(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """What a report says of the outcomes."""
    listed = list(outcomes)
    states = Counter(one.state for one in listed)
    return {
        "objects": {
            "read": len(listed) - states["gone"] - states["waiting"],
            **{name: states[name] for name in STATES},
        },
        "versions_deleted": sum(one.versions for one in listed),
        "lines": {
            "read": sum(one.lines for one in listed),
            "removed": sum(sum(one.removed.values()) for one in listed),
        },
        "bytes": {
            "before": sum(one.bytes_before for one in listed),
            "after": sum(one.bytes_after for one in listed),
        },
        "waiting": sorted(one.key for one in listed if one.state == "waiting"),
    }


def by_request(outcomes: Iterable[Outcome]) -> dict[str, tuple[int, int]]:
    """{request: (lines, objects)} that were taken out, or found."""
    lines: Counter[str] = Counter()
    objects: Counter[str] = Counter()
    for one in outcomes:
        for request, count in one.removed.items():
            lines[request] += count
            objects[request] += 1
    return {request: (lines[request], objects[request]) for request in lines}
