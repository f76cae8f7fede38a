"""Arrivals, grants, refusals, deaths, moves, changes of view and dial, departures and deadlines in any order.

The real carrier, admission, queue, load, breakers and budget, over regions whose every answer hypothesis chooses, on a clock
that only it moves.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from prometheus_client import CollectorRegistry

from attempt.evidence import Answer, Evidence, Lost, NotSent
from contract.problem import ProblemError
from discovery.dials import Dial
from discovery.instance import Health, Instance
from discovery.query import Service
from discovery.records import REGION_ENDPOINTS, WORKERS, RegionEndpoint
from discovery.view import Region, View
from gateway.admission import Admission, Granted, Turn
from gateway.allowance import Allowances
from gateway.carry import Carrier, ClientLeftError
from gateway.choose import slots_of
from gateway.dashboard.seen import Seen
from gateway.errand import Errand
from gateway.held import Held
from gateway.ledger.ledger import Ledger
from gateway.limits import Limits
from gateway.locations import Locations
from gateway.metrics import Metrics
from gateway.policy import Policy
from gateway.queue import Queue
from gateway.rank import Ranked
from gateway.settings import GatewaySettings
from gateway.standing import Standing
from gateway.task import Task
from gateway.telling import Teller
from gateway.tenants import Tenant
from gateway.timing import Timing
from tests.unit.gateway.stepping import SteppedLoop

NAMES = ("a", "b", "c")
TENANTS = (Tenant("light", 1.0), Tenant("heavy", 3.0), Tenant("bold", 2.0))
"""The last has a cap of slots, and wants tasks sent once more of which nobody knows whether they were submitted."""

ACCEPTED = Answer(202, {"location": "/tasks/1?kind=x", "task-submitted": "yes"}, b'{"captcha_id": "1"}')
SUBMITTED: dict[str, Evidence] = {
    "accepted": ACCEPTED,
    "full": Answer(503, {"task-submitted": "no", "retry-after": "1"}, b""),
    "in trouble": Answer(500, {"task-submitted": "no"}, b""),
    "nobody there": NotSent("refused"),
    "lost": Lost("reset"),
    "no word": Answer(502, {}, b""),
    "wrong": Answer(400, {"task-submitted": "no"}, b""),
}
FINAL, UNKNOWN = ("accepted", "lost", "no word", "wrong"), ("lost", "no word")
"""After these the task must never be submitted again; but once more after the latter, if its tenant wants that."""
COSTS_NOTHING = ("full", "in trouble", "nobody there", "wrong")
SOLVED = Answer(200, {"task-submitted": "yes"}, b"{}")
WAITED: dict[str, Evidence] = {"solved": SOLVED, "not yet": Answer(202, {"task-submitted": "yes"}, b""), "lost": Lost("reset")}


@dataclass
class Pending:
    """A request that a region has not answered."""

    region: str
    task: str
    answer: asyncio.Future[Evidence]


@dataclass
class Regions:
    """What stands at the other end; it answers when it is told to."""

    submits: list[Pending] = field(default_factory=list)
    waits: list[Pending] = field(default_factory=list)
    final: set[str] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)
    may_cost: Counter[str] = field(default_factory=Counter)

    async def submit(self, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Evidence:
        task = headers["Nearway-Task"]
        assert task not in self.final, "submitted again after it was, or may have been, paid for"
        self.may_cost[task] += 1
        if url.split("/")[2] in self.dead:
            await asyncio.sleep(0)
            evidence: Evidence = NotSent("nobody listens")
        else:
            evidence = await self._ask(self.submits, url, headers, seconds)
        if isinstance(evidence, NotSent) or any(evidence is SUBMITTED[name] for name in COSTS_NOTHING):
            self.may_cost[task] -= 1
        is_unknown = isinstance(evidence, Lost) or any(evidence is SUBMITTED[name] for name in UNKNOWN)
        is_bold = task.startswith("bold") and is_unknown and self.may_cost[task] == 1
        if not is_bold and (is_unknown or any(evidence is SUBMITTED[name] for name in FINAL)):
            self.final.add(task)
        return evidence

    async def get(self, url: str, headers: Mapping[str, str], seconds: float) -> Evidence:
        assert headers["Nearway-Task"] in self.final
        return await self._ask(self.waits, url, headers, seconds)

    @staticmethod
    async def _ask(pending: list[Pending], url: str, headers: Mapping[str, str], seconds: float) -> Evidence:
        asked = Pending(url.split("/")[2], headers["Nearway-Task"], asyncio.get_running_loop().create_future())
        pending.append(asked)
        try:
            async with asyncio.timeout(seconds):
                return await asked.answer
        except TimeoutError:
            return Lost("time")
        finally:
            pending.remove(asked)


class Watched(Admission):
    """Keeps what was granted and not given back, and holds each grant to what may be granted."""

    machine: "AnyOrder"

    def _grant(self, errand: Errand, endpoint: RegionEndpoint, why: str) -> Granted:
        granted = super()._grant(errand, endpoint, why)
        machine, name = self.machine, endpoint.region
        region = machine.view.regions()[name]
        taken = machine.standing.load.in_flight
        assert taken[name] <= machine.policy.limit(name, slots_of(region))
        assert machine.policy.total_slots is None or taken.total() <= machine.policy.total_slots
        assert endpoint.health is Health.PASSING
        assert not machine.standing.round_trips.is_cut_off(name)
        if errand.task.tenant.name == "bold":
            assert sum(one.tenant == "bold" for one in machine.granted) < machine.bold_slots
        machine.granted[granted] = errand.task.id
        return granted

    def give_back(self, granted: Granted) -> None:
        del self.machine.granted[granted]
        super().give_back(granted)


class AnyOrder(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.loop, self.regions, self.standing = SteppedLoop(), Regions(), Standing()
        self.faults: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda loop, context: self.faults.append(context))
        self.queue: Queue[Turn] = Queue(12)
        self.slots, self.well = dict.fromkeys(NAMES, 2), dict.fromkeys(NAMES, True)
        self.policy = Policy(total_slots=8)
        self.view = self.made_view()
        self.granted: dict[Granted, str] = {}
        self.tasks: dict[str, tuple[Task, asyncio.Task[Any]]] = {}
        chance = random.Random(1)
        self.allowances = Allowances(clock=self.loop.time, now=self.loop.time)
        self.limit(2)
        self.admission = Watched(
            lambda: self.view,
            self.rank,
            self.standing,
            self.queue,
            self.allowances,
            policy=lambda: self.policy,
            clock=self.loop.time,
            gateways=lambda: 2,
            jitter=chance.random,
        )
        self.admission.machine = self
        self.held = Held(self.standing.round_trips.is_cut_off, chance.random)
        self.carrier = Carrier(
            lambda: self.view,
            self.rank,
            self.admission,
            self.regions,  # type: ignore[arg-type]
            self.held,
            Locations(b"key"),
            Teller(Metrics(), Seen(self.loop.time, self.loop.time)),
            Ledger(GatewaySettings.read({}), CollectorRegistry(), clock=self.loop.time),
            self.allowances,
            clock=self.loop.time,
        )

    @staticmethod
    def rank(task: Task, regions: Mapping[str, Region]) -> list[Ranked]:
        return [Ranked(name, "by the test's order") for name in NAMES if name in regions]

    def made_view(self) -> View:
        health = {name: Health.PASSING if self.well[name] else Health.CRITICAL for name in NAMES}
        there = [name for name in NAMES if self.slots[name]]
        workers = tuple(
            Instance("dc", "n", WORKERS, f"w-{n}", "10.0.0.1", 80, Health.PASSING, {"region": n, "slots": str(self.slots[n])})
            for n in there
        )
        endpoints = tuple(
            Instance(
                "dc", "n", REGION_ENDPOINTS, f"e-{n}", "10.0.0.1", 81, health[n],
                {"region": n, "location": "0,0", "url": f"http://{n}"},
            )
            for n in there
        )  # fmt: skip
        view = View().answered(Service("dc", WORKERS), workers, 0.0)
        return view.answered(Service("dc", REGION_ENDPOINTS), endpoints, 0.0)

    async def visit(self, task: Task) -> str:
        try:
            return str((await self.carrier.carry(Errand(task, Timing(self.loop.time)))).status)
        except ProblemError as error:
            return error.problem.error
        except ClientLeftError:
            return "left"

    @rule(tenants=st.lists(st.sampled_from(TENANTS), min_size=1, max_size=7), seconds=st.sampled_from([0.05, 2.0, 200.0, 200.0]))
    def tasks_arrive(self, tenants: list[Tenant], seconds: float) -> None:
        for tenant in tenants:
            name = f"{tenant.name} {len(self.tasks)}"
            task = Task(name, "r", b"{}", ip_address("127.0.0.1"), self.loop.now + seconds, tenant=tenant)
            self.tasks[name] = (task, self.loop.start(self.visit(task)))

    @precondition(lambda self: self.regions.submits)
    @rule(data=st.data(), what=st.sampled_from([*sorted(SUBMITTED), *["accepted", "full", "nobody there"] * 3]))
    def a_region_answers_a_submission(self, data: st.DataObject, what: str) -> None:
        data.draw(st.sampled_from(self.regions.submits)).answer.set_result(SUBMITTED[what])
        self.loop.settle()

    @precondition(lambda self: self.regions.waits)
    @rule(data=st.data(), what=st.sampled_from([*sorted(WAITED), "lost"]))
    def a_region_answers_a_wait(self, data: st.DataObject, what: str) -> None:
        data.draw(st.sampled_from(self.regions.waits)).answer.set_result(WAITED[what])
        self.loop.settle()

    @rule(region=st.sampled_from(NAMES))
    def a_region_dies(self, region: str) -> None:
        self.regions.dead.add(region)
        for asked in [*self.regions.submits, *self.regions.waits]:
            if asked.region == region:
                asked.answer.set_result(Lost("reset"))
        self.loop.settle()

    @precondition(lambda self: self.regions.dead)
    @rule()
    def the_dead_rise(self) -> None:
        self.regions.dead.clear()

    @rule(region=st.sampled_from(NAMES), slots=st.integers(0, 4), well=st.sampled_from([True, True, False]))
    def the_view_changes(self, region: str, slots: int, well: bool) -> None:
        self.slots[region], self.well[region] = slots, well
        self.view = self.made_view()
        self.news()

    @rule(region=st.sampled_from(NAMES), share=st.sampled_from([0.0, 0.4, 1.0, 1.0]))
    def somebody_turns_a_dial(self, region: str, share: float) -> None:
        dials = {**self.policy.dials, region: Dial(share, datetime.now(UTC), "test")}
        self.policy = Policy(dials, self.policy.total_slots)
        self.news()

    @rule(slots=st.integers(1, 4))
    def limits_change(self, slots: int) -> None:
        self.limit(slots)
        self.loop.call_soon(self.admission.limits_changed, ["bold"])
        self.loop.settle()

    @rule(region=st.sampled_from(NAMES), answered=st.booleans())
    def a_region_is_probed(self, region: str, answered: bool) -> None:
        trips = self.standing.round_trips
        if answered and trips.measured(region, 0.1):
            self.news()
        elif not answered and trips.missed(region):
            self.loop.call_soon(self.held.leave, region)
            self.loop.settle()

    @rule(region=st.sampled_from(NAMES))
    def a_worker_falls_silent(self, region: str) -> None:
        self.loop.call_soon(self.held.ask_again, region)
        self.loop.settle()

    @precondition(lambda self: self.under_way())
    @rule(data=st.data())
    def a_client_leaves(self, data: st.DataObject) -> None:
        task, carrying = data.draw(st.sampled_from(self.under_way()))
        task.client_left = True  # as Gateway.carry does
        if task.waits_for_slot:
            carrying.cancel()
        self.loop.settle()

    @precondition(lambda self: bool(self.regions.waits and len(self.queue)))
    @rule(steps=st.integers(1, 6), leaves=st.booleans())
    def a_slot_is_freed_as_the_next_leaves_or_runs_out_of_time(self, steps: int, leaves: bool) -> None:
        turn = self.admission._next()
        self.regions.waits[0].answer.set_result(SOLVED)
        self.loop.step(steps)
        if turn is None:
            return
        task, carrying = self.tasks[turn.errand.task.id]
        if leaves and task.waits_for_slot:
            task.client_left = True
            carrying.cancel()
        elif not leaves:
            self.loop.now = max(self.loop.now, min(task.deadline, self.loop.now + 3.0))
        self.loop.settle()

    @rule(seconds=st.sampled_from([0.01, 0.1, 0.5, 3.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        self.loop.advance(seconds)

    def limit(self, slots: int) -> None:
        self.bold_slots = slots
        tenant = replace(TENANTS[-1], limits=Limits(slots=slots, daily=1_000_000, retry_unknown=True))
        self.allowances.use({"bold": tenant}, ())

    def news(self) -> None:
        self.loop.call_soon(self.admission.wake)
        self.loop.settle()

    def under_way(self) -> list[tuple[Task, asyncio.Task[Any]]]:
        return [(task, carrying) for task, carrying in self.tasks.values() if not carrying.done()]

    @invariant()
    def nothing_failed_unheard(self) -> None:
        assert self.faults == []
        for _, carrying in self.tasks.values():
            if carrying.done() and not carrying.cancelled():
                carrying.result()

    @invariant()
    def slots_are_exact(self) -> None:
        assert all(count >= 0 for count in self.standing.load.in_flight.values())
        assert +self.standing.load.in_flight == Counter(one.slot.region for one in self.granted)
        assert not [name for name in self.granted.values() if self.tasks[name][1].done()]

    @invariant()
    def what_each_tenant_uses_is_exact(self) -> None:
        held = Counter(one.tenant for one in self.granted)
        for name in (tenant.name for tenant in TENANTS):
            costs = sum(count for task, count in self.regions.may_cost.items() if task.startswith(name))
            assert self.allowances.spent_today(name) == costs
            assert self.allowances._used[name].in_flight == held[name]
            not_submitted = [task for task, _ in self.under_way() if task.tenant.name == name]
            assert 0 <= self.allowances._used[name].reserved <= len(not_submitted)

    @invariant()
    def the_budget_is_exact(self) -> None:
        retries = self.admission._budget.retries
        assert retries == sum(one.settling is not None and one.outcome is None for one in self.granted)
        assert retries <= 3

    @invariant()
    def whoever_tests_a_region_is_there(self) -> None:
        for name, breaker in self.standing.breakers.items():
            if breaker.testing:
                assert [one for one in self.granted if one.endpoint.region == name and one.outcome is None]

    @invariant()
    def nobody_waits_for_a_slot_that_is_free(self) -> None:
        self.loop.advance(0.002)
        self.loop.now -= 0.0015  # an alarm comes a thousandth late
        turn = self.admission._next()
        assert turn is None or self.admission._choose(turn.errand).endpoint is None
        self.loop.now += 0.0015

    def teardown(self) -> None:
        try:
            self.all_is_well_in_the_end()
        finally:
            self.loop.close()

    def all_is_well_in_the_end(self) -> None:
        """With every region well again, whoever still waits is served, and nothing is left behind."""
        self.slots, self.well, self.policy = dict.fromkeys(NAMES, 1), dict.fromkeys(NAMES, True), Policy()
        self.view = self.made_view()
        self.regions.dead.clear()
        for name in NAMES:
            self.standing.round_trips.measured(name, 0.1)
        self.news()
        patient = [carrying for task, carrying in self.under_way() if task.waits_for_slot and task.deadline > self.loop.now + 100]
        for _ in range(500):
            if not self.under_way():
                break
            for asked in [*self.regions.submits, *self.regions.waits]:
                asked.answer.set_result(ACCEPTED if asked in self.regions.submits else SOLVED)
            self.loop.advance(0.1)
        assert not self.under_way()
        assert {carrying.result() for carrying in patient if not carrying.cancelled()} <= {"200", "left"}
        assert (len(self.queue), len(self.granted), self.standing.load.in_flight.total()) == (0, 0, 0)
        self.loop.advance(60.0)
        assert self.admission._alarm is None
        self.nothing_failed_unheard()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=80, stateful_step_count=50)
