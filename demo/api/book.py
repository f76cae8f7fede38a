"""The tasks that were accepted, and the threads that solve them.

Nothing runs here: a task's time on a thread is fixed when it is accepted, and `advance` replays what has happened since
the last look, in the order in which it happened.
"""

import heapq
from collections import deque
from dataclasses import dataclass

from demo.api.order import Order
from demo.api.solve_times import End


@dataclass(slots=True)
class Task:
    """One accepted task. `ends_at` is None while it waits for a thread; times are seconds of the caller's clock."""

    id: str
    label: str
    order: Order
    end: End
    seconds: float
    accepted_at: float
    ends_at: float | None = None
    polled_at: float | None = None
    reported: bool = False

    def is_over(self, now: float) -> bool:
        """Whether its thread is free again."""
        return self.ends_at is not None and self.ends_at <= now


class Book:
    """Tasks by id, a queue of those without a thread, and those that hold one."""

    def __init__(self, threads: int, keep_seconds: float, keep_tasks: int) -> None:
        self.threads = threads
        self.keep_seconds = keep_seconds
        self.keep_tasks = keep_tasks
        self._tasks: dict[str, Task] = {}
        self._queue: deque[Task] = deque()
        self._working: list[tuple[float, int, Task]] = []
        self._over: deque[Task] = deque()
        self._starts = 0

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def working(self) -> int:
        """Threads that hold a task, at the time of the last `advance`."""
        return len(self._working)

    @property
    def queued(self) -> int:
        """Tasks that wait for a thread, at the time of the last `advance`."""
        return len(self._queue)

    @property
    def in_flight(self) -> int:
        """Tasks accepted and not over, at the time of the last `advance`."""
        return self.working + self.queued

    def has_free_thread(self) -> bool:
        """Whether a task accepted now starts now: nothing waits while a thread is free."""
        return self.working < self.threads

    def accept(self, task: Task) -> None:
        """Take a task that came at `accepted_at`, which is the time of the last `advance`; start it if a thread is free."""
        if task.id in self._tasks:
            raise ValueError(f"there is a task {task.id} already")
        self._tasks[task.id] = task
        self._queue.append(task)
        self._start(task.accepted_at)

    def find(self, id_: str) -> Task | None:
        """The task of that id; None if there never was one or it is over for too long."""
        return self._tasks.get(id_)

    def advance(self, now: float) -> None:
        """Let every thread that was free by `now` take the next of the queue, then forget what is over for long."""
        while self._working and self._working[0][0] <= now:
            ends_at, _, task = heapq.heappop(self._working)
            self._over.append(task)
            self._start(ends_at)
        self._forget(now)

    def resize(self, threads: int, now: float) -> None:
        """Have `threads` from now on. More take the next of the queue at once; tasks that hold one too many keep it."""
        self.advance(now)
        self.threads = threads
        self._start(now)

    def _start(self, at: float) -> None:
        while self._queue and self.working < self.threads:
            task = self._queue.popleft()
            task.ends_at = at + task.seconds
            self._starts += 1
            heapq.heappush(self._working, (task.ends_at, self._starts, task))

    def _forget(self, now: float) -> None:
        while self._over and (len(self._over) > self.keep_tasks or self._is_old(self._over[0], now)):
            del self._tasks[self._over.popleft().id]

    def _is_old(self, task: Task, now: float) -> bool:
        return task.ends_at is not None and task.ends_at + self.keep_seconds < now
