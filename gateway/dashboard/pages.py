"""The dashboard as Sanic serves it: the page, its files, its events, and what may be done from it."""

import asyncio
from types import SimpleNamespace
from typing import TypeAlias, cast

from sanic import HTTPResponse, Request, Sanic
from sanic.config import Config
from sanic.response import empty, html, json, raw, redirect

from contract.problem import ProblemError, problem
from gateway.asked import client_of
from gateway.dashboard import signing
from gateway.dashboard.assets import assets
from gateway.dashboard.board import Board
from gateway.dashboard.browser import SAFETY, check_host, check_own_script
from gateway.dashboard.ended import Wanted
from gateway.dashboard.finding import as_row
from gateway.dashboard.mailbox import ClosedError, Mailbox, TooSlowError
from gateway.dashboard.page import page
from gateway.dashboard.turning import turn_of
from gateway.gateway import Gateway
from gateway.roles import Right, Role, may, may_set_dials
from gateway.tenants import Tenant

App: TypeAlias = Sanic[Config, SimpleNamespace]

FRESH = {**SAFETY, "Cache-Control": "no-store"}


def admit(request: Request, gateway: Gateway, board: Board) -> Tenant | HTTPResponse:
    """Who asks for something of the dashboard, by key or session; or the way to the form that asks for a key."""
    authorization = request.headers.getall("authorization", [])
    request.ctx.by_session = not authorization
    tenant = None if authorization else signing.signed_in(request, gateway, board)
    if tenant is not None:
        return tenant
    try:
        tenant = gateway.tenants.admit(authorization)
    except ProblemError:
        if request.path == "/dashboard" and not authorization:
            return redirect(signing.FORM, FRESH, 303)
        raise
    if tenant.role is Role.OWNER:
        check_host(request.headers.get("host", ""))
    return tenant


def add_dashboard(app: App, gateway: Gateway, board: Board) -> None:
    """Its routes."""
    files = assets()

    @app.get("/dashboard", ctx_right=Right.READ, ctx_page=True)
    async def dashboard(request: Request) -> HTTPResponse:
        wanted, tenant = _wanted(request), request.ctx.tenant
        await board.money.refresh()
        picture, found = board.picture(), await board.finder.find(wanted)
        shown = page(
            picture,
            may_dial=may_set_dials(tenant.role),
            signed_in=tenant.name if request.ctx.by_session else "",
            opened=request.args.get("open", ""),
            tasks=[as_row(one) for one in found.tasks],
            wanted=wanted,
            tasks_from=found.source,
        )
        return html(shown, headers=FRESH)

    @app.get("/dashboard/tasks", ctx_right=Right.READ, ctx_page=True)
    async def tasks(request: Request) -> HTTPResponse:
        return raw(await board.finder.told(_wanted(request)), headers=FRESH, content_type="application/json")

    @app.get("/dashboard/session", ctx_right=Right.READ, ctx_page=True)
    async def session(request: Request) -> HTTPResponse:
        return empty(headers=FRESH)

    @app.get("/events", ctx_right=Right.READ, ctx_page=True)
    async def events(request: Request) -> None:
        last = request.headers.get("last-event-id") or request.args.get("last", "")
        with board.live.watching(last) as box:
            await _stream(request, gateway, board, box)

    @app.put("/regions/<region:str>/dial", ctx_right=Right.SET_DIALS, ctx_page=True)
    async def dial(request: Request, region: str) -> HTTPResponse:
        if request.ctx.by_session:
            check_own_script(request.headers, signing.scheme_of(request, gateway))
        turn = turn_of(region, _json(request))
        who = request.ctx.tenant.name or str(client_of(request, gateway))
        return json(await board.dialler.turn(turn, f"{who}@{board.name}"), headers=FRESH)

    @app.get("/dashboard/assets/<name:str>", ctx_open=True)
    async def asset(request: Request, name: str) -> HTTPResponse:
        found = files.get(name)
        if found is None:
            raise ProblemError(problem("NOT_FOUND", "There is no such file"))
        fields = {**SAFETY, "Cache-Control": "no-cache", "ETag": found.tag}
        if request.headers.get("if-none-match") == found.tag:
            return empty(304, fields)
        return raw(found.content, headers=fields, content_type=found.kind)

    @app.get(signing.FORM, ctx_open=True)
    async def ask_for_key(request: Request) -> HTTPResponse:
        return signing.form()

    @app.post(signing.FORM, ctx_open=True)
    async def sign_in(request: Request) -> HTTPResponse:
        return signing.sign_in(request, gateway, board)

    @app.post("/dashboard/sign-out", ctx_open=True)
    async def sign_out(request: Request) -> HTTPResponse:
        return signing.sign_out(request, gateway, board)


async def _stream(request: Request, gateway: Gateway, board: Board, box: Mailbox) -> None:
    response = await request.respond(
        headers={**FRESH, "X-Accel-Buffering": "no"}, content_type="text/event-stream; charset=utf-8"
    )
    try:
        while (told := await box.take()) and _may_still(request, gateway, board):
            await response.send(told)
    except ClosedError:
        pass
    except TooSlowError:
        # An end would have to wait until all before it was read.
        cast(asyncio.Transport, request.transport).abort()
        await asyncio.Event().wait()
    await response.eof()


def _may_still(request: Request, gateway: Gateway, board: Board) -> bool:
    """Whether the session has not ended meanwhile, nor the key been taken away, shown or signed in with."""
    try:
        tenant = admit(request, gateway, board)
    except ProblemError:
        return False
    return isinstance(tenant, Tenant) and may(tenant.role, Right.READ)


def _wanted(request: Request) -> Wanted:
    given = {name: request.args.get(name, "").strip()[:64] for name in ("tenant", "region", "outcome", "task")}
    return Wanted(**given)


def _json(request: Request) -> object:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise ProblemError(problem("UNSUPPORTED_MEDIA_TYPE", "The dial is given as JSON"))
    try:
        return cast(object, request.json)
    except Exception:  # whatever Sanic makes of it
        raise ProblemError(problem("BAD_REQUEST", "The body is no JSON")) from None
