"""What a task's fields may hold. Each check takes the text and gives the text to send; ValueError says what it must be.

No message repeats the value: some are secret.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

LARGEST_IMAGE = 1024 * 1024
"""Bytes of an image, as the API takes them."""

PROXY_TYPES = ("HTTP", "HTTPS", "SOCKS4", "SOCKS5")

_PROXY = re.compile(r"(?:[^\s:@/]+:[^\s@/]*@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""All but tabs and ends of lines, which instructions may have."""

Check = Callable[[str], str]


def text(value: str) -> str:
    """Anything but nothing."""
    if not value.strip():
        raise ValueError("is empty")
    return value


def page(value: str) -> str:
    """A page's whole address."""
    try:
        url = urlsplit(value)
        good = url.scheme in ("http", "https") and bool(url.hostname) and not re.search(r"\s", value)
    except ValueError:
        good = False
    if not good:
        raise ValueError("is not a page's whole address, like https://example.com/login")
    return value


def proxy(value: str) -> str:
    """A proxy, with or without credentials."""
    found = _PROXY.fullmatch(value)
    if not found or not 1 <= int(found[1]) <= 65_535:
        raise ValueError("is not like host:port or login:password@host:port; its type goes into proxytype")
    return value


def flag(value: str) -> str:
    """`1` or `0`, and the words for them."""
    known = {"1": "1", "true": "1", "0": "0", "false": "0"}.get(value.lower())
    if known is None:
        raise ValueError("is neither true nor false")
    return known


def image(value: str) -> str:
    """An image as base64, with or without a `data:` prefix."""
    try:
        size = len(base64.b64decode(value.partition(",")[2] if value.startswith("data:") else value, validate=True))
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if not 1 <= size <= LARGEST_IMAGE:
        raise ValueError(f"holds {size} bytes; an image has 1 to {LARGEST_IMAGE}")
    return value


def number(value: str) -> str:
    """A number of no sign."""
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,20})?", value):
        raise ValueError("is not a number from 0 up")
    return value


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some words, whatever the case."""

    words: tuple[str, ...]

    def __call__(self, value: str) -> str:
        """See `Check`."""
        for word in self.words:
            if word.lower() == value.lower():
                return word
        raise ValueError(f"is not one of {', '.join(self.words)}")


CHECKS: dict[str, Check] = {
    "pageurl": page,
    "proxy": proxy,
    "proxytype": OneOf(PROXY_TYPES),
    "invisible": flag,
    "enterprise": flag,
    "phrase": flag,
    "caseSensitive": flag,
    "regsense": flag,
    "calc": flag,
    "numeric": number,
    "min_len": number,
    "max_len": number,
    "min_score": number,
    "soft_id": number,
    "version": OneOf(("v2", "v3", "v1")),
    "grid_size": OneOf(("3x3", "4x4")),
    "body": image,
    **{f"image_base64_{n}": image for n in range(1, 10)},
}


def check(name: str, value: str) -> str:
    """The text to send for a field; ValueError says what it must be."""
    if _CONTROL.search(value):
        raise ValueError("has a control character in it, which readers drop, replace or end at")
    return CHECKS.get(name, text)(value)
