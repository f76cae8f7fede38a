"""What Consul is asked while nothing changes: counted by a proxy between it and the renderer."""

import asyncio
from collections import Counter

import aiohttp
from aiohttp import web

from bench.figures import Rows
from bench.machine import cpu_seconds
from bench.renderer.lab import Lab
from tests.ports import free_ports

SECONDS = 120
SETTLING = 5


async def idle(lab: Lab) -> Rows:
    """The renderer is started again behind the proxy; when all is served and quiet, requests are counted for two minutes."""
    counted: Counter[str] = Counter()
    (port,) = free_ports(1)
    runner = web.AppRunner(_proxy(lab, counted), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        await lab.again(f"http://127.0.0.1:{port}")
        await asyncio.sleep(SETTLING)
        counted.clear()
        before = cpu_seconds(lab.pid)
        await asyncio.sleep(SECONDS)
        spent = cpu_seconds(lab.pid) - before
    finally:
        await runner.cleanup()
    minutes = SECONDS / 60
    asked = [(f"idle: {what}, a minute", f"{count / minutes:.1f}") for what, count in sorted(counted.items())]
    return [*asked, ("idle: CPU of the renderer", f"{100 * spent / SECONDS:.2f} % of a core")]


def _proxy(lab: Lab, counted: Counter[str]) -> web.Application:
    async def pass_on(request: web.Request) -> web.Response:
        counted[f"{request.method} {request.path}"] += 1
        kept = aiohttp.ClientTimeout(total=None)
        url = lab.agent.address + request.path_qs
        body = await request.read()
        async with lab.client.request(request.method, url, data=body, headers=_plain(request), timeout=kept) as response:
            told = {name: value for name, value in response.headers.items() if name.startswith("X-Consul")}
            return web.Response(body=await response.read(), status=response.status, headers=told)

    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{path:.*}", pass_on)
    return app


def _plain(request: web.Request) -> dict[str, str]:
    return {"Accept-Encoding": "identity", "Content-Type": request.content_type}
