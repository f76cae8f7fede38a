"""Who waits for a slot gets one in the order of coming, and none is lost."""

import asyncio
import time

import pytest

from attempt.evidence import NotSent
from attempt.outcome import Outcome
from nearway import BusyError, UnreachableError, Worker
from nearway.balancer.admission import Admission, Granted
from nearway.balancer.choose import Policy

ONE = Worker("http://w0:1", 1)


def made(*workers: Worker) -> Admission:
    return Admission(workers, Policy(), clock=time.monotonic, chance=lambda: 0.5)


def admitting(admission: Admission, seconds: float = 20.0, turn: int | None = None) -> asyncio.Task[Granted]:
    turn = admission.turn() if turn is None else turn
    return asyncio.create_task(admission.admit(turn, "", time.monotonic() + seconds))


async def test_slots_are_granted_in_the_order_of_coming_also_to_who_stands_again() -> None:
    admission = made(ONE)
    first = await admitting(admission)
    turn = admission.turn()
    later = [admitting(admission) for _ in range(3)]
    await asyncio.sleep(0)
    again = admitting(admission, turn=turn)
    await asyncio.sleep(0)
    order = []
    for _ in range(4):
        admission.give_back(first)
        done, _ = await asyncio.wait([again, *later], return_when=asyncio.FIRST_COMPLETED)
        (one,) = [task for task in done if task not in order]
        order.append(one)
        first = one.result()
    assert order == [again, *later]


async def test_who_is_cancelled_takes_no_slot_along_however_late() -> None:
    admission = made(ONE)
    first = await admitting(admission)
    leaving, staying = admitting(admission), admitting(admission)
    await asyncio.sleep(0)
    admission.give_back(first)  # and leaving has it, but was not told yet
    leaving.cancel()
    granted = await staying
    assert leaving.cancelled()
    assert admission.standing.load.in_flight.total() == 1
    admission.give_back(granted)


async def test_nobody_waits_longer_than_his_time() -> None:
    admission = made(ONE)
    await admitting(admission)
    with pytest.raises(BusyError):
        await admitting(admission, 0.02)
    with pytest.raises(BusyError):
        await admitting(admission, -1.0)


async def test_workers_that_come_are_given_tasks_and_those_that_leave_are_not() -> None:
    admission = made()
    admission.trouble = "Consul has not answered yet"
    with pytest.raises(UnreachableError, match="Consul has not answered yet"):
        await admitting(admission, 0.02)
    waiting = admitting(admission)
    await asyncio.sleep(0)
    admission.change([ONE])
    granted = await waiting
    waiting = admitting(admission)
    await asyncio.sleep(0)
    admission.change([Worker("http://w1:1", 1)])
    assert (await waiting).worker.url == "http://w1:1"
    admission.give_back(granted)
    assert not admission.knows(granted.worker)


async def test_a_rest_ends_by_itself() -> None:
    admission = made(ONE)
    granted = await admitting(admission)
    admission.standing.load.refused(ONE.url, time.monotonic(), 0.1, 0.0)
    admission.give_back(granted)
    assert (await admitting(admission)).worker == ONE


async def test_a_test_that_did_not_come_about_leaves_the_next_one_to_others() -> None:
    admission = made(ONE)
    granted = await admitting(admission)
    admission.standing.heard(ONE.url, NotSent("nobody is there"), Outcome.UNSENT, time.monotonic() - 9, 0.5, tested=False)
    admission.give_back(granted)
    testing = await admitting(admission)
    assert testing.tests
    admission.give_back(testing)
    assert (await admitting(admission)).tests
