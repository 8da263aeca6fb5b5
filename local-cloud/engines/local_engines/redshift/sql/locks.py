"""Table locks of the open transactions, as Redshift holds them, and the conflicts that locks do not prevent.

Three modes, after PostgreSQL's: readers hold `share` (ACCESS SHARE), writers `write` (SHARE ROW EXCLUSIVE in Redshift:
one writer a table), LOCK and DDL `exclusive` (ACCESS EXCLUSIVE). A lock is held until its transaction ends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from .errors import SERIALIZATION, RedshiftError, StatementCancelledError

SHARE, WRITE, EXCLUSIVE = "share", "write", "exclusive"
_CONFLICTS = {SHARE: {EXCLUSIVE}, WRITE: {WRITE, EXCLUSIVE}, EXCLUSIVE: {SHARE, WRITE, EXCLUSIVE}}
#: How often a waiter looks whether it was cancelled. Seconds.
_LOOK_SECONDS = 0.1
#: Ended transactions that are remembered: no open one is older than the oldest of so many on a local target.
_REMEMBERED = 1_000


@dataclass(eq=False)
class Transaction:
    """One transaction: `id` is Redshift's xid, `pid` its session's process, `begun` the last commit it can see."""

    id: int
    pid: int
    begun: int = 0
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    #: Set by whoever wants the transaction's end.
    cancelled: threading.Event = field(default_factory=threading.Event)


class LockTable:
    """The locks of one warehouse; safe from many threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        #: Table -> transaction -> modes.
        self._held: dict[str, dict[Transaction, set[str]]] = {}
        self._waits: dict[Transaction, set[Transaction]] = {}
        self._commits = 0
        self._ended: list[tuple[int, Transaction]] = []

    def begin(self, transaction: Transaction) -> None:
        """The transaction sees everything that is committed now."""
        with self._changed:
            transaction.begun = self._commits

    def acquire(self, transaction: Transaction, tables: Iterable[str], mode: str) -> bool:
        """Takes the locks, in order of name; returns whether it had to wait.

        :raises RedshiftError: the wait would never end.
        :raises StatementCancelledError: the transaction was cancelled meanwhile.
        """
        waited = False
        with self._changed:
            for table in sorted(set(tables)):
                while holders := self._in_the_way(transaction, table, mode):
                    waited = True
                    self._wait(transaction, holders)
                self._held.setdefault(table, {}).setdefault(transaction, set()).add(mode)
        return waited

    def _in_the_way(self, transaction: Transaction, table: str, mode: str) -> set[Transaction]:
        held = self._held.get(table, {})
        return {other for other, modes in held.items() if other is not transaction and modes & _CONFLICTS[mode]}

    def _wait(self, transaction: Transaction, holders: set[Transaction]) -> None:
        self._waits[transaction] = holders
        try:
            if self._reaches(holders, transaction):
                raise RedshiftError(
                    f"deadlock detected DETAIL: process {transaction.pid} and another one wait for each other"
                )
            self._changed.wait(_LOOK_SECONDS)
            if transaction.cancelled.is_set():
                raise StatementCancelledError("Query cancelled on user's request")
        finally:
            del self._waits[transaction]

    def _reaches(self, start: set[Transaction], goal: Transaction) -> bool:
        seen: set[Transaction] = set()
        todo = list(start)
        while todo:
            one = todo.pop()
            if one is goal:
                return True
            if one not in seen:
                seen.add(one)
                todo += self._waits.get(one, ())
        return False

    def check(self, transaction: Transaction) -> None:
        """Raises error 1023 if this transaction and one that has committed since it began form a cycle: each read, or
        wrote, what the other one wrote. Redshift looks at whole tables ("Serializable isolation")."""
        with self._changed:
            for commit, other in self._ended:
                if commit <= transaction.begun:
                    continue
                stale = transaction.reads & other.writes
                back = (other.reads | other.writes) & transaction.writes
                if stale and back:
                    pids = f"{other.id}, {transaction.id}"
                    raise RedshiftError(SERIALIZATION.format(table=min(stale), pids=pids, pid=transaction.pid))

    def end(self, transaction: Transaction, committed: bool) -> None:
        """Gives its locks back."""
        with self._changed:
            if committed and transaction.writes:
                self._commits += 1
                self._ended = [*self._ended, (self._commits, transaction)][-_REMEMBERED:]
            for held in self._held.values():
                held.pop(transaction, None)
            self._held = {table: held for table, held in self._held.items() if held}
            self._changed.notify_all()
