"""A Consul, and a renderer that watches it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.consul_lab import Agent, federation
from tests.integration.renderer_lab import Program


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    async with federation("us-east") as agents:
        yield agents["us-east"]


@pytest.fixture
async def program(agent: Agent, tmp_path: Path) -> AsyncIterator[Program]:
    made = Program(tmp_path, agent.address)
    try:
        yield made
    finally:
        await made.stop()
