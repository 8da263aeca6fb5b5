"""One local cloud for all tests of the Data API and its SQL; every test file has a warehouse of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engines.redshift.data_support import Cloud, Database


@pytest.fixture(scope="session")
def data_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    found = Cloud(tmp_path_factory.mktemp("redshift-data"))
    try:
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def db(data_cloud: Cloud, request: pytest.FixtureRequest) -> Database:
    name = request.module.__name__.rpartition(".")[2].replace("_", "-")
    return Database(data_cloud, data_cloud.warehouses.add(name))
