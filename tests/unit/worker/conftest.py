"""What several tests of the worker need."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

Eventually = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
def eventually() -> Eventually:
    """Waits for a condition, for ten seconds at most."""

    async def wait_for(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110  # what is watched knows nothing of the watcher
                await asyncio.sleep(0)

    return wait_for
