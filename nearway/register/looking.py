"""One look at the health of a program."""

import asyncio
import os
import socket
from urllib.parse import urlsplit

import aiohttp

from nearway.register.health import Answer, Seen, Silence
from nearway.register.plan import PATIENCE

LONGEST_BODY = 65_536
"""Bytes of a health check's answer that are read."""


async def look(session: aiohttp.ClientSession, url: str) -> Seen:
    """Ask once. Whose certificate it is matters to those who send tasks, as with Consul's checks, and not here."""
    try:
        async with (
            asyncio.timeout(PATIENCE),
            session.get(url, allow_redirects=False, ssl=False) as response,
        ):
            return Answer(response.status, await response.content.read(LONGEST_BODY))
    except TimeoutError:
        return Silence(f"no answer in {PATIENCE:g} s", slow=True)
    except aiohttp.ClientConnectorError as error:
        number = error.os_error.errno
        # asyncio's own text repeats the address; a failed look-up of a name has a number that is no errno.
        return Silence(os.strerror(number) if number and number > 0 else str(error.os_error))
    except (aiohttp.ClientError, OSError) as error:
        return Silence(str(error) or type(error).__name__)


def place_of(url: str) -> tuple[str, int]:
    """The IP address and the port of a URL: nginx takes no names. OSError when the name can't be resolved."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    # Of a name with addresses of both kinds, like localhost, the older kind: more programs listen on it alone.
    first = min(found, key=lambda one: one[0] != socket.AF_INET)
    return str(first[4][0]), port
