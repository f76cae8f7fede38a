"""How every program of ours serves HTTP: Sanic in one process, every timeout set on purpose, every error a problem."""

import asyncio
import gc
import logging
import os
import signal
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from sanic import HTTPResponse, Request, Sanic
from sanic import exceptions as sanic_errors
from sanic.application.state import ApplicationServerInfo
from sanic.http import Http
from sanic.http.constants import HTTP
from sanic.response import BaseHTTPResponse
from sanic.server.loop import try_use_uvloop

from contract import patience
from contract.bodies import USUAL, Bodies
from contract.deadline import LONGEST_TASK
from contract.door import HANDSHAKE, PARTING, Door
from contract.problem import Problem, ProblemError, problem
from contract.room import most_connections, open_files

log = logging.getLogger(__name__)

KEEP_ALIVE = 75
"""Seconds an idle connection is kept. Longer than nginx (60) and our clients keep theirs, so that the side that sends a POST
is the side that closes: a POST on a connection just closed can't be told from one that was read."""


COLLECT_AT = (10_000, 10, 50)
"""Python's thresholds of the garbage collector, gc.set_threshold. Requests leave no cycles behind, so it has little to find."""


class Leaving:
    """Whether the program is on its way out. `begin` is called once, on SIGTERM."""

    def __init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        """From now on every response closes its connection; else an idle one would hold the exit for the whole drain time."""
        self.begun = True


def configure(
    app: Sanic[Any, Any],
    leaving: Leaving,
    *,
    drain: float,
    largest_body: int,
    max_connections: int | None = None,
    body_memory: int = USUAL,
) -> None:
    """Set limits (bytes, seconds), error answers and the conduct while leaving.

    `drain` is how long requests in flight may go on after SIGTERM. SettingsError when there are no file descriptors for so
    many connections; None for as many as there is room for, within reason.
    """
    app.config.update(
        ACCESS_LOG=False,
        FALLBACK_ERROR_FORMAT="json",
        # Sanic cancels the handler at this time: later than the longest task, and then some for the answer's way.
        RESPONSE_TIMEOUT=LONGEST_TASK + 60,
        # Who sends slowly is `contract/guard.py`'s, which knows how long it has been; this only comes after.
        REQUEST_TIMEOUT=3 * patience.MOST,
        KEEP_ALIVE_TIMEOUT=KEEP_ALIVE,
        GRACEFUL_SHUTDOWN_TIMEOUT=drain,
        REQUEST_MAX_SIZE=largest_body,
        REQUEST_MAX_HEADER_SIZE=16 * 1024,
        MAX_CONNECTIONS=most_connections(max_connections, open_files()),
        BODY_MEMORY=body_memory,
        # It rewrites Sanic's own classes, which a second app in one process does not survive; `serve`, alone in its, sets it.
        TOUCHUP=False,
    )

    @app.middleware("response")
    async def close_when_leaving(request: Request, response: BaseHTTPResponse) -> HTTPResponse | None:
        if leaving.begun and isinstance(request.stream, Http):
            request.stream.keep_alive = False
        return None

    @app.exception(Exception)
    async def answer_with_a_problem(request: Request, error: Exception) -> HTTPResponse:
        request.ctx.problem = problem_of(error)
        return respond(request.ctx.problem)


def respond(answer: Problem) -> HTTPResponse:
    """The response that carries a problem."""
    fields = answer.header_fields()
    return HTTPResponse(answer.body(), answer.status, headers=fields, content_type=fields["Content-Type"])


def problem_of(error: Exception) -> Problem:
    """The problem that an exception means for a client. What is nobody's but ours is logged and told without its inside."""
    if isinstance(error, ProblemError):
        return error.problem
    for kind, code in _SANIC_ERRORS.items():
        if isinstance(error, kind):
            return problem(code, str(error), headers=_allow(error))
    log.error("fault while answering", exc_info=error)
    return problem("INTERNAL_ERROR", "The fault is in this program's log")


_SANIC_ERRORS: Mapping[type[Exception], str] = {
    sanic_errors.NotFound: "NOT_FOUND",
    sanic_errors.MethodNotAllowed: "METHOD_NOT_ALLOWED",
    sanic_errors.RequestTimeout: "REQUEST_TIMEOUT",
    sanic_errors.BadRequest: "BAD_REQUEST",
}


def _allow(error: Exception) -> dict[str, str]:
    allow = getattr(error, "headers", {}).get("Allow")
    return {"Allow": str(allow)} if allow else {}


class PortTakenError(Exception):
    """The address can't be listened on; the text says which and what to do."""


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A listening socket. PortTakenError names `setting`, the one to change."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise PortTakenError(
            f"{host}:{port} can't be listened on ({os.strerror(error.errno or 0)}): stop what holds it, or change {setting}"
        ) from error


def serve(app: Sanic[Any, Any], listening: socket.socket, tls: ssl.SSLContext | None = None) -> None:
    """Run until SIGTERM or SIGINT; then let requests in flight end, for the drain time at most. A second signal ends them.

    Not by Sanic's own `run`: that loses a signal which comes while its start-up listeners run, and holds connections that
    turn idle while it drains. Nor by its process manager: that cuts a drain at 10 s, accepts connections meanwhile that
    nobody answers, and can hang on an early SIGTERM.
    """
    app.config.TOUCHUP = True
    # What Sanic's own `run` would say of the server; without it every response has an empty `alt-svc`.
    app.state.server_info.append(ApplicationServerInfo(settings={"version": HTTP.VERSION_1}))
    try_use_uvloop()
    asyncio.run(_serve(app, listening, tls))


async def _serve(app: Sanic[Any, Any], listening: socket.socket, tls: ssl.SSLContext | None) -> None:
    leave, at_once = asyncio.Event(), asyncio.Event()

    def told() -> None:
        (at_once if leave.is_set() else leave).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    patient = {"ssl_handshake_timeout": HANDSHAKE, "ssl_shutdown_timeout": PARTING}
    server: Any = await app.create_server(
        sock=listening,
        ssl=tls,
        protocol=cast(Any, Door(app.config.MAX_CONNECTIONS, Bodies(app.config.BODY_MEMORY))),
        return_asyncio_server=True,
        access_log=False,
        asyncio_server_kwargs={"start_serving": False, **(patient if tls else {})},
    )
    await server.startup()
    await server.before_start()
    settle()
    await server.start_serving()
    await server.after_start()
    await leave.wait()
    await server.before_stop()
    server.close()
    await _drain(server.connections, app.config.GRACEFUL_SHUTDOWN_TIMEOUT, at_once)
    await server.after_stop()


def settle() -> None:
    """Spare the garbage collector what lives as long as the process, and have it go through everything seldom.

    It stops everything meanwhile: over the modules alone for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AT)


async def _drain(connections: set[Any], seconds: float, at_once: asyncio.Event) -> None:
    """Close every connection as it turns idle; after so many seconds, or `at_once`, those that are left are cut off."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while connections and not at_once.is_set():
                for connection in tuple(connections):
                    connection.close_if_idle()
                await asyncio.sleep(0.05)
    for connection in tuple(connections):
        connection.abort()
