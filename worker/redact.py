"""Taking secrets out of a text that somebody else wrote."""

import re
from collections.abc import Iterable

_CREDENTIALS = re.compile(r"[^\s/@]+:[^\s/@]*@")
_LONGEST = 200


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text in one line of at most 200 printable characters, without the secrets or anything like `login:password@`."""
    for secret in sorted((one for one in secrets if one), key=len, reverse=True):
        text = text.replace(secret, "[hidden]")
    text = _CREDENTIALS.sub("[hidden]@", text)
    return "".join(character if character.isprintable() else " " for character in text)[:_LONGEST]
