"""Taking secrets out of a text that somebody else wrote."""

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

_CREDENTIALS = re.compile(r"[^\s/@]+:[^\s/@]*@")
_OPAQUE = re.compile(r"[A-Za-z0-9+/_=-]{40,}")
"""A solution, a key, or base64 of anything."""
_LONGEST = 200
_ENCODINGS = 3
"""How often over something may be URL-encoded and still be found out."""


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text in one line of at most 200 printable characters, URL-decoded, without the secrets.

    Anything like `login:password@`, and every word of 40 letters and digits or more, is taken for one.
    """
    known = sorted((one for one in secrets if one), key=len, reverse=True)
    text = _hide(text, known)
    for _ in range(_ENCODINGS):
        text = _hide(unquote_plus(text), known)
    text = _OPAQUE.sub("[hidden]", _CREDENTIALS.sub("[hidden]@", text))
    return "".join(character if character.isprintable() else " " for character in text)[:_LONGEST]


def _hide(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "[hidden]")
    return text
