"""Asking about the account: one question at a time, and none while the answer is fresh."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import pytest

from contract.problem import ProblemError
from tests.clock import Clock
from worker.accountant import Accountant
from worker.api import Api
from worker.metrics import Metrics
from worker.outcome import Lost
from worker.reply import Accepted, NotReady, Refused, Unreadable
from worker.standing import Balance, Threads, Trouble

Eventually = Callable[[Callable[[], object]], Awaitable[None]]


@dataclass
class Script:
    """An API that answers what it is told to, when it is told to."""

    answer: Threads | Trouble = field(default_factory=lambda: Threads(5, 1))
    asked: int = 0
    balances: int = 0
    fault: Exception | None = None
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def threads(self) -> Threads | Trouble:
        self.asked += 1
        self.was_asked.set()
        if self.fault:
            raise self.fault
        await self.may_answer.wait()
        return self.answer

    async def balance(self) -> Balance:
        self.balances += 1
        return Balance(3.5)


@pytest.fixture
def clock() -> Clock:
    return Clock(1000.0)


@pytest.fixture
def script() -> Script:
    made = Script()
    made.may_answer.set()
    return made


@pytest.fixture
async def accountant(script: Script, clock: Clock) -> AsyncIterator[Accountant]:
    made = Accountant(cast("Api", script), Metrics(), gap=0.1, fresh=5, every=60, clock=clock)
    yield made
    await made.close()


async def test_questions_at_once_are_one(accountant: Accountant, script: Script) -> None:
    script.may_answer.clear()
    asking = [asyncio.create_task(accountant.threads()) for _ in range(10)]
    await script.was_asked.wait()
    asking.pop().cancel()  # one that leaves takes nothing from the others
    script.may_answer.set()
    assert await asyncio.gather(*asking) == [Threads(5, 1)] * 9
    assert script.asked == 1


async def test_an_answer_counts_while_fresh(accountant: Accountant, script: Script, clock: Clock) -> None:
    for now in (1000, 1004.9, 1005.1):
        clock.now = now
        await accountant.threads()
    assert script.asked == 2


async def test_a_refused_account_refuses_tasks_with_when_to_come_again(accountant: Accountant, clock: Clock) -> None:
    accountant.check()
    await accountant.heard_submission(Refused("ERROR_KEY_DOES_NOT_EXIST"))
    clock.now += 20
    with pytest.raises(ProblemError) as caught:
        accountant.check()
    told = caught.value.problem
    assert (told.error, told.status, told.submitted, told.retry_after) == ("SOLVER_PAUSED", 503, "no", 40)
    assert "ERROR_KEY_DOES_NOT_EXIST" in told.detail
    assert accountant.paused == "ERROR_KEY_DOES_NOT_EXIST"


async def test_a_task_taken_after_all_opens_it(accountant: Accountant) -> None:
    await accountant.heard_submission(Refused("ERROR_KEY_DOES_NOT_EXIST"))
    accountant.heard_poll(NotReady())
    assert accountant.paused
    await accountant.heard_submission(Accepted("5"))
    accountant.check()


@pytest.mark.parametrize(
    ("answer", "paused"), [(Threads(0, 0), "ERROR_KEY_DOES_NOT_EXIST"), (Threads(5, 5), None), (Lost("x"), None)]
)
async def test_no_balance_means_busy_unless_the_plan_is_dead(
    accountant: Accountant, script: Script, answer: Threads | Trouble, paused: str | None
) -> None:
    script.answer = answer
    await accountant.heard_submission(Refused("ERROR_ZERO_BALANCE"))
    assert accountant.paused == paused


async def test_busy_is_believed_over_free_threads(accountant: Accountant, script: Script) -> None:
    script.answer = Threads(5, 0)
    await accountant.heard_submission(Refused("ERROR_ZERO_BALANCE"))
    assert accountant.state.probe_at() is None


async def test_a_wrong_key_is_known_before_the_first_task(accountant: Accountant, script: Script, eventually: Eventually) -> None:
    script.answer = Refused("ERROR_WRONG_USER_KEY")
    accountant.start()
    await eventually(lambda: accountant.paused)
    assert accountant.paused == "ERROR_WRONG_USER_KEY"


async def test_trouble_on_the_way_pauses_nothing(accountant: Accountant, script: Script, eventually: Eventually) -> None:
    script.answer = Unreadable("HTTP 502")
    accountant.start()
    await eventually(lambda: script.balances)
    assert accountant.paused is None


async def test_after_the_pause_the_account_is_asked_about_and_opened(eventually: Eventually) -> None:
    script = Script(Refused("ERROR_KEY_DOES_NOT_EXIST"))
    script.may_answer.set()
    accountant = Accountant(cast("Api", script), Metrics(), gap=0, fresh=0, every=60, speed=6000)
    accountant.start()
    await eventually(lambda: script.asked >= 3)  # 60 s / 6000 apart
    assert accountant.paused
    script.answer = Threads(5, 0)
    await eventually(lambda: not accountant.paused)
    await accountant.close()


async def test_a_fault_does_not_end_the_care(script: Script, caplog: pytest.LogCaptureFixture, eventually: Eventually) -> None:
    script.fault = ZeroDivisionError("!")
    accountant = Accountant(cast("Api", script), Metrics(), gap=0, fresh=0, every=0.001)
    accountant.start()
    await eventually(lambda: script.asked >= 3)
    assert "fault while asking" in caplog.text
    await accountant.close()


async def test_turns_are_given_in_line_and_a_gap_apart(script: Script) -> None:
    accountant = Accountant(cast("Api", script), Metrics(), gap=0.02, fresh=0, every=60)
    began: list[tuple[int, float]] = []

    async def stand(number: int) -> None:
        assert await accountant.turn(time.monotonic() + 10, asyncio.Event())
        began.append((number, time.monotonic()))

    begun = time.monotonic()
    await asyncio.gather(*map(stand, range(5)))
    assert [number for number, _ in began] == list(range(5))
    # From the beginning: who is told late, on a busy machine, is followed the sooner.
    assert all(at - begun >= number * 0.02 - 0.001 for number, at in began)


async def test_a_turn_that_comes_too_late_or_is_not_wanted_is_none(script: Script) -> None:
    accountant = Accountant(cast("Api", script), Metrics(), gap=60, fresh=0, every=60)
    now, stop = time.monotonic(), asyncio.Event()
    assert await accountant.turn(now, stop)  # the first needs no wait, and so no time
    assert not await accountant.turn(now + 0.01, stop)
    stop.set()
    assert not await accountant.turn(now + 60, stop)
    assert time.monotonic() - now < 5
