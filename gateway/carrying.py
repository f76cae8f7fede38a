"""The tasks under way, and the clients that wait for them: each task is carried on when its client is gone."""

import asyncio
import json
import logging
import math
from collections.abc import Callable, Coroutine
from functools import partial

from attempt.evidence import Answer
from contract.problem import ProblemError
from gateway import answers
from gateway.carry import Carrier
from gateway.clients import Client, Clients
from gateway.ending import End, again, of_answer, of_problem
from gateway.errand import Errand
from gateway.following import Following
from gateway.keyed import Carried, Keyed
from gateway.ledger.ledger import Ledger
from gateway.locations import Location, Locations
from gateway.recalling import Recalling
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
        self._under_way: dict[asyncio.Task[Answer], Errand | None] = {}
        self._recalling = Recalling(ledger, self.following, self._clients, self._under_way, clock)
        self._carried: dict[str, asyncio.Task[Answer]] = {}

    async def carry(self, task: Task) -> Answer:
        """Carry a task. When the client leaves (the caller is cancelled), what may be paid for is carried on to its end."""
        if task.key is not None:
            return await self._carry_once(task, task.key)
        errand = Errand(task, Timing(self._clock))
        work = self._begin(self._carrier.carry(errand), errand)
        client = Client(errand, work, self._clock)
        errand.on_accepted, errand.on_queued = partial(self._accepted, errand, work, client), client.queued
        work.add_done_callback(lambda _: errand.let_go())
        try:
            return await self._clients.told(client)
        except asyncio.CancelledError:
            _left(task, work)
            raise

    async def _carry_once(self, task: Task, key: Key) -> Answer:
        """The same for a task with a key: it is carried once for all who send it, while any of them is there."""
        own = Errand(task, Timing(self._clock))
        try:
            carried = self._keyed.carried(task, key)
        except ProblemError as error:
            self._carrier.told(own, of_problem(error.problem))
            raise
        if carried is not None:
            return await self._told_again(own, carried)
        return await self._wait(task, self._keyed.begin(own, key, partial(self._begin, errand=own)))

    async def _told_again(self, own: Errand, carried: Carried) -> Answer:
        """What comes of a task that is carried, for who sent it again; with a line of it in the log."""
        carried.errand.task.client_left = False
        is_over = carried.work.done()
        try:
            answer = await self._wait(own.task, carried)
        except ProblemError as error:
            self._tell_again(own, carried, of_problem(error.problem))
            raise ProblemError(answers.told_again(error.problem) if is_over else error.problem) from None
        self._tell_again(own, carried, of_answer(answer))
        return answers.again(answer) if is_over else answer

    def _tell_again(self, own: Errand, carried: Carried, end: End) -> None:
        own.task.id, own.at, own.worker = carried.errand.task.id, carried.errand.at, carried.errand.worker
        self._carrier.told(own, again(end))

    async def _wait(self, task: Task, carried: Carried) -> Answer:
        errand = carried.errand
        client = Client(errand, carried.work, self._clock, task)
        accepted = partial(self._accepted, errand, carried.work, client)
        errand.on_accepted = partial(_both, errand.on_accepted, accepted)
        errand.on_queued = partial(_both, errand.on_queued, client.queued)
        carried.clients += 1
        try:
            return await self._clients.told(client)
        except asyncio.CancelledError:
            if carried.clients == 1:
                _left(errand.task, carried.work)
            raise
        finally:
            carried.clients -= 1

    async def recall(self, task: Task) -> Answer:
        """The answer to the task of that id, whoever carries it or has, or how it stands when there is none by `task.deadline`.

        ProblemError when it is over without an answer, or no task of its tenant's.
        """
        found = await self._recalling.recall(task)
        return await self.ask(task, found, answers.by_id(task.id)) if isinstance(found, Location) else found

    async def ask(self, task: Task, location: Location, where: str | None = None) -> Answer:
        """The answer to a task that some gateway had accepted, or its location again when there is none by `task.deadline`.

        That is `where`, if one is given.
        """
        accepted = Answer(202, {}, json.dumps({"captcha_id": location.captcha_id}).encode())
        ours = where or self._locations.make(location, task.tenant)
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
        if (errand.task.hold_until is not None or errand.task.callback is not None) and errand.accepted is not None:
            location = errand.accepted.headers["location"]
            self._carried[location] = work  # who asks here waits with us, and not beside us at a worker
            work.add_done_callback(lambda _: self._carried.pop(location, None))

    def _begin(self, work: Coroutine[None, None, Answer], errand: Errand | None = None) -> asyncio.Task[Answer]:
        """Start work that is not to be lost; `errand` is the one that it carries."""
        begun = asyncio.create_task(work)
        self._under_way[begun] = errand
        begun.add_done_callback(self._under_way.pop)
        return begun


def _left(task: Task, work: asyncio.Task[Answer]) -> None:
    log.info("task %s: its client left", task.id)
    if task.callback is not None:
        return  # it will be told all the same
    task.client_left = True
    if task.waits_for_slot:
        work.cancel()


def _both(first: Callable[[], None], then: Callable[[], None]) -> None:
    first()
    then()
