"""One request and its reply, with the faults drawn for it: the only place where bytes are read, held back or lost."""

import asyncio
import socket
import struct
import time as wall
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sanic import HTTPResponse
from sanic import Request as HTTPRequest

from demo.api.answers import Answer
from demo.api.desk import Desk
from demo.api.faults import Faults, draw_faults
from demo.api.order import Upload
from demo.api.replies import Reply, server_error, write
from demo.api.request import Request
from demo.api.switches import Body, Scope
from demo.api.witness import Struck

PIECES = 10
"""Parts a slow body is sent in."""


@dataclass(frozen=True, slots=True)
class Time:
    """The passing of time: `clock` in seconds that never go back, and `sleep`."""

    clock: Callable[[], float] = wall.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


Decide = Callable[[Desk, Request, float], Awaitable[Answer]]
"""What a path does with a request at a time."""


async def exchange(http: HTTPRequest, scope: Scope, desk: Desk, time: Time, decide: Decide) -> HTTPResponse | None:
    """Read, decide, reply; None when the reply went out in pieces."""
    faults = draw_faults(scope, desk.switches, desk.random)
    for fault in _struck(faults):
        desk.witness.struck(fault)
    if faults.reset_before:
        await _reset(http)
    await http.receive_body()  # type: ignore[no-untyped-call]
    await _wait(faults.delay_before, time)
    if faults.error_before:
        return _response(_error(desk))
    request = read_request(http)
    answer = await decide(desk, request, time.clock())
    await _wait(faults.delay_after, time)
    if faults.reset_after:
        await _reset(http)
    reply = write(answer, desk.switches, as_json=request.wants_json, body=faults.body)
    return await _send(http, _error(desk) if faults.error_after else reply, faults.slow_body, time)


def read_request(http: HTTPRequest) -> Request:
    """The parameters of the query and the body, urlencoded or multipart; of a name given twice the body's, then the first."""
    query = http.get_args(keep_blank_values=True)
    form: Mapping[str, Any] = http.get_form(keep_blank_values=True) or {}
    given = {name: values[0] for name, values in (*query.items(), *form.items())}
    files = {name: Upload(file[0].name, file[0].body) for name, file in (http.files or {}).items()}
    return Request(given, files, http.ip)


def _struck(faults: Faults) -> Iterator[Struck]:
    met = {
        Struck.DELAY: faults.delay_before or faults.delay_after,
        Struck.RESET_BEFORE: faults.reset_before,
        Struck.RESET_AFTER: faults.reset_after,
        Struck.SERVER_ERROR_BEFORE: faults.error_before,
        Struck.SERVER_ERROR_AFTER: faults.error_after,
        Struck.SLOW_BODY: faults.slow_body,
        Struck.BODY: faults.body is not Body.JSON,
    }
    return (fault for fault, hit in met.items() if hit)


async def _wait(seconds: float, time: Time) -> None:
    if seconds:
        await time.sleep(seconds)


async def _reset(http: HTTPRequest) -> None:
    """Cut the connection with a TCP reset. It does not return: the server cancels what serves a lost connection."""
    transport: Any = http.transport
    # With a linger time of zero the kernel sends RST; a mere close would send FIN, which is an empty answer.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await asyncio.get_running_loop().create_future()


async def _send(http: HTTPRequest, reply: Reply, slow: float, time: Time) -> HTTPResponse | None:
    if not slow:
        return _response(reply)
    headers = {"content-length": str(len(reply.body))}
    stream = await http.respond(status=reply.status, headers=headers, content_type=reply.content_type)
    size = max(1, -(-len(reply.body) // PIECES))
    for start in range(0, len(reply.body), size):
        await time.sleep(slow / PIECES)
        await stream.send(reply.body[start : start + size])
    await stream.eof()
    return None


def _error(desk: Desk) -> Reply:
    return server_error(desk.switches.server_error_status, desk.switches.server_error_body)


def _response(reply: Reply) -> HTTPResponse:
    return HTTPResponse(reply.body, status=reply.status, content_type=reply.content_type)
