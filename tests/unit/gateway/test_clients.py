"""What a client is told, and when."""

import asyncio
import math
from ipaddress import ip_address

import pytest

from attempt.evidence import Answer
from contract.problem import Problem, ProblemError
from gateway import answers
from gateway.clients import Client, Clients
from gateway.errand import Errand
from gateway.task import Task
from gateway.timing import Timing

SOLVED = Answer(200, {}, b"{}")
ACCEPTED = Answer(202, {"location": "/tasks/77"}, b'{"captcha_id": "77"}')


class Desk:
    """One client, and the work on its task, which ends when the test says so. `hold` in seconds; None wants no location."""

    def __init__(self, hold: float | None = None) -> None:
        loop = asyncio.get_running_loop()
        until = None if hold is None else loop.time() + hold
        self.errand = Errand(Task("t", "r", b"{}", ip_address("::1"), 100.0, hold_until=until), Timing(loop.time))
        self.end: asyncio.Future[Answer] = loop.create_future()
        self.work = asyncio.create_task(self.carry())
        self.client, self.clients = Client(self.errand, self.work, loop.time), Clients()
        self.told = asyncio.create_task(self.clients.told(self.client))

    async def carry(self) -> Answer:
        return await self.end

    async def accept(self) -> None:
        await asyncio.sleep(0)
        self.errand.accepted, self.errand.location = ACCEPTED, "/tasks/77?seal"
        self.client.accepted()
        await settle()

    async def problem(self) -> Problem:
        with pytest.raises(ProblemError) as caught:
            await self.told
        return caught.value.problem


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_waits_for_another_gateways_task_is_sent_on_as_the_gateway_leaves_unless_it_is_accepted() -> None:
    sent_on, held = Desk(), Desk()
    sent_on.errand.elsewhere = held.errand.elsewhere = "t2"
    await held.accept()
    for desk in (sent_on, held):
        desk.clients.leave()
    problem = await sent_on.problem()
    assert (problem.error, problem.submitted) == ("TASK_ELSEWHERE", "unknown")
    assert not held.told.done()
    held.clients.cut_off()
    assert (await held.problem()).error == "GATEWAY_LEFT"


async def test_who_wants_no_location_is_held_until_the_end_even_as_the_gateway_leaves() -> None:
    desk = Desk()
    await desk.accept()
    desk.clients.leave()
    await settle()
    assert not desk.told.done()
    desk.end.set_result(SOLVED)
    assert await desk.told == SOLVED


async def test_who_wants_one_has_it_as_soon_as_the_task_is_accepted_and_the_work_goes_on() -> None:
    desk = Desk(hold=0.0)
    await settle()
    assert not desk.told.done()
    await desk.accept()
    answer = await desk.told
    assert (answer.status, answer.headers["location"], answer.body) == (
        202,
        "/tasks/77?seal",
        b'{"captcha_id": "77", "task": "t", "state": "accepted"}',
    )
    assert answer.headers["preference-applied"] == "respond-async"
    assert not desk.work.done()
    desk.end.set_result(SOLVED)
    assert await desk.work == SOLVED


async def test_who_would_wait_a_little_has_the_answer_when_it_comes_in_time() -> None:
    desk = Desk(hold=60.0)
    await desk.accept()
    assert not desk.told.done()
    desk.end.set_result(SOLVED)
    assert await desk.told == SOLVED


@pytest.mark.parametrize("hold", [60.0, math.inf])
async def test_as_the_gateway_leaves_who_takes_a_location_gets_it_at_once(hold: float) -> None:
    desk = Desk(hold)
    await desk.accept()
    assert not desk.told.done()
    desk.clients.leave()
    assert (await desk.told).status == 202
    late = Desk(hold)
    late.clients.leave()
    await settle()
    assert not late.told.done()
    await late.accept()
    assert (await late.told).status == 202


class Kept:
    """A ledger that takes its time to write a task down, and may fail."""

    def __init__(self, desk: Desk) -> None:
        self.asked, self.written = 0, asyncio.get_running_loop().create_future()
        desk.errand.promise = self.promise

    async def promise(self, errand: Errand) -> None:
        self.asked += 1
        await self.written


async def test_who_would_not_wait_for_a_slot_is_told_to_ask_by_the_tasks_id_once_that_is_kept() -> None:
    desk = Desk(hold=0.0)
    kept = Kept(desk)
    await settle()
    assert kept.asked == 0, "it may have a slot at once"
    desk.errand.task.waits_for_slot = True
    for _ in range(2):
        desk.client.queued()
        await settle()
    assert (kept.asked, desk.told.done()) == (1, False)
    kept.written.set_result(None)
    answer = await desk.told
    assert (answer.status, answer.headers["location"], answer.body) == (202, "/tasks/t", b'{"task": "t", "state": "waiting"}')
    assert answer.headers["task-submitted"] == "unknown", "it may yet be paid for: nobody should send it again"
    assert not desk.work.done()
    desk.work.cancel()


async def test_whose_task_can_not_be_written_down_is_held_until_it_is_accepted() -> None:
    desk = Desk(hold=0.0)
    kept = Kept(desk)
    desk.errand.task.waits_for_slot = True
    desk.client.queued()
    await settle()
    kept.written.set_exception(ProblemError(answers.draining(desk.errand)))
    await settle()
    assert not desk.told.done()
    desk.errand.task.waits_for_slot = False
    await desk.accept()
    assert (await desk.told).headers["location"] == "/tasks/77?seal"


@pytest.mark.parametrize("hold", [None, 60.0])
async def test_who_waits_for_the_answer_waits_for_a_slot_too(hold: float | None) -> None:
    desk = Desk(hold)
    kept = Kept(desk)
    desk.errand.task.waits_for_slot = True
    desk.client.queued()
    await settle()
    assert (kept.asked, desk.told.done()) == (0, False)
    desk.end.set_result(SOLVED)
    assert await desk.told == SOLVED


async def test_where_no_ledger_is_kept_nobody_is_sent_away_before_a_task_is_accepted() -> None:
    desk = Desk(hold=0.0)
    desk.errand.task.waits_for_slot = True
    desk.client.queued()
    await settle()
    assert not desk.told.done()
    await desk.accept()
    assert (await desk.told).status == 202


async def test_accepted_while_it_is_written_down_it_is_told_where_it_is() -> None:
    desk = Desk(hold=0.0)
    kept = Kept(desk)
    desk.errand.task.waits_for_slot = True
    desk.client.queued()
    await settle()
    await desk.accept()
    kept.written.set_result(None)
    assert (await desk.told).headers["location"] == "/tasks/77?seal"


async def test_what_ends_otherwise_is_told_as_it_is() -> None:
    desk = Desk(hold=0.0)
    desk.end.set_exception(ValueError("x"))
    with pytest.raises(ValueError, match="x"):
        await desk.told


async def test_a_client_that_left_is_told_nothing_and_nothing_is_heard_of_it() -> None:
    desk = Desk()
    await settle()
    desk.told.cancel()
    await settle()
    desk.end.set_exception(ValueError("x"))
    await settle()
    assert desk.told.cancelled()


async def test_at_the_very_end_each_is_told_what_is_known() -> None:
    queued, sent, paid, solved = Desk(), Desk(), Desk(), Desk()
    sent.errand.submitting = True
    await paid.accept()
    solved.end.set_result(SOLVED)
    await settle()
    for desk in (queued, sent, paid, solved):
        desk.clients.cut_off()
    told = await queued.problem()
    assert (told.error, told.status, told.submitted.value) == ("DRAINING", 503, "no")
    told = await sent.problem()
    assert (told.error, told.status, told.submitted.value) == ("SUBMISSION_UNKNOWN", 502, "unknown")
    told = await paid.problem()
    assert (told.error, told.status, told.submitted.value) == ("GATEWAY_LEFT", 504, "yes")
    assert (told.headers["Location"], told.more["captcha_id"]) == ("/tasks/77?seal", "77")
    assert await solved.told == SOLVED
    for desk in (queued, sent, paid):
        desk.work.cancel()
