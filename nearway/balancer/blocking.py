"""The balancer for programs without an event loop: the same, in a thread of its own."""

import ssl
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

from contract.deadline import LONGEST_TASK
from discovery.records import WORKERS
from nearway.balancer.asynchronous import AsyncBalancer, KeyOf
from nearway.balancer.strategies import Name
from nearway.balancer.worker import Worker
from nearway.client.blocking import BlockingMany
from nearway.client.looping import Looping
from nearway.client.solution import Solution


class Balancer:
    """Sends tasks to workers and waits for their solutions. Its arguments and methods are those of `AsyncBalancer`.

    Any number of threads may use it at once. Use it with `with`, or `close` it.
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
        self._balancer = AsyncBalancer(
            workers,
            consul=consul,
            service=service,
            near=near,
            strategy=strategy,
            affinity=affinity,
            deadline=deadline,
            token=token,
            tls=tls,
        )
        self._looping = Looping("nearway-balancer")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """See `AsyncBalancer.close`."""
        self._looping.close(self._balancer.close)

    def solve(self, *, deadline: float | None = None, **task: object) -> Solution:
        """See `AsyncBalancer.solve`."""
        return self._looping.do(self._balancer.solve(deadline=deadline, **task))

    def resume(self, location: str, *, deadline: float | None = None) -> Solution:
        """See `AsyncBalancer.resume`."""
        return self._looping.do(self._balancer.resume(location, deadline=deadline))

    def solve_many(
        self, tasks: Iterable[Mapping[str, object]], *, concurrency: int = 50, deadline: float | None = None
    ) -> BlockingMany:
        """See `AsyncBalancer.solve_many`; iterate with `for`."""
        return BlockingMany(self._looping, self._balancer.solve_many(tasks, concurrency=concurrency, deadline=deadline))
