"""One local cloud for all Athena tests: it starts in a second, most tests take hundredths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engines.athena.support import Cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    found = Cloud(tmp_path_factory.mktemp("athena"))
    try:
        yield found
    finally:
        found.close()
