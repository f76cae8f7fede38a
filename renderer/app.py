"""The renderer at work: from Consul's news to nginx serving them, until it is told to leave."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any

import aiohttp

from contract import __version__
from discovery import registration
from discovery.access import Access
from discovery.consul import Consul
from discovery.keeper import Keeper
from discovery.query import Service
from discovery.records import WORKERS
from discovery.view import Known, Unknown, View
from discovery.watcher import Watcher
from renderer import change, status
from renderer.doubt import Weighed, known_at, weigh
from renderer.evaluating import Evaluation
from renderer.files import LOOK
from renderer.gathering import spaced
from renderer.loop import Change, Event, NoAnswer, State, Step, Unrendered, UseLastGood, Wanted, after, decide
from renderer.nginx import Nginx
from renderer.region import Listen, Region
from renderer.render import Host
from renderer.report import Families, Report
from renderer.report import status as say_status
from renderer.stage import Refused, Swapped
from renderer.telling import Teller
from renderer.token_files import TokenFiles
from renderer.upstreams import Server, Upstreams, upstreams

log = logging.getLogger(__name__)


class Renderer:
    """One region's renderer."""

    def __init__(
        self,
        region: Region,
        access: Access,
        template: Path,
        host: Host,
        tokens: TokenFiles,
        nginx: str,
        port_is_left: Callable[[], None],
        *,
        status_listen: Listen | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._region, self._tokens, self._clock = region, tokens, clock
        self._watcher = Watcher(access)
        self._keeper = Keeper(Consul(access.addresses[0], access), endpoint(region))
        self._nginx = Nginx(nginx, host.run_dir, region.endpoint.listen, self._answers)
        self._port_is_left, self._status_listen = port_is_left, status_listen
        self._state: State[Server] = State(clock())
        self._weighed = Weighed(Upstreams(()))
        self._teller = Teller()
        self._workers = Service(region.datacenter, WORKERS)
        self._evaluation = Evaluation(template, region, host, tokens, self._workers, self._watcher, self._teller)
        self._session: aiohttp.ClientSession | None = None

    async def run(self, leave: asyncio.Event, leave_at_once: asyncio.Event) -> None:
        """Work until `leave`; then deregister first, and let nginx finish what it holds unless `leave_at_once`."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as self._session:
            # Its port is left before nginx has answered all it holds: the next renderer need not wait for that.
            async with status.served(self._status_listen, self._said):
                ended = await self._work(leave)
            await self._leave(leave_at_once)
            for error in ended:
                if isinstance(error, Exception):
                    raise error

    async def _work(self, leave: asyncio.Event) -> list[BaseException | None]:
        self._watcher.watch([self._workers])
        working = [asyncio.create_task(self._render()), asyncio.create_task(self._register())]
        leaving = asyncio.create_task(leave.wait())
        await asyncio.wait([*working[:1], leaving], return_when=asyncio.FIRST_COMPLETED)
        for task in (*working, leaving):
            task.cancel()
        return await asyncio.gather(*working, return_exceptions=True)

    def report(self) -> Report:
        """What there is to say of this moment."""
        answer = self._watcher.view.to(self._workers)
        return Report(
            region=self._region.name,
            record=self._teller.record,
            workers=None if self._state.served is None else len(self._state.servers),
            slots=None if self._state.served is None else sum(server.slots for server in self._state.servers),
            heard=answer.heard if isinstance(answer, Known) else None,
            consul_trouble=answer.trouble,
            consul_failures=self._watcher.failures,
            nginx_answers=self._nginx.answering.is_set(),
            nginx_starts=self._nginx.starts,
            old_processes=self._nginx.old(),
            now=self._clock(),
            wall=time.time(),
        )

    def _said(self) -> status.Said:
        report = self.report()
        return status.Said(say_status(report), Families(report))

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
            again_at = await self._follow(await self._event(seen))
            seen = await self._next(seen, _sooner(again_at, self._weighed.again_at))

    async def _follow(self, event: Event[Server]) -> float | None:
        """Do what the event asks for; when to look again even if nothing happens."""
        step = self._decide(event)
        self._tell(event)
        if isinstance(step.action, Change):
            await self._change(step.action.wanted)
            return self._decide(event).again_at
        if isinstance(step.action, UseLastGood):
            await self._use_last_good()
        return step.again_at

    async def _use_last_good(self) -> None:
        if self._tokens.are_asked_for_in(self._nginx.config):
            await change.use_last_good(self._nginx)
        elif not self._nginx.started:
            log.error("the last configuration asks nobody for a token, and REGION_TOKEN is set: it is not used")

    def _tell(self, event: Event[Server]) -> None:
        now = self._clock()
        if isinstance(event, Unrendered):
            self._teller.unrendered(event.reason, now)
        elif isinstance(event, Wanted):
            self._teller.rendered(now)
            if event.text == self._state.served:
                self._teller.as_wanted()

    def _decide(self, event: Event[Server]) -> Step[Server]:
        step = decide(self._state, event, self._clock(), spaced(self._region.renderer, self._nginx.old()))
        self._state = step.state
        return step

    async def _next(self, seen: View, again_at: float | None) -> View:
        """The view after the next news, or the same one when it is time or a file has changed that was read."""
        while again_at is None or self._clock() < again_at:
            left = LOOK if again_at is None else min(LOOK, again_at - self._clock())
            with suppress(TimeoutError):
                return await asyncio.wait_for(self._watcher.after(seen), left)
            if self._evaluation.is_outdated():
                break
        return seen

    async def _event(self, view: View) -> Event[Server]:
        # In a thread, as the rendering is: for ten thousand workers each takes long enough to be late for all else.
        found = await asyncio.to_thread(upstreams, view, self._region)
        answer = view.to(self._workers)
        if isinstance(found, Unknown) or isinstance(answer, Unknown):
            return NoAnswer()
        self._teller.left_out(found.told)
        if self._too_early(found, answer):
            return NoAnswer()
        self._weigh(found, answer)
        return await self._evaluation.of(self._weighed.upstreams)

    def _too_early(self, found: Upstreams, answer: Known[Any]) -> bool:
        now = self._clock()
        at = known_at(found, answer, now, self._region.renderer)
        if self._state.served is not None or now >= at or not self._nginx.config.exists():
            return False
        self._weighed = Weighed(found, again_at=at if at < inf else None)
        return True

    def _weigh(self, found: Upstreams, answer: Known[Any]) -> None:
        self._weighed = weigh(self._weighed.hold, self._state.servers, found, answer, self._clock(), self._region.renderer)
        self._teller.holding(self._weighed.held, len(self._state.servers))

    async def _change(self, wanted: Wanted[Server]) -> None:
        began = self._clock()
        outcome = await change.change(self._nginx, wanted.text)
        self._teller.changed(outcome, began, self._clock())
        self._state = after(self._state, wanted, outcome, self._clock())
        if isinstance(outcome, Swapped):
            self._tokens.forget_old()
        if isinstance(outcome, Refused):  # the template may be what is wrong: it is read again
            self._evaluation.forget()

    async def _answers(self) -> bool:
        if self._session is None:
            return False
        try:
            # Unverified: it is asked whether our own nginx answers, by an address that is in no certificate.
            async with self._session.get(self._region.reached_at + "/region", ssl=False) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


def _sooner(one: float | None, other: float | None) -> float | None:
    return min((at for at in (one, other) if at is not None), default=None)


def endpoint(region: Region) -> registration.Registration:
    """What is registered of a region: where gateways reach it is where its Consul agent looks, so that both see the same."""
    host, port = region.endpoint.address
    url = region.endpoint.advertise
    return registration.region_endpoint(
        region.name, region.title, region.location, url, host, port, f"{url}/region", version=__version__
    )
