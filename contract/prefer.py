"""The `Prefer` request header (RFC 7240): `respond-async` and `wait`."""

import math
import re
from dataclasses import dataclass

# RFC 7240 §2: preference = token [ BWS "=" BWS word ] *( OWS ";" [ OWS parameter ] ); word = token / quoted-string.
_PREFERENCE = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?[^,"]*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Prefer:
    """What a client prefers. Seconds for `wait`; None where it said nothing."""

    respond_async: bool = False
    wait: float | None = None

    def __str__(self) -> str:
        """The header's value, as a client sends it."""
        words = ["respond-async"] if self.respond_async else []
        if self.wait is not None:
            words.append(f"wait={math.floor(self.wait)}")
        return ", ".join(words)


def parse_prefer(header: str | None) -> Prefer:
    """Read the header. What is unknown or malformed is ignored, and of a repeated preference the first counts (RFC 7240 §2)."""
    found: dict[str, str] = {}
    for name, word in _PREFERENCE.findall(header or ""):
        found.setdefault(name.lower(), word.strip('"'))
    wait = found.get("wait", "")
    return Prefer("respond-async" in found, float(wait) if re.fullmatch(r"[0-9]{1,9}", wait) else None)
