"""Signing in at the dashboard with a tenant's key, for browsers, which can't send it by themselves; and out again."""

import hashlib
import hmac
import logging
import math
import secrets

from sanic import HTTPResponse, Request
from sanic.response import html, redirect

from gateway.asked import client_of
from gateway.dashboard import page
from gateway.dashboard.board import Board
from gateway.dashboard.browser import SAFETY, check_same_site
from gateway.dashboard.session import LASTS
from gateway.gateway import Gateway
from gateway.roles import Right, may
from gateway.tenants import Tenant

log = logging.getLogger(__name__)

FORM = "/dashboard/sign-in"

UNKNOWN = "The key is not known."


def scheme_of(request: Request, gateway: Gateway) -> str:
    """How the browser reached us: by TLS of ours, or of a proxy that is trusted and says so."""
    connection = request.conn_info
    if connection is not None and connection.ssl:
        return "https"
    said = request.headers.get("x-forwarded-proto", "")
    return "https" if said == "https" and connection is not None and gateway.ranking.trusts(connection.client_ip) else "http"


def cookie_name(scheme: str) -> str:
    """With TLS one that browsers take from nobody else (RFC 6265bis §4.1.3.2)."""
    return "__Host-nearway" if scheme == "https" else "nearway"


def signed_in(request: Request, gateway: Gateway, board: Board) -> Tenant | None:
    """Whose session the request's cookie names; None without one that counts."""
    word = request.cookies.get(cookie_name(scheme_of(request, gateway)))
    return board.sessions.tenant(word, gateway.tenants.hashes()) if word else None


def form(fault: str = "", status: int = 200, **fields: str) -> HTTPResponse:
    """The page that asks for a key."""
    return html(page.sign_in(fault), status, {**SAFETY, "Cache-Control": "no-store", **fields})


def sign_in(request: Request, gateway: Gateway, board: Board) -> HTTPResponse:
    """A session for who shows the key of a tenant that may look; else the form again, with what is wrong."""
    scheme, client, now = scheme_of(request, gateway), client_of(request, gateway), gateway.clock()
    check_same_site(request.headers, scheme)
    wait = board.tries.wait(client, now)
    if wait > 0:
        seconds = math.ceil(wait)
        return form(f"Too many wrong keys: try again in {seconds} s.", 429, **{"Retry-After": str(seconds)})
    shown = (request.form.get("key") if request.form else None) or ""
    digest = hashlib.sha256(shown.strip().encode(errors="surrogateescape")).digest()
    tenant = _of(digest, gateway)
    if tenant is None:
        board.tries.failed(client, now)
        log.warning("a wrong key was shown at the dashboard from %s", client)
        return form(UNKNOWN, 403)
    if not may(tenant.role, Right.READ):
        return form(f"{tenant.name} has the role {tenant.role}, which may not look at the dashboard.", 403)
    log.info("%s signed in at the dashboard from %s", tenant.name, client)
    answer = redirect("/dashboard", {**SAFETY, "Cache-Control": "no-store"}, 303)
    word = board.sessions.begin(digest, secrets.token_bytes(16))
    _give(answer, scheme, word, LASTS)
    return answer


def sign_out(request: Request, gateway: Gateway, board: Board) -> HTTPResponse:
    """The session is over."""
    scheme = scheme_of(request, gateway)
    check_same_site(request.headers, scheme)
    board.sessions.end(request.cookies.get(cookie_name(scheme)) or "")
    answer = redirect(FORM, {**SAFETY, "Cache-Control": "no-store"}, 303)
    _give(answer, scheme, "", 0)
    return answer


def _of(digest: bytes, gateway: Gateway) -> Tenant | None:
    found = None
    for known, tenant in gateway.tenants.hashes():
        if hmac.compare_digest(known, digest):
            found = tenant
    return found


def _give(answer: HTTPResponse, scheme: str, word: str, seconds: int) -> None:
    answer.add_cookie(
        cookie_name(scheme), word, httponly=True, samesite="Strict", secure=scheme == "https", path="/", max_age=seconds
    )
