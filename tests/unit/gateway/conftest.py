"""Regions to choose from."""

from collections.abc import Callable

import pytest

from discovery.instance import Health
from discovery.records import RegionEndpoint, Worker
from discovery.view import Region

LOCATIONS = {"us-east": (38.9, -77.4), "eu-west": (53.3, -6.3), "ap-south": (19.1, 72.9)}


def make_region(
    name: str, *, endpoint: Health | None = Health.PASSING, workers: tuple[Health, ...] = (Health.PASSING,), slots: int = 10
) -> Region:
    """A region with an endpoint (None: without) and a worker of so many slots for each health."""
    made = RegionEndpoint(
        f"e-{name}",
        name,
        name.upper(),
        LOCATIONS.get(name, (0.0, 0.0)),
        f"http://{name}:80",
        name,
        "n1",
        endpoint or Health.PASSING,
    )
    return Region(
        name,
        (made,) if endpoint else (),
        tuple(
            Worker(f"w-{name}-{number}", name, name, "n1", "10.0.0.1", 9000 + number, slots, 1, False, True, "0", health)
            for number, health in enumerate(workers)
        ),
        0.0,
        None,
    )


@pytest.fixture
def region() -> Callable[..., Region]:
    return make_region


@pytest.fixture
def three() -> dict[str, Region]:
    return {name: make_region(name) for name in LOCATIONS}
