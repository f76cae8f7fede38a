"""Tasks at a steady rate, each with its entry in the ledger: how long a submission waits for it, and what it costs in CPU."""

import asyncio
import resource
import time
from dataclasses import dataclass
from ipaddress import ip_address
from uuid import uuid4

from prometheus_client import CollectorRegistry

from attempt.evidence import Answer
from attempt.outcome import Outcome
from contract.serving import settle
from gateway.errand import Errand
from gateway.ledger.ledger import Ledger
from gateway.settings import GatewaySettings
from gateway.task import Task
from gateway.tenants import Tenant
from gateway.timing import Timing
from gateway.trail import Attempt

ACCEPTED = Answer(202, {"location": "/tasks/77?kind=turnstile&submitted=1.5", "task-submitted": "yes"}, b'{"captcha_id": "77"}')
ANSWER = Answer(200, {"content-type": "application/json", "task-submitted": "yes"}, b'{"solution": "' + b"s" * 500 + b'"}')

HAND_OVER, SOLVE = 0.05, 0.5
"""Seconds. Shorter than real ones, so that a few seconds of load have all of a task's life in them."""


@dataclass(frozen=True, slots=True)
class Load:
    """`waits` are the seconds that each submission waited for the ledger; `cpu` is seconds per task; `rate` tasks per second."""

    waits: list[float]
    cpu: float
    rate: float


async def load(url: str, rate: float, count: int, warm: int) -> Load:
    """So many tasks, so many a second, after some that do not count."""
    settings = GatewaySettings.read({"LEDGER_URL": url, "LEDGER_AWAY": "refuse"})
    ledger = Ledger(settings, CollectorRegistry(), clock=time.monotonic)
    ledger.open()
    await _send(ledger, rate, warm)
    settle()  # as a gateway does before it serves
    before, begun = _cpu(), time.perf_counter()
    waits = await _send(ledger, rate, count)
    cpu, took = _cpu() - before, time.perf_counter() - begun - HAND_OVER - SOLVE
    await ledger.close()
    return Load(waits, cpu / count, count / took)


async def _send(ledger: Ledger, rate: float, count: int) -> list[float]:
    waits: list[float] = []
    begun, tasks = time.perf_counter(), []
    for number in range(count):
        tasks.append(asyncio.create_task(_task(ledger, waits)))
        await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
    await asyncio.gather(*tasks)
    return waits


async def _task(ledger: Ledger, waits: list[float]) -> None:
    name = uuid4().hex
    task = Task(name, name, b"", ip_address("127.0.0.1"), time.monotonic() + 300, tenant=Tenant("acme"))
    errand = Errand(task, Timing(time.monotonic))
    entry = ledger.arrived(errand)
    asked = time.perf_counter()
    await entry.submitting(errand, "eu-west")
    waits.append(time.perf_counter() - asked)
    await asyncio.sleep(HAND_OVER)
    errand.at = "eu-west"
    errand.trail.attempts.append(Attempt("eu-west", "nearest by its round trip of 12 ms", Outcome.ACCEPTED, "202"))
    entry.heard(errand, Outcome.ACCEPTED, ACCEPTED)
    await asyncio.sleep(SOLVE)
    entry.answered(errand, ANSWER)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
