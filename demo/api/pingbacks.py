"""Pingbacks: which hosts may be told, which tasks are waited for, and what is sent when one is over."""

from collections import deque
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode, urlsplit

from demo.api import codes
from demo.api.answers import Refusal
from demo.api.book import Task
from demo.api.replies import as_text
from demo.api.solutions import solution_of
from demo.api.solve_times import End
from demo.api.switches import Pingback, Switches

MOST = 100_000
"""Tasks with a pingback that are waited for at most, the oldest forgotten first."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to a pingback address; `form` is the body of a POST, empty for a GET."""

    url: str
    form: str


class Pingbacks:
    """The registered addresses and the tasks whose solution is to be sent."""

    def __init__(self) -> None:
        self._hosts: dict[str, str] = {}
        self._expected: deque[Task] = deque(maxlen=MOST)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses as they were registered."""
        return tuple(self._hosts.values())

    def add(self, address: str) -> bool:
        """Register an address; False if it has no host."""
        host = _host(address)
        if host:
            self._hosts[host] = address
        return bool(host)

    def delete(self, address: str) -> None:
        """Forget an address, or with `all` every one."""
        if address == "all":
            self._hosts.clear()
        self._hosts.pop(_host(address), None)

    def allows(self, url: str) -> bool:
        """Whether the host of a task's pingback is registered."""
        return url.startswith(("http://", "https://")) and _host(url) in self._hosts

    def expect(self, task: Task) -> None:
        """Send this task's solution when it is there."""
        self._expected.append(task)

    def due(self, switches: Switches, random: Random, now: float) -> list[Call]:
        """The calls to make now, in order; each task's come out once."""
        if switches.pingback is Pingback.OFF or not self._expected:
            return []
        ready: list[Task] = []
        waiting: list[Task] = []
        for task in self._expected:
            (ready if task.is_over(now - switches.pingback_delay) else waiting).append(task)
        self._expected = deque(waiting, maxlen=MOST)
        return [call for task in ready for call in _calls(task, switches, random)]


def _calls(task: Task, switches: Switches, random: Random) -> list[Call]:
    if task.end is End.NEVER_READY:
        return []
    call = _call(task, _code(task, switches), switches.pingback)
    forged = [_call(task, "forged", switches.pingback)] if random.random() < switches.pingback_forged else []
    return [*forged, call, *([call] if random.random() < switches.pingback_twice else [])]


def _code(task: Task, switches: Switches) -> str:
    if task.end is not End.SOLVED:
        return as_text(Refusal(codes.UNSOLVABLE))
    return as_text(solution_of(task, switches.answer)).removeprefix("OK|")


def _call(task: Task, code: str, kind: Pingback) -> Call:
    query = urlencode({"id": task.id, "code": code})
    if kind is Pingback.POST:
        return Call(task.order.pingback, query)
    return Call(f"{task.order.pingback}{'&' if '?' in task.order.pingback else '?'}{query}", "")


def _host(address: str) -> str:
    try:
        return urlsplit(address if "//" in address else f"//{address}").netloc.lower()
    except ValueError:
        return ""
