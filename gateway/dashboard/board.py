"""The dashboard's parts, put together: made before the event loop, opened and closed inside it."""

import asyncio
import secrets
import time
from typing import Any

from contract import __version__
from discovery import background
from discovery.access import Access
from gateway.choose import objection
from gateway.dashboard.books import Books
from gateway.dashboard.finding import Finder
from gateway.dashboard.happened import Journal, State
from gateway.dashboard.live import Live
from gateway.dashboard.money import Money
from gateway.dashboard.picture import Facts, picture
from gateway.dashboard.session import Sessions
from gateway.dashboard.tries import Tries
from gateway.dashboard.turning import Dialler
from gateway.gateway import Gateway
from gateway.settings import GatewaySettings

LOOK = 1.0
"""Seconds between two looks at how the regions are, watched or not: what happened is told afterwards, too."""


class Board:
    """One gateway's."""

    def __init__(self, gateway: Gateway, settings: GatewaySettings, access: Access, name: str) -> None:
        self._gateway, self._name = gateway, name
        self._since, self._offset = gateway.clock(), time.time() - gateway.clock()
        self._journal = Journal()
        books = Books(settings.ledger, time.time)
        self.live = Live(self.picture, secrets.token_hex(4))
        self.money = Money(books, gateway.seen, self.live.is_watched, clock=gateway.clock)
        self.finder = Finder(gateway.seen.ended, books, gateway.clock)
        self.dialler = Dialler(access, lambda: gateway.view)
        self.sessions = Sessions(gateway.secret, time.time)
        self.tries = Tries()

    @property
    def name(self) -> str:
        """Which gateway it is."""
        return self._name

    def open(self) -> None:
        """Begin to watch."""
        self._work = [
            background.begin(self.live.keep(), "telling those who watch"),
            background.begin(self._look(), "watching what happens"),
            background.begin(self.money.keep(), "counting money"),
        ]

    def leave(self) -> None:
        """Those who watch go elsewhere."""
        self.live.close()

    def close(self) -> None:
        """End."""
        for work in self._work:
            work.cancel()

    def picture(self) -> dict[str, Any]:
        """All that is shown, now."""
        gateway = self._gateway
        facts = Facts(
            name=self._name,
            version=__version__,
            since=self._since,
            offset=self._offset,
            view=gateway.view,
            scene=gateway.scene,
            seen=gateway.seen,
            waiting=gateway.queue.lengths(),
            may_wait=gateway.queue.most,
            happened=self._journal,
            money=self.money.told(),
            ledger_away=gateway.ledger.away,
        )
        return picture(facts)

    async def _look(self) -> None:
        while True:
            scene = self._gateway.scene
            against = {name: objection(region, scene) for name, region in scene.regions.items()}
            dials = scene.policy.dials
            states = {
                name: State(one.kind if one else None, one.why if one else "", dials.get(name)) for name, one in against.items()
            }
            if self._gateway.has_view():
                self._journal.look(states, scene.now + self._offset)
            await asyncio.sleep(LOOK)
