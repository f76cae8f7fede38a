"""The proxies tasks bring: their form, and those that have failed."""

import re
from collections.abc import Mapping

from demo.api import codes
from demo.api.answers import Refusal

TYPES = frozenset({"HTTP", "HTTPS", "SOCKS4", "SOCKS5"})
BAD_FOR = 600.0
"""Seconds a proxy is refused after a task failed to load through it."""
MOST = 10_000
"""Failed proxies remembered at most, the oldest forgotten first."""

_FORM = re.compile(r"(?:[^:@\s]+:[^@\s]+@)?(?P<host>[^:@\s]+):(?P<port>\d{1,5})")


def check_proxy(parameters: Mapping[str, str], *, needed: bool) -> Refusal | None:
    """Both of `proxy` and `proxytype` or neither; `login:password@host:port` or `host:port`."""
    proxy, kind = parameters.get("proxy", ""), parameters.get("proxytype", "")
    if needed and not (proxy and kind):
        return Refusal(codes.BAD_PARAMETERS, "this method needs proxy and proxytype")
    if bool(proxy) != bool(kind):
        return Refusal(codes.BAD_PARAMETERS, "proxy and proxytype go together")
    if kind and kind.upper() not in TYPES:
        return Refusal(codes.BAD_PARAMETERS, f"proxytype must be one of {', '.join(sorted(TYPES))}")
    if proxy and not proxy_host(proxy):
        return Refusal(codes.PROXY_FORMAT, "proxy must be login:password@host:port or host:port")
    return None


def proxy_host(proxy: str) -> str:
    """The host of a proxy; empty when there is none or it is malformed."""
    form = _FORM.fullmatch(proxy)
    return form["host"] if form and int(form["port"]) <= 65_535 else ""


class FailedProxies:
    """The hosts tasks could not be loaded through, each for ten minutes."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def failed(self, host: str, at: float) -> None:
        """A task that ended at `at` could not be loaded through `host`."""
        self._until.setdefault(host, at + BAD_FOR)
        while len(self._until) > MOST:
            del self._until[next(iter(self._until))]

    def is_bad(self, host: str, now: float) -> bool:
        """Whether `host` is refused now."""
        until = self._until.get(host)
        if until is not None and until <= now:
            del self._until[host]
            return False
        return until is not None
