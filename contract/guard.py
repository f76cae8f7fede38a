"""Sanic's side of a connection, guarded: strict about what a request is, and patient with no client for ever.

Sanic takes much that two readers could take differently, renews its timeouts with every byte, and closes a connection on
which a body is still coming, so that the client gets a reset in place of the answer.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from sanic.exceptions import BadRequest
from sanic.http import Http, Stage
from sanic.server.protocols.http_protocol import HttpProtocol

from contract.bodies import Bodies
from contract.chunk import MOST_CHUNKS, bad_chunk, check_begun_line, chunk_size
from contract.head import body_too_large, check_beginning, check_head, too_large
from contract.patience import Patience
from contract.problem import ProblemError, problem

LINGER = 3.0
"""Seconds for which what still comes is thrown away after a refusal, so that the client can read why."""

UNREAD = 30.0
"""Seconds for which a client may take nothing of an answer that waits for it."""


class GuardedHttp(Http):
    """Reads requests in place of Sanic; answers as Sanic does."""

    __slots__ = ("_chunks", "_held", "_patience", "_refused")

    request_body: Any
    request_bytes: Any

    def __init__(self, protocol: HttpProtocol) -> None:
        super().__init__(protocol)  # type: ignore[no-untyped-call]
        self._refused = False
        self._chunks = self._held = 0
        self._patience = Patience()

    async def http1(self) -> None:
        """All requests of a connection."""
        if not self.recv_buffer:
            try:
                await self._more()
            except ProblemError:
                return  # who connects and says nothing is told nothing
        try:
            await super().http1()  # type: ignore[no-untyped-call]
        finally:
            self._hold(-self._held)
        if self._refused:
            await self._linger()

    async def http1_request_header(self) -> None:
        """Receive a head that is plain in its meaning, and have Sanic read it."""
        self._patience, self._chunks = Patience(), 0
        self._hold(-self._held)
        await asyncio.sleep(0)  # a client that sends many requests at once would have them answered before anybody else's
        try:
            await self._receive_head()
        except ProblemError:
            self._refused = True
            raise
        await super().http1_request_header()  # type: ignore[no-untyped-call]
        # Sanic lifts its timeouts from a connection that says so; we serve none of these.
        self.upgrade_websocket = False
        if self.request.version == "1.0":  # RFC 9110 §10.1.1
            self.expecting_continue = False

    async def error_response(self, exception: Exception) -> None:
        """Answer with an error. Of a head that was refused nobody may ask for a key or a certificate: it was not read."""
        if self.stage is not Stage.REQUEST or self.request is not None:
            await super().error_response(exception)
            return
        self.keep_alive, self.stage = False, Stage.HANDLER
        self.create_empty_request()
        await self.protocol.app.handle_exception(self.request, exception, run_middleware=False)

    async def read(self) -> bytes | None:
        """The next piece of the body; None after the last."""
        try:
            piece = await self._read()
            if piece and self.stage is Stage.HANDLER:
                self._hold(len(piece))
        except ProblemError as error:
            self._refused, self.keep_alive, self.request_body = True, False, None
            self.expecting_continue = False
            if self.stage is Stage.HANDLER:
                raise
            raise BadRequest(error.problem.detail) from None  # it is answered already, and Sanic drops the rest
        return piece

    async def head_response_ignored(self, data: bytes, end_stream: bool) -> None:  # type: ignore[override]
        """A piece of an answer to HEAD. Sanic's own can't be awaited, and is."""
        super().head_response_ignored(data, end_stream)

    @property
    def _largest_body(self) -> int:
        # Sanic takes its own limit from routes that are streams.
        return int(self.protocol.request_max_size)

    def _hold(self, size: int) -> None:
        cast(Guarded, self.protocol).bodies.take(size)
        self._held += size

    async def _receive_head(self) -> None:
        buffer, checked = self.recv_buffer, 0
        while (end := buffer.find(b"\r\n\r\n", max(0, checked - 3))) < 0 and len(buffer) <= self.HEADER_MAX_SIZE:
            check_beginning(buffer, checked)
            checked = len(buffer)
            await self._more()
        if not 0 <= end <= self.HEADER_MAX_SIZE - 4:
            raise too_large(f"all of it may have {self.HEADER_MAX_SIZE} bytes")
        check_head(bytes(buffer[:end]), self._largest_body)

    async def _read(self) -> bytes | None:
        if not self.request_bytes_left and self.request_body == "chunked":
            await self._next_chunk()
        if self.request_bytes > self._largest_body:
            raise body_too_large(self._largest_body)
        if not self.request_bytes_left:
            self.request_body = None
            return None
        if not self.recv_buffer:
            await self._more(of_body=True)
        piece = bytes(self.recv_buffer[: self.request_bytes_left])
        del self.recv_buffer[: len(piece)]
        self.request_bytes_left -= len(piece)
        return piece

    async def _next_chunk(self) -> None:
        buffer = self.recv_buffer
        while (end := buffer.find(b"\r\n", 2)) < 0:
            check_begun_line(buffer)
            await self._more(of_body=True)
        self.request_bytes_left = chunk_size(bytes(buffer[:end]))
        self.request_bytes += self.request_bytes_left
        self._chunks += 1
        if self._chunks > MOST_CHUNKS:
            raise bad_chunk(f"there may be {MOST_CHUNKS} of them")
        del buffer[: end + 2]
        if not self.request_bytes_left:
            await self._end_of_chunks()

    async def _end_of_chunks(self) -> None:
        while len(self.recv_buffer) < 2:
            await self._more(of_body=True)
        if not self.recv_buffer.startswith(b"\r\n"):
            raise bad_chunk("nothing may stand between the last of them and the empty line: no trailer is taken")
        del self.recv_buffer[:2]

    async def _more(self, *, of_body: bool = False) -> None:
        if of_body and self.expecting_continue:
            self.expecting_continue = False
            await self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        clock, had = asyncio.get_running_loop().time, len(self.recv_buffer)
        begun = clock()
        try:
            async with asyncio.timeout(self._patience.left):
                await self._receive_more()
        except TimeoutError:
            raise ProblemError(problem("REQUEST_TIMEOUT", "The rest of the request came too slowly")) from None
        received = len(self.recv_buffer) - had if of_body else 0
        self._patience = self._patience.after(clock() - begun, received)

    async def _linger(self) -> None:
        transport = self.protocol.transport
        if transport is None or transport.is_closing():
            return
        if transport.can_write_eof():
            transport.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while True:
                    self.recv_buffer.clear()
                    await self._receive_more()


class Guarded(HttpProtocol):
    """One connection."""

    HTTP_CLASS = GuardedHttp

    __slots__ = ("_arrived", "_unread", "bodies")

    def __init__(
        self, *, arrived: Callable[["Guarded"], None] = lambda _: None, bodies: Bodies | None = None, **given: Any
    ) -> None:
        super().__init__(**given)
        self._arrived, self.bodies = arrived, bodies or Bodies()
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there, its TLS handshake done."""
        self._arrived(self)
        super().connection_made(transport)  # type: ignore[no-untyped-call]

    def pause_writing(self) -> None:
        """More waits to be sent than is good."""
        super().pause_writing()  # type: ignore[no-untyped-call]
        self._watch()

    def resume_writing(self) -> None:
        """It went out, or the connection is lost."""
        super().resume_writing()  # type: ignore[no-untyped-call]
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _watch(self) -> None:
        if self.transport is not None:
            waiting = self.transport.get_write_buffer_size()
            self._unread = self.loop.call_later(UNREAD, self._look, waiting)

    def _look(self, waiting: int) -> None:
        if self.transport is not None and self.transport.get_write_buffer_size() >= waiting:
            self.transport.abort()
        else:
            self._watch()
