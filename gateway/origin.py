"""Requests that a page in somebody's browser makes, in that person's name (RFC 6454 §7).

Pure. A gateway without tenants trusts whoever reaches it. A browser on that machine reaches it too, and runs what any page tells
it: such a page could spend. A browser says so with `Origin`, which no page can forge. Where there are tenants no page has
their keys.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from contract.problem import ProblemError, problem
from gateway.roles import Role


def check_origin(origins: Sequence[str], host: str, role: Role) -> None:
    """ProblemError (403) for a page that is not this gateway's own, where nobody has a key. `host` is what the request calls us.

    On a loopback address that must be an address or `localhost`: any other name may be one that somebody has pointed here, so
    that a page of theirs looks like ours.
    """
    if role not in (Role.OWNER, Role.ANYBODY):
        return
    if not all(_is_ours(one, host) and (role is Role.ANYBODY or is_local(host)) for one in origins):
        raise ProblemError(
            problem("FORBIDDEN", "A page of another site asks for this in a browser: without tenants that is refused")
        )


def _is_ours(origin: str, host: str) -> bool:
    found = re.fullmatch(r"https?://(.+)", origin)
    return found is not None and found[1].lower() == host.lower()


def is_local(host: str) -> bool:
    """Whether what a request calls us is an address or `localhost`, which nobody can point anywhere else."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or bool(ip_address(name))
    except ValueError:
        return False
