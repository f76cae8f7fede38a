"""The renderer at work: from Consul's news to nginx serving them, until it is told to leave."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp

from discovery import registration
from discovery.consul import Access, Consul
from discovery.keeper import Keeper
from discovery.records import WORKERS, Rejected
from discovery.view import Unknown, View
from discovery.watcher import Watcher
from renderer import stage
from renderer.loop import Change, Event, NoAnswer, State, Unrendered, UseLastGood, Wanted, after, decide
from renderer.nginx import Nginx
from renderer.region import Region
from renderer.render import Host, RenderError, render
from renderer.upstreams import upstreams

log = logging.getLogger(__name__)


class Renderer:
    """One region's renderer."""

    def __init__(
        self,
        region: Region,
        access: Access,
        template: Path,
        host: Host,
        nginx: str,
        port_is_left: Callable[[], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._region, self._template, self._host, self._clock = region, template, host, clock
        self._watcher = Watcher(access, (WORKERS,), (region.datacenter,))
        self._keeper = Keeper(Consul(access.addresses[0], access), endpoint(region))
        self._nginx = Nginx(nginx, host.run_dir, region.endpoint.listen, self._answers)
        self._port_is_left = port_is_left
        self._state = State(clock())
        self._told: tuple[Rejected, ...] = ()
        self._trouble: str | None = None
        self._session: aiohttp.ClientSession | None = None

    async def run(self, leave: asyncio.Event, leave_at_once: asyncio.Event) -> None:
        """Work until `leave`; then deregister first, and let nginx finish what it holds unless `leave_at_once`."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as self._session:
            self._watcher.start()
            working = [asyncio.create_task(self._render()), asyncio.create_task(self._register())]
            leaving = asyncio.create_task(leave.wait())
            await asyncio.wait([*working[:1], leaving], return_when=asyncio.FIRST_COMPLETED)
            for task in (*working, leaving):
                task.cancel()
            ended = await asyncio.gather(*working, return_exceptions=True)
            await self._leave(leave_at_once)
            for error in ended:
                if isinstance(error, Exception):
                    raise error

    async def _leave(self, at_once: asyncio.Event) -> None:
        await self._keeper.leave()
        await self._watcher.close()
        log.info("nginx finishes the requests it holds")
        self._nginx.leave()
        self._port_is_left()
        gone, hurry = asyncio.create_task(self._nginx.gone()), asyncio.create_task(at_once.wait())
        await asyncio.wait([gone, hurry], return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            self._nginx.leave(at_once=True)
        await gone
        hurry.cancel()

    async def _register(self) -> None:
        await self._nginx.answering.wait()
        self._keeper.start()

    async def _render(self) -> None:
        seen = self._watcher.view
        while True:
            again_at = await self._follow(self._event(seen))
            seen = await self._next(seen, again_at)

    async def _follow(self, event: Event) -> float | None:
        """Do what the event asks for; when to look again even if nothing happens."""
        self._tell_trouble(event.reason if isinstance(event, Unrendered) else None)
        step = decide(self._state, event, self._clock())
        if isinstance(step.action, Change):
            await self._change(step.action.text)
            return decide(self._state, event, self._clock()).again_at
        if isinstance(step.action, UseLastGood):
            await self._use_last_good()
        return step.again_at

    async def _next(self, seen: View, again_at: float | None) -> View:
        if again_at is None:
            return await self._watcher.after(seen)
        try:
            return await asyncio.wait_for(self._watcher.after(seen), max(0.0, again_at - self._clock()))
        except TimeoutError:
            return seen

    def _event(self, view: View) -> Event:
        wanted = upstreams(view, self._region)
        if isinstance(wanted, Unknown):
            return NoAnswer()
        self._tell(wanted.told)
        try:
            return Wanted(render(self._template, self._region, wanted, self._host))
        except RenderError as error:
            return Unrendered(str(error))

    def _tell(self, told: tuple[Rejected, ...]) -> None:
        for one in told:
            if one not in self._told:
                log.warning("registration %r: %s", one.id, one.reason)
        self._told = told

    def _tell_trouble(self, trouble: str | None) -> None:
        if trouble is not None and trouble != self._trouble:
            log.error("the configuration stays as it was: %s", trouble)
        self._trouble = trouble

    async def _change(self, text: str) -> None:
        began = self._clock()
        outcome = await stage.swap(self._nginx.config, text, self._nginx.check)
        if not isinstance(outcome, stage.Refused):
            outcome = await self._apply(outcome)
        if isinstance(outcome, stage.Refused):
            log.error("the configuration stays as it was: %s", outcome.reason)
        elif isinstance(outcome, stage.Swapped):
            log.info("new configuration in place after %.0f ms", 1_000 * (self._clock() - began))
        self._state = after(self._state, text, outcome, self._clock())

    async def _apply(self, outcome: stage.Outcome) -> stage.Outcome:
        if not self._nginx.started:
            self._nginx.start()
            return outcome
        trouble = await self._nginx.reload()
        return outcome if trouble is None else stage.Refused(trouble)

    async def _use_last_good(self) -> None:
        if self._nginx.started or not self._nginx.config.exists():
            return
        trouble = await self._nginx.check(self._nginx.config)
        if trouble is not None:
            log.error("the last configuration can't be used: %s", trouble)
            return
        log.warning("there is nothing newer: nginx is started with the last good configuration")
        self._nginx.start()

    async def _answers(self) -> bool:
        if self._session is None:
            return False
        try:
            async with self._session.get(f"http://{self._region.endpoint.listen.reached_at}/region") as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


def endpoint(region: Region) -> registration.Registration:
    """What is registered of a region: where gateways reach it is where its Consul agent looks, so that both see the same."""
    host, port = region.endpoint.address
    url = region.endpoint.advertise
    return registration.region_endpoint(region.name, region.title, region.location, url, host, port, f"{url}/region")
