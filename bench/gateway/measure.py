"""The three measurements, of whatever answers `POST /solve`."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from bench.client import Client, Told, task
from bench.figures import percentile
from bench.gateway.subject import Subject
from bench.machine import cpu_seconds, resident_kib
from demo.layout import HOST
from demo.processes import family
from tests.system.whole import CLIENTS

NEAR = f"X-Forwarded-For: {CLIENTS['us-east']}\r\n"
RATE, TASKS, SECONDS = 200, 3000, 1.0
"""Tasks a second, how many of them, and how long each takes: 200 are in flight."""

HELD, FILL_RATE = 5000, 250
CLIENTS_AT_ONCE, CLOSED_TASKS, SHORT = 300, 6000, 0.1


@dataclass(frozen=True)
class Steady:
    """At 200 tasks a second: CPU seconds of a task, and by how much answers came later than a worker's own, in seconds."""

    cpu: float
    p50: float
    p99: float


async def steady(subject: Subject, worker: Subject) -> Steady:
    """Tasks arrive evenly at the subject; as many more are sent straight to the worker, in turn."""
    through, straight = Client(HOST, subject.port), Client(HOST, worker.port)
    request = task(SECONDS, headers=NEAR)
    await _paced(through, request, 200, RATE)
    before = _cpu(subject)
    ours, theirs = await asyncio.gather(_paced(through, request, TASKS, RATE), _paced(straight, request, TASKS, RATE))
    spent = _cpu(subject) - before
    through.close()
    straight.close()
    _check([*ours, *theirs])
    late, own = ([one.seconds for one in answers] for answers in (ours, theirs))
    return Steady(spent / TASKS, *(percentile(late, share) - percentile(own, share) for share in (0.5, 0.99)))


async def memory(subject: Subject) -> float:
    """KiB per task in flight at 5,000, beyond what it takes when it has had its first tasks."""
    client = Client(HOST, subject.port)
    _check(await _paced(client, task(0.1, headers=NEAR), 200, RATE))
    before = _resident(subject)
    held = []
    for number in range(HELD):
        held.append(asyncio.create_task(client.send(task(3600, headers=NEAR))))
        if number % 10 == 9:
            await asyncio.sleep(10 / FILL_RATE)
    await asyncio.sleep(2)
    grown = _resident(subject) - before
    for one in held:
        one.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*held, return_exceptions=True)
    return grown / HELD


@dataclass(frozen=True)
class FlatOut:
    """As much as it can: tasks a second, and the CPU seconds of each."""

    rate: float
    cpu: float


async def flat_out(subject: Subject) -> FlatOut:
    """300 clients, each with its next task as soon as the last is solved; each takes 0.1 s."""
    client, request, numbers = Client(HOST, subject.port), task(SHORT, headers=NEAR), iter(range(CLOSED_TASKS))
    answers: list[Told] = []

    async def one_after_the_other() -> None:
        for _ in numbers:
            answers.append(await client.send(request))  # noqa: PERF401 -- each waits for the one before

    begun, before = time.monotonic(), _cpu(subject)
    await asyncio.gather(*(one_after_the_other() for _ in range(CLIENTS_AT_ONCE)))
    took, spent = time.monotonic() - begun, _cpu(subject) - before
    client.close()
    _check(answers)
    return FlatOut(CLOSED_TASKS / took, spent / CLOSED_TASKS)


async def _paced(client: Client, request: bytes, count: int, rate: float) -> list[Told]:
    """So many, evenly spaced, whatever becomes of those before."""
    begun = asyncio.get_running_loop().time()
    sent = []
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + number / rate - asyncio.get_running_loop().time()))
        sent.append(asyncio.create_task(client.send(request)))
    return list(await asyncio.gather(*sent))


def _check(answers: Iterable[Told]) -> None:
    if wrong := [one.status for one in answers if one.status != 200]:
        raise ValueError(f"{len(wrong)} tasks were not solved: {set(wrong)}")


def _cpu(subject: Subject) -> float:
    return sum(cpu_seconds(pid) for pid in family(subject.pid)) if subject.pid is not None else 0.0


def _resident(subject: Subject) -> int:
    return sum(resident_kib(pid) for pid in family(subject.pid)) if subject.pid is not None else 0
