"""Who gets a slot when. No time passes unless a test says so."""

import asyncio
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from contract.problem import ProblemError
from discovery.dials import Dial
from gateway.admission import Admission, Granted
from gateway.errand import Errand
from gateway.policy import Policy
from gateway.queue import Queue
from gateway.standing import Standing
from gateway.task import Task
from gateway.timing import Timing
from tests.unit.gateway.test_carry import in_order, view_of


class Hall:
    """An admission over regions of two slots each."""

    def __init__(self, *regions: str, most: int = 100, total_slots: int | None = None) -> None:
        self.now = 0.0
        self.view, self.standing, self.policy = view_of(*regions), Standing(), Policy(total_slots=total_slots)
        self.admission = Admission(
            lambda: self.view, in_order, self.standing, Queue(most), policy=lambda: self.policy, clock=lambda: self.now
        )

    def errand(self, deadline: float = 100.0) -> Errand:
        task = Task("t", "r", b"{}", ip_address("127.0.0.1"), deadline)
        return Errand(task, Timing(lambda: self.now))

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
        hall.admission.give_back((await freed).slot)
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
    hall.admission.give_back((await second).slot)
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
    hall.admission.give_back((await first).slot)
    await settle()
    assert stayer.done()


async def test_a_slot_given_to_one_who_is_just_leaving_goes_to_the_next() -> None:
    hall = Hall("near")
    first, _, leaver, stayer = await hall.arrive(4)
    slot = (await first).slot
    leaver.cancel()  # both before the leaver runs again
    hall.admission.give_back(slot)
    await settle()
    assert leaver.cancelled()
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
    hall.standing.load.refused("near", hall.now, retry_after=0.1)
    (waiting,) = await hall.arrive()
    assert not waiting.done()
    hall.now = 0.11
    async with asyncio.timeout(5):
        assert (await waiting).slot.region == "near"


async def test_the_account_has_only_so_many_threads_for_all_regions_together() -> None:
    hall = Hall("near", "far", total_slots=3)
    tasks = await hall.arrive(4)
    assert [task.done() for task in tasks] == [True, True, True, False]
    hall.admission.give_back((await tasks[0]).slot)
    await settle()
    assert tasks[3].done()


async def test_a_dial_turned_up_lets_in_who_waits_and_one_turned_down_holds_back() -> None:
    hall = Hall("near")
    half, none = (Policy({"near": Dial(share, datetime(2026, 1, 31, tzinfo=UTC), "ann")}) for share in (0.5, 0.0))
    hall.policy = half
    first, second = await hall.arrive(2)
    assert (first.done(), second.done()) == (True, False)
    hall.policy = none
    hall.admission.give_back((await first).slot)
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
            hall.admission.give_back(granted.slot)

    visits = [asyncio.create_task(visit(number)) for number in range(300)]
    for number, one in enumerate(visits):
        if number % 11 == 5:
            await asyncio.sleep(0)
            one.cancel()
    await asyncio.gather(*visits, return_exceptions=True)
    assert most == 4
    assert hall.standing.load.in_flight.total() == 0
