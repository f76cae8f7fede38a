"""Which gateway is asked, and as whom.

Pure.
"""

from collections.abc import Mapping

from discovery.records import check_url

DEFAULT_URL = "http://127.0.0.1:8000"

LONGEST_KEY = 4096


def gateway_url(given: str | None, environ: Mapping[str, str]) -> str:
    """Scheme, host and port, else those of `NEARWAY_URL`. ValueError says what is wrong."""
    return check_url((given or environ.get("NEARWAY_URL") or DEFAULT_URL).rstrip("/"))


def key_of(given: str | None, environ: Mapping[str, str]) -> str | None:
    """A tenant's key, else that of `NEARWAY_KEY`; None when there is none. ValueError as by `check_key`."""
    key = given or environ.get("NEARWAY_KEY") or None
    return None if key is None else check_key(key)


def check_key(key: str) -> str:
    """`key` if it may be one; else ValueError, which does not repeat it."""
    if not key.isascii() or not key.isprintable() or " " in key or not 0 < len(key) <= LONGEST_KEY:
        raise ValueError("a key is a line of ASCII characters without spaces")
    return key
