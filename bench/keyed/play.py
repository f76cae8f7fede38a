"""The play: tasks with keys arrive while gateways and workers are killed and started again, and what became of them."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp

from bench.keyed.insisting import Insisting
from demo.processes import Process, kill
from gateway.ledger.address import Address, PostgreSQL, SQLiteFile
from gateway.ledger.questions import Which, tasks
from gateway.ledger.reading import read
from tests.integration.postgres_lab import postgres
from tests.system.whole import Plan, Solved, Whole, whole

LOST_REPLIES = 0.1
"""Share of the API's replies, to submissions and to looks, that are cut off after their effect."""

GATEWAY_LIVES, WORKER_LIVES = 5.0, 2.5
"""Seconds between two kills of a gateway, and of a worker, on the average; of one that works again."""

DOWN = 0.5
"""Seconds for which what was killed stays away, on the average."""

ENDING = 120
"""Seconds in which all rows must have their ends: a lease, and the time of the longest task."""

KEY = "k" * 32

HEAD = (
    "over", "tasks", "requests", "gateways killed", "workers killed", "submitted once", "submitted twice", "solved", "unknown",
    "other ends", "no answer", "known to be submitted, unanswered", "rows without an end",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """What became of the tasks. `unanswered` are those that the ledger knows to be paid for, and whose client got no answer.

    `other` are ends that are neither an answer nor that nobody can tell; `differing` counts clients that were given two answers.
    """

    over: str
    tasks: int
    requests: int
    killed: Mapping[str, int]
    once: int
    twice: int
    solved: int
    unknown: int
    silent: int
    unanswered: int
    differing: int
    open_rows: int
    other: Mapping[str, int]

    def cells(self) -> tuple[str, ...]:
        """As text."""
        counts = (
            self.tasks, self.requests, self.killed["gateway"], self.killed["worker"], self.once, self.twice, self.solved,
            self.unknown, sum(self.other.values()), self.silent, self.unanswered, self.open_rows,
        )  # fmt: skip
        return (self.over, *map(str, counts))

    def faults(self) -> Iterator[str]:
        """What broke, in words."""
        wrong = {
            "tasks were submitted more than once": self.twice,
            "clients got no answer": self.silent,
            "tasks that are known to be submitted have no answer": self.unanswered,
            "clients were given two answers": self.differing,
            f"clients were told what nobody wants: {dict(self.other)}": sum(self.other.values()),
            "rows have no end": self.open_rows,
        }
        return (f"{self.over}: {count} {what}" for what, count in wrong.items() if count)


@asynccontextmanager
async def system(folder: Path, ledger: str, gateways: int, seed: int) -> AsyncIterator[tuple[Whole, Address]]:
    """The system, with its ledger: several gateways over a `postgresql`, or one over a file of `sqlite`."""
    plan = Plan(
        api={"reset_after_rate": LOST_REPLIES, "seed": seed},
        worker={"SUBMIT_GAP": "0"},
        gateway={"TASKS_KEY": KEY, "LEDGER_AWAY": "refuse"},
    )
    if ledger == "sqlite":
        async with whole(folder / "run", plan) as here:
            yield here, SQLiteFile(folder / "run" / "gateway" / "ledger.sqlite")
        return
    with postgres() as server:
        server.start()
        await server.ready()
        shared = replace(plan, gateways=gateways, gateway={**plan.gateway, "LEDGER_URL": server.url()})
        async with whole(folder / "run", shared) as here:
            yield here, PostgreSQL(server.url())


async def play(folder: Path, ledger: str, count: int, rate: float, seed: int, gateways: int = 3) -> Counts:
    """So many tasks, so many a second. Things are killed for as long as tasks come; then all may come to its end."""
    chance = random.Random(seed)
    async with system(folder, ledger, gateways, seed) as (here, address):
        names = [name for name in here.system.processes if name.startswith("gateway")]
        clients = [Insisting(f"t{number}", names, random.Random(seed * 100_000 + number)) for number in range(count)]
        killed = Counter[str]()
        killing = [
            asyncio.create_task(_keep_killing(here, kind, lives, chance, killed))
            for kind, lives in (("gateway", GATEWAY_LIVES), ("worker", WORKER_LIVES))
        ]
        insisting = []
        for client in clients:
            insisting.append(asyncio.create_task(client.insist(here)))
            await asyncio.sleep(chance.expovariate(rate))
        for one in killing:
            one.cancel()
        await asyncio.wait(killing)
        await asyncio.gather(*insisting)
        rows = await _ended(address)
        submissions = (await here.witness())["submissions"]
    over = f"SQLite, {len(names)} gateway" if ledger == "sqlite" else f"PostgreSQL, {len(names)} gateways"
    return _counts(over, clients, killed, submissions, rows)


async def _keep_killing(here: Whole, kind: str, lives: float, chance: random.Random, killed: Counter[str]) -> None:
    """SIGKILL for one of them, again and again; each is started again soon, and not struck again before it works."""
    working = [process for name, process in here.system.processes.items() if name.startswith(kind)]
    coming_back: list[asyncio.Task[None]] = []
    try:
        while True:
            await asyncio.sleep(chance.uniform(0.5, 1.5) * lives)
            if working:
                struck = working.pop(chance.randrange(len(working)))
                await kill([struck])
                killed[kind] += 1
                coming_back.append(asyncio.create_task(_bring_back(here, struck, working, chance.uniform(0.5, 1.5) * DOWN)))
    finally:
        await asyncio.gather(*coming_back)


async def _bring_back(here: Whole, struck: Process, working: list[Process], after: float) -> None:
    await asyncio.sleep(after)
    await struck.start()
    while not await _answers(here, struck.program.ready):  # noqa: ASYNC110 - another process's
        await asyncio.sleep(0.1)
    working.append(struck)


async def _answers(here: Whole, url: str) -> bool:
    try:
        async with here.session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def _ended(address: Address) -> list[dict[str, object]]:
    """All rows, once they have their ends; as they are when that takes too long."""
    for _ in range(ENDING):
        rows = await asyncio.to_thread(read, address, lambda _: tasks(Which(), 1_000_000))
        if all(row["ended"] is not None for row in rows):
            break
        await asyncio.sleep(1)
    return rows


def _counts(
    over: str, clients: list[Insisting], killed: Counter[str], submissions: Mapping[str, int], rows: list[dict[str, object]]
) -> Counts:
    answered = {client.label for client in clients if any(one.right for one in client.final)}
    unknown = {client.label for client in clients if any(_is_unknown(one) for one in client.final)}
    strange = [one for client in clients for one in client.final if not one.right and not _is_unknown(one)]
    return Counts(
        over,
        tasks=len(clients),
        requests=sum(client.sent for client in clients),
        killed=killed,
        once=sum(submissions.get(client.label) == 1 for client in clients),
        twice=sum(submissions.get(client.label, 0) > 1 for client in clients),
        solved=len(answered),
        unknown=len(unknown - answered),
        silent=sum(not client.final for client in clients),
        unanswered=len({str(row["key"]) for row in rows if row["key"] and row["money"] == "yes"} - answered),
        differing=sum(len({str(one.body.get("solution")) for one in client.final if one.right}) > 1 for client in clients),
        open_rows=sum(row["ended"] is None for row in rows),
        other=Counter(f"{one.status} {one.body.get('error')}" for one in strange),
    )


def _is_unknown(told: Solved) -> bool:
    return told.body.get("error") == "SUBMISSION_UNKNOWN"
