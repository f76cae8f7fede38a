"""One HTTP exchange with a region endpoint: sent once, and what came of it as evidence."""

import io
import os
import ssl
from collections.abc import Callable, Iterable, Mapping

import aiohttp
from yarl import URL

from attempt.evidence import Answer, Evidence, Lost, NotSent
from contract.route_path import REPEATABLE
from contract.token import HEADER as TOKEN

CONNECT = 2.0
"""Seconds for a connection to come about: a few round trips around the globe, and one lost packet."""

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes of a region's answer that are read; more is no solution."""


class Exchange:
    """Connections to all regions. Make it inside the event loop.

    `tls` is how `https` endpoints are verified and what is shown to them; None for the system's CAs and nothing.
    With `https_only` nothing is sent to others. `user_agent` is who we say we are, `token` what we show with each request.

    Submissions never share a connection: when one that was kept is closed as a POST arrives on it, nobody can tell whether
    the POST was read, and that task would be lost as unknown for the sake of a round trip. Waits are safe to repeat, and do.
    """

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        https_only: bool = False,
        user_agent: str = "nearway-gateway",
        token: Callable[[], str] | None = None,
    ) -> None:
        self._https_only, self._token = https_only, token
        verified: ssl.SSLContext | bool = tls or True
        self._fresh = _session(aiohttp.TCPConnector(limit=0, force_close=True, ssl=verified), user_agent)
        self._kept = _session(aiohttp.TCPConnector(limit=0, keepalive_timeout=30, ssl=verified), user_agent)

    async def close(self) -> None:
        """Close every connection."""
        await self._fresh.close()
        await self._kept.close()

    async def submit(self, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Evidence:
        """POST once. aiohttp repeats only requests that are idempotent by their method, which POST is not."""
        return self._in_the_clear(url) or await _once(self._fresh, "POST", url, self._showing(headers), body, seconds)

    async def get(self, url: str, headers: Mapping[str, str], seconds: float) -> Evidence:
        """GET; may be sent twice when a kept connection turns out closed."""
        return self._in_the_clear(url) or await _once(self._kept, "GET", url, self._showing(headers), None, seconds)

    async def open(
        self, method: str, url: str, fields: Iterable[tuple[str, str]], body: bytes, silence: float
    ) -> aiohttp.ClientResponse | NotSent | Lost:
        """An answer whose body is still to be read, and which is to be closed; silent for so many seconds, it is given up.

        Safe methods may be sent twice, as by `get`; others are sent once.
        """
        if refused := self._in_the_clear(url):
            return refused
        session = self._kept if method in REPEATABLE else self._fresh
        try:
            return await session.request(
                method,
                URL(url, encoded=True),
                headers=[*fields, *self._showing({}).items()],
                data=io.BytesIO(body) if body else None,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=silence),
                allow_redirects=False,
                skip_auto_headers=("Content-Type", "Accept"),
            )
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return _failure(error, url)

    def _showing(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {**headers, TOKEN: self._token()} if self._token else dict(headers)

    def _in_the_clear(self, url: str) -> NotSent | None:
        if not self._https_only or url.startswith("https:"):
            return None
        return NotSent(f"{url.split('?')[0]} is plain HTTP, and REGION_HTTPS_ONLY is set")


def _session(connector: aiohttp.TCPConnector, user_agent: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
    )


async def _once(
    session: aiohttp.ClientSession, method: str, url: str, headers: Mapping[str, str], body: bytes | None, seconds: float
) -> Evidence:
    timeout = aiohttp.ClientTimeout(total=max(seconds, 0.001), sock_connect=CONNECT)
    data = None if body is None else io.BytesIO(body)  # a file is sent in pieces, so that a large one holds nobody up
    try:
        async with session.request(method, url, headers=headers, data=data, timeout=timeout, allow_redirects=False) as response:
            content = await _read(response)
            fields = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, fields, content)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        return _failure(error, url)


def _failure(error: Exception, url: str) -> NotSent | Lost:
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return NotSent(f"no connection to {url.split('?')[0]}: {_reason(error)}")
    return Lost(_reason(error))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise aiohttp.ClientPayloadError(f"an answer of over {LARGEST_ANSWER} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _reason(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientSSLError):
        return f"TLS failed: {_told(error.os_error)} (REGION_CA says whose certificates are trusted)"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        # asyncio's own text names only the address; a failed look-up of a name has a number that is no errno.
        return os.strerror(number) if number and number > 0 else str(error.os_error)
    return str(error) or type(error).__name__


def _told(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted, {error.verify_message}"
    return error.reason.lower().replace("_", " ") if isinstance(error, ssl.SSLError) and error.reason else str(error)
