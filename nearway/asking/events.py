"""A gateway's server-sent events (WHATWG HTML §9.2), as they come."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

from nearway.asking.ask import LARGEST, connect, headers
from nearway.asking.target import Target
from nearway.asking.trouble import AskError, meaningless, refusal, too_long, unreachable

SILENCE = 30.0
"""Seconds without an event after which the gateway is taken for gone: it has one every second, or after a large one every few."""


def events(target: Target, path: str) -> Iterator[tuple[str, Any]]:
    """Each event's kind and its data, parsed, until the gateway ends, which is an AskError, too."""
    with closing(connect(target, SILENCE)) as connection:
        try:
            connection.request("GET", path, headers={**headers(target), "Accept": "text/event-stream"})
            response = connection.getresponse()
            body = b"" if response.status == 200 else response.read(LARGEST)
        except (OSError, http.client.HTTPException) as error:
            raise AskError(unreachable(target.url, error)) from None
        with response:
            if response.status != 200:
                raise refusal(target.url, response.status, body, with_key=target.key is not None)
            with suppress(OSError, http.client.HTTPException):  # it breaks off, which is an end, too
                yield from _events(target, response)
    raise AskError(f"the gateway at {target.url} says no more: it is leaving, or has ended")


def _events(target: Target, response: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    kind, data = "message", ""
    while line := response.readline(LARGEST):
        name, _, value = line.decode(errors="replace").rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if len(line) == LARGEST:
            raise AskError(too_long(target.url, LARGEST))
        if name == "event":
            kind = value
        elif name == "data":
            data += value
        elif not name and not value and data:
            yield kind, _parsed(target, data)
            kind, data = "message", ""


def _parsed(target: Target, data: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise AskError(meaningless(target.url)) from None
