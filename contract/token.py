"""`Nearway-Token`: what the parts show one another, so that who merely reaches a region or a worker can't spend there.

Pure. A secret has one token, or two while one replaces the other: the first is shown, each is accepted.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

HEADER = "Nearway-Token"

NONE = "none"
"""What a gateway without a token shows, so that a region which wants one can say so to its probes."""

CHALLENGE = "Nearway-Token"
"""The value of `WWW-Authenticate` (RFC 9110 §11.6.1) in such a refusal: by it the parts know that it is theirs to mend."""

SHORTEST, LONGEST = 32, 100
"""Characters. 32 hexadecimal digits are 128 bits; nginx's tables have room for 100."""

MOST = 2

_TOKEN = re.compile(r"[A-Za-z0-9+/=._-]+")
"""Hexadecimal, base64 or base64url: nothing in it means anything to HTTP, to nginx or to a shell."""


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """All that are accepted; the first is shown to others."""

    known: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The one to show."""
        return self.known[0]

    def accept(self, shown: Iterable[str]) -> bool:
        """Whether one that was shown is known. It takes as long whichever it is, and however much of one is right."""
        matches = [
            hmac.compare_digest(one.encode("utf-8", "surrogateescape"), token.encode()) for one in shown for token in self.known
        ]
        return any(matches)


def parse_tokens(text: str) -> Tokens:
    """One token, or two apart by a comma or a line's end. ValueError says what is wrong, and repeats nothing of it."""
    known = tuple(re.split(r"\s*[,\s]\s*", text.strip())) if text.strip() else ()
    if not known:
        raise ValueError("there is no token in it")
    if len(known) > MOST:
        raise ValueError(f"there are {len(known)} tokens in it: two at most, the one that is shown first")
    for number, token in enumerate(known, start=1):
        _check(token, f"token {number}" if len(known) > 1 else "the token")
    # nginx's tables know no case, and say which key they have twice.
    if len({token.lower() for token in known}) < len(known):
        raise ValueError("both tokens are the same, or differ in capitals only")
    return Tokens(known)


def _check(token: str, which: str) -> None:
    if not SHORTEST <= len(token) <= LONGEST:
        raise ValueError(
            f"{which} has {len(token)} characters, and not {SHORTEST} to {LONGEST}: `openssl rand -hex 32` makes one"
        )
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"{which} has other characters than letters, digits and + / = . _ -: `openssl rand -hex 32` makes one")
