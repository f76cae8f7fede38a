"""Asking a gateway a question. One connection each, by the standard library: it is imported in a third of aiohttp's time."""

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from contract import __version__
from nearway.asking.target import Target
from nearway.asking.trouble import AskError, meaningless, refusal, too_long, unreachable

PATIENCE = 10.0
"""Seconds for a whole answer."""

LARGEST = 256 * 1024 * 1024
"""Bytes. A worker is told of in 250."""

CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway said, parsed, and its clock, as its field `Date` has it; empty when it has none."""

    body: Any
    date: str


def ask(target: Target, path: str, seconds: float = PATIENCE) -> Any:
    """What the gateway says at a path, parsed. AskError when it says nothing, no, or what is not JSON."""
    return answer_of(target, path, seconds).body


def answer_of(target: Target, path: str, seconds: float = PATIENCE) -> Answer:
    """The same, with its date."""
    connection = connect(target, seconds)
    until = time.monotonic() + seconds
    try:
        connection.request("GET", path, headers=headers(target))
        response = connection.getresponse()
        body = _read(target, response, until)
    except (OSError, http.client.HTTPException) as error:
        raise AskError(unreachable(target.url, error)) from None
    finally:
        connection.close()
    if response.status != 200:
        raise refusal(target.url, response.status, body, with_key=target.key is not None)
    try:
        return Answer(json.loads(body), response.getheader("Date", ""))
    except (ValueError, RecursionError):
        raise AskError(meaningless(target.url)) from None


def connect(target: Target, seconds: float) -> http.client.HTTPConnection:
    """A connection to the gateway, made when it is used; none of its steps takes longer than so many seconds."""
    url = urlsplit(target.url)
    host = str(url.hostname)
    if url.scheme == "https":
        return http.client.HTTPSConnection(host, url.port or 443, timeout=seconds, context=target.tls)
    return http.client.HTTPConnection(host, url.port or 80, timeout=seconds)


def headers(target: Target) -> dict[str, str]:
    """The header of every request."""
    key = {} if target.key is None else {"Authorization": f"Bearer {target.key}"}
    return {"User-Agent": f"nearway/{__version__}", "Accept": "application/json", **key}


def _read(target: Target, response: http.client.HTTPResponse, until: float) -> bytes:
    """All of it, for as long as there is time."""
    body = bytearray()
    while chunk := response.read1(CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise AskError(too_long(target.url, LARGEST))
        if time.monotonic() > until:
            raise TimeoutError
    if response.length:
        raise http.client.IncompleteRead(bytes(body), response.length)
    return bytes(body)
