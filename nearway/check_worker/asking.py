"""Asking a worker all there is to ask, in one sequence."""

import asyncio
import io
import os
import time
from dataclasses import dataclass, field

import aiohttp

from contract.token import HEADER
from nearway.check_worker import ask as asks
from nearway.check_worker.ask import Ask, Request, Task
from nearway.check_worker.exchange import Answer, Evidence, Fault, Lost
from nearway.check_worker.seen import Seen, still_waits

CHECK = 5.0
"""Seconds an answer that takes no solving may take."""

LOOK_EVERY = 0.1
LOOKS = 50
"""How often it is looked whether the tasks that are held are counted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to ask. `timeout` is the seconds a task may take; `other` a second worker.

    `fill` is how many tasks may be submitted to take every slot; `token` is shown with every request.
    """

    url: str
    task: Task
    timeout: float
    other: str | None = None
    fill: int = 0
    token: str | None = field(default=None, repr=False)


async def examine(plan: Plan) -> Seen:
    """Ask. Ends after the first request when nobody is there."""
    # A connection each: a kept one that is closed as a POST arrives could not be told from a worker that closes it.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    shown = {HEADER: plan.token} if plan.token else {}
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers=shown) as session:
        asker = _Asker(plan, session)
        await asker.run()
        return asker.seen


class _Asker:
    def __init__(self, plan: Plan, session: aiohttp.ClientSession) -> None:
        self._plan, self._session, self.seen = plan, session, Seen()

    async def run(self) -> None:
        await self._ask(Ask.HEALTH, asks.HEALTH)
        if self._plan.other:
            self._keep(Ask.HEALTH_OTHER, await self._send(asks.HEALTH, CHECK, self._plan.other))
        if self.seen.nobody:
            return
        await self._ask_what_is_free()
        await self._ask_held(Ask.SOLVE_ASYNC, asks.solve_async(self._plan.task), 1, fill=False)
        if self.seen.location:
            await self._ask(Ask.WAIT, asks.wait(self.seen.location, 1))
            await self._wait_for(self.seen.location)  # until it is solved it may have a slot
        await self._ask_held(Ask.SOLVE, asks.solve(self._plan.task), self.seen.to_hold(self._plan.fill), fill=self._plan.fill > 0)
        await self._ask(Ask.READY, asks.READY)

    async def _ask_what_is_free(self) -> None:
        await self._ask(Ask.HEALTH, asks.HEALTH)
        for _ in range(2):
            await self._ask(Ask.READY, asks.READY)
        await self._ask(Ask.NO_PATH, asks.NO_PATH)
        if self._plan.token:
            await self._ask(Ask.UNTRUSTED, asks.UNTRUSTED)
        for ask, request in asks.wrong_bodies(self._plan.task).items():
            await self._ask(ask, request)

    async def _ask_held(self, ask: Ask, request: Request, count: int, *, fill: bool) -> None:
        """Submit so many tasks, and look on while the worker holds them; with `fill`, ask what a full worker is asked."""
        if not count:
            return
        tasks = [asyncio.create_task(self._ask(ask, request, self._plan.timeout)) for _ in range(count)]
        try:
            for _ in range(LOOKS):
                done, _ = await asyncio.wait(tasks, timeout=LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED)
                if done or await self._look(tasks):
                    break
                if self.seen.counted(count) and not fill:
                    break
                if self.seen.full and fill:
                    await self._ask_when_full()
                    break
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _look(self, tasks: list[asyncio.Task[Evidence]]) -> bool:
        """Whether a task ended meanwhile, so that what was seen does not count."""
        health, ready = await self._send(asks.HEALTH, CHECK), await self._send(asks.READY, CHECK)
        if any(task.done() for task in tasks):
            return True
        self._keep(Ask.HEALTH_HELD, health)
        self._keep(Ask.READY_HELD, ready)
        return False

    async def _ask_when_full(self) -> None:
        await self._ask(Ask.SOLVE_FULL, asks.solve_async(self._plan.task), self._plan.timeout)
        if self.seen.location:
            await self._ask(Ask.WAIT_FULL, asks.wait(self.seen.location, 0))

    async def _wait_for(self, location: str) -> None:
        end = time.monotonic() + self._plan.timeout
        while still_waits(await self._ask(Ask.WAIT, asks.wait(location, asks.LONG_WAIT), 2 * asks.LONG_WAIT)):
            if time.monotonic() > end:
                return
            await asyncio.sleep(1)
        if self.seen.solution is not None:
            await self._wait_again(location)

    async def _wait_again(self, location: str) -> None:
        await self._ask(Ask.WAIT_AGAIN, asks.wait(location, asks.LONG_WAIT), 2 * asks.LONG_WAIT)
        if self._plan.other:
            other = await self._send(asks.wait(location, asks.LONG_WAIT), 2 * asks.LONG_WAIT, self._plan.other)
            self._keep(Ask.WAIT_OTHER, other)

    async def _ask(self, ask: Ask, request: Request, seconds: float = CHECK) -> Evidence:
        evidence = await self._send(request, seconds)
        self._keep(ask, evidence)
        return evidence

    def _keep(self, ask: Ask, evidence: Evidence) -> None:
        self.seen = Seen((*self.seen.exchanges, (ask, evidence)))

    async def _send(self, request: Request, seconds: float, url: str | None = None) -> Evidence:
        begun = time.monotonic()
        try:
            status, headers, body = await self._exchange((url or self._plan.url) + request.path, request, seconds)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Lost(Fault.UNREACHABLE, time.monotonic() - begun, _reason(error))
        except TimeoutError:
            return Lost(Fault.SLOW, time.monotonic() - begun)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Lost(Fault.CLOSED, time.monotonic() - begun, _reason(error))
        return Answer(status, headers, body, time.monotonic() - begun)

    async def _exchange(self, url: str, request: Request, seconds: float) -> tuple[int, dict[str, str], bytes]:
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, CHECK))
        data = None if request.body is None else io.BytesIO(request.body)
        async with self._session.request(
            request.method, url, headers=request.headers, data=data, timeout=timeout, allow_redirects=False
        ) as response:
            fields = {name.lower(): value for name, value in response.headers.items()}
            return response.status, fields, await response.read()


def _reason(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        # asyncio's own text repeats the address; a failed look-up of a name has a number that is no errno.
        return os.strerror(number) if number and number > 0 else str(error.os_error)
    return str(error) or type(error).__name__
