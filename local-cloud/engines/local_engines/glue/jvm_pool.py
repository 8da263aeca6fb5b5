"""The JVMs of a local cloud: one run at a time has one, and one at most waits for the next run."""

from __future__ import annotations

import itertools
import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from .warm_jvm import JvmGoneError, WarmJvm

log = logging.getLogger(__name__)

#: An idle JVM holds 0.5 to 1 GB: more than a start of 2 seconds is worth to somebody who went away.
IDLE_SECONDS = 300.0
#: For the clean-up after a run, which takes tenths; a start is not worth waiting longer for.
_CLEANING_SECONDS = 5.0


class JvmPool:
    """All JVMs are started alike, by `start`, which gets a folder that does not exist yet; safe from many threads."""

    def __init__(self, root: Path, start: Callable[[Path], WarmJvm], idle_seconds: float = IDLE_SECONDS) -> None:
        self._root = root
        self._start = start
        self._idle_seconds = idle_seconds
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._all: set[WarmJvm] = set()
        self._cleaning = 0
        self._idle: WarmJvm | None = None
        self._timer: threading.Timer | None = None
        self._closed = False

    def take(self) -> WarmJvm:
        """The idle JVM, the one that is just being cleaned, or a new one.

        :raises JvmGoneError: after close.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._idle or not self._cleaning or self._closed, _CLEANING_SECONDS)
            if self._closed:
                raise JvmGoneError("this local cloud is being stopped")
            found, self._idle = self._idle, None
            self._stop_timer()
            if found is not None and found.alive():
                return found
            new = self._start(self._root / str(next(self._numbers)))
            self._all.add(new)
        if found is not None:
            self.discard(found)
        return new

    def give_back(self, jvm: WarmJvm) -> None:
        """Cleans it in the background and keeps it; for a JVM whose run ended well."""
        with self._changed:
            self._cleaning += 1
        threading.Thread(target=self._clean, args=(jvm,), name="glue-jvm-cleaning", daemon=True).start()

    def discard(self, jvm: WarmJvm) -> None:
        """Kills it with all that it does."""
        jvm.kill()
        shutil.rmtree(jvm.folder, ignore_errors=True)
        with self._changed:
            self._all.discard(jvm)

    def close(self) -> None:
        """Kills all of them, those that runs have included."""
        with self._changed:
            self._closed = True
            self._idle = None
            self._stop_timer()
            left = list(self._all)
            self._changed.notify_all()
        for jvm in left:
            self.discard(jvm)

    def _clean(self, jvm: WarmJvm) -> None:
        try:
            jvm.forget_run()
            clean = True
        except (JvmGoneError, OSError) as error:
            log.info("Spark's JVM %s is not used again: %s", jvm.pid, error)
            clean = False
        surplus: WarmJvm | None = jvm
        with self._changed:
            self._cleaning -= 1
            if clean and not self._closed:
                # Of two the older goes: the newer one ran last, so its code is the better compiled for what comes.
                surplus, self._idle = self._idle, jvm
                self._stop_timer()
                self._timer = threading.Timer(self._idle_seconds, self._expire, (jvm,))
                self._timer.daemon = True
                self._timer.start()
            self._changed.notify_all()
        if surplus is not None:
            self.discard(surplus)

    def _expire(self, jvm: WarmJvm) -> None:
        with self._changed:
            if self._idle is not jvm:
                return
            self._idle = None
        self.discard(jvm)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
