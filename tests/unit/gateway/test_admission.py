"""Who gets a slot when. No time passes unless a test says so."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from attempt.evidence import Answer
from attempt.outcome import Outcome
from contract.problem import ProblemError
from discovery.dials import Dial
from discovery.view import Region
from gateway import admission
from gateway.admission import Admission, Granted
from gateway.allowance import Allowances
from gateway.budget import FLOOR
from gateway.errand import Errand
from gateway.limits import Limits
from gateway.policy import Policy
from gateway.queue import Queue, Ticket
from gateway.rank import Ranked
from gateway.standing import Standing
from gateway.task import Task
from gateway.tenants import Tenant
from gateway.timing import Timing
from gateway.trail import Attempt
from tests.unit.gateway.test_carry import in_order, view_of


class Hall:
    """An admission over regions of two slots each."""

    def __init__(self, *regions: str, most: int = 100, total_slots: int | None = None) -> None:
        self.now, self.chance, self.gateways, self.chosen = 0.0, 0.0, 1, 0
        self.view, self.standing, self.policy = view_of(*regions), Standing(), Policy(total_slots=total_slots)
        self.allowances = Allowances(clock=lambda: self.now, now=lambda: self.now)
        self.admission = Admission(
            lambda: self.view,
            self.rank,
            self.standing,
            Queue(most),
            self.allowances,
            policy=lambda: self.policy,
            clock=lambda: self.now,
            gateways=lambda: self.gateways,
            jitter=lambda: self.chance,
        )

    def rank(self, task: Task, regions: Mapping[str, Region]) -> list[Ranked]:
        self.chosen += 1
        return in_order(task, regions)

    def errand(self, deadline: float = 100.0) -> Errand:
        task = Task("t", "r", b"{}", ip_address("127.0.0.1"), deadline)
        return Errand(task, Timing(lambda: self.now))

    def retry(self) -> Errand:
        errand = self.errand()
        errand.ticket = Ticket(0, 1)
        return errand

    def attempted(self, errand: Errand, granted: Granted, outcome: Outcome) -> None:
        """What the carrier does once it has tried."""
        region = granted.endpoint.region
        errand.trail.attempts.append(Attempt(region, granted.why, outcome, ""))
        if outcome is Outcome.UNSENT:
            errand.tried.add(region)
        self.admission.heard(granted, outcome, Answer(503, {"retry-after": "1"}, b""))

    async def arrive(self, count: int = 1) -> list[asyncio.Task[Granted]]:
        tasks = [asyncio.create_task(self.admission.admit(self.errand())) for _ in range(count)]
        await asyncio.sleep(0)
        return tasks


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_slots_are_given_at_once_while_there_are_any_nearest_first() -> None:
    hall = Hall("near", "far")
    given = [await one for one in await hall.arrive(4)]
    assert [one.slot.region for one in given] == ["near", "near", "far", "far"]


async def test_then_they_wait_and_get_them_in_the_order_they_came() -> None:
    hall = Hall("near")
    first, second, *waiting = await hall.arrive(5)
    assert [task.done() for task in waiting] == [False] * 3
    for freed, served in ((first, 1), (second, 2)):
        hall.admission.give_back(await freed)
        await settle()
        assert [task.done() for task in waiting] == [True] * served + [False] * (3 - served)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


async def test_a_newcomer_does_not_pass_those_who_wait() -> None:
    hall = Hall("near")
    first, second, waiting = await hall.arrive(3)
    (await first).slot.give_back()  # freed, and nobody was woken yet
    (newcomer,) = await hall.arrive()
    await settle()
    assert (waiting.done(), newcomer.done()) == (True, False)
    hall.admission.give_back(await second)
    await settle()
    assert newcomer.done()


async def test_one_slot_is_never_given_to_two() -> None:
    hall = Hall("near")
    tasks = await hall.arrive(10)
    for _ in range(5):
        hall.admission.wake()
    await settle()
    assert sum(task.done() for task in tasks) == 2
    assert hall.standing.load.in_flight["near"] == 2
    for task in tasks[2:]:
        task.cancel()
    await asyncio.wait(tasks)


async def test_one_who_leaves_the_queue_is_passed_over() -> None:
    hall = Hall("near")
    first, _, leaver, stayer = await hall.arrive(4)
    leaver.cancel()
    await settle()
    hall.admission.give_back(await first)
    await settle()
    assert stayer.done()


async def test_a_slot_given_to_one_who_is_just_leaving_goes_to_the_next() -> None:
    hall = Hall("near")
    first, _, leaver, stayer = await hall.arrive(4)
    granted = await first
    leaver.cancel()  # both before the leaver runs again
    hall.admission.give_back(granted)
    await settle()
    assert leaver.cancelled()
    assert stayer.done()
    assert hall.standing.load.in_flight["near"] == 2


@pytest.mark.parametrize("how", ["it leaves", "its time is over"])
async def test_a_slot_given_to_one_who_is_gone_before_it_heard_goes_to_the_next(how: str) -> None:
    hall = Hall("near")
    first, _ = await hall.arrive(2)
    goer = asyncio.create_task(hall.admission.admit(hall.errand(deadline=0.0 if how == "its time is over" else 100.0)))
    (stayer,) = await hall.arrive()
    granted = await first
    if how == "its time is over":
        asyncio.get_running_loop().call_soon(hall.admission.give_back, granted)  # in the turn in which its timer is due
        await asyncio.sleep(0)
    else:
        hall.admission.give_back(granted)
        goer.cancel()
    await asyncio.wait([goer])
    await settle()
    assert stayer.done()
    assert hall.standing.load.in_flight["near"] == 2


async def test_news_from_consul_may_mean_free_slots() -> None:
    hall = Hall("near")
    *_, waiting = await hall.arrive(3)
    hall.view = view_of("near", "far")
    hall.admission.wake()
    assert (await waiting).slot.region == "far"


async def test_the_end_of_a_rest_wakes_the_queue_by_itself() -> None:
    hall = Hall("near")
    hall.standing.load.refused("near", hall.now, retry_after=0.1, jitter=0.0)
    (waiting,) = await hall.arrive()
    assert not waiting.done()
    hall.now = 0.11
    async with asyncio.timeout(5):
        assert (await waiting).slot.region == "near"


async def test_the_account_has_only_so_many_threads_for_all_regions_together() -> None:
    hall = Hall("near", "far", total_slots=3)
    tasks = await hall.arrive(4)
    assert [task.done() for task in tasks] == [True, True, True, False]
    hall.admission.give_back(await tasks[0])
    await settle()
    assert tasks[3].done()


async def test_a_dial_turned_up_lets_in_who_waits_and_one_turned_down_holds_back() -> None:
    hall = Hall("near")
    half, none = (Policy({"near": Dial(share, datetime(2026, 1, 31, tzinfo=UTC), "ann")}) for share in (0.5, 0.0))
    hall.policy = half
    first, second = await hall.arrive(2)
    assert (first.done(), second.done()) == (True, False)
    hall.policy = none
    hall.admission.give_back(await first)
    await settle()
    assert not second.done()
    hall.policy = half
    hall.admission.wake()
    assert (await second).slot.region == "near"


async def test_a_tasks_time_runs_out_while_it_waits_and_nothing_was_spent() -> None:
    hall = Hall("near")
    await hall.arrive(2)
    with pytest.raises(ProblemError) as caught:
        await hall.admission.admit(hall.errand(deadline=0.01))
    assert (caught.value.problem.error, caught.value.problem.submitted.value) == ("DEADLINE_EXCEEDED", "no")


async def test_nobody_waits_for_regions_that_would_not_take_it_anyway() -> None:
    with pytest.raises(ProblemError) as caught:
        await Hall().admission.admit(Hall().errand())
    assert caught.value.problem.error == "NO_REGION"


async def test_slots_are_exact_over_many_comings_and_goings() -> None:
    hall = Hall("near", "far", most=1000)
    most, held = 0, 0

    async def visit(number: int) -> None:
        nonlocal most, held
        granted = await hall.admission.admit(hall.errand())
        held += 1
        most = max(most, held)
        try:
            for _ in range(number % 7):
                await asyncio.sleep(0)
        finally:
            held -= 1
            hall.admission.give_back(granted)

    visits = [asyncio.create_task(visit(number)) for number in range(300)]
    for number, one in enumerate(visits):
        if number % 11 == 5:
            await asyncio.sleep(0)
            one.cancel()
    await asyncio.gather(*visits, return_exceptions=True)
    assert most == 4
    assert hall.standing.load.in_flight.total() == 0


async def test_a_task_that_finds_everything_full_looks_at_the_regions_once() -> None:
    hall = Hall("near", "far")
    await hall.arrive(4)
    hall.chosen = 0
    *waiting, _ = await hall.arrive(10)
    assert hall.chosen == 10
    for one in waiting:
        one.cancel()


async def test_a_freed_slot_asks_the_next_and_the_one_after_it_however_many_wait() -> None:
    hall = Hall("near", "far", most=1000)
    first, *_ = await hall.arrive(500)
    hall.chosen = 0
    hall.admission.give_back(await first)
    assert hall.chosen == 2


async def test_of_many_that_wait_one_tests_a_region_that_failed() -> None:
    hall = Hall("near", "far")
    full = [await one for one in await hall.arrive(4)]
    waiting = await hall.arrive(3)
    for _ in range(3):
        hall.standing.breakers["near"] = hall.standing.breakers["near"].heard(Outcome.UNSENT, 0.0, 0.0)
    for granted in full[:2]:
        hall.admission.give_back(granted)
    await settle()
    assert [one.done() for one in waiting] == [False] * 3
    hall.now = 1.0
    hall.admission.wake()
    await settle()
    assert [one.done() for one in waiting] == [True, False, False]
    errand = hall.errand()
    hall.attempted(errand, await waiting[0], Outcome.ACCEPTED)
    await settle()
    assert [one.done() for one in waiting] == [True, True, False], "it is well again, and has two slots"


async def test_a_test_that_was_never_made_leaves_the_region_open_to_another() -> None:
    hall = Hall("near")
    for _ in range(3):
        hall.standing.breakers["near"] = hall.standing.breakers["near"].heard(Outcome.UNSENT, 0.0, 0.0)
    hall.now = 1.0
    hall.admission.give_back(await hall.admission.admit(hall.errand()))
    assert (await hall.admission.admit(hall.errand())).slot.region == "near"


async def test_a_wait_that_moves_away_leaves_room_for_the_next() -> None:
    hall = Hall("near", "far")
    first, *_, waiting = await hall.arrive(5)
    hall.admission.moved(await first, "far")
    assert (await waiting).slot.region == "near"
    assert hall.standing.load.in_flight == {"near": 2, "far": 3}


async def test_only_so_many_tasks_try_again_at_once_and_the_others_wait() -> None:
    hall = Hall("near", "far", "farthest")
    errands = [hall.retry() for _ in range(5)]
    tasks = [asyncio.create_task(hall.admission.admit(errand)) for errand in errands]
    await settle()
    assert [task.done() for task in tasks] == [True] * FLOOR + [False] * (5 - FLOOR)
    assert errands[-1].trail.lines()[-1] == "waited: as many tasks as may be tried again at once already are"
    newcomer = await hall.admission.admit(hall.errand())
    assert newcomer.slot.region == "far", "a first attempt is never held back"
    hall.attempted(errands[0], await tasks[0], Outcome.ACCEPTED)
    await settle()
    assert [task.done() for task in tasks] == [True] * (FLOOR + 1) + [False] * (4 - FLOOR)
    tasks[-1].cancel()


async def test_a_retry_whose_turn_never_comes_true_gives_its_place_in_the_budget_back() -> None:
    hall = Hall("near", "far")
    for _ in range(FLOOR * 2):
        hall.admission.give_back(await hall.admission.admit(hall.retry()))


async def test_a_retry_that_nobody_refuses_holds_up_no_other_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "TAKEN", 0.0)
    hall = Hall("near", "far")
    held = [await hall.admission.admit(hall.retry()) for _ in range(FLOOR)]
    waiting = asyncio.create_task(hall.admission.admit(hall.retry()))
    last = await asyncio.wait_for(waiting, 5)
    for granted in (*held, last):
        hall.attempted(hall.errand(), granted, Outcome.ACCEPTED)
        hall.admission.give_back(granted)


async def test_one_that_was_refused_goes_before_those_who_came_later_even_into_a_full_queue() -> None:
    hall = Hall("near", most=2)
    errand = hall.errand()
    granted = await hall.admission.admit(errand)
    _, *later = await hall.arrive(3)
    hall.attempted(errand, granted, Outcome.REFUSED)
    hall.admission.give_back(granted)
    again = asyncio.create_task(hall.admission.admit(errand))
    await settle()
    assert not again.done()
    hall.now = 1.0
    hall.admission.wake()
    await settle()
    assert (again.done(), [one.done() for one in later]) == (True, [False, False])
    with pytest.raises(ProblemError, match="NO_FREE_SLOT"):
        await hall.admission.admit(hall.errand())
    for one in later:
        one.cancel()


async def test_a_slot_of_ours_that_is_freed_ends_the_rest_after_a_refusal() -> None:
    hall = Hall("near")
    errand, refused = hall.errand(), hall.errand()
    granted, other = await hall.admission.admit(errand), await hall.admission.admit(refused)
    hall.attempted(errand, granted, Outcome.ACCEPTED)
    hall.attempted(refused, other, Outcome.REFUSED)
    hall.admission.give_back(other)
    again = asyncio.create_task(hall.admission.admit(refused))
    await settle()
    assert not again.done()
    hall.admission.give_back(granted)
    assert (await again).slot.region == "near"


@pytest.mark.parametrize(("gateways", "chance", "left"), [(1, 0.0, False), (2, 0.0, True), (2, 0.9, False)])
async def test_with_other_gateways_some_slots_are_left_to_them_for_a_moment(gateways: int, chance: float, left: bool) -> None:
    hall = Hall("near")
    hall.gateways = gateways
    errand = hall.errand()
    granted, _ = await hall.admission.admit(errand), await hall.admission.admit(hall.errand())
    hall.attempted(errand, granted, Outcome.ACCEPTED)
    waiting = asyncio.create_task(hall.admission.admit(hall.errand()))
    await settle()
    hall.chance = chance
    hall.admission.give_back(granted)
    await settle()
    assert waiting.done() != left
    hall.now = 0.3
    async with asyncio.timeout(5):
        await waiting


async def test_as_the_gateway_leaves_who_waits_is_sent_elsewhere_and_nobody_is_let_in() -> None:
    hall = Hall("near")
    held, _, *waiting = await hall.arrive(4)
    hall.admission.close()
    for told in (*waiting, hall.admission.admit(hall.errand())):
        with pytest.raises(ProblemError) as caught:
            await told
        assert (caught.value.problem.error, caught.value.problem.submitted.value) == ("DRAINING", "no")
    hall.admission.give_back(await held)
    assert hall.standing.load.in_flight["near"] == 1


def limited(hall: Hall, **limits: object) -> Tenant:
    """A tenant of these limits; `hall` knows them."""
    tenant = Tenant("acme", limits=Limits(**limits))  # type: ignore[arg-type]
    hall.allowances.use({"acme": tenant}, ())
    return tenant


async def arrive(hall: Hall, tenant: Tenant, count: int) -> list[asyncio.Task[Granted]]:
    errands = [hall.errand() for _ in range(count)]
    for errand in errands:
        errand.task.tenant = tenant
    tasks = [asyncio.create_task(hall.admission.admit(errand)) for errand in errands]
    await settle()
    return tasks


async def test_a_tenants_tasks_above_its_slots_wait_and_stand_in_nobodys_way() -> None:
    hall = Hall("near", "far")
    tenant = limited(hall, slots=1)
    first, second, third = await arrive(hall, tenant, 3)
    assert [task.done() for task in (first, second, third)] == [True, False, False]
    others = await hall.arrive(2)
    assert all(task.done() for task in others)
    hall.admission.give_back(await first)
    await settle()
    assert [task.done() for task in (second, third)] == [True, False]
    tenant = limited(hall, slots=2)
    hall.admission.limits_changed(["acme"])
    await settle()
    assert third.done()


async def test_it_is_told_what_it_waited_for() -> None:
    hall = Hall("near")
    errand = hall.errand(deadline=0.01)
    errand.task.tenant = limited(hall, slots=1)
    await arrive(hall, errand.task.tenant, 1)
    with pytest.raises(ProblemError) as caught:
        await hall.admission.admit(errand)
    assert caught.value.problem.error == "DEADLINE_EXCEEDED"
    assert caught.value.problem.more["trail"] == ["waited: all 1 slots of its tenant are taken"]


async def test_no_more_of_a_tenants_tasks_wait_than_may_and_others_still_do() -> None:
    hall = Hall("near")
    taken = await hall.arrive(2)
    tenant = limited(hall, queue=1)
    waiting, refused = await arrive(hall, tenant, 2)
    with pytest.raises(ProblemError) as caught:
        await refused
    problem = caught.value.problem
    assert (problem.error, problem.status, problem.submitted.value) == ("TENANT_QUEUE_FULL", 429, "no")
    assert problem.retry_after is not None
    (other,) = await hall.arrive()
    await settle()
    assert (waiting.done(), other.done()) == (False, False)
    for task in (waiting, other):
        task.cancel()
    await asyncio.wait([*taken, waiting, other])
    tenant = limited(hall, queue=0)
    (refused,) = await arrive(hall, tenant, 1)
    with pytest.raises(ProblemError, match="TENANT_QUEUE_FULL"):
        await refused
