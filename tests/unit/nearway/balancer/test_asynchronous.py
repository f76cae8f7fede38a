"""The balancer's face, over real connections: what workers are shown, and what comes of one that refuses it."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from contract.token import CHALLENGE
from contract.token import HEADER as TOKEN
from nearway import AsyncBalancer, Submitted, TaskRefusedError, UnreachableError

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A worker that wants a token."""

    async def solve(request: web.Request) -> web.Response:
        if request.headers.get(TOKEN) != SECRET:
            return web.Response(status=401, headers={"WWW-Authenticate": CHALLENGE, "Task-Submitted": "no"})
        return web.json_response({"solution": await request.json()}, headers={"Task-Submitted": "yes"})

    app = web.Application()
    app.router.add_post("/solve", solve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_token_is_shown_with_the_task(url: str) -> None:
    async with AsyncBalancer([url], token=SECRET) as balancer:
        assert (await balancer.solve(method="m", sitekey="k")).solution == {"method": "m", "sitekey": "k"}


async def test_a_token_that_is_refused_costs_nothing_and_is_told(url: str) -> None:
    async with AsyncBalancer([url]) as balancer:
        with pytest.raises(UnreachableError, match="401") as raised:
            await balancer.solve(method="m", deadline=0.1)
    assert raised.value.submitted is Submitted.NO


async def test_a_task_that_can_not_be_json_is_not_sent(url: str) -> None:
    async with AsyncBalancer([url], token=SECRET) as balancer:
        with pytest.raises(TaskRefusedError):
            await balancer.solve(method=object())
