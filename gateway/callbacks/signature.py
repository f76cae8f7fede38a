"""How a callback is signed, so that its receiver knows it is from here: as the Standard Webhooks specification 1.0.0 has it.

Pure. HMAC-SHA256 over id, time of this try and body, in one or more signatures: while a secret is being replaced, one by each.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"

SHORTEST, LONGEST = 24, 64
"""Bytes of a secret."""

HOW = f'"{PREFIX}" and the base64 of {SHORTEST} to {LONGEST} random bytes, as in: echo {PREFIX}$(openssl rand -base64 32)'


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """One secret, or several with spaces between. ValueError says how one looks, and repeats nothing of it."""
    secrets = tuple(_secret(one) for one in text.split())
    if not secrets:
        raise ValueError(f"a callback's secret is {HOW}")
    return secrets


def signed(name: str, now: float, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The header fields of a callback. `name` is the same at every try, `now` (seconds since 1970) is of this one."""
    stamp = str(int(now))
    content = b".".join((name.encode(), stamp.encode(), body))
    signatures = (base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode() for secret in secrets)
    return {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": " ".join(f"v1,{one}" for one in signatures)}


def _secret(text: str) -> bytes:
    try:
        made = base64.b64decode(text.removeprefix(PREFIX), validate=True) if text.startswith(PREFIX) else b""
    except binascii.Error:
        made = b""
    if not SHORTEST <= len(made) <= LONGEST:
        raise ValueError(f"a callback's secret is {HOW}")
    return made
