"""The balancer for programs with an event loop. What it is made of, and its face; the sequence is `carrying.py`'s."""

import os
import random
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from attempt.exchange import Exchange
from contract import __version__
from contract.deadline import LONGEST_TASK
from contract.token import parse_tokens
from discovery.access import access_from
from discovery.records import WORKERS, check_region
from nearway.balancer.admission import Admission
from nearway.balancer.carrying import Carrier
from nearway.balancer.choose import Policy
from nearway.balancer.joining import Joining
from nearway.balancer.strategies import STRATEGIES, Name
from nearway.balancer.worker import Worker, given
from nearway.client.many import Many
from nearway.client.solution import Solution
from nearway.client.ticket import Ticket, new_ticket

KeyOf = Callable[[Mapping[str, object]], str]


class AsyncBalancer:
    """Sends tasks to workers, without a gateway, and waits for their solutions.

    `workers` are URLs, or `Worker`s; or `consul` is where Consul answers, as in http://127.0.0.1:8500, and the workers are
    those of a `service` there, in all datacenters (token and TLS of Consul: its environment variables). `near` are regions to
    prefer, the first most. `strategy`: "least", "round-robin", "weighted", "random" or "hash"; for "hash", `affinity` gives
    the key of a task. `deadline`: seconds for each task, from first to last. `token` is what the workers want to be shown.
    `tls` is how `https` is verified, and what is shown there; None for the system's CAs.

    Use it with `async with`, or `close` it. ValueError for what can't be meant.
    """

    def __init__(
        self,
        workers: Iterable[str | Worker] | None = None,
        *,
        consul: str | None = None,
        service: str = WORKERS,
        near: str | Sequence[str] = (),
        strategy: Name = "least",
        affinity: KeyOf | None = None,
        deadline: float = LONGEST_TASK,
        token: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if (workers is None) == (consul is None):
            raise ValueError("give workers=[…] or consul=…, one of the two")
        self._access = None if consul is None else access_from({**os.environ, "CONSUL_HTTP_ADDR": consul})
        self._workers, self._service = () if workers is None else given(workers), service
        self._policy, self._key_of = _policy(strategy, near, affinity), affinity or (lambda _: "")
        self._deadline, self._tls = deadline, tls
        self._token = None if token is None else parse_tokens(token).shown
        self._open: _Open | None = None

    async def __aenter__(self) -> Self:
        self._opened()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections. What is paid for then, nobody waits for."""
        opened, self._open = self._open, None
        if opened is not None:
            await opened.close()

    async def solve(self, *, deadline: float | None = None, **task: object) -> Solution:
        """The solution of a task, whose members are the arguments. NearwayError when there is none.

        It is sent again for as long as nothing was paid for it. `deadline` in seconds, else that of the balancer.
        """
        return await self._solve(new_ticket(task), deadline)

    async def resume(self, location: str, *, deadline: float | None = None) -> Solution:
        """The solution of a task that a worker had accepted, by the `location` of its error. NearwayError when there is none."""
        return await self._opened().carrier.ask(location, self._until(deadline))

    def solve_many(self, tasks: Iterable[Mapping[str, object]], *, concurrency: int = 50, deadline: float | None = None) -> Many:
        """Solve many tasks, so many at once. Iterate over it with `async for`: each task comes as it ends, solved or not."""
        return Many(partial(self._solve, deadline=deadline), tasks, concurrency, time.monotonic)

    async def _solve(self, ticket: Ticket, deadline: float | None) -> Solution:
        until = self._until(deadline)
        return await self._opened().carrier.carry(ticket.body(), str(self._key_of(ticket.task)), until)

    def _until(self, deadline: float | None) -> float:
        return time.monotonic() + (self._deadline if deadline is None else deadline)

    def _opened(self) -> "_Open":
        if self._open is None:
            admission = Admission(self._workers, self._policy, clock=time.monotonic, chance=random.random)
            shown = self._token
            exchange = Exchange(
                self._tls, user_agent=f"nearway-balancer/{__version__}", token=None if shown is None else lambda: shown
            )
            joining = None if self._access is None else Joining(self._access, self._service, _telling(admission))
            carrier = Carrier(exchange, admission, self._policy.near, clock=time.monotonic)
            self._open = _Open(carrier, exchange, joining)
        return self._open


class _Open:
    """What lives inside an event loop."""

    def __init__(self, carrier: Carrier, exchange: Exchange, joining: Joining | None) -> None:
        self.carrier, self._exchange, self._joining = carrier, exchange, joining

    async def close(self) -> None:
        if self._joining is not None:
            await self._joining.close()
        await self._exchange.close()


def _telling(admission: Admission) -> Callable[[tuple[Worker, ...], str], None]:
    def changed(workers: tuple[Worker, ...], trouble: str) -> None:
        admission.trouble = trouble
        admission.change(workers)

    return changed


def _policy(strategy: Name, near: str | Sequence[str], affinity: KeyOf | None) -> Policy:
    if strategy not in STRATEGIES:
        raise ValueError(f"strategy is {strategy!r}, and it is one of {', '.join(STRATEGIES)}")
    if (strategy == "hash") != (affinity is not None):
        raise ValueError('strategy="hash" and affinity go together: affinity gives the key of a task, as a function of it')
    regions = (near,) if isinstance(near, str) else tuple(near)
    return Policy(strategy, tuple(check_region(one) for one in regions))
