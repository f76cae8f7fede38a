"""The gateway as a Sanic app: its routes, and what starts and stops with it."""

import asyncio
import logging
import os
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import TypeAlias

from sanic import HTTPResponse, Request, Sanic, json, raw
from sanic.config import Config
from sanic.response import BaseHTTPResponse

from attempt.evidence import Answer
from contract import __version__
from contract.client_certificate import require_certificate
from contract.describing import add_description
from contract.exposition import CONTENT_TYPE
from contract.follow import follow
from contract.looks import LOOKS
from contract.serving import configure
from discovery import registration
from discovery.access import Access
from discovery.consul import Consul
from discovery.keeper import Keeper
from discovery.own_address import advertised
from gateway.asked import client_of, question_of, take_in, task_of
from gateway.dashboard.board import Board
from gateway.dashboard.pages import add_dashboard, admit
from gateway.description import describe_gateway
from gateway.explain import explain, parse_ip
from gateway.gateway import Gateway
from gateway.gauges import Gauges
from gateway.locations import id_in
from gateway.origin import check_origin
from gateway.report import regions_report
from gateway.roles import Right, check
from gateway.settings import GatewaySettings
from gateway.streaming import pass_on

log = logging.getLogger(__name__)

App: TypeAlias = Sanic[Config, SimpleNamespace]

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes. The largest task is an image of 1 MiB in base64."""

PROPAGATION = 0.5
"""Seconds until whoever watches Consul has heard that the gateway left; until then it takes what comes."""

LAST_WORDS = 1.0
"""Seconds before the end of the drain time at which clients that still wait are told what is known, for it to reach them."""

WITHOUT_KEY = ("/health", "/ready")
"""Paths for Consul and balancers. With tenants, every other path needs a key of one of them."""


def create_app(gateway: Gateway, settings: GatewaySettings, access: Access) -> App:
    """The app; `gateway` is opened and closed with it."""
    app: App = Sanic(f"gateway-{uuid.uuid4().hex}", configure_logging=False, strict_slashes=True)
    configure(
        app,
        gateway.leaving,
        drain=settings.drain_timeout,
        largest_body=LARGEST_BODY,
        max_connections=settings.max_connections,
        body_memory=settings.body_memory,
    )
    gateway.metrics.registry.register(Gauges(gateway.moment, gateway.metrics.region))
    follow(app, named=False, kept=gateway.exporter is not None)
    board = Board(gateway, settings, access, f"{os.uname().nodename}:{settings.port}")
    _let_in(app, gateway, board)
    if settings.tls_client_ca is not None:
        require_certificate(app)
    _count(app, gateway)
    _add_routes(app, gateway, board)
    add_dashboard(app, gateway, board)
    for route in gateway.routes:
        pass_on(app, gateway, route)
    described = describe_gateway(gateway.routes, keyed=gateway.tenants.have_keys, certified=settings.tls_client_ca is not None)
    add_description(app, described, ctx_right=Right.LEARN)
    _add_life(app, gateway, board, settings, access)
    return app


def _let_in(app: App, gateway: Gateway, board: Board) -> None:
    @app.middleware("request")
    async def know_the_tenant(request: Request) -> HTTPResponse | None:
        route = request.route
        if request.path in WITHOUT_KEY or getattr(route and route.ctx, "open", False):
            return None
        if getattr(route and route.ctx, "page", False):
            tenant = admit(request, gateway, board)
            if isinstance(tenant, HTTPResponse):
                return tenant
        else:
            tenant = gateway.tenants.admit(request.headers.getall("authorization", []))
        request.ctx.tenant = tenant
        check_origin(request.headers.getall("origin", []), request.headers.get("host", ""), tenant.role)
        if route is not None:
            # What does not say whom it is for is for the fewest.
            check(tenant.role, getattr(route.ctx, "right", Right.SET_DIALS))
        return None


def _count(app: App, gateway: Gateway) -> None:
    @app.middleware("response")
    async def count(request: Request, response: BaseHTTPResponse) -> HTTPResponse | None:
        path = f"/{request.route.path}" if request.route else "none"
        gateway.metrics.answered(path, response.status)
        problem = getattr(request.ctx, "problem", None)
        if problem is not None and request.route and not hasattr(request.ctx, "is_task"):  # a task's end has a line of its own
            event = "request refused" if response.status < 500 else "request failed"
            log.info(event, extra={"path": path, "status": response.status, "error": problem.error})
        return None


def _add_routes(app: App, gateway: Gateway, board: Board) -> None:
    # As a stream, so that who may send no tasks is told so before the body is taken in.
    @app.post("/solve", stream=True, ctx_right=Right.SEND_TASKS)
    async def solve(request: Request) -> HTTPResponse:
        await take_in(request)
        answer = await gateway.carrying.carry(task_of(request, gateway))
        left = gateway.allowances.fields(request.ctx.tenant.name)
        return _response(replace(answer, headers={**answer.headers, **left}) if left else answer)

    @app.get("/tasks/<rest:path>", ctx_right=Right.SEND_TASKS)
    async def look(request: Request, rest: str) -> HTTPResponse:
        asked_for = request.raw_url.decode("ascii", "replace")
        if name := id_in(asked_for):
            return _response(await gateway.carrying.recall(question_of(request, gateway, name)))
        location = gateway.locations.read(asked_for, request.ctx.tenant)
        return _response(await gateway.carrying.ask(question_of(request, gateway, location.task), location))

    @app.route("/health", methods=LOOKS)
    async def health(request: Request) -> HTTPResponse:
        return json({"status": "healthy", "tasks_in_flight": gateway.standing.load.in_flight.total()})

    @app.route("/ready", methods=LOOKS)
    async def ready(request: Request) -> HTTPResponse:
        if gateway.leaving.begun:
            return json({"status": "draining"}, 503)
        if gateway.ledger.stops_tasks:
            return json({"status": "waiting for the ledger"}, 503)
        return json({"status": "ready"}) if gateway.is_ready() else json({"status": "waiting for Consul"}, 503)

    @app.get("/regions", ctx_right=Right.READ)
    async def regions(request: Request) -> HTTPResponse:
        await board.money.refresh()
        waiting, money = len(gateway.queue), board.money.told()
        told = regions_report(gateway.view, gateway.scene, waiting, money, gateway.seen)
        return json({**told, "tenants": gateway.usage()} if gateway.tenants.have_keys else told)

    @app.get("/explain", ctx_right=Right.READ)
    async def explained(request: Request) -> HTTPResponse:
        address = parse_ip(request.args.get("ip")) if "ip" in request.args else client_of(request, gateway)
        places, scene = gateway.ranking.places(address, request.args.get("region")), gateway.scene
        return json(explain(address, places, gateway.ranking.rank(places, scene.regions), scene, gateway.queue))

    @app.get("/metrics", ctx_right=Right.READ)
    async def metrics(request: Request) -> HTTPResponse:
        return raw(gateway.metrics.exposition(), content_type=CONTENT_TYPE)


def _add_life(app: App, gateway: Gateway, board: Board, settings: GatewaySettings, access: Access) -> None:
    keeper = Keeper(Consul(access.addresses[0], access), _registration(settings, access)) if settings.consul_register else None

    @app.before_server_start
    async def open_gateway(app: App) -> None:
        await gateway.open()
        board.open()

    @app.after_server_start
    async def register(app: App) -> None:
        if keeper:
            keeper.start()

    @app.before_server_stop
    async def leave(app: App) -> None:
        in_flight = gateway.standing.load.in_flight.total()
        log.info("leaving with %d tasks in flight", in_flight, extra={"change": "leaving"})
        gateway.leaving.begin()
        asyncio.get_running_loop().call_later(max(0.0, settings.drain_timeout - LAST_WORDS), gateway.carrying.cut_off)
        if keeper:
            await keeper.leave()
            await asyncio.sleep(min(PROPAGATION, settings.drain_timeout))
        gateway.stop_taking()
        board.leave()

    @app.after_server_stop
    async def close_gateway(app: App) -> None:
        board.close()
        await gateway.close()
        log.info("left")


def _registration(settings: GatewaySettings, access: Access) -> registration.Registration:
    wanted = str(settings.advertise_host) if settings.advertise_host else None
    host = advertised(str(settings.host), wanted, access.addresses[0])
    return registration.gateway(host, settings.port, version=__version__, tls=settings.tls_certificate is not None)


def _response(answer: Answer) -> HTTPResponse:
    return HTTPResponse(answer.body, answer.status, dict(answer.headers), answer.headers.get("content-type"))
