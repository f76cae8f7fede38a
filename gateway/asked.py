"""What a request asks for: the task or the question in it, and who its client is."""

from sanic import Request

from contract.deadline import LONGEST_TASK
from contract.follow import origin_of
from contract.prefer import parse_prefer
from gateway.callbacks.target import HEADER as CALLBACK
from gateway.gateway import Gateway
from gateway.keys import HEADER as KEY
from gateway.keys import fingerprint, parse_key
from gateway.place import Address
from gateway.task import Key, Task, check_body, check_content_type, seconds_left


async def take_in(request: Request) -> None:
    """Receive the body of a request whose route is a stream: what was to be known before is known."""
    await request.receive_body()  # type: ignore[no-untyped-call]


def client_of(request: Request, gateway: Gateway) -> Address:
    """The client's address, behind the proxies that are trusted."""
    peer = request.conn_info.client_ip if request.conn_info else ""
    return gateway.ranking.client(peer, request.headers.getall("x-forwarded-for", []))


def task_of(request: Request, gateway: Gateway) -> Task:
    """The task that is sent. ProblemError says what is wrong with it."""
    check_content_type(request.headers.getall("content-type", []))
    origin, body = origin_of(request), check_body(request.body)
    key = parse_key(request.headers.getall(KEY, []))
    callback = gateway.callbacks.target_of(request.headers.getall(CALLBACK, []), request.ctx.tenant.name)
    client, now = client_of(request, gateway), gateway.clock()
    prefer = parse_prefer(request.headers.get("prefer"))
    task = Task(
        id=origin.fresh,
        request_id=origin.request,
        body=body,
        client=client,
        deadline=now + seconds_left(request.headers.get("nearway-deadline")),
        places=gateway.ranking.places(client, request.headers.get("nearway-region")),
        tenant=request.ctx.tenant,
        key=Key(key, fingerprint(body, callback.url if callback else None)) if key is not None else None,
        callback=callback,
        hold_until=now + (prefer.wait or 0.0) if prefer.respond_async else None,
        trace=origin.trace,
    )
    request.ctx.is_task = True  # from here on it is the task that comes to an end, and that is told
    return task


def question_of(request: Request, gateway: Gateway, name: str) -> Task:
    """A wait for a task of that id."""
    client = client_of(request, gateway)
    seconds = min(parse_prefer(request.headers.get("prefer")).wait or 0.0, LONGEST_TASK)
    return Task(
        id=name,
        request_id=origin_of(request).request,
        body=b"",
        client=client,
        deadline=gateway.clock() + seconds,
        places=gateway.ranking.places(client, request.headers.get("nearway-region")),
        tenant=request.ctx.tenant,
        trace=origin_of(request).trace,
    )
