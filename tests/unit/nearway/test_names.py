"""What `from nearway import …` offers: a promise to those who wrote programs with it."""

import subprocess
import sys
from typing import assert_type

import nearway
from nearway import AsyncBalancer, AsyncClient, Balancer, Client, Done, NearwayError, Solution, Submitted, Ticket

NAMES = [
    "AsyncBalancer",
    "AsyncClient",
    "Balancer",
    "BusyError",
    "Client",
    "Done",
    "FailedError",
    "NearwayError",
    "NotAllowedError",
    "Progress",
    "Solution",
    "Submitted",
    "TaskRefusedError",
    "Ticket",
    "UnknownError",
    "UnreachableError",
    "Worker",
]


def test_the_public_names_are_these_and_each_is_there() -> None:
    assert nearway.__all__ == NAMES
    assert dir(nearway) == NAMES
    assert {name: getattr(nearway, name).__name__ for name in NAMES} == {name: name for name in NAMES}


def test_the_command_line_starts_without_the_library() -> None:
    program = "import sys, nearway.__main__; print([name for name in ('aiohttp', 'asyncio') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "[]\n"


async def typed(client: AsyncClient) -> None:
    """Never run: that it is right is for the type checker to say."""
    assert_type(await client.solve(method="turnstile"), Solution)
    ticket = await client.submit(method="turnstile", idempotency_key="k", deadline=9.5)
    assert_type(ticket, Ticket)
    assert_type(await client.result(ticket), Solution)
    async for done in client.solve_many([{"method": "turnstile"}, ticket], concurrency=3):
        assert_type(done, Done)
        assert_type(done.error, NearwayError | None)
        assert_type(done.result(), Solution)


def typed_blocking(client: Client) -> None:
    """Never run, likewise."""
    assert_type(client.solve(method="turnstile"), Solution)
    for done in client.solve_many([{"method": "turnstile"}]):
        assert_type(done, Done)
    try:
        client.solve(method="turnstile")
    except NearwayError as error:
        assert_type(error.submitted, Submitted)
        assert_type(error.may_retry, bool)


async def typed_balancer(balancer: AsyncBalancer, blocking: Balancer) -> None:
    """Never run, likewise."""
    assert_type(await balancer.solve(method="turnstile", deadline=9.5), Solution)
    assert_type(blocking.solve(method="turnstile"), Solution)
    async for done in balancer.solve_many([{"method": "turnstile"}]):
        assert_type(done, Done)
    for done in blocking.solve_many([{"method": "turnstile"}]):
        assert_type(done, Done)
