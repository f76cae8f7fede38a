"""The one module that speaks to the solving API.

The key goes in POST bodies only, and no error text of the HTTP library leaves this module: it may hold what was sent. Each
hand-over has a connection of its own, since a request on a kept one that the other side is just closing can't be told
from one that was read; looks for solutions, which may be repeated, share kept ones.
"""

import io
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp

from worker.outcome import Lost, NotSent, PollOutcome, SubmissionOutcome
from worker.reply import Unreadable, parse_poll, parse_submission
from worker.standing import Balance, Threads, Trouble, parse_balance, parse_threads

LARGEST_REPLY = 1024 * 1024
CONNECT = 10.0
"""Seconds for making a connection."""

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Api:
    """The API of one account. Make it, use it and close it inside one event loop."""

    def __init__(self, base: str, key: str, patience: float) -> None:
        """`base` is scheme and host; `patience` is how many seconds one call may take in all."""
        self._base, self._key = base.rstrip("/"), key
        timeout = aiohttp.ClientTimeout(total=patience, sock_connect=CONNECT)
        self._submitting = _session(timeout, force_close=True)
        self._asking = _session(timeout, force_close=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._submitting.close()
        await self._asking.close()

    async def submit(self, form: Mapping[str, str]) -> SubmissionOutcome:
        """Hand a task over, once."""
        got = await self._post(self._submitting, "/in.php", form)
        return parse_submission(*got) if isinstance(got, tuple) else got

    async def poll(self, captcha_id: str) -> PollOutcome:
        """Look for a solution."""
        got = await self._post(self._asking, "/res.php", {"action": "get", "id": captcha_id})
        return parse_poll(*got) if isinstance(got, tuple) else got

    async def threads(self) -> Threads | Trouble:
        """Ask how many threads the account has, and how many are at work."""
        got = await self._post(self._asking, "/res.php", {"action": "threadsinfo"})
        return parse_threads(got[1]) if isinstance(got, tuple) else got

    async def balance(self) -> Balance | Trouble:
        """Ask for the account's balance."""
        got = await self._post(self._asking, "/res.php", {"action": "getbalance"})
        return parse_balance(got[1]) if isinstance(got, tuple) else got

    async def _post(
        self, session: aiohttp.ClientSession, path: str, form: Mapping[str, str]
    ) -> tuple[int, bytes] | NotSent | Lost | Unreadable:
        # As a stream: aiohttp warns of an image's size in bytes.
        data = io.BytesIO(urlencode({"key": self._key, "json": "1", **form}).encode())
        try:
            async with session.post(self._base + path, data=data, headers=_FORM, allow_redirects=False) as response:
                body = await _read(response)
                return Unreadable("a reply without end") if body is None else (response.status, body)
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            return what_failed(error)


def what_failed(error: Exception) -> NotSent | Lost:
    """Whether a request that failed so can have been sent."""
    # ClientConnectorError is a ClientOSError, which may also come after everything was sent: so it is looked for by itself.
    for kind, why in _NOT_SENT:
        if isinstance(error, kind):
            return NotSent(why)
    return Lost(next((why for kind, why in _LOST if isinstance(error, kind)), "the connection broke"))


_NOT_SENT: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "its name can't be resolved"),
    (aiohttp.ClientConnectorCertificateError, "its certificate is not trusted"),
    (aiohttp.ClientSSLError, "TLS could not be agreed on"),
    (aiohttp.ClientConnectorError, "the connection was refused"),
    (aiohttp.ConnectionTimeoutError, "no connection in time"),
)
_LOST: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ServerDisconnectedError, "the connection was closed before the answer"),
    (aiohttp.ClientPayloadError, "the answer was cut off"),
    (aiohttp.ClientResponseError, "the answer was not HTTP"),
    (TimeoutError, "no answer in time"),
)


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LARGEST_REPLY:
            return None
    return bytes(body)


def _session(timeout: aiohttp.ClientTimeout, *, force_close: bool) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=timeout,
        connector=aiohttp.TCPConnector(limit=0, force_close=force_close),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        skip_auto_headers=["User-Agent"],
    )
