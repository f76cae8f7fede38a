"""Workers in this process: each answers by the worker contract, and remembers when its slots were taken."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from nearway import Worker

SLOTS = 10

HEADERS = {"Task-Submitted": "yes"}


@dataclass
class Api:
    """What solves for all workers. `submissions` counts by the number of the task, `due` says when each id is solved."""

    submissions: Counter[int] = field(default_factory=Counter)
    due: dict[str, float] = field(default_factory=dict)
    ids: "itertools.count[int]" = field(default_factory=itertools.count)


@dataclass
class Held:
    """A slot that was taken, from when until when."""

    begun: float
    ended: float


class Hand:
    """A worker. `seconds` is how long a task takes there; `resumable` or not; `full`: it never has room."""

    def __init__(self, name: str, api: Api, seconds: float, *, resumable: bool = True, full: bool = False) -> None:
        self.name, self.slots, self.seconds, self.full = name, SLOTS, seconds, full
        self._api, self._resumable = api, resumable
        self.held: list[Held] = []
        self.most = self.refused = 0
        self.down: list[Held] = []
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def worker(self) -> Worker:
        """As a balancer knows it."""
        return Worker(f"http://127.0.0.1:{self._port}", slots=self.slots, resumable=self._resumable)

    async def start(self) -> None:
        """Listen, on the same port each time."""
        app = web.Application()
        app.router.add_post("/solve", self._solve)
        app.router.add_get("/tasks/{id}", self._look)
        app.router.add_get("/health", self._health)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        if self.down:
            self.down[-1].ended = time.monotonic()

    async def die(self) -> None:
        """Be gone, with every connection; its slots are nobody's then."""
        now = time.monotonic()
        for one in self.held:
            one.ended = min(one.ended, now)
        self.down.append(Held(now, float("inf")))
        await self.stop()

    async def stop(self) -> None:
        """Close all."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def busy(self, begun: float, ended: float) -> float:
        """Seconds of all its slots in which they were taken, in that time."""
        return _within(self.held, begun, ended)

    def up(self, begun: float, ended: float) -> float:
        """Seconds in which it was there."""
        return ended - begun - _within(self.down, begun, ended)

    async def _solve(self, request: web.Request) -> web.StreamResponse:
        number = int((await request.json()).get("number", 0))
        now = time.monotonic()
        taken = sum(one.ended > now for one in self.held)
        if self.full or taken >= self.slots:
            self.refused += 1
            told = {"error": "NO_FREE_SLOT", "detail": "full"}
            return web.json_response(told, status=503, headers={"Task-Submitted": "no", "Retry-After": "1"})
        self.most = max(self.most, taken + 1)
        self.held.append(Held(now, now + self.seconds))
        self._api.submissions[number] += 1
        captcha_id = str(next(self._api.ids))
        self._api.due[captcha_id] = now + self.seconds
        if not self._resumable:
            return await self._solved(captcha_id, self.seconds)
        location = f"/tasks/{captcha_id}"
        return web.json_response({"captcha_id": captcha_id}, status=202, headers={**HEADERS, "Location": location})

    async def _look(self, request: web.Request) -> web.StreamResponse:
        captcha_id = request.match_info["id"]
        return await self._solved(captcha_id, max(0.0, self._api.due[captcha_id] - time.monotonic()))

    async def _solved(self, captcha_id: str, seconds: float) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.json_response({"solution": f"of {captcha_id}", "captcha_id": captcha_id}, headers=HEADERS)

    async def _health(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok"})


@asynccontextmanager
async def crew(seconds: float, *, resumable: bool = True) -> AsyncIterator[tuple[Api, list[Hand]]]:
    """Five of them: two like one another, one slow, one that is to die, one always full."""
    api = Api()
    steady = [Hand(name, api, seconds, resumable=resumable) for name in ("steady", "steady too")]
    slow = Hand("slow", api, 3 * seconds, resumable=resumable)
    dying = Hand("dies and returns", api, seconds, resumable=resumable)
    hands = [*steady, slow, dying, Hand("always full", api, seconds, resumable=resumable, full=True)]
    for one in hands:
        await one.start()
    try:
        yield api, hands
    finally:
        for one in hands:
            await one.stop()


def _within(held: list[Held], begun: float, ended: float) -> float:
    return sum(max(0.0, min(one.ended, ended) - max(one.begun, begun)) for one in held)
