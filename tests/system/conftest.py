"""What the tests of running workers share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.system.edge_lab import Edge, running
from tests.system.lab import Lab, lab


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Lab]:
    """A lab for one test."""
    async with lab(tmp_path) as made:
        yield made


@pytest.fixture(scope="module", params=["gateway", "worker"])
def edge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """A gateway, then a worker."""
    with running(tmp_path_factory.mktemp("edge"), request.param) as made:
        yield made


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """A gateway."""
    with running(tmp_path_factory.mktemp("gateway"), "gateway") as made:
        yield made
