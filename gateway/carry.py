"""Carrying one task: choose a region, submit once, wait anywhere, answer. The sequence; every rule is elsewhere."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial

from attempt.evidence import Answer, Evidence, Lost
from attempt.exchange import Exchange
from attempt.outcome import Outcome, Waited, asked_for, is_ours_to_mend, outcome_of, waited_for
from contract.deadline import HEADER as DEADLINE
from contract.ids import REQUEST, TASK
from contract.prefer import Prefer
from contract.problem import ProblemError
from discovery.records import RegionEndpoint
from discovery.view import View
from gateway import answers
from gateway.admission import Admission, Granted, Rank
from gateway.ending import LEFT, of_answer, of_problem
from gateway.errand import Errand
from gateway.held import Held
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.locations import Location, Locations
from gateway.moving import SHORTEST_ROUND, next_endpoint, next_location, pause_after
from gateway.task import Task
from gateway.telling import Teller
from gateway.trail import Attempt

log = logging.getLogger(__name__)

WAIT, SHORT_WAIT = 20.0, 2.0
"""Seconds of one wait: long enough to cost nothing; and at a region that seems not to answer, short enough to be left soon."""

LATE = 3.0
"""Seconds an answer may take beyond the wait it was asked for."""


class ClientLeftError(Exception):
    """Nobody waits for the task any more, and nothing was submitted."""


class Carrier:
    """Carries tasks over the regions of a view that changes under way."""

    def __init__(
        self,
        view: Callable[[], View],
        rank: Rank,
        admission: Admission,
        exchange: Exchange,
        held: Held,
        locations: Locations,
        teller: Teller,
        ledger: Ledger,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._view, self._rank, self._admission = view, rank, admission
        self._exchange, self._held, self._locations = exchange, held, locations
        self._teller, self._ledger, self._clock, self._sleep = teller, ledger, clock, sleep

    async def carry(self, errand: Errand) -> Answer:
        """The worker's answer. ProblemError when there is none; ClientLeftError when nobody wants it and it cost nothing."""
        entry = self._ledger.arrived(errand)
        end = LEFT
        try:
            if errand.task.callback is not None:
                await entry.promised(errand)
            answer = await self._carry(errand, entry)
            end = of_answer(answer)
            entry.answered(errand, answer)
        except ProblemError as error:
            end = of_problem(error.problem)
            entry.failed(errand, error.problem)
            raise
        except (ClientLeftError, asyncio.CancelledError):
            entry.left(errand)
            raise
        finally:
            self._teller.ended(errand, end)
        return answer

    async def ask(self, errand: Errand, location: Location, entry: Entry) -> Answer:
        """The answer to a task that some gateway had accepted; a location again when it is not there by the errand's deadline.

        Its end is written by whoever learns of it.
        """
        nearest, found = await self._anywhere(errand.task), None
        if nearest is not None:
            errand.timing.begin("solve")
            errand.at = nearest.region
            found = await self._answer_of(errand, location.workers, nearest, lambda _: None, asked_for)
        errand.timing.end()
        if found is None:
            return answers.located(errand)
        answer = answers.passed_on(found, errand)
        if waited_for(found) is Waited.DONE:
            entry.answered(errand, answer)
        return answer

    async def _carry(self, errand: Errand, entry: Entry) -> Answer:
        while True:
            granted = await self._admitted(errand)
            errand.at = granted.slot.region
            try:
                answer = await self._try(granted, errand, entry)
            finally:
                self._admission.give_back(granted)
            if answer is not None:
                errand.timing.end()
                return answers.passed_on(answer, errand)

    async def _admitted(self, errand: Errand) -> Granted:
        task = errand.task
        if task.client_left:
            raise ClientLeftError
        if self._clock() >= task.deadline:
            raise ProblemError(answers.never_sent(errand))
        errand.timing.begin("queue")
        task.waits_for_slot = True
        try:
            return await self._admission.admit(errand)
        finally:
            task.waits_for_slot = False

    async def _try(self, granted: Granted, errand: Errand, entry: Entry) -> Answer | None:
        """One attempt at one region; None when nothing was submitted there."""
        endpoint = granted.endpoint
        errand.timing.begin("submit")
        errand.submitting = True
        await entry.submitting(errand, endpoint.region)
        if self._clock() >= errand.task.deadline:
            raise ProblemError(answers.never_sent(errand))
        evidence = await self._submit(endpoint, errand)
        errand.submitting = False
        outcome = outcome_of(evidence)
        errand.trail.attempts.append(Attempt(endpoint.region, granted.why, outcome, answers.describe(evidence)))
        if isinstance(evidence, Answer) and is_ours_to_mend(evidence):
            log.error(
                "region %s took no task: %s, docs/security.md says what to set", endpoint.region, answers.describe(evidence)
            )
        self._admission.heard(granted, outcome, evidence)
        self._teller.attempted(errand, endpoint.region, outcome, evidence)
        entry.heard(errand, outcome, evidence)
        if outcome is Outcome.UNKNOWN:
            raise ProblemError(answers.unknown(errand, evidence))
        if isinstance(evidence, Answer) and outcome is Outcome.ACCEPTED:
            return await self._wait(granted, evidence, errand)
        if outcome is Outcome.UNSENT:
            errand.tried.add(endpoint.region)  # a region that refused is not: it rests, and may have room again
        return evidence if isinstance(evidence, Answer) and outcome is Outcome.ANSWERED else None

    async def _wait(self, granted: Granted, accepted: Answer, errand: Errand) -> Answer:
        errand.timing.begin("solve")
        location = Location(accepted.headers["location"], errand.task.id)
        errand.accepted, errand.location = accepted, self._locations.make(location, errand.task.tenant)
        errand.on_accepted()
        moved = partial(self._admission.moved, granted)
        found = await self._answer_of(errand, location.workers, granted.endpoint, moved)
        if found is None:
            raise ProblemError(answers.too_late(errand))
        return found

    async def _answer_of(
        self,
        errand: Errand,
        location: str,
        endpoint: RegionEndpoint,
        moved: Callable[[str], None],
        meaning: Callable[[Evidence], Waited] = waited_for,
    ) -> Answer | None:
        """Ask for the answer, here and then anywhere, until there is one; None when the time is over."""
        in_vain: set[str] = set()
        rounds = 0
        while True:
            asked_at = self._clock()
            evidence = await self._ask(endpoint, location, errand, max(0.0, errand.task.deadline - asked_at))
            waited = meaning(evidence)
            if waited is Waited.DONE and isinstance(evidence, Answer):
                return evidence
            if self._clock() >= errand.task.deadline:
                return None
            if waited is Waited.NOT_YET:
                in_vain, rounds = set(), 0
                location = next_location(evidence, location)
                await self._sleep(max(0.0, SHORTEST_ROUND - (self._clock() - asked_at)))
                continue
            in_vain.add(endpoint.region)
            following = self._nearest(errand.task, in_vain)
            if following is None:
                in_vain, rounds = set(), rounds + 1
                await self._sleep(pause_after(rounds))
                continue
            errand.trail.moved(endpoint.region, following.region, answers.describe(evidence))
            self._teller.moved(endpoint.region, following.region)
            endpoint = following
            errand.at = following.region
            moved(following.region)

    async def _anywhere(self, task: Task) -> RegionEndpoint | None:
        """The nearest. A gateway that has just started knows no region yet: then one is waited for."""
        rounds = 0
        while (found := self._nearest(task, ())) is None and self._clock() < task.deadline:
            rounds += 1
            await self._sleep(min(pause_after(rounds), max(0.0, task.deadline - self._clock())))
        return found

    def _nearest(self, task: Task, in_vain: Collection[str]) -> RegionEndpoint | None:
        regions = self._view().regions()
        return next_endpoint(self._rank(task, regions), regions, in_vain, self._held.is_cut_off)

    async def _submit(self, endpoint: RegionEndpoint, errand: Errand) -> Evidence:
        task = errand.task
        left = task.deadline - self._clock()
        headers = {
            "Content-Type": "application/json",
            "Prefer": str(Prefer(respond_async=True, wait=0)),
            TASK: task.id,
            DEADLINE: f"{left:.6f}",
            REQUEST: task.request_id,
            "X-Forwarded-For": str(task.client),
            **errand.traced(),
        }
        return await self._exchange.submit(f"{endpoint.url}/solve", headers, task.body, left)

    async def _ask(self, endpoint: RegionEndpoint, location: str, errand: Errand, left: float) -> Evidence:
        if not location.startswith("/tasks/"):
            return Lost(f"the location {location!r} is not under /tasks/")
        seconds = min(left, SHORT_WAIT if self._held.is_cut_off(endpoint.region) else WAIT)
        task = errand.task
        ids = {TASK: task.id, REQUEST: task.request_id, **errand.traced()}
        headers = {"Prefer": str(Prefer(wait=seconds)), **ids}
        asking = self._exchange.get(endpoint.url + location, headers, seconds + LATE)
        return await self._held.hold(endpoint.region, asking)
