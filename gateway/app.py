"""The gateway as a Sanic app: its routes, and what starts and stops with it."""

import asyncio
import logging
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TypeAlias, cast

import aiohttp
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sanic import HTTPResponse, Request, Sanic, json, raw
from sanic.compat import Header
from sanic.config import Config

from contract import __version__
from contract.client_certificate import require_certificate
from contract.deadline import LONGEST_TASK
from contract.prefer import parse_prefer
from contract.problem import ProblemError, problem
from contract.serving import configure
from discovery import registration
from discovery.access import Access
from discovery.consul import Consul
from discovery.keeper import Keeper
from discovery.own_address import advertised
from gateway.config import RouteRow
from gateway.evidence import Answer
from gateway.explain import explain, parse_ip
from gateway.gateway import Gateway
from gateway.locations import Location
from gateway.passing import Opened
from gateway.place import Address
from gateway.report import gauges, regions_report
from gateway.route import Onward, check_target, to_region
from gateway.settings import GatewaySettings
from gateway.task import Task, check_body, request_id, seconds_left

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
    )
    gateway.metrics.registry.register(_Gauges(gateway))
    _ask_for_keys(app, gateway)
    if settings.tls_client_ca is not None:
        require_certificate(app)
    _add_routes(app, gateway)
    for route in gateway.routes:
        _pass_on(app, gateway, route)
    _add_life(app, gateway, settings, access)
    return app


def _ask_for_keys(app: App, gateway: Gateway) -> None:
    @app.middleware("request")
    async def know_the_tenant(request: Request) -> None:
        if request.path not in WITHOUT_KEY:
            request.ctx.tenant = gateway.tenants.admit(request.headers.getall("authorization", []))


def _add_routes(app: App, gateway: Gateway) -> None:
    @app.post("/solve")
    async def solve(request: Request) -> HTTPResponse:
        return _response(await gateway.carry(_task(request, gateway)))

    @app.get("/tasks/<rest:path>")
    async def look(request: Request, rest: str) -> HTTPResponse:
        location = gateway.locations.read(request.raw_url.decode("ascii", "replace"), request.ctx.tenant)
        return _response(await gateway.ask(_question(request, gateway, location), location))

    @app.get("/health")
    async def health(request: Request) -> HTTPResponse:
        return json({"status": "healthy", "tasks_in_flight": gateway.standing.load.in_flight.total()})

    @app.get("/ready")
    async def ready(request: Request) -> HTTPResponse:
        if gateway.leaving.begun:
            return json({"status": "draining"}, 503)
        return json({"status": "ready"}) if gateway.is_ready() else json({"status": "waiting for Consul"}, 503)

    @app.get("/regions")
    async def regions(request: Request) -> HTTPResponse:
        return json(regions_report(gateway.view, gateway.standing, gateway.policy, len(gateway.queue), gateway.clock()))

    @app.get("/explain")
    async def explained(request: Request) -> HTTPResponse:
        address = parse_ip(request.args.get("ip")) if "ip" in request.args else _client(request, gateway)
        places, regions = gateway.places(address, request.args.get("region")), gateway.view.regions()
        ranked = gateway.rank(places, regions)
        standing, policy, queue = gateway.standing, gateway.policy, gateway.queue
        return json(explain(address, places, ranked, regions, standing, policy, queue, gateway.clock()))

    @app.get("/metrics")
    async def metrics(request: Request) -> HTTPResponse:
        return raw(gateway.metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _pass_on(app: App, gateway: Gateway, route: RouteRow) -> None:
    async def pass_on(request: Request, rest: str = "") -> None:
        if gateway.leaving.begun:
            raise ProblemError(problem("DRAINING", "This gateway is leaving", retry_after=1))
        client = _client(request, gateway)
        places = gateway.places(client, request.headers.get("nearway-region"))
        async with gateway.passer.opened(_onward(request, gateway, client, route.timeout), places) as answer:
            await _stream(request, answer)

    for number, path in enumerate((route.path, f"{route.path}<rest:path>")):
        app.add_route(pass_on, path, methods=route.methods, name=f"route-{number}-{route.path.strip('/').replace('/', '-')}")


def _onward(request: Request, gateway: Gateway, client: Address, silence: float) -> Onward:
    if request.version == "1.0":
        raise ProblemError(problem("BAD_REQUEST", "An answer of unknown length can't be sent in HTTP/1.0: use HTTP/1.1"))
    identity = request_id(request.headers.get("x-request-id"), uuid.uuid4().hex)
    fields = to_region(request.headers.items(), client, identity, hide=gateway.hidden)
    return Onward(request.method, check_target(request.raw_url.decode("ascii")), fields, request.body, silence)


async def _stream(request: Request, answer: Opened) -> None:
    # RFC 9110 §8.3: what says nothing of its type may be taken for this.
    kind = next((value for name, value in answer.fields if name.lower() == "content-type"), "application/octet-stream")
    response = await request.respond(status=answer.status, headers=Header(answer.fields), content_type=kind)
    try:
        async for piece in answer.pieces:
            await response.send(piece)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        log.warning("the answer of %s broke off: %s", answer.region, error)
        # The client must not take for whole what is not. To be cut off cancels us.
        cast(asyncio.Transport, request.transport).abort()
        await asyncio.Event().wait()
    await response.eof()


def _add_life(app: App, gateway: Gateway, settings: GatewaySettings, access: Access) -> None:
    keeper = Keeper(Consul(access.addresses[0], access), _registration(settings, access)) if settings.consul_register else None

    @app.before_server_start
    async def open_gateway(app: App) -> None:
        await gateway.open()

    @app.after_server_start
    async def register(app: App) -> None:
        if keeper:
            keeper.start()

    @app.before_server_stop
    async def leave(app: App) -> None:
        gateway.leaving.begin()
        asyncio.get_running_loop().call_later(max(0.0, settings.drain_timeout - LAST_WORDS), gateway.cut_off)
        if keeper:
            await keeper.leave()
            await asyncio.sleep(min(PROPAGATION, settings.drain_timeout))
        gateway.stop_taking()

    @app.after_server_stop
    async def close_gateway(app: App) -> None:
        await gateway.close()


def _registration(settings: GatewaySettings, access: Access) -> registration.Registration:
    wanted = str(settings.advertise_host) if settings.advertise_host else None
    host = advertised(str(settings.host), wanted, access.addresses[0])
    return registration.gateway(host, settings.port, version=__version__, tls=settings.tls_certificate is not None)


def _client(request: Request, gateway: Gateway) -> Address:
    peer = request.conn_info.client_ip if request.conn_info else ""
    return gateway.client(peer, request.headers.getall("x-forwarded-for", []))


def _response(answer: Answer) -> HTTPResponse:
    return HTTPResponse(answer.body, answer.status, dict(answer.headers), answer.headers.get("content-type"))


def _question(request: Request, gateway: Gateway, location: Location) -> Task:
    client = _client(request, gateway)
    seconds = min(parse_prefer(request.headers.get("prefer")).wait or 0.0, LONGEST_TASK)
    return Task(
        id=location.task,
        request_id=request_id(request.headers.get("x-request-id"), location.task),
        body=b"",
        client=client,
        deadline=gateway.clock() + seconds,
        places=gateway.places(client, request.headers.get("nearway-region")),
        tenant=request.ctx.tenant,
    )


def _task(request: Request, gateway: Gateway) -> Task:
    identity = uuid.uuid4().hex
    client, now = _client(request, gateway), gateway.clock()
    prefer = parse_prefer(request.headers.get("prefer"))
    return Task(
        id=identity,
        request_id=request_id(request.headers.get("x-request-id"), identity),
        body=check_body(request.body),
        client=client,
        deadline=now + seconds_left(request.headers.get("nearway-deadline")),
        places=gateway.places(client, request.headers.get("nearway-region")),
        tenant=request.ctx.tenant,
        hold_until=now + (prefer.wait or 0.0) if prefer.respond_async else None,
    )


class _Gauges(Collector):
    """The gauges of the report, worked out when they are asked for."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # so that registering does not collect, before there is a view

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gateway = self._gateway
        yield from gauges(gateway.view, gateway.standing, gateway.policy, len(gateway.queue), gateway.clock())
