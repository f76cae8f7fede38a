"""The worker's HTTP side: routes, and what starts and stops with them."""

import itertools
import json
import logging
import time
from types import SimpleNamespace

from sanic import HTTPResponse, Request, Sanic
from sanic.config import Config
from sanic.response import BaseHTTPResponse

from contract import who
from contract.client_certificate import require_certificate
from contract.describing import add_description
from contract.export import Exporter
from contract.exposition import CONTENT_TYPE
from contract.follow import follow, origin_of
from contract.looks import LOOKS
from contract.problem import ProblemError, problem
from contract.serving import configure
from contract.submitted import HEADER, Submitted
from contract.token_required import require_token
from discovery.access import Access
from worker.calls import keep
from worker.description import describe_worker
from worker.handover import Handover
from worker.load import State, ready
from worker.location import Receipt, parse_location
from worker.request import wish_of_task, wish_of_wait
from worker.running import Running
from worker.settings import WorkerSettings
from worker.solve import Answer
from worker.spans import spans_of
from worker.task import LARGEST_IMAGE_BODY, parse_task
from worker.telling import About, tell, told

log = logging.getLogger(__name__)

Worker = Sanic[Config, Running]
Asked = Request[Worker, SimpleNamespace]

_JSON = "application/json"
_names = (f"worker-{number}" for number in itertools.count(1))


def create_app(settings: WorkerSettings, access: Access | None = None, exporter: Exporter | None = None) -> Worker:
    """A worker. `access` is the way to Consul; None, like the setting, leaves it unregistered. `exporter` sends spans."""
    running = Running(settings, access if settings.consul_register else None, exporter)
    app: Worker = Sanic(next(_names), ctx=running, configure_logging=False, strict_slashes=True)
    configure(
        app,
        running.slots,
        drain=settings.drain_timeout,
        largest_body=LARGEST_IMAGE_BODY,
        max_connections=settings.max_connections,
        body_memory=settings.body_memory,
    )
    app.before_server_start(_start)
    app.after_server_start(_register)
    app.before_server_stop(_leave)
    app.after_server_stop(_stop)
    app.add_route(solve, "/solve", methods=["POST"])
    app.add_route(look, "/tasks/<captcha_id>", methods=["GET"])
    app.add_route(health, "/health", methods=LOOKS)
    app.add_route(is_ready, "/ready", methods=LOOKS)
    app.add_route(metrics, "/metrics", methods=["GET"])
    tokens = settings.worker_tokens()
    add_description(app, describe_worker(certified=settings.tls_client_ca is not None, tokened=tokens.tokens is not None))
    follow(app, named=True, kept=exporter is not None)
    app.register_middleware(_tell, "response")
    if settings.tls_client_ca is not None:
        require_certificate(app)
    if tokens.tokens is not None:
        require_token(app, tokens)
    return app


async def solve(request: Asked) -> HTTPResponse:
    """`POST /solve`: a new task."""
    arrived, running = time.monotonic(), request.app.ctx
    about = request.ctx.about = About(arrived, calls=keep())
    task = parse_task(request.body, request.headers.get("content-type"))
    about.method = task.kind.name
    try:
        wish = wish_of_task(request.headers)
    except ValueError as error:
        raise ProblemError(problem("BAD_REQUEST", str(error))) from None
    running.slots.admit()
    running.accountant.check()
    return _answer(running, about, await Handover(running, task, wish, arrived).run())


async def look(request: Asked, captcha_id: str) -> HTTPResponse:
    """`GET` of a location: wait on a task that is paid for, whoever took it."""
    arrived, running = time.monotonic(), request.app.ctx
    about = request.ctx.about = About(arrived, calls=keep())
    try:
        receipt = parse_location(captcha_id, request.query_string, time.time())
        wish = wish_of_wait(request.headers)
    except ValueError as error:
        raise ProblemError(problem("BAD_REQUEST", str(error), submitted=Submitted.UNKNOWN)) from None
    about.method, about.captcha_id = receipt.kind.name, captcha_id
    running.slots.resume(captcha_id)
    with running.slots.held():
        found = await running.solver.wait(receipt, arrived + wish.wait, running.slots.stop())
    return _answer(running, about, found or receipt)


async def health(request: Asked) -> HTTPResponse:
    """`GET /health`, for people and for balancers that know 200 and 503."""
    running = request.app.ctx
    state = running.state
    status, body = running.slots.load.health(state, running.accountant.paused if state is State.PAUSED else None)
    return HTTPResponse(body, status, content_type=_JSON)


async def is_ready(request: Asked) -> HTTPResponse:
    """`GET /ready`, for Consul."""
    status, body = ready(request.app.ctx.state)
    return HTTPResponse(body, status, content_type="text/plain; charset=utf-8")


async def metrics(request: Asked) -> HTTPResponse:
    """`GET /metrics`, for Prometheus."""
    running = request.app.ctx
    return HTTPResponse(running.metrics.text(running.state), content_type=CONTENT_TYPE)


def _answer(running: Running, about: About, found: Answer | Receipt) -> HTTPResponse:
    headers = {HEADER: Submitted.YES.value, "Cache-Control": "no-store"}
    if running.name is not None:
        headers[who.HEADER] = running.name
    about.captcha_id = found.receipt.captcha_id if isinstance(found, Answer) else found.captcha_id
    if isinstance(found, Answer):
        return HTTPResponse(json.dumps(dict(found.members)).encode(), 200, headers=headers, content_type=_JSON)
    body = json.dumps({"captcha_id": found.captcha_id}).encode()
    running.slots.keep(found.captcha_id)
    return HTTPResponse(body, 202, headers={**headers, "Location": found.location + running.at}, content_type=_JSON)


async def _tell(request: Asked, response: BaseHTTPResponse) -> HTTPResponse | None:
    path = f"/{request.route.path.split('/')[0]}" if request.route else "other"
    request.app.ctx.metrics.requests.labels(path, response.status).inc()
    about = getattr(request.ctx, "about", None)
    if about is not None:
        problem = getattr(request.ctx, "problem", None)
        submitted = response.headers.get(HEADER)
        tell(request.method, about, response.status, submitted, problem)
        if request.app.ctx.exporter is not None:
            trace, error = origin_of(request).trace, problem.error if problem else None
            said = told(about, response.status, submitted, problem)
            spans = spans_of(f"{request.method} {path}", trace, about, time.time(), said, error)
            request.app.ctx.exporter.export(spans)
    return None


async def _start(app: Worker) -> None:
    app.ctx.start()


async def _register(app: Worker) -> None:
    app.ctx.register()


async def _leave(app: Worker) -> None:
    await app.ctx.leave()


async def _stop(app: Worker) -> None:
    await app.ctx.stop()
