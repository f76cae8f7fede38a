"""Carrying one task: choose a region, submit once, wait anywhere, answer. The sequence; every rule is elsewhere."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial

from attempt.evidence import Answer, Evidence, Lost
from attempt.exchange import Exchange
from attempt.outcome import Outcome, Waited, asked_for, is_ours_to_mend, outcome_of, submitted_of, waited_for
from attempt.rounds import LATE, SHORTEST_ROUND, WAIT, next_location, pause_after
from contract.deadline import HEADER as DEADLINE
from contract.ids import REQUEST, TASK
from contract.prefer import Prefer
from contract.problem import Problem, ProblemError
from contract.submitted import Submitted
from discovery.records import RegionEndpoint
from discovery.view import View
from gateway import answers
from gateway.admission import Admission, Granted, Rank
from gateway.allowance import Allowances
from gateway.ending import LEFT, End, of_answer, of_problem
from gateway.errand import Errand
from gateway.held import Held
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.locations import Location, Locations
from gateway.moving import next_endpoint
from gateway.share import Share
from gateway.task import Task
from gateway.telling import Teller
from gateway.trail import Attempt

log = logging.getLogger(__name__)

SHORT_WAIT = 2.0
"""Seconds of one wait at a region that seems not to answer: short enough to be left soon."""


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
        allowances: Allowances,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._view, self._rank, self._admission = view, rank, admission
        self._exchange, self._held, self._locations = exchange, held, locations
        self._teller, self._ledger, self._allowances = teller, ledger, allowances
        self._clock, self._sleep = clock, sleep

    async def carry(self, errand: Errand) -> Answer:
        """The worker's answer. ProblemError when there is none; ClientLeftError when nobody wants it and it cost nothing."""
        share = self._share(errand)
        entry = self._ledger.arrived(errand)
        end = LEFT
        try:
            if errand.task.callback is not None:
                await entry.promised(errand)
            answer = await self._carry(errand, entry, share)
            end = of_answer(answer)
            entry.answered(errand, answer)
        except ProblemError as error:
            told = self._as_known(errand, error.problem)
            end = of_problem(told)
            entry.failed(errand, told)
            if told is error.problem:
                raise  # of its own kind: by that a task is known that another gateway took over
            raise ProblemError(told) from None
        except (ClientLeftError, asyncio.CancelledError):
            if errand.doubt is None:
                entry.left(errand)
            else:
                told = answers.in_doubt(errand, "its client left first")
                end = of_problem(told)
                entry.failed(errand, told)
            raise
        finally:
            share.end()
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

    def told(self, errand: Errand, end: End) -> None:
        """See `Teller.told`."""
        self._teller.told(errand, end)

    def _share(self, errand: Errand) -> Share:
        try:
            return self._allowances.begin(errand.task)
        except ProblemError as error:
            if errand.task.key is not None:  # it stands in the ledger since the key was claimed
                self._ledger.arrived(errand).failed(errand, error.problem)
            self._teller.ended(errand, of_problem(error.problem))
            raise

    async def _carry(self, errand: Errand, entry: Entry, share: Share) -> Answer:
        while True:
            granted = await self._admitted(errand)
            errand.at = granted.slot.region
            try:
                answer = await self._try(granted, errand, entry, share)
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

    async def _try(self, granted: Granted, errand: Errand, entry: Entry, share: Share) -> Answer | None:
        """One attempt at one region; None when the task is to be sent elsewhere."""
        endpoint = granted.endpoint
        errand.timing.begin("submit")
        errand.submitting = True
        await entry.submitting(errand, endpoint.region)
        if self._clock() >= errand.task.deadline:
            raise ProblemError(answers.never_sent(errand))
        share.submitting()
        evidence = await self._submit(endpoint, errand)
        errand.submitting = False
        outcome = outcome_of(evidence)
        if _cost_nothing(outcome, evidence):
            share.not_spent()
        sent_again = outcome is Outcome.UNKNOWN and errand.doubt is None and self._allowances.may_try_again(granted.tenant)
        detail = answers.describe(evidence) + ("; sent once more, for its tenant wants that" if sent_again else "")
        errand.trail.attempts.append(Attempt(endpoint.region, granted.why, outcome, detail))
        if isinstance(evidence, Answer) and is_ours_to_mend(evidence):
            log.error(
                "region %s took no task: %s, docs/security.md says what to set", endpoint.region, answers.describe(evidence)
            )
        self._admission.heard(granted, outcome, evidence)
        self._teller.attempted(errand, endpoint.region, outcome, evidence)
        entry.heard(errand, outcome, evidence)
        if sent_again:
            share.again()
            errand.doubt = answers.doubt(errand, evidence)
            log.warning("task %s: %s; it is sent once more", errand.task.id, errand.doubt, extra={"task": errand.task.id})
            return None
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

    def _as_known(self, errand: Errand, told: Problem) -> Problem:
        if errand.doubt is None or told.submitted is not Submitted.NO:
            return told
        return answers.in_doubt(errand, told.detail)

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


def _cost_nothing(outcome: Outcome, evidence: Evidence) -> bool:
    if outcome is Outcome.ANSWERED and isinstance(evidence, Answer):
        return submitted_of(evidence) is Submitted.NO
    return outcome in (Outcome.UNSENT, Outcome.REFUSED)
