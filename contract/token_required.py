"""Where a token is asked for, who shows none may look whether the program lives, and nothing else."""

import asyncio
import logging
import time
from typing import Any

from sanic import Request, Sanic

from contract.client_certificate import OPEN
from contract.problem import ProblemError, problem
from contract.submitted import Submitted
from contract.token import CHALLENGE, HEADER
from contract.token_source import TokenSource

log = logging.getLogger(__name__)

TOLD_EVERY = 60.0
"""Seconds between two lines in the log."""


def require_token(app: Sanic[Any, Any], source: TokenSource) -> None:
    """Have the app refuse requests that show no token of the source's, and follow the source for as long as it runs."""
    refusals = _Refusals()

    @app.middleware("request", priority=1)
    async def look_for_token(request: Request) -> None:
        if request.path in OPEN or (source.tokens is not None and source.tokens.accept(_shown(request))):
            return
        refusals.another(request.ip)
        # A wait is for a task that is paid for, by whomever: nothing is told of it.
        submitted = Submitted.UNKNOWN if request.path.startswith("/tasks/") else None
        why = "The request shows no token that is accepted here"
        raise ProblemError(problem("TOKEN_REQUIRED", why, submitted=submitted, headers={"WWW-Authenticate": CHALLENGE}))

    following: list[asyncio.Task[None]] = []

    @app.before_server_start
    async def follow(app: Sanic[Any, Any]) -> None:
        following.append(asyncio.create_task(source.keep_fresh()))

    @app.after_server_stop
    async def leave(app: Sanic[Any, Any]) -> None:
        following.pop().cancel()


def _shown(request: Request) -> list[str]:
    # As a bearer's too (RFC 6750 §2.1): Prometheus can send no header of ours.
    bearers = (value.split(" ", 1) for value in request.headers.getall("authorization", []))
    return [
        *request.headers.getall(HEADER, []),
        *(words[1] for words in bearers if len(words) == 2 and words[0].lower() == "bearer"),
    ]


class _Refusals:
    """Told now and then: a region whose token is wrong asks again and again."""

    def __init__(self) -> None:
        self._untold, self._told = 0, -TOLD_EVERY

    def another(self, who: str) -> None:
        self._untold += 1
        now = time.monotonic()
        if now - self._told >= TOLD_EVERY:
            log.warning("%d request(s) without a token that is accepted, the last from %s: see WORKER_TOKEN", self._untold, who)
            self._untold, self._told = 0, now
