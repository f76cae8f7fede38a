"""What browsers are told, and what they tell, so that no other page acts in the name of who is signed in.

Pure.
"""

from collections.abc import Mapping

from contract.problem import ProblemError, problem
from gateway.origin import is_local

HEADER = "Nearway-Dashboard"
"""The field every change by the page carries. No form can send it, and no other site's script without our leave."""

SAFETY: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer of the dashboard's. Nothing is loaded from elsewhere, nothing stands inline, nobody frames it."""


def check_same_site(fields: Mapping[str, str], scheme: str) -> None:
    """ProblemError (403) when a request that changes something may be another page's doing.

    `Sec-Fetch-Site` (W3C Fetch Metadata) says it where browsers know it, else `Origin` (RFC 6454); a browser sends one of them
    with every request that is not GET or HEAD. `fields` have names in lower case.
    """
    site, origin = fields.get("sec-fetch-site"), fields.get("origin")
    ours = f"{scheme}://{fields.get('host', '')}"
    if site == "same-origin" or (site is None and origin == ours):
        return
    raise ProblemError(problem("FORBIDDEN", "The request comes from another page than this gateway's dashboard"))


def check_own_script(fields: Mapping[str, str], scheme: str) -> None:
    """The same for what the page's script does: it says that it is it."""
    check_same_site(fields, scheme)
    if HEADER.lower() not in fields:
        raise ProblemError(problem("FORBIDDEN", f"The request lacks the field {HEADER}, which the dashboard sends"))


def check_host(host: str) -> None:
    """ProblemError (403) when a gateway without tenants is asked by a name that somebody may have pointed to it.

    Else a page anywhere could have its own name mean this machine ("DNS rebinding") and act for whoever looks at it.
    """
    if not is_local(host):
        raise ProblemError(
            problem("FORBIDDEN", f"This gateway has no tenants, so its dashboard is at localhost and not at {host!r}")
        )
