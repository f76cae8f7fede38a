"""Servers that say what a test tells them, whatever they are asked."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PROMPT = 10.0


@contextmanager
def saying(said: bytes | None, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A port, and the requests that came. None: it says nothing, and stays."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        asked: list[bytes] = []
        over = threading.Event()
        thread = threading.Thread(target=_serve, args=(listening, said, tls, asked, over), daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1], asked
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(PROMPT)


def http(status: int, body: str, *fields: str) -> bytes:
    """An answer."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body.encode())}", *fields]
    return "\r\n".join([*lines, "", body]).encode()


def _serve(
    listening: socket.socket, said: bytes | None, tls: ssl.SSLContext | None, asked: list[bytes], over: threading.Event
) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            connection.settimeout(PROMPT)
            with connection, suppress(OSError):
                secure = tls.wrap_socket(connection, server_side=True) if tls else connection
                with secure:
                    asked.append(secure.recv(65_536))
                    if said is None:
                        over.wait(PROMPT)
                    else:
                        secure.sendall(said)
