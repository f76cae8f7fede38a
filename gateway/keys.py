"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): by it a task is carried once, however often it is sent.

Pure.
"""

import hashlib
import json
import re
from collections.abc import Sequence

from contract.problem import ProblemError, problem

HEADER = "Idempotency-Key"

REPLAYED = "idempotent-replayed"
"""The header, `true`, of an answer that was given before."""

QUOTED = r'"[ !#-\[\]-~]{1,255}"'
"""A String of RFC 9651 without escapes, as the draft has it."""

_KEY = re.compile(f"{QUOTED}|[!#-+\\--\\[\\]-~]{{1,255}}")
"""The same, or without quotes, as many clients send it."""


def parse_key(fields: Sequence[str]) -> str | None:
    """The key; None without a field. ProblemError when it is none."""
    if not fields:
        return None
    found = _KEY.fullmatch(fields[0].strip()) if len(fields) == 1 else None
    if found is None:
        raise ProblemError(
            problem("BAD_REQUEST", f'{HEADER} is one string of 1 to 255 printable ASCII characters, as in "8e03978e-40d5"')
        )
    return found[0].strip('"')


def fingerprint(body: bytes, callback: str | None = None) -> str:
    """The same for bodies that say the same, JSON whose members may come in another order, and name the same callback."""
    try:
        said = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except RecursionError:  # nested deeper than it can be written again
        said = body
    if callback is not None:
        said += b"\n" + callback.encode()
    return hashlib.sha256(said).hexdigest()
