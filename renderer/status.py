"""`/status` and `/metrics` over HTTP, for the operator: read only, and only where it was asked for."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from prometheus_client.registry import Collector

from contract.exposition import CONTENT_TYPE, exposed, new_registry
from contract.problem import Problem, problem
from contract.serving import listen
from renderer.region import Listen


@dataclass(frozen=True, slots=True)
class Said:
    """What there is to say of a moment: the body of `/status`, and the metrics."""

    status: Mapping[str, object]
    metrics: Collector


Look = Callable[[], Said]


@asynccontextmanager
async def served(where: Listen | None, look: Look, setting: str = "STATUS_LISTEN") -> AsyncIterator[None]:
    """Serve what `look` finds; nothing with None. PortTakenError when the address, of a `setting`, can't be listened on."""
    if where is None:
        yield
        return
    runner = web.AppRunner(application(look), access_log=None, keepalive_timeout=75, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.SockSite(runner, listen(where.host, where.port, setting)).start()
        yield
    finally:
        await runner.cleanup()


def application(look: Look) -> web.Application:
    """The routes."""

    async def say_status(_: web.Request) -> web.Response:
        return web.json_response(look().status, dumps=lambda body: json.dumps(body, indent=2) + "\n")

    async def say_metrics(_: web.Request) -> web.Response:
        registry = new_registry()
        registry.register(look().metrics)
        return web.Response(body=exposed(registry), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application(middlewares=[_problems])
    app.add_routes([web.get("/status", say_status), web.get("/metrics", say_metrics)])
    return app


@web.middleware
async def _problems(request: web.Request, handler: Callable[[web.Request], object]) -> web.StreamResponse:
    """Every error is a problem document, as everywhere."""
    try:
        return await handler(request)  # type: ignore[misc, no-any-return]
    except web.HTTPMethodNotAllowed:
        return _respond(problem("METHOD_NOT_ALLOWED", "Use GET or HEAD", headers={"Allow": "GET, HEAD"}))
    except web.HTTPNotFound:
        return _respond(problem("NOT_FOUND", "The renderer answers at /status and /metrics"))


def _respond(answer: Problem) -> web.Response:
    return web.Response(body=answer.body(), status=answer.status, headers=answer.header_fields())
