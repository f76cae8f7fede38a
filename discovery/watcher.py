"""Watching Consul: one blocking query per question, each its own task; the view is what they know together."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable
from typing import Any

from discovery import background
from discovery.access import Access
from discovery.consul import MOST_AT_ONCE, MOST_HELD, Consul
from discovery.following import Tell, follow
from discovery.query import Datacenters, Query, Service
from discovery.view import View
from discovery.watch import LOOK_AGAIN, Failed, Reply

log = logging.getLogger(__name__)


class Watcher:
    """The view, kept up to date until `close`. Readers take `view` and never wait. Use it inside the event loop.

    `failures` counts how often trouble began, or became another.
    """

    def __init__(
        self,
        access: Access,
        *,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.view = View()
        self._news = self.view
        self.failures = 0
        self._agents = [Consul(address, access) for address in access.addresses]
        self._clock, self._jitter = clock, jitter
        self._changed = asyncio.Event()
        self._following: dict[Query[Any], asyncio.Task[None]] = {}
        self._held: set[Query[Any]] = set()
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._everywhere: tuple[Query[Any], ...] = ()

    def watch(self, queries: Iterable[Query[Any]]) -> None:
        """Ask these, too."""
        for query in queries:
            self._follow(query, self._heard)

    def watch_only(self, queries: Iterable[Query[Any]]) -> None:
        """Ask these and no others; what was known of others is forgotten."""
        wanted = set(queries)
        for query in self._following.keys() - wanted:
            self._following.pop(query).cancel()
            self._held.discard(query)
        self._publish(self.view.only(wanted), news=False)
        # Who is there must be known sooner than what a key says, should there be too many of them.
        self.watch(sorted(wanted, key=lambda query: not isinstance(query, Service)))

    def watch_everywhere(self, queries: Iterable[Query[Any]]) -> None:
        """Ask these in every datacenter that Consul knows of, as it comes to know them."""
        self._everywhere = tuple(queries)
        self._follow(Datacenters(), self._found)

    async def close(self) -> None:
        """Stop all queries and close the connections."""
        tasks = tuple(self._following.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for agent in self._agents:
            await agent.close()

    async def after(self, seen: View) -> View:
        """The first view with news since `seen`; at once when there is one already.

        News are other answers, and trouble that begins or ends; a mere confirmation only makes `view` younger.
        """
        while self._news is seen:
            await self._changed.wait()
        return self._news

    def _follow(self, query: Query[Any], tell: Tell[Any]) -> None:
        if query not in self._following:
            turns = None if self._hold(query) else self._turns
            work = follow(query, self._agents, tell, clock=self._clock, jitter=self._jitter, turns=turns)
            self._following[query] = background.begin(work, f"watching {query}")

    def _hold(self, query: Query[Any]) -> bool:
        """Whether a question may wait at Consul until its answer changes."""
        if not query.blocks or len(self._held) < MOST_HELD:
            self._held.add(query)
            return True
        if len(self._following) == MOST_HELD:
            log.warning(
                "over %d questions to Consul: the others are asked every %.0f s; ask for less, as by tree()",
                MOST_HELD,
                LOOK_AGAIN,
            )
        return False

    def _found(self, query: Query[Any], event: Reply[tuple[str, ...]] | Failed, news: bool, now: float) -> None:
        if isinstance(event, Failed):
            self._log(query, event, news)
            return
        # One that is no longer listed is still watched: its last good view counts until somebody says otherwise.
        self.watch(query.at(datacenter) for datacenter in event.said for query in self._everywhere)

    def _heard(self, query: Query[Any], event: Reply[Any] | Failed, news: bool, now: float) -> None:
        self._log(query, event, news)
        if isinstance(event, Failed):
            self._publish(self.view.failed(query, event.reason), news)
        else:
            self._publish(self.view.answered(query, event.said, now), news)

    def _log(self, query: Query[Any], event: Reply[Any] | Failed, news: bool) -> None:
        if isinstance(event, Failed) and news:
            self.failures += 1
            log.warning("%s: %s", query, event.reason)
        elif not isinstance(event, Failed) and self.view.to(query).trouble:
            log.info("%s: Consul answers again", query)

    def _publish(self, view: View, news: bool) -> None:
        self.view = view
        if news:
            self._news = view
            self._changed.set()
            self._changed = asyncio.Event()
