"""The pool of JVMs, with JVMs that are not there."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from local_engines.glue.jvm_pool import JvmPool
from local_engines.glue.warm_jvm import JvmGoneError


class FakeJvm:
    """Answers as a WarmJvm; `cleaning` must be set before it is clean."""

    pid = 0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.killed = False
        self.broken = False
        self.cleaning = threading.Event()
        self.cleaning.set()
        folder.mkdir(parents=True)

    def alive(self) -> bool:
        return not self.killed

    def kill(self) -> None:
        self.killed = True

    def forget_run(self) -> None:
        self.cleaning.wait()
        if self.broken:
            raise JvmGoneError("it hangs")


def pool(root: Path, idle_seconds: float = 60.0) -> JvmPool:
    return JvmPool(root, FakeJvm, idle_seconds)  # type: ignore[arg-type]


def is_ended(jvm: FakeJvm) -> bool:
    """True once it is killed and its folder deleted."""
    deadline = time.monotonic() + 5
    while (not jvm.killed or jvm.folder.exists()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return jvm.killed and not jvm.folder.exists()


def test_a_run_waits_for_a_jvm_that_is_being_cleaned(tmp_path: Path) -> None:
    jvms = pool(tmp_path)
    first = jvms.take()
    first.cleaning.clear()
    jvms.give_back(first)
    threading.Timer(0.05, first.cleaning.set).start()
    assert jvms.take() is first


def test_one_idle_jvm_is_kept(tmp_path: Path) -> None:
    jvms = pool(tmp_path)
    first, second = jvms.take(), jvms.take()
    assert first is not second
    second.cleaning.clear()
    jvms.give_back(second)
    jvms.give_back(first)
    # The second one is clean last.
    threading.Timer(0.05, second.cleaning.set).start()
    assert is_ended(first)
    assert jvms.take() is second
    assert [folder.name for folder in tmp_path.iterdir()] == [second.folder.name]


@pytest.mark.parametrize("fault", ["killed", "broken"])
def test_a_jvm_that_is_gone_or_hangs_is_not_lent_again(tmp_path: Path, fault: str) -> None:
    jvms = pool(tmp_path)
    first = jvms.take()
    setattr(first, fault, True)
    jvms.give_back(first)
    assert jvms.take() is not first
    assert is_ended(first)


def test_an_idle_jvm_ends_after_its_time(tmp_path: Path) -> None:
    jvms = pool(tmp_path, idle_seconds=0.02)
    first = jvms.take()
    jvms.give_back(first)
    assert is_ended(first)
    assert jvms.take() is not first


def test_closing_ends_lent_and_idle_jvms_and_starts_none(tmp_path: Path) -> None:
    jvms = pool(tmp_path)
    lent, idle = jvms.take(), jvms.take()
    jvms.give_back(idle)
    jvms.close()
    assert lent.killed
    assert is_ended(idle)
    with pytest.raises(JvmGoneError, match="being stopped"):
        jvms.take()
    assert list(tmp_path.iterdir()) == []
