"""Which gateway a client asks, and as whom.

Pure.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

DEFAULT_URL = "http://127.0.0.1:8000"


def gateway_url(given: str | None, environ: Mapping[str, str]) -> str:
    """Scheme, host and port, else those of `NEARWAY_URL`. ValueError says what is wrong."""
    url = (given or environ.get("NEARWAY_URL") or DEFAULT_URL).rstrip("/")
    try:
        split = urlsplit(url)
        _ = split.port  # which may be none
    except ValueError as error:
        raise ValueError(f"{url!r} is no URL: {error}") from None
    if (
        split.scheme not in ("http", "https")
        or not split.hostname
        or split.path
        or split.query
        or split.fragment
        or split.username
    ):
        raise ValueError(f"{url!r} is no address like http://gateway:8000, a scheme, a host and a port")
    return url


def key_of(given: str | None, environ: Mapping[str, str]) -> str | None:
    """A tenant's key, else that of `NEARWAY_KEY`. ValueError when it can't be one; it is not repeated."""
    key = given or environ.get("NEARWAY_KEY") or None
    if key is not None and (not key.isascii() or not key.isprintable() or " " in key):
        raise ValueError("the key is a line of ASCII characters without spaces")
    return key
