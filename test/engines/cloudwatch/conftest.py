"""A fresh engine for each test, behind one server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engines.cloudwatch.support import Door, Engine


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    found = Door(tmp_path_factory.mktemp("cloudwatch"))
    try:
        yield found
    finally:
        found.server.stop()


@pytest.fixture
def engine(door: Door, monkeypatch: pytest.MonkeyPatch) -> Engine:
    return Engine(door, monkeypatch)
