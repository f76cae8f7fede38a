"""`python -m bench.standin [--endpoint]`: a stand-in on `PORT`, registered as a worker of `REGION`.

With `--endpoint` it is a region's endpoint and its worker in one, for measuring without an nginx in between.
"""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from typing import cast

import uvloop

from bench.standin.task import Book, Later, plain
from discovery import registration
from discovery.access import access_from
from discovery.consul import Consul
from discovery.keeper import Keeper

HOST = "127.0.0.1"


class Connection(asyncio.Protocol):
    """One client's, request after request; no pipelining."""

    def __init__(self, book: Book) -> None:
        self._book, self._buffer = book, b""
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._close = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found or len(rest) < _length(head):
            return
        self._buffer = b""
        self._close = b"connection: close" in head.lower()
        self._answer(head + b"\r\n", rest)

    def _answer(self, head: bytes, body: bytes) -> None:
        now = time.time()
        if head.startswith(b"POST /solve "):
            self._later(self._book.solve(head, body, now), now)
        elif head.startswith(b"GET /tasks/"):
            self._later(self._book.wait(head, now), now)
        else:
            self._send(_about(self._book, head))

    def _later(self, later: Later, now: float) -> None:
        if later.at <= now:
            self._send(later.response)
        else:
            self._timer = asyncio.get_running_loop().call_later(later.at - now, self._send, later.response)

    def _send(self, response: bytes) -> None:
        if self._transport is not None:
            self._transport.write(response)
            if self._close:
                self._transport.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _about(book: Book, head: bytes) -> bytes:
    path = head.split(b" ", 2)[1]
    if path == b"/region/workers":
        return plain(200, b'{"workers": 1}')
    if path == b"/witness":
        told = {"accepted": book.accepted, "refused": book.refused, "most_in_flight": book.most}
        return plain(200, json.dumps(told).encode())
    return plain(200, b"{}")


async def main(arguments: list[str]) -> None:
    """Until SIGTERM."""
    port, region, slots = int(os.environ["PORT"]), os.environ["REGION"], int(os.environ["MAX_CONCURRENT"])
    book, access = Book(slots), access_from(os.environ)
    wanted = registration.worker(region, HOST, port, slots=slots, version="stand-in")
    if arguments[:1] == ["--endpoint"]:
        url = f"http://{HOST}:{port}"
        wanted = registration.region_endpoint(region, region, (0.0, 0.0), url, HOST, port, f"{url}/region")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(book), HOST, port, backlog=4096)
    keeper = Keeper(Consul(access.addresses[0], access), wanted)
    keeper.start()
    await stop.wait()
    await keeper.leave()
    server.close()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(main(sys.argv[1:]))
