"""A `[[route]]` as Sanic serves it: the answer goes to the client as it comes."""

import asyncio
import logging
from types import SimpleNamespace
from typing import cast

import aiohttp
from sanic import Request, Sanic
from sanic.compat import Header
from sanic.config import Config

from contract.follow import origin_of
from contract.one_line import one_line
from contract.problem import ProblemError, problem
from gateway.asked import client_of, take_in
from gateway.config import RouteRow
from gateway.gateway import Gateway
from gateway.passing import Opened
from gateway.place import Address
from gateway.roles import Right
from gateway.route import Onward, check_target, to_region

log = logging.getLogger(__name__)


def pass_on(app: Sanic[Config, SimpleNamespace], gateway: Gateway, route: RouteRow) -> None:
    """Serve a route."""

    async def passed(request: Request, rest: str = "") -> None:
        if gateway.leaving.begun:
            raise ProblemError(problem("DRAINING", "This gateway is leaving", retry_after=1))
        await take_in(request)
        client = client_of(request, gateway)
        places = gateway.ranking.places(client, request.headers.get("nearway-region"))
        async with gateway.passer.opened(_onward(request, gateway, client, route.timeout), places) as answer:
            await _stream(request, answer)

    for number, path in enumerate((route.path, f"{route.path}<rest:path>")):
        name = f"route-{number}-{route.path.strip('/').replace('/', '-')}"
        app.add_route(passed, path, methods=route.methods, name=name, stream=True, ctx_right=Right.SEND_TASKS)


def _onward(request: Request, gateway: Gateway, client: Address, silence: float) -> Onward:
    if request.version == "1.0":
        raise ProblemError(problem("BAD_REQUEST", "An answer of unknown length can't be sent in HTTP/1.0: use HTTP/1.1"))
    fields = to_region(request.headers.items(), client, origin_of(request).request, hide=gateway.hidden)
    return Onward(request.method, check_target(request.raw_url.decode("ascii")), fields, request.body, silence)


async def _stream(request: Request, answer: Opened) -> None:
    # RFC 9110 §8.3: what says nothing of its type may be taken for this.
    kind = next((value for name, value in answer.fields if name.lower() == "content-type"), "application/octet-stream")
    response = await request.respond(status=answer.status, headers=Header(answer.fields), content_type=kind)
    try:
        async for piece in answer.pieces:
            await response.send(piece)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        log.warning("the answer of %s broke off: %s", answer.region, one_line(str(error)))
        # The client must not take for whole what is not. To be cut off cancels us.
        cast(asyncio.Transport, request.transport).abort()
        await asyncio.Event().wait()
    await response.eof()
