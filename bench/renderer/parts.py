"""Where the time of a change goes: the renderer's own steps one by one, on a real Consul's answers and with a real nginx.

They are warm, as in a renderer that runs: one worker is other than in the answer before.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.figures import Rows, milliseconds
from bench.renderer.crowd import REGION, SLOTS
from bench.renderer.lab import Lab
from bench.renderer.served import Served, until
from discovery.entries import Known as KnownEntries
from discovery.entries import Reading
from discovery.query import Service
from discovery.records import WORKERS
from discovery.view import Known, View
from renderer import stage
from renderer.doubt import weigh
from renderer.render import PACKAGED, render
from renderer.settings import this_host
from renderer.upstreams import Upstreams, upstreams
from tests.integration.nginx_lab import RegionNginx

TURNS = 10
QUERY = Service(REGION, WORKERS)


class Parts:
    """An nginx of its own, beside that of the lab's renderer, which is stopped."""

    def __init__(self, lab: Lab, folder: Path, count: int) -> None:
        self._lab, self._count = lab, count
        self._nginx = RegionNginx(folder)
        self._region = self._nginx.region
        self._known, self._view = KnownEntries(), View()
        self._times: defaultdict[str, list[float]] = defaultdict(list)

    async def measured(self) -> Rows:
        """Medians, for the table. The first turn is not counted: nothing is known before it."""
        async with self._nginx.running():
            for turn in range(TURNS + 1):
                await self._lab.crowd.put(0, SLOTS + turn)
                await self._turn(turn)
                if turn == 0:
                    self._times.clear()
        rows = [(f"{self._count:,} workers: {what}", milliseconds(median(times))) for what, times in self._times.items()]
        return [*rows, (f"{self._count:,} workers: all of these", milliseconds(sum(map(median, self._times.values()))))]

    async def _turn(self, turn: int) -> None:
        chunks = await self._asked()
        with self._timed("reading it"):
            reading = Reading(REGION, self._known)
            for chunk in chunks:
                reading.take(chunk)
            self._view = self._view.answered(QUERY, QUERY.arranged(reading.instances()), time.monotonic())
        wanted = self._chosen()
        with self._timed("rendering"):
            text = render(PACKAGED, self._region, wanted, this_host(self._nginx.run_dir))
        with self._timed("writing"):
            await stage.swap(self._nginx.nginx.config, text, _unchecked)
        with self._timed("nginx -t"):
            trouble = await self._nginx.nginx.check(self._nginx.nginx.config)
        began = time.perf_counter()
        trouble = trouble or await self._nginx.nginx.reload()
        served = await until(self._nginx.port, Served(self._count, SLOTS * self._count + turn))
        self._times["reload, until nginx serves nothing else"].append(served - began)
        if trouble:
            raise ValueError(trouble)

    async def _asked(self) -> list[bytes]:
        url = f"{self._lab.agent.address}/v1/health/service/{WORKERS}?dc={REGION}"
        with self._timed("Consul, until its answer begins"):
            response = await self._lab.client.get(url, headers={"Accept-Encoding": "identity"})
        with self._timed("the bytes of its answer"):
            return [chunk async for chunk in response.content.iter_any()]

    def _chosen(self) -> Upstreams:
        with self._timed("choosing the servers"):
            found, answer = upstreams(self._view, self._region), self._view.to(QUERY)
            if not isinstance(found, Upstreams) or not isinstance(answer, Known):
                raise TypeError("Consul has answered")
            return weigh({}, found.servers, found, answer, time.monotonic(), self._region.renderer).upstreams

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._times[what].append(time.perf_counter() - began)


async def _unchecked(_: Path) -> None:
    """It is checked in the next step."""
