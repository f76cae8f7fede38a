"""The sequence: the program is up, then it is registered; it is deregistered, and then it may end."""

import asyncio
import logging
import signal
from contextlib import suppress
from typing import Any

import aiohttp

from contract import __version__
from discovery import registration
from discovery.access import Access
from discovery.consul import Consul
from discovery.keeper import Keeper
from nearway.register.child import Child
from nearway.register.health import Answer, Seen, is_there
from nearway.register.looking import look, place_of
from nearway.register.plan import Plan
from nearway.register.reporting import Reporter

log = logging.getLogger(__name__)

PROPAGATION = 0.5
"""Seconds until whoever watches Consul has heard that the worker left; until then tasks still come."""

PASSED_ON = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
ENDING = (signal.SIGTERM, signal.SIGINT)
LOOK_EVERY = 0.2


class StartError(Exception):
    """It could not begin; the text says why, `status` is the exit status."""

    def __init__(self, why: str, status: int = 1) -> None:
        super().__init__(why)
        self.status = status


def wanted_of(plan: Plan) -> registration.Registration:
    """The registration. OSError when the URL's host can't be resolved."""
    host, port = place_of(plan.url)
    return registration.worker(
        plan.region,
        host,
        port,
        slots=plan.slots,
        version=__version__,
        weight=plan.weight,
        backup=plan.backup,
        resumable=plan.resumable,
        check_path=plan.health,
        tls=plan.url.startswith("https:"),
        ttl=plan.ttl,
    )


class Running:
    """One run of the command."""

    def __init__(self, plan: Plan, access: Access) -> None:
        self._plan, self._access = plan, access
        self._wanted = wanted_of(plan)
        self._leave: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()
        self._child: Child | None = None

    async def run(self) -> int:
        """Until a signal, or the end of the program; the exit status. StartError, and ConsulError when none answers."""
        self._listen()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as self._session:
            agent = Consul(self._access.addresses[0], self._access)
            try:
                await agent.about()
                await self._begin()
                if not self._over():
                    await agent.register(self._wanted)
            except BaseException:
                await agent.close()
                await self._stop()
                raise
            if self._over():
                await agent.close()
            else:
                await self._serve(agent)
            return await self._stop()

    async def _serve(self, agent: Consul) -> None:
        reporter = Reporter(agent, self._wanted.id, self._look, self._plan.interval)
        keeper = Keeper(agent, self._wanted)
        keeper.start()
        reporting = asyncio.create_task(reporter.run())
        try:
            await self._end()
        finally:
            reporting.cancel()
            with suppress(asyncio.CancelledError):
                await reporting
            await keeper.leave()
        if self._child is not None and self._child.status is None:
            await asyncio.sleep(PROPAGATION)

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in ENDING:
            loop.add_signal_handler(number, self._told, number)
        if self._plan.command:
            for number in PASSED_ON:
                loop.add_signal_handler(number, self._pass_on, number)

    def _told(self, number: signal.Signals) -> None:
        if not self._leave.done():
            self._leave.set_result(number)
        elif self._child is not None:  # whoever says it twice does not want to wait for tasks
            self._child.tell(number)

    def _pass_on(self, number: signal.Signals) -> None:
        if self._child is not None:
            self._child.tell(number)

    def _over(self) -> bool:
        return self._leave.done() or (self._child is not None and self._child.status is not None)

    async def _look(self) -> Seen:
        return await look(self._session, self._plan.health_url)

    async def _begin(self) -> None:
        seen = await self._look()
        if not self._plan.command:
            _check_up(seen, self._plan)
            return
        if isinstance(seen, Answer):
            raise StartError(f"somebody answers at {self._plan.health_url} already: leave the command away, or end that first")
        self._child = await _started(self._plan.command)
        await self._until_up(self._child)

    async def _until_up(self, child: Child) -> None:
        end = asyncio.get_running_loop().time() + self._plan.start
        while not self._leave.done():
            seen = await self._look()
            if child.status is not None:
                raise StartError(
                    f"{self._plan.command[0]} ended with status {child.status} before {self._plan.health_url} answered",
                    child.status or 1,
                )
            if is_there(seen):
                return
            if asyncio.get_running_loop().time() > end:
                raise StartError(f"{self._plan.health_url} is not well {self._plan.start:g} s after the start: {seen}")
            await self._something(LOOK_EVERY)

    async def _something(self, patience: float | None = None) -> None:
        """Until we are told to leave, the program has ended, or so many seconds are over."""
        ends: list[asyncio.Future[Any]] = [self._leave]
        if self._child is not None:
            ends.append(self._child.ending)
        await asyncio.wait(ends, timeout=patience, return_when=asyncio.FIRST_COMPLETED)

    async def _end(self) -> None:
        await self._something()
        if self._child is not None and self._child.status is not None:
            log.warning("%s has ended with status %d", self._plan.command[0], self._child.status)

    async def _stop(self) -> int:
        if self._child is None:
            return 0
        number = self._leave.result() if self._leave.done() else signal.SIGTERM
        await self._child.stop(number, self._plan.drain)
        return self._child.status or 0


async def _started(command: tuple[str, ...]) -> Child:
    try:
        return await Child.start(command)
    except FileNotFoundError:
        raise StartError(f"there is no program {command[0]!r}", 127) from None
    except OSError as error:
        raise StartError(f"{command[0]!r} can't be run: {error.strerror}", 126) from None


def _check_up(seen: Seen, plan: Plan) -> None:
    if not isinstance(seen, Answer):
        raise StartError(f"nobody answers at {plan.health_url} ({seen}): start the program first, or give its command after --")
    if not is_there(seen) and seen.status != 503:
        raise StartError(f"{plan.health_url} answers {seen}: --health names the path that says the program is well")
