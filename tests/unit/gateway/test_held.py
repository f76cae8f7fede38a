"""Waits that are broken off. Time is the event loop's, and none of it is waited for."""

import asyncio

import pytest

from attempt.evidence import Answer, BrokenOff, Evidence, Lost
from attempt.outcome import Waited, waited_for
from gateway.held import SETTLING, SPREAD, Held


async def hanging() -> Evidence:
    await asyncio.Event().wait()
    raise AssertionError


async def answering() -> Evidence:
    return Answer(200, {}, b"")


def held(jitter: float = 0.0) -> Held:
    return Held(lambda region: False, lambda: jitter)


async def test_what_a_region_says_is_passed_on() -> None:
    assert await held().hold("us", answering()) == Answer(200, {}, b"")


async def test_waits_at_a_region_that_does_not_answer_go_on_elsewhere_and_others_stay() -> None:
    waits = held()
    here, there = (asyncio.create_task(waits.hold(region, hanging())) for region in ("us", "eu"))
    await asyncio.sleep(0)
    waits.leave("us")
    evidence = await here
    assert waited_for(evidence) is Waited.NO_WORD
    assert not there.done()
    there.cancel()
    with pytest.raises(asyncio.CancelledError):
        await there


async def test_waits_at_a_region_with_a_silent_worker_are_asked_again_once_it_is_out_of_nginx(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    until: list[float] = []
    monkeypatch.setattr(asyncio.Timeout, "reschedule", lambda self, when: until.append(when))
    waits = held(jitter=1.0)
    here = asyncio.create_task(waits.hold("us", hanging()))
    await asyncio.sleep(0)
    now = asyncio.get_running_loop().time()
    waits.ask_again("us")
    assert until[1:] == [pytest.approx(now + SETTLING + SPREAD, abs=0.1)]
    here.cancel()
    await asyncio.wait([here])


def test_a_wait_that_is_asked_again_stays_where_it_is() -> None:
    assert waited_for(BrokenOff("why", elsewhere=False)) is Waited.NOT_YET


async def test_a_timeout_of_the_asking_itself_is_not_taken_for_ours() -> None:
    async def timing_out() -> Evidence:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await held().hold("us", timing_out())


async def test_nothing_is_kept_of_a_wait_that_is_over() -> None:
    async def losing() -> Evidence:
        return Lost("reset")

    waits = held()
    assert await waits.hold("us", losing()) == Lost("reset")
    waits.leave("us")
    assert await waits.hold("us", answering()) == Answer(200, {}, b"")
