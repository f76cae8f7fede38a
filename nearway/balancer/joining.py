"""The workers as Consul tells of them, for as long as a balancer is in use."""

import asyncio
from collections.abc import Callable

from discovery import background
from discovery.access import Access
from discovery.query import Service
from discovery.view import View
from discovery.watcher import Watcher
from nearway.balancer.worker import Worker, instances, registered


class Joining:
    """Tells `changed` the workers of a service, and why there are none, with every change. Use it inside the event loop.

    While Consul does not answer, what it said last counts.
    """

    def __init__(self, access: Access, service: str, changed: Callable[[tuple[Worker, ...], str], None]) -> None:
        self._service, self._changed = service, changed
        self._watcher = Watcher(access)
        self._watcher.watch_everywhere([Service(name=service)])
        self._following = background.begin(self._follow(), f"following the workers of {service}")

    async def close(self) -> None:
        """Stop asking."""
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await self._watcher.close()

    async def _follow(self) -> None:
        view = View()
        while True:
            self._changed(registered(view, self._service), self._trouble(view))
            view = await self._watcher.after(view)

    def _trouble(self, view: View) -> str:
        if not view.datacenters:
            return "Consul has not answered yet"
        troubles = (view.of(datacenter, self._service).trouble for datacenter in view.datacenters)
        why = f"none of the {len(instances(view, self._service))} that are registered as {self._service} is well"
        return next((one for one in troubles if one), why)
