"""Passing a request on: the nearest region that takes it, its answer piece by piece. The sequence; the rules are `route.py`'s."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from attempt.evidence import Evidence
from attempt.exchange import Exchange
from contract.problem import Problem, ProblemError, problem
from contract.submitted import HEADER
from discovery.records import RegionEndpoint
from discovery.view import Region
from gateway.answers import describe
from gateway.choose import Scene
from gateway.metrics import Metrics
from gateway.place import Place
from gateway.rank import Ranked
from gateway.route import Fields, Onward, next_region, to_client, tries_next

Rank = Callable[[tuple[Place, ...], Mapping[str, Region]], list[Ranked]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A region's answer whose body is still to come; `pieces` raises aiohttp.ClientError or TimeoutError when it does not."""

    region: str
    status: int
    fields: Fields
    pieces: AsyncIterator[bytes]


class Passer:
    """Passes requests on over the regions of a view that changes."""

    def __init__(
        self,
        scene: Callable[[], Scene],
        rank: Rank,
        exchange: Exchange,
        metrics: Metrics,
    ) -> None:
        self._scene, self._rank, self._exchange, self._metrics = scene, rank, exchange, metrics

    @asynccontextmanager
    async def opened(self, request: Onward, places: tuple[Place, ...]) -> AsyncIterator[Opened]:
        """The answer of the nearest region that gives one; on leaving, what has not been read of it is let go."""
        region, answer = await self._first(request, places)
        try:
            fields = to_client(answer.headers.items(), answer.status, region)
            yield Opened(region, answer.status, fields, answer.content.iter_any())
        finally:
            answer.close()

    async def _first(self, request: Onward, places: tuple[Place, ...]) -> tuple[str, aiohttp.ClientResponse]:
        tried: dict[str, str] = {}
        while (endpoint := self._next(places, tried)) is not None:
            got = await self._exchange.open(
                request.method, endpoint.url + request.target, request.fields, request.body, request.silence
            )
            self._metrics.passed_on(endpoint.region, got.status if isinstance(got, aiohttp.ClientResponse) else None)
            if isinstance(got, aiohttp.ClientResponse):
                if not tries_next(request, (got.status, got.headers.get(HEADER), got.headers.get("WWW-Authenticate"))):
                    return endpoint.region, got
                got.close()
            elif not tries_next(request, got):
                raise ProblemError(_lost(endpoint.region, got))
            tried[endpoint.region] = str(got.status) if isinstance(got, aiohttp.ClientResponse) else got.reason
        raise ProblemError(_nobody(tried))

    def _next(self, places: tuple[Place, ...], tried: Mapping[str, str]) -> RegionEndpoint | None:
        scene = self._scene()
        return next_region(self._rank(places, scene.regions), scene, tried)


def _lost(region: str, lost: Evidence) -> Problem:
    return problem("WORKER_LOST", f"It was sent to {region}, and no answer came: {describe(lost)}")


def _nobody(tried: Mapping[str, str]) -> Problem:
    told = "; ".join(f"{region}: {why}" for region, why in tried.items())
    return problem("NO_REGION", f"No region takes the request; tried: {told or 'none'}", retry_after=5)
