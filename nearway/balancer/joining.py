"""The workers as Consul tells of them, for as long as a balancer is in use."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from discovery import background
from discovery.access import Access
from discovery.query import Datacenters, Service
from discovery.view import Known, View
from discovery.watcher import Watcher
from nearway.balancer.worker import Worker, instances, registered

ALL_BEFORE = 2.0
"""Seconds in which every datacenter may answer before tasks go to the workers of those that did: else the first are all far."""


class Joining:
    """Tells `changed` the workers of a service, and why there are none, with every change. Use it inside the event loop.

    While Consul does not answer, what it said last counts.
    """

    def __init__(self, access: Access, service: str, changed: Callable[[tuple[Worker, ...], str], None]) -> None:
        self._service, self._changed = service, changed
        self._watcher = Watcher(access)
        self._watcher.watch([Datacenters()])
        self._following = background.begin(self._follow(), f"following the workers of {service}")

    async def close(self) -> None:
        """Stop asking."""
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await self._watcher.close()

    async def _follow(self) -> None:
        view, settled, until = View(), False, asyncio.get_running_loop().time() + ALL_BEFORE
        while True:
            self._ask_all(view)
            settled = settled or has_all(view, self._service) or asyncio.get_running_loop().time() >= until
            self._changed(registered(view, self._service) if settled else (), trouble(view, self._service))
            view = await self._next(view, None if settled else until)

    async def _next(self, seen: View, until: float | None) -> View:
        """The next with news; or, when the time is over, the same."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                return await self._watcher.after(seen)
        return seen

    def _ask_all(self, view: View) -> None:
        known = view.to(Datacenters())
        if isinstance(known, Known):
            self._watcher.watch(Service(datacenter, self._service) for datacenter in known.said)


def has_all(view: View, service: str) -> bool:
    """Whether every datacenter has told of the service, or why not."""
    known = view.to(Datacenters())
    answers = [view.of(datacenter, service) for datacenter in known.said] if isinstance(known, Known) else []
    return bool(answers) and all(isinstance(one, Known) or one.trouble for one in answers)


def trouble(view: View, service: str) -> str:
    """Why no worker may be known."""
    asked = [view.to(Datacenters()), *(view.of(datacenter, service) for datacenter in view.datacenters)]
    why = f"none of the {len(instances(view, service))} that are registered as {service} is well"
    return next((one.trouble for one in asked if one.trouble), why if view.datacenters else "Consul has not answered yet")
