"""The client for programs without an event loop: the same, in a thread of its own."""

import ssl
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Self

from contract.deadline import LONGEST_TASK
from nearway.client.asynchronous import AsyncClient
from nearway.client.looping import Looping
from nearway.client.many import Done, Many
from nearway.client.progress import Progress
from nearway.client.solution import Solution
from nearway.client.ticket import Ticket


class Client:
    """Sends tasks to a gateway and waits for their solutions. Its arguments and methods are those of `AsyncClient`.

    Any number of threads may use it at once. Use it with `with`, or `close` it.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        key: str | None = None,
        region: str | None = None,
        deadline: float = LONGEST_TASK,
        patience: float = 60.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._client = AsyncClient(url, key=key, region=region, deadline=deadline, patience=patience, tls=tls)
        self._looping = Looping("nearway-client")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections. Tasks that are paid for are carried on by the gateway."""
        self._looping.close(self._client.close)

    def solve(self, *, idempotency_key: str | None = None, deadline: float | None = None, **task: object) -> Solution:
        """See `AsyncClient.solve`."""
        return self._looping.do(self._client.solve(idempotency_key=idempotency_key, deadline=deadline, **task))

    def submit(self, *, idempotency_key: str | None = None, deadline: float | None = None, **task: object) -> Ticket:
        """See `AsyncClient.submit`."""
        return self._looping.do(self._client.submit(idempotency_key=idempotency_key, deadline=deadline, **task))

    def result(self, ticket: Ticket, *, deadline: float | None = None) -> Solution:
        """See `AsyncClient.result`."""
        return self._looping.do(self._client.result(ticket, deadline=deadline))

    def solve_many(
        self, tasks: Iterable[Mapping[str, object] | Ticket], *, concurrency: int = 50, deadline: float | None = None
    ) -> "BlockingMany":
        """See `AsyncClient.solve_many`; iterate with `for`."""
        return BlockingMany(self._looping, self._client.solve_many(tasks, concurrency=concurrency, deadline=deadline))


class BlockingMany(Iterator[Done]):
    """See `Many`."""

    def __init__(self, looping: Looping, many: Many) -> None:
        self._looping, self._many = looping, many

    @property
    def progress(self) -> Progress:
        """How far they are."""
        return self._many.progress

    def __next__(self) -> Done:
        try:
            return self._looping.do(self._many.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        """See `Many.aclose`."""
        self._looping.do(self._many.aclose())
