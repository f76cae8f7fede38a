"""The tasks under way, and the clients that wait for them: each task is carried on when its client is gone."""

import asyncio
import json
import logging
import math
from collections.abc import Callable, Coroutine
from functools import partial

from attempt.evidence import Answer
from gateway import answers
from gateway.carry import Carrier
from gateway.clients import Client, Clients
from gateway.errand import Errand, nothing
from gateway.following import Following
from gateway.keyed import Keyed
from gateway.ledger.ledger import Ledger
from gateway.locations import Location, Locations
from gateway.task import Key, Task
from gateway.timing import Timing

log = logging.getLogger(__name__)


class Carrying:
    """One gateway's."""

    def __init__(self, carrier: Carrier, ledger: Ledger, locations: Locations, clock: Callable[[], float]) -> None:
        self._carrier, self._locations, self._clock = carrier, locations, clock
        self._ledger, self.following = ledger, Following(ledger, carrier, locations, clock)
        self._keyed = Keyed(ledger, carrier, self.following)
        self._clients = Clients()
        self._under_way: set[asyncio.Task[Answer]] = set()
        self._carried: dict[str, asyncio.Task[Answer]] = {}

    async def carry(self, task: Task) -> Answer:
        """Carry a task. When the client leaves (the caller is cancelled), what may be paid for is carried on to its end."""
        if task.key is not None:
            return await self._carry_once(task, task.key)
        errand = Errand(task, Timing(self._clock))
        work = self._begin(self._carrier.carry(errand))
        client = Client(errand, work, self._clock)
        errand.on_accepted = partial(self._accepted, errand, work, client)
        work.add_done_callback(partial(_let_go, errand))
        try:
            return await self._clients.told(client)
        except asyncio.CancelledError:
            _left(task, work)
            raise

    async def _carry_once(self, task: Task, key: Key) -> Answer:
        """The same for a task with a key: it is carried once for all who send it, while any of them is there."""
        carried = self._keyed.carried(task, key)
        if carried is None:
            errand = Errand(task, Timing(self._clock))
            carried = self._keyed.begin(errand, key, self._begin)
        else:
            errand = carried.errand
            errand.task.client_left = False
        client = Client(errand, carried.work, self._clock, task)
        errand.on_accepted = partial(self._accepted_for, errand.on_accepted, errand, carried.work, client)
        carried.clients += 1
        is_over = carried.work.done()
        try:
            answer = await self._clients.told(client)
            return answers.again(answer) if is_over else answer
        except asyncio.CancelledError:
            if carried.clients == 1:
                _left(errand.task, carried.work)
            raise
        finally:
            carried.clients -= 1

    async def ask(self, task: Task, location: Location) -> Answer:
        """The answer to a task that some gateway had accepted, or its location again when there is none by `task.deadline`."""
        accepted = Answer(202, {}, json.dumps({"captcha_id": location.captcha_id}).encode())
        ours = self._locations.make(location, task.tenant)
        errand = Errand(task, Timing(self._clock), accepted=accepted, location=ours)
        carried = self._carried.get(location.workers)
        task.hold_until = task.deadline if carried else math.inf
        work = carried or self._begin(self._carrier.ask(errand, location, self._ledger.of(location.task)))
        try:
            return await self._clients.told(Client(errand, work, self._clock))
        finally:
            if work is not carried:
                work.cancel()

    def leave(self) -> None:
        """The gateway leaves: who takes a location for an answer gets one."""
        self._clients.leave()

    def cut_off(self) -> None:
        """The gateway ends: every client still there is told what is known."""
        self._clients.cut_off()

    def _accepted(self, errand: Errand, work: asyncio.Task[Answer], client: Client) -> None:
        client.accepted()
        if errand.task.hold_until is not None and errand.accepted is not None:
            location = errand.accepted.headers["location"]
            self._carried[location] = work  # who asks here waits with us, and not beside us at a worker
            work.add_done_callback(lambda _: self._carried.pop(location, None))

    def _accepted_for(self, others: Callable[[], None], errand: Errand, work: asyncio.Task[Answer], client: Client) -> None:
        others()
        self._accepted(errand, work, client)

    def _begin(self, work: Coroutine[None, None, Answer]) -> asyncio.Task[Answer]:
        begun = asyncio.create_task(work)
        self._under_way.add(begun)
        begun.add_done_callback(self._under_way.discard)
        return begun


def _left(task: Task, work: asyncio.Task[Answer]) -> None:
    log.info("task %s: its client left", task.id)
    if task.callback is not None:
        return  # it will be told all the same
    task.client_left = True
    if task.waits_for_slot:
        work.cancel()


def _let_go(errand: Errand, _: asyncio.Task[Answer]) -> None:
    # Else each task would be a cycle with all that belongs to it, down to the client's request: the garbage collector's
    # work, which stops everything for some hundredths of a second.
    errand.on_accepted = nothing
