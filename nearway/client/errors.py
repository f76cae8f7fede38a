"""Why a task has no solution: what happened, whether money was spent, and whether it may be tried again.

Pure.
"""

from contract.submitted import Submitted


class NearwayError(Exception):
    """A task has no solution; each kind below says what that means.

    `code` is the gateway's or the solving API's (docs/errors.md), `detail` says it in words, `submitted` whether the task is paid
    for. `may_retry` is whether it may be sent again, with the same `idempotency_key`, without paying for it twice, and with a
    chance to be solved; `retry_after` the seconds until then, if the gateway named any. `status` is that of the HTTP answer, if
    there was one, `task` the task's id at the gateway, and `location` where one that is paid for may still be asked for.
    """

    may_retry = False

    def __init__(
        self,
        code: str,
        detail: str,
        submitted: Submitted,
        *,
        status: int | None = None,
        task: str | None = None,
        retry_after: float | None = None,
        location: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail} ({_MONEY[submitted]})")
        self.code, self.detail, self.submitted = code, detail, submitted
        self.status, self.task, self.retry_after, self.location = status, task, retry_after, location
        self.idempotency_key: str | None = None


_MONEY = {
    Submitted.NO: "nothing was paid",
    Submitted.YES: "it is paid for",
    Submitted.UNKNOWN: "it may be paid for",
}


class TaskRefusedError(NearwayError):
    """The task itself is wrong, or can't be a task: mend it. Nothing was paid."""


class NotAllowedError(NearwayError):
    """The gateway does not let this client do that: its key is missing, wrong, or not for this."""


class BusyError(NearwayError):
    """Nobody took the task in its time. Nothing was paid, and it may be sent again."""

    may_retry = True


class FailedError(NearwayError):
    """The task is paid for, and has no solution. Another try is another task, and paid for again."""


class UnknownError(NearwayError):
    """Nobody can tell whether the task is paid for, and it is not sent again. Another try may pay for it twice."""


class UnreachableError(NearwayError):
    """No gateway answered. `submitted` is what is known; sent again with the same `idempotency_key`, it is paid for once."""

    may_retry = True
