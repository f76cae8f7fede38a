"""What tests share: a Consul, a renderer that watches it, and ledgers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.ledger.address import Address, PostgreSQL, SQLiteFile
from tests.integration.consul_lab import Agent, federation
from tests.integration.postgres_lab import Server, postgres
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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    with postgres("fsync = off") as made:
        made.start()
        asyncio.run(made.ready())
        yield made


@pytest.fixture
def server(postgres_server: Server) -> PostgreSQL:
    """An empty database."""
    name = f"t{uuid4().hex}"
    asyncio.run(postgres_server.ask(f"CREATE DATABASE {name}"))
    return PostgreSQL(postgres_server.url(name))


@pytest.fixture
def file(tmp_path: Path) -> SQLiteFile:
    return SQLiteFile(tmp_path / "ledger.sqlite")


@pytest.fixture(params=["file", "server"])
def address(request: pytest.FixtureRequest) -> Address:
    found: Address = request.getfixturevalue(request.param)
    return found
