"""Following a request: its ids are taken or made, stand in every log line about it, and go back to whoever asked."""

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import BaseHTTPResponse

from contract import logs
from contract.ids import REQUEST, TASK, request_id, task_id
from contract.trace import RESPONSE, Trace, trace_of


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose request it is. `fresh` is an id that was made for it, `task` the one it names, if it does."""

    fresh: str
    request: str
    trace: Trace
    task: str | None

    @property
    def own_ids(self) -> dict[str, str]:
        """The request's, as fields of a log line."""
        return {"request": self.request, "trace": self.trace.id}

    @property
    def ids(self) -> dict[str, str]:
        """The same, with the task's."""
        return {"task": self.task, **self.own_ids} if self.task else self.own_ids


def origin_of(request: Request[Any, Any], *, kept: bool = False) -> Origin:
    """That of a request; `kept` is whether its trace is."""
    found: Origin | None = getattr(request.ctx, "origin", None)
    if found is None:
        fresh, headers = uuid.uuid4().hex, request.headers
        trace = trace_of(headers, fresh, secrets.token_hex(8), kept=kept)
        found = Origin(fresh, request_id(headers.get(REQUEST), fresh), trace, task_id(headers.get(TASK)))
        request.ctx.origin = found
    return found


def follow(app: Sanic[Any, Any], *, named: bool, kept: bool) -> None:
    """Have the app follow its requests; `named`: they come from our own parts, and say whose task it is; `kept`: traces are."""

    @app.middleware("request", priority=10)
    async def take_ids(request: Request) -> None:
        origin = origin_of(request, kept=kept)
        logs.about(origin.ids if named else origin.own_ids)

    @app.middleware("response")
    async def give_ids(request: Request, response: BaseHTTPResponse) -> HTTPResponse | None:
        origin = origin_of(request)
        response.headers[REQUEST] = origin.request
        response.headers[RESPONSE] = origin.trace.response()
        return None
