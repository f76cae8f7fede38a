"""A client that says exactly the bytes a test wants said, and reads what comes of them."""

import json
import select
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Heard:
    """One answer. Header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> tuple[int, str | None, str | None]:
        """Status, error code, and what is known of the money."""
        return self.status, self.problem.get("error"), self.headers.get("task-submitted")

    @property
    def problem(self) -> Any:
        """The problem's members; none when it is no problem."""
        return json.loads(self.body) if self.headers.get("content-type") == "application/problem+json" else {}


class Wire:
    """One connection. TimeoutError when nothing comes for so many seconds."""

    def __init__(self, port: int, seconds: float = 10, *, small: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self._socket = socket.socket()
        if small:  # as little as the kernel allows is taken from the other side
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self._socket.settimeout(seconds)
        try:
            self._socket.connect(("127.0.0.1", port))
            self._socket = tls.wrap_socket(self._socket, server_hostname="127.0.0.1") if tls else self._socket
        except OSError:
            self._socket.close()
            raise
        self._begun = time.monotonic()
        self._got = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def seconds(self) -> float:
        """Since it was connected."""
        return time.monotonic() - self._begun

    def say(self, *pieces: bytes) -> Self:
        """Send, each piece as it is."""
        for piece in pieces:
            self._socket.sendall(piece)
        return self

    def say_until_refused(self, piece: bytes) -> None:
        """Send the same again and again, and read nothing, until the connection is closed."""
        self._socket.settimeout(60)
        with suppress(ConnectionError):
            while True:
                self._socket.sendall(piece)

    def can_hear(self, seconds: float) -> bool:
        """Whether something new comes within so many seconds, or the end."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def hear(self, *, of_head: bool = False) -> Heard | None:
        """The next answer, to HEAD if so; None when the other side has closed in good order. ConnectionError after a reset."""
        while b"\r\n\r\n" not in self._got:
            if not self._receive():
                assert self._got == b"", f"closed within a head: {self._got!r}"
                return None
        head, _, self._got = self._got.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = 0 if of_head else int(headers.get("content-length", "0"))
        while len(self._got) < length:
            assert self._receive(), "closed within a body"
        body, self._got = self._got[:length], self._got[length:]
        return Heard(int(first.split(" ")[1]), headers, body)

    def rest(self) -> list[Heard]:
        """All answers until the other side closes."""
        heard = []
        while (one := self.hear()) is not None:
            heard.append(one)
        return heard

    def closed(self) -> bool:
        """Whether the other side has closed, by now or within the seconds."""
        try:
            return self._receive() == 0
        except ConnectionError:
            return True

    def _receive(self) -> int:
        got = self._socket.recv(65_536)
        self._got += got
        return len(got)


def request(line: str = "GET /health HTTP/1.1", *fields: str | bytes, body: bytes = b"", host: str = "Host: x") -> bytes:
    """A request of these lines."""
    lines = [line.encode(), host.encode(), *(field if isinstance(field, bytes) else field.encode() for field in fields)]
    return b"\r\n".join([*(one for one in lines if one), b"", b""]) + body


LAST = request("GET /health HTTP/1.1", "Connection: close")
"""A request whose answer is the last on its connection."""


POST = "POST /solve HTTP/1.1"


def chunks(*lines: bytes) -> bytes:
    """A task whose body is these lines."""
    return request(POST, "Transfer-Encoding: chunked", body=b"\r\n".join([*lines, b""]))
