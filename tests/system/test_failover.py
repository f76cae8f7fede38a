"""From the end of the nearest region to the next one's answers, by the clock."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from tests.integration.consul_lab import eventually
from tests.system.whole import Plan, Solved, Whole, shows, whole

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

PLAN = Plan(workers=1, slots=100, speed=45, worker={"SUBMIT_GAP": "0"})
"""A task is looked for a third of a second after its submission, and nine times a second from then on."""

NEAREST, NEXT, THIRD = "eu-west", "us-east", "ap-south"
IN_FLIGHT = 40


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    async with whole(tmp_path_factory.mktemp("failover") / "run", PLAN) as made:
        yield made


async def killed(here: Whole) -> None:
    """SIGKILL for nginx, its renderer and the workers."""
    await here.system.kill_region(NEAREST)


async def frozen(here: Whole) -> None:
    """SIGSTOP for nginx and its renderer: connections come about, and nothing is answered."""
    (renderer,) = here.system.of_region(NEAREST, "region")
    stopped: set[int] = set()
    # One that runs may start another between our look and the signal.
    while found := renderer.family() - stopped:
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
        stopped |= found


async def mended(here: Whole) -> None:
    for process in [*here.system.of_region(NEAREST, "region"), *here.system.of_region(NEAREST, "worker")]:
        if not process.runs:
            await process.start()
        for pid in process.family():
            os.kill(pid, signal.SIGCONT)
    await here.all_is_well()
    assert (await here.solve(NEAREST)).region == NEAREST, "after failures one task tests a region, before others go there"


async def held_at(here: Whole, region: str) -> int:
    """Waits that are held there, by the worker's own word."""
    return int((await here.get(f"worker-{region}-1", "/health"))["active_tasks"])


async def all_held(here: Whole, accepted: float) -> bool:
    """Every task is accepted, which the gateway knows, and a worker holds its wait."""
    return await here.accepted() - accepted == IN_FLIGHT == await held_at(here, NEAREST)


async def continued(here: Whole, before: float) -> bool:
    """Every task has left, and a worker elsewhere holds its wait."""
    left = await here.metric("nearway_moves_total", region=NEAREST) - before
    return left >= IN_FLIGHT and await held_at(here, NEXT) + await held_at(here, THIRD) >= IN_FLIGHT


async def asked_anew(here: Whole, began: float) -> float:
    """The seconds from `began` until a task sent after it is answered; one a twentieth of a second, so that one is the first."""
    number, sent = 0, set[asyncio.Task[Solved]]()
    while True:
        sent.add(asyncio.create_task(here.solve(NEAREST, f"new_{number}", 0.1, **{"Nearway-Deadline": "10"})))
        number += 1
        done, _ = await asyncio.wait(sent, timeout=0.05, return_when=asyncio.FIRST_COMPLETED)
        if any(one.result().right and one.result().region == NEXT for one in done):
            took = time.monotonic() - began
            await asyncio.gather(*sent)
            return took


@pytest.mark.parametrize(("strike", "new_within"), [(killed, 1.0), (frozen, None)], ids=["killed", "frozen"])
async def test_tasks_in_flight_go_on_elsewhere_within_2_s_and_new_ones_are_answered_there(
    here: Whole, strike: Callable[[Whole], Awaitable[None]], new_within: float | None
) -> None:
    await here.forget()
    before, accepted = await here.metric("nearway_moves_total", region=NEAREST), await here.accepted()
    labels = [f"moved_{number}" for number in range(IN_FLIGHT)]
    tasks = [asyncio.create_task(here.solve(NEAREST, label, 8)) for label in labels]
    await eventually(lambda: all_held(here, accepted), "every task to be waited for")
    began = time.monotonic()
    await strike(here)
    if new_within is not None:
        took = await asked_anew(here, began)
        shows(f"{strike.__name__}: first new task answered by {NEXT} after {took:.2f} s")
        assert took < new_within
    await eventually(lambda: continued(here, before), "every task in flight to be waited for elsewhere")
    took = time.monotonic() - began
    shows(f"{strike.__name__}: all {IN_FLIGHT} in flight are waited for elsewhere after {took:.2f} s")
    assert took < 2.0
    assert all(one.right for one in await asyncio.gather(*tasks))
    submissions = (await here.witness())["submissions"]
    assert {label: submissions[label] for label in labels} == dict.fromkeys(labels, 1)
    await mended(here)
