"""The paths beside tasks that gateways and regions pass on to workers: what one may be, and what surely is under one.

Pure.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from urllib.parse import unquote_to_bytes

OURS = frozenset(
    [
        "solve",
        "tasks",
        "health",
        "ready",
        "metrics",
        "docs",
        "openapi.json",
        "regions",
        "region",
        "explain",
        "events",
        "dashboard",
    ]
)
"""First segments that are never a route's."""

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PATCH")
"""What can be passed on. Not PUT and DELETE: nginx repeats them after they were sent (manual, proxy_next_upstream)."""

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Safe methods (RFC 9110 §9.2.1): they may be sent again when no answer came."""

_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/")


def check_route_path(path: str) -> str:
    """A path to be passed on with all below it. ValueError says what is wrong."""
    if len(path) > 200 or not _PATH.fullmatch(path):
        raise ValueError(f'{path!r} is no path like "/v1/images/": letters, digits, . _ ~ - between slashes, one at each end')
    if path.split("/")[1] in OURS:
        raise ValueError(f"{path!r} is under a path of Nearway's own")
    return path


def check_apart(paths: Iterable[str]) -> None:
    """ValueError when one path is another, or is below it."""
    for above, below in pairwise(sorted(paths)):
        if below.startswith(above):
            raise ValueError(f"{below!r} is {above!r} or below it: name one of them")


def stays_below(path: str) -> bool:
    """Whether no reader takes the path for one elsewhere: nginx decodes a path once and resolves dots in it."""
    return not {b".", b".."} & set(unquote_to_bytes(path).split(b"/"))
