"""Serving the app in the loop that runs already, in a test or as a program.

`Sanic.run` loses a SIGTERM that comes while its start-up listeners run, and waits for requests in flight when it stops;
a simulator that a test starts and ends must do neither.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sanic import Sanic

BACKLOG = 1024


def bind(host: str, port: int) -> socket.socket:
    """A TCP socket on `port`, or on a free one with 0. OSError if it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def url_of(sock: socket.socket) -> str:
    """`http://host:port` of a bound socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def running(app: Sanic[Any, Any], host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve the app while the block runs; gives its URL. Afterwards the port is free and what was in flight is cut off."""
    async with serving(app, bind(host, port)) as url:
        yield url


@asynccontextmanager
async def serving(app: Sanic[Any, Any], sock: socket.socket) -> AsyncIterator[str]:
    """As `running`, on a socket that is bound already."""
    server: Any = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False, backlog=BACKLOG)
    await server.startup()
    await server.before_start()
    await server.after_start()
    await server.start_serving()
    try:
        yield url_of(sock)
    finally:
        await server.before_stop()
        closed = server.close()
        for connection in list(server.connections):
            connection.abort()
        await closed
        await server.after_stop()
