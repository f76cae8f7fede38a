"""The simulated API as a Sanic app: the paths, and nothing that decides."""

import asyncio
from itertools import count
from secrets import randbelow
from typing import Any

from sanic import HTTPResponse, Sanic, json
from sanic import Request as HTTPRequest
from sanic.exceptions import SanicException

from demo.api import control
from demo.api.answers import Answer
from demo.api.counter import fetch
from demo.api.desk import Desk
from demo.api.exchange import Decide, Time, exchange
from demo.api.pinging import ping_forever
from demo.api.request import Request
from demo.api.solving import solve
from demo.api.switches import Scope, Switches

DEMO_KEY = "d3m0" * 8
"""The key of the demo account: it opens nothing."""
PATHS = "/in.php, /res.php, /solve.php, /switches, /switches/reset, /witness, /witness/reset, /health"

_names = count()


def create_app(
    key: str = DEMO_KEY, switches: Switches | None = None, time: Time | None = None, first_id: int | None = None
) -> Sanic[Any, Any]:
    """The API of one account, with the desk at `app.ctx.desk`.

    Ids go up from `first_id`, by default a random number of ten digits, so that two runs share none.
    """
    app = Sanic(f"demo-api-{next(_names)}", configure_logging=False)
    _configure(app)
    time = time or Time()
    first = randbelow(8_000_000_000) + 1_000_000_000 if first_id is None else first_id
    desk = app.ctx.desk = Desk(key, switches or Switches(), time.clock(), first)
    _add_api(app, desk, time)
    control.add_routes(app, desk, time)
    app.add_route(_health, "/health", name="health")
    app.exception(Exception)(_explain)

    @app.after_server_start
    async def start_pinging(app: Sanic[Any, Any]) -> None:
        app.ctx.pinging = asyncio.create_task(ping_forever(desk, time))

    @app.before_server_stop
    async def stop_pinging(app: Sanic[Any, Any]) -> None:
        app.ctx.pinging.cancel()
        await asyncio.wait([app.ctx.pinging])

    return app


def _configure(app: Sanic[Any, Any]) -> None:
    app.config.ACCESS_LOG = False
    # It rewrites methods of Sanic's own classes for the one app of a process; a test has several.
    app.config.TOUCHUP = False
    # A connection closed for idleness just as a request arrives would be a reset that no switch asked for.
    app.config.KEEP_ALIVE_TIMEOUT = 3600
    app.config.RESPONSE_TIMEOUT = 3600


def _add_api(app: Sanic[Any, Any], desk: Desk, time: Time) -> None:
    async def submit(desk: Desk, request: Request, now: float) -> Answer:
        return desk.submit(request, now)

    async def poll(desk: Desk, request: Request, now: float) -> Answer:
        return fetch(desk, request, now)

    def add(path: str, scope: Scope, decide: Decide) -> None:
        async def handle(http: HTTPRequest) -> HTTPResponse | None:
            return await exchange(http, scope, desk, time, decide)

        app.add_route(handle, path, methods=["GET", "POST"], name=path.strip("/"), stream=True)

    add("/in.php", Scope.SUBMIT, submit)
    add("/res.php", Scope.POLL, poll)
    add("/solve.php", Scope.SUBMIT, solve(time))


async def _health(http: HTTPRequest) -> HTTPResponse:
    return json({"status": "healthy"})


async def _explain(http: HTTPRequest, error: Exception) -> HTTPResponse:
    status = error.status_code if isinstance(error, SanicException) else 500
    if status == 404:
        return json({"error": f"no such path; there are {PATHS}"}, status=404)
    if status < 500:
        return json({"error": str(error)}, status=status)
    return json({"error": f"a fault of the simulated API: {type(error).__name__}"}, status=status)
