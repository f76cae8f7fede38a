"""What was asked of the API, counted by task: the evidence in every test that money was spent once."""

from collections import Counter
from enum import StrEnum

from demo.api.book import Task


class Struck(StrEnum):
    """The transport faults, as the witness counts them."""

    DELAY = "delay"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    SERVER_ERROR_BEFORE = "server_error_before"
    SERVER_ERROR_AFTER = "server_error_after"
    SLOW_BODY = "slow_body"
    BODY = "body"


class Witness:
    """Counts since the start or the last reset. A task's label is its page's `task=`, else its id.

    A submission counts when the task is accepted, whatever becomes of the reply.
    """

    def __init__(self, now: float, in_flight: int = 0) -> None:
        self._since = now
        self._most_in_flight = in_flight
        self._submissions: Counter[str] = Counter()
        self._polls: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()
        self._gaps: dict[str, float] = {}
        self._refused: Counter[str] = Counter()
        self._refused_polls: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()

    def accepted(self, label: str, in_flight: int) -> None:
        """A task was accepted, and with it so many are in flight."""
        self._submissions[label] += 1
        self._most_in_flight = max(self._most_in_flight, in_flight)

    def refused(self, code: str) -> None:
        """A submission was answered with a code."""
        self._refused[code] += 1

    def polled(self, task: Task, now: float) -> None:
        """A task was asked for. The gap counts between two polls of one id, both since the last reset."""
        self._polls[task.label] += 1
        if task.polled_at is not None and task.polled_at >= self._since:
            self._gaps[task.label] = min(now - task.polled_at, self._gaps.get(task.label, now - task.polled_at))
        task.polled_at = now

    def refused_poll(self, code: str) -> None:
        """A request to res.php was answered with a code other than that the task is not ready."""
        self._refused_polls[code] += 1

    def answered(self, label: str) -> None:
        """A solution was handed out."""
        self._answered[label] += 1

    def struck(self, fault: Struck) -> None:
        """A fault struck a request."""
        self._faults[fault] += 1

    def report(self, in_flight: int) -> dict[str, object]:
        """Everything as JSON values.

        `accepted` is the sum of `submissions`, `tasks` the number of labels in it; `in_flight` are the tasks accepted and
        not over, those that wait for a thread among them.
        """
        return {
            "submissions": dict(self._submissions),
            "polls": dict(self._polls),
            "answered": dict(self._answered),
            "shortest_poll_gap": dict(self._gaps),
            "in_flight": in_flight,
            "most_in_flight": self._most_in_flight,
            "tasks": len(self._submissions),
            "accepted": self._submissions.total(),
            "refused": dict(self._refused),
            "refused_polls": dict(self._refused_polls),
            "faults": dict(self._faults),
        }
