"""One try to deliver a callback: the host looked up, every address checked, and the POST sent to one of just those.

The name is not looked up a second time, so that what was checked is what is reached (DNS rebinding). No redirect is followed,
no proxy of the environment is used, and of the answer only its status and `Retry-After` count.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from ipaddress import IPv6Address, ip_address

import aiohttp
from yarl import URL

from attempt.evidence import Answer, Evidence, Lost, NotSent
from gateway.callbacks.addresses import Address, Network, is_named, refused
from gateway.callbacks.target import Target

WITHIN, CONNECT = 20.0, 5.0
"""Seconds for a whole try, and for one connection to come about."""

LARGEST = 16 * 1024
"""Bytes of an answer's body that are read, so that a short one is not cut off; they are thrown away."""

READING = 2.0
"""Seconds for that."""

ADDRESSES = 4
"""Of a host that are tried."""

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""The addresses of a host. OSError when there are none."""


class Delivery:
    """Make it inside the event loop."""

    def __init__(self, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._resolve = resolve or look_up
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True, ssl=tls or True),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            headers={"User-Agent": "nearway-gateway"},
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def post(self, target: Target, fields: Mapping[str, str], body: bytes, networks: Collection[Network]) -> Evidence:
        """POST once, to the first address that can be reached. Only in `networks` private ones are, and without TLS."""
        try:
            async with asyncio.timeout(WITHIN):
                addresses = await self._resolve(target.host, target.port)
                if why := _refused(target, addresses, networks):
                    return NotSent(why)
                return await self._to_one_of(addresses[:ADDRESSES], target, fields, body)
        except TimeoutError:
            return Lost(f"no answer within {WITHIN:.0f} s")
        except OSError as error:
            return NotSent(f"{target.host} is not found: {error.strerror or error}")

    async def _to_one_of(self, addresses: Sequence[Address], target: Target, fields: Mapping[str, str], body: bytes) -> Evidence:
        found: Evidence = NotSent(f"{target.host} has no address")
        for address in addresses:
            found = await self._to(address, target, fields, body)
            if not isinstance(found, NotSent):
                break
        return found

    async def _to(self, address: Address, target: Target, fields: Mapping[str, str], body: bytes) -> Evidence:
        host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        url = URL(f"{target.url.partition(':')[0]}://{host}:{target.port}{target.path}", encoded=True)
        request = self._session.post(
            url,
            data=body,
            headers={**fields, "Host": target.authority},
            server_hostname=target.host,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT),
        )
        try:
            async with request as response:
                with suppress(aiohttp.ClientError, asyncio.IncompleteReadError, TimeoutError):
                    async with asyncio.timeout(READING):
                        await response.content.readexactly(LARGEST)
                response.close()
                return Answer(response.status, {"retry-after": response.headers.get("Retry-After", "")}, b"")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return NotSent(f"no connection to {target.host}: {_reason(error)}")
        except (aiohttp.ClientError, OSError) as error:
            return Lost(_reason(error))


async def look_up(host: str, port: int) -> list[Address]:
    """As this machine resolves names. OSError when there are none.

    In a thread of its own: one that hangs can't be stopped, and must neither hold up others nor this program's end.
    """
    found: Future[list[Address]] = Future()
    threading.Thread(target=_look_up, args=(host, port, found), name=f"looking up {host}", daemon=True).start()
    return await asyncio.wrap_future(found)


def _look_up(host: str, port: int, found: Future[list[Address]]) -> None:
    found.set_running_or_notify_cancel()
    try:
        found.set_result([ip_address(at[0]) for *_, at in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
    except OSError as error:
        found.set_exception(error)
    except UnicodeError:  # a label that is empty, or too long
        found.set_exception(OSError("it is no name"))


def _refused(target: Target, addresses: Sequence[Address], networks: Collection[Network]) -> str | None:
    for address in addresses:
        if why := refused(address, networks):
            return f"{target.host} has the address {address}, which is not called: it is {why}"
        if target.is_plain and not is_named(address, networks):
            return f"{target.host} has the address {address}, which is called with https only"
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not accepted"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or "it failed"
    return type(error).__name__
