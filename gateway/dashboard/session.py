"""Sessions of people who signed in at the dashboard: a sealed word in a cookie, from which no key can be told.

Pure. The word names a key by a mark made of its hash, so a key that is taken out of the policy file ends its sessions, and a
tenant's new role counts at once. It is the browser's only; nothing is kept here but those that signed out.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.tenants import Tenant

LASTS = 12 * 3600
"""Seconds a session lasts: a shift."""

MOST_ENDED = 10_000
"""Signed-out sessions that are remembered until they would have ended by themselves."""

_WORD = re.compile(r"(?P<until>[0-9]{10})\.(?P<number>[0-9a-f]{32})\.(?P<mark>[0-9a-f]{32})\.(?P<seal>[0-9a-f]{64})", re.ASCII)

Keys = Iterable[tuple[bytes, Tenant]]
"""The hashes of all keys, with whose they are."""


@dataclass(slots=True)
class Sessions:
    """Sealed with a secret; `now` is in seconds since 1970, `number` 16 random bytes of each new session."""

    secret: bytes
    now: Callable[[], float]
    _ended: dict[str, int] = field(default_factory=dict)

    def begin(self, key: bytes, number: bytes) -> str:
        """The word of a new session of who showed the key with that hash."""
        body = f"{int(self.now()) + LASTS}.{number.hex()}.{self._mark(key)}"
        return f"{body}.{self._seal(body)}"

    def tenant(self, word: str, keys: Keys) -> Tenant | None:
        """Whose session it is; None when it is over, or was never given."""
        found = _WORD.fullmatch(word)
        if found is None or not hmac.compare_digest(found["seal"], self._seal(word.rpartition(".")[0])):
            return None
        if int(found["until"]) <= self.now() or found["number"] in self._ended:
            return None
        return next((tenant for key, tenant in keys if hmac.compare_digest(self._mark(key), found["mark"])), None)

    def end(self, word: str) -> None:
        """Sign out: the word is worth nothing any more at this gateway."""
        found = _WORD.fullmatch(word)
        if found is None or not hmac.compare_digest(found["seal"], self._seal(word.rpartition(".")[0])):
            return
        if len(self._ended) >= MOST_ENDED:
            del self._ended[next(iter(self._ended))]  # it ended longest ago, and would be the next to end by itself
        self._ended[found["number"]] = int(found["until"])

    def _mark(self, key: bytes) -> str:
        return self._hmac(b"key" + key)[:32]

    def _seal(self, body: str) -> str:
        return self._hmac(b"session" + body.encode())

    def _hmac(self, text: bytes) -> str:
        return hmac.new(self.secret, b"nearway dashboard " + text, hashlib.sha256).hexdigest()
