"""Workers join and leave all the time while tasks are under way: none is lost, and reloads keep their spacing."""

import asyncio
import json
import random
import re
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from renderer.caution import Caution
from tests.integration.consul_lab import eventually, federation
from tests.integration.nginx_lab import REFUSING, Seen, StandIn, answering
from tests.integration.renderer_lab import Program, consul, join

TASKS, CHANGES, WORKERS = 200, 50, 6
PAUSE = 0.15
"""Seconds between two changes: several within the spacing of reloads."""


class Solver:
    """What a worker does: it answers a task with itself after 1 to 3 s, and refuses what comes once it leaves."""

    def __init__(self, chance: random.Random) -> None:
        self.begun: list[bytes] = []
        self.held, self.leaving = 0, False
        self._chance = chance

    async def __call__(self, seen: Seen) -> bytes | None:
        if seen.path != "/solve":
            return await answering()(seen)
        if self.leaving:
            return await REFUSING(seen)
        self.begun.append(seen.body)
        self.held += 1
        await asyncio.sleep(self._chance.uniform(1, 3))
        self.held -= 1
        return await answering(body=seen.body)(seen)


class Crowd:
    """So many clients at once, each sending one task after the other until it is told to stop.

    As a gateway does, they send again what was refused unsubmitted. A task goes on among the workers of the configuration it
    came in with (`test_nginx_hops.py`), and all of those may have begun to leave, the sooner the slower they are to refuse.
    """

    def __init__(self, program: Program) -> None:
        self.url = f"http://127.0.0.1:{program.port}/solve"
        self.answers: list[tuple[bytes, int, bytes]] = []
        self.refused = 0
        self.stop = False

    async def run(self) -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as session:
            await asyncio.gather(*(self._client(session, number) for number in range(TASKS)))

    async def _client(self, session: aiohttp.ClientSession, number: int) -> None:
        turn = 0
        while not self.stop:
            turn += 1
            task = f"{number}-{turn}".encode()
            answer = await self._send(session, task)
            while answer is None:
                self.refused += 1
                answer = await self._send(session, task)
            self.answers.append((task, *answer))

    async def _send(self, session: aiohttp.ClientSession, task: bytes) -> tuple[int, bytes] | None:
        try:
            async with session.post(self.url, data=task) as response:
                refused = (response.status, response.headers.get("Task-Submitted")) == (503, "no")
                return None if refused else (response.status, await response.read())
        except aiohttp.ClientError as error:
            return 0, repr(error).encode()


async def test_tasks_in_flight_while_workers_join_and_leave_fifty_times(tmp_path: Path) -> None:
    chance = random.Random(1)
    async with AsyncExitStack() as stack:
        agent = (await stack.enter_async_context(federation("us-east")))["us-east"]
        known = await stack.enter_async_context(consul(agent))
        solvers: list[Solver] = []
        here: list[tuple[str, StandIn, Solver]] = []

        async def one_joins() -> None:
            solver = Solver(chance)
            solvers.append(solver)
            worker = await stack.enter_async_context(StandIn(solver))
            here.append((await join(known, worker, slots=100), worker, solver))

        async def one_leaves() -> None:
            name, worker, solver = here.pop(0)
            solver.leaving = True
            await known.deregister(name)
            await eventually(lambda: solver.held == 0, "the end of its tasks")
            await worker.__aexit__()

        program = Program(tmp_path, agent.address)
        stack.push_async_callback(program.stop)
        for _ in range(WORKERS):
            await one_joins()
        await program.start()
        await program.answers(200)
        await eventually(lambda: _workers(program, WORKERS), "all workers")
        for solver in solvers:
            solver.begun.clear()
        began, before, lines = time.monotonic(), (await program.status())["reloads"], len(_log(program))
        crowd = Crowd(program)
        asking = asyncio.create_task(crowd.run())
        await eventually(lambda: sum(solver.held for solver in solvers) == TASKS, "all tasks in flight")
        going = []
        for change in range(CHANGES):
            going.append(asyncio.create_task(one_leaves() if change % 2 else one_joins()))
            await asyncio.sleep(PAUSE)
        await asyncio.gather(*going)
        await eventually(lambda: _workers(program, WORKERS), "those that are left")
        reloads, took = (await program.status())["reloads"] - before, time.monotonic() - began
        crowd.stop = True
        await asking

        assert Counter(status for _, status, _ in crowd.answers) == {200: len(crowd.answers)}
        assert all(task == answer for task, _, answer in crowd.answers)
        assert Counter(task for solver in solvers for task in solver.begun) == Counter(task for task, _, _ in crowd.answers)
        assert len(crowd.answers) > TASKS
        refused = [line for line in _log(program)[lines:] if line["path"] == "/solve" and line["status"] == "503"]
        assert len(refused) == crowd.refused
        stayed = {worker.address for _, worker, _ in here}
        assert all(_asked_all_in_vain(line) and not stayed & _tried(line).keys() for line in refused)
        assert 5 <= reloads <= took / Caution().spacing.seconds + 1


def _log(program: Program) -> list[dict[str, str]]:
    return [json.loads(line) for line in (program.run_dir / "access.log").read_text().splitlines()]


def _tried(line: dict[str, str]) -> dict[str, str]:
    """Whom nginx sent a task to, and what each said: 502 is nginx's word for one that could not be reached."""
    addresses, statuses = (re.split(", | : ", line[name]) for name in ("upstream", "upstream_status"))
    return dict(zip(addresses, statuses, strict=True))


def _asked_all_in_vain(line: dict[str, str]) -> bool:
    tried = _tried(line)
    return len(tried) >= 2 and "nearway_solve" not in tried and set(tried.values()) <= {"502", "503"}


async def _workers(program: Program, count: int) -> bool:
    said = await program.status()
    return said["nginx"]["workers"] == count and said["trouble"] is None
