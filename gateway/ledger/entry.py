"""One task's entry in the ledger, kept while the task is carried. The sequence; what stands in it is `record.py`'s."""

import json
from collections.abc import Callable, Coroutine
from typing import Protocol, Self

from attempt.evidence import Answer, Evidence
from attempt.outcome import Outcome
from contract.problem import Problem, ProblemError
from discovery import background
from gateway import answers
from gateway.errand import Errand
from gateway.ledger import record as records
from gateway.ledger.away import LedgerAwayError, TakenError
from gateway.ledger.record import Record


class Writing(Protocol):
    """What writes records: `writer.Writer` says what each method does."""

    def put(self, record: Record) -> None: ...

    async def written(self, record: Record) -> None: ...

    def take_back(self, record: Record) -> None: ...


class TakenOverError(ProblemError):
    """While this gateway was out of touch another one took the task over; nothing was submitted here."""


class Entry:
    """With `refuses`, nothing is submitted that can't be written first."""

    def __init__(self, record: Record, writer: Writing, *, refuses: bool, now: Callable[[], float]) -> None:
        self._record, self._writer, self._refuses, self._now = record, writer, refuses, now
        self._before: list[str] = json.loads(record.trail)

    @property
    def is_over(self) -> bool:
        """Whether the task has its end."""
        return self._record.ended is not None

    def arrived(self) -> Self:
        """The task has just come."""
        self._put(self._record)
        return self

    async def promised(self, errand: Errand) -> None:
        """To be awaited before anybody relies on hearing of the task later. ProblemError when it can't be recorded."""
        try:
            await self._writer.written(self._record)
        except LedgerAwayError as error:
            raise ProblemError(answers.ledger_away(errand, str(error))) from None

    async def submitting(self, errand: Errand, region: str) -> None:
        """To be awaited before the task is handed to a region. ProblemError when it must not be."""
        record = records.submitting(self._record, region, self._now())
        try:
            await self._writer.written(record)
        except LedgerAwayError as error:
            if self._refuses:
                self._writer.take_back(self._as_known(errand, records.withheld(record)))
                raise ProblemError(answers.ledger_away(errand, str(error))) from None
            self._writer.put(record)
        except TakenError:
            raise TakenOverError(answers.taken_over(errand)) from None
        self._record = record

    def heard(self, errand: Errand, outcome: Outcome, evidence: Evidence) -> None:
        """What came of handing it over."""
        self._put(self._as_known(errand, records.heard(self._record, outcome, evidence, self._trail(errand))))

    def answered(self, errand: Errand, answer: Answer) -> None:
        """The task ended with an answer."""
        self._put(records.answered(self._record, answer, errand.at, self._trail(errand), self._now()))

    def failed(self, errand: Errand, problem: Problem) -> None:
        """The task ended with a problem of the gateway's."""
        self._put(records.failed(self._record, problem, self._trail(errand), self._now()))

    def left(self, errand: Errand) -> None:
        """The task ended because nobody waited for it any more."""
        self._put(records.left(self._record, self._trail(errand), self._now()))

    def _as_known(self, errand: Errand, record: Record) -> Record:
        return record if errand.doubt is None else records.doubted(record)

    def _trail(self, errand: Errand) -> list[str]:
        return self._before + errand.trail.lines()

    def _put(self, record: Record) -> None:
        self._record = record
        self._writer.put(record)


class NoEntry(Entry):
    """Where no ledger is kept."""

    def __init__(self) -> None:
        pass

    async def promised(self, errand: Errand) -> None:
        """ProblemError: nobody would know of the task later."""
        raise ProblemError(answers.ledger_away(errand, "this gateway keeps no ledger, and so can't call anybody back"))

    async def submitting(self, errand: Errand, region: str) -> None:
        """Nothing."""

    def heard(self, errand: Errand, outcome: Outcome, evidence: Evidence) -> None:
        """Nothing."""

    def answered(self, errand: Errand, answer: Answer) -> None:
        """Nothing."""

    def failed(self, errand: Errand, problem: Problem) -> None:
        """Nothing."""

    def left(self, errand: Errand) -> None:
        """Nothing."""


class LateEntry(NoEntry):
    """Of a task of which only a location is known: what stands in the ledger is looked up once there is an end to be written."""

    def __init__(self, write: Callable[[Errand, Answer], Coroutine[None, None, None]]) -> None:
        self._write = write

    def answered(self, errand: Errand, answer: Answer) -> None:
        """The task ended with an answer."""
        background.begin(self._write(errand, answer), "writing the end of a task that was asked for")
