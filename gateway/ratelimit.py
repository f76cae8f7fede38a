"""The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers, §§3 and 4).

Pure. Each is a List of Items (RFC 9651), one for each quota, which its name tells apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """So many in a window (seconds), of which so many are left; all of it is there again after `reset` seconds."""

    name: str
    most: int
    window: int
    left: int
    reset: float


def fields(quotas: Sequence[Quota]) -> dict[str, str]:
    """The two header fields; none without a quota."""
    if not quotas:
        return {}
    policy = ", ".join(f'"{one.name}";q={one.most};w={one.window}' for one in quotas)
    left = ", ".join(f'"{one.name}";r={one.left};t={math.ceil(one.reset)}' for one in quotas)
    return {"ratelimit-policy": policy, "ratelimit": left}
