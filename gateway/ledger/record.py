"""What the ledger holds of one task, from its arrival to its end.

Pure: a record is a value, and what happens to the task makes the next one of it. Texts that come from regions and workers are
cut and freed of what no database takes, so that nobody can hand us a record that can't be written.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from attempt.evidence import Answer, Evidence, members
from attempt.outcome import Outcome, submitted_of
from contract import who
from contract.one_line import masked
from contract.problem import Problem
from contract.submitted import HEADER, Submitted, parse_submitted

LONGEST_TEXT, LONGEST_LOCATION = 500, 2000
"""Characters of a text from outside that are kept; a location that was cut would be none."""


class State(StrEnum):
    """How far a task is. The last three are ends."""

    WAITING = "waiting"
    """For a slot. Nothing is spent."""
    SUBMITTING = "submitting"
    """It is being handed to a region: should this be the last that is known, it may be paid for."""
    ACCEPTED = "accepted"
    """It is paid for, and its answer is waited for."""
    SOLVED = "solved"
    FAILED = "failed"
    LEFT = "left"
    """Its client left while it waited for a slot."""


ENDS = (State.SOLVED, State.FAILED, State.LEFT)


@dataclass(frozen=True, slots=True)
class Record:
    """A row. Times are seconds since 1970; `trail` is a JSON array of sentences.

    `money` says whether the task is paid for, `submitted` when it was last handed to a region. `key` and `fingerprint` are of a
    client's `Idempotency-Key`. `status`, `content_type` and `result` are the answer, for as long as answers are kept. `callback`
    is the URL its end is to be POSTed to, until that is over, `callback_due` when next; `callback_end` is what came of it last.
    The row is that gateway's whose `run` it has (`leases.Me`); None in rows of earlier versions.
    """

    id: str
    tenant: str
    gateway: str
    arrived: float
    deadline: float
    key: str | None = None
    fingerprint: str | None = None
    state: State = State.WAITING
    money: Submitted = Submitted.NO
    region: str | None = None
    worker: str | None = None
    captcha_id: str | None = None
    location: str | None = None
    error: str | None = None
    trail: str = "[]"
    submitted: float | None = None
    ended: float | None = None
    status: int | None = None
    content_type: str | None = None
    result: bytes | None = None
    callback: str | None = None
    callback_host: str | None = None
    callback_due: float | None = None
    callback_tries: int = 0
    callback_end: str | None = None
    run: str | None = None


def resumed(record: Record, gateway: str) -> Record:
    """Its gateway has ended, and another goes on."""
    return replace(record, trail=json.dumps([*json.loads(record.trail), f"its gateway ended; {gateway} went on"]))


def asked(record: Record, run: str) -> Record:
    """As its gateway left it, for another one to write its end."""
    return replace(record, run=run)


def submitting(record: Record, region: str, now: float) -> Record:
    """The task is about to be handed to a region. From now on it counts as perhaps paid for."""
    return replace(record, state=State.SUBMITTING, money=Submitted.UNKNOWN, region=region, submitted=now)


def withheld(record: Record) -> Record:
    """It was not handed over after all."""
    return replace(record, state=State.WAITING, money=Submitted.NO)


def doubted(record: Record) -> Record:
    """It was handed over before, and may have cost then, whatever comes now."""
    return replace(record, money=Submitted.UNKNOWN) if record.money is Submitted.NO else record


def heard(record: Record, outcome: Outcome, evidence: Evidence, trail: Sequence[str]) -> Record:
    """What came of handing it over."""
    record = replace(record, trail=json.dumps(list(trail)))
    if outcome in (Outcome.UNSENT, Outcome.REFUSED):
        return withheld(record)
    if not isinstance(evidence, Answer) or outcome is Outcome.UNKNOWN:
        return record
    return replace(
        record,
        state=State.ACCEPTED if outcome is Outcome.ACCEPTED else record.state,
        money=submitted_of(evidence) or Submitted.YES,
        captcha_id=_text(members(evidence.body).get("captcha_id")),
        location=_location(evidence.headers.get("location", "")),
        worker=_text(evidence.headers.get(who.HEADER.lower())),
    )


def answered(record: Record, answer: Answer, region: str, trail: Sequence[str], now: float) -> Record:
    """It ended with this answer to the client."""
    return replace(
        record,
        state=State.SOLVED if answer.status == 200 else State.FAILED,
        money=parse_submitted(answer.headers.get(HEADER.lower())) or record.money,
        region=region,
        error=None if answer.status == 200 else _text(members(answer.body).get("error")),
        trail=json.dumps(list(trail)),
        ended=now,
        status=answer.status,
        content_type=_text(answer.headers.get("content-type")),
        result=answer.body,
    )


def failed(record: Record, problem: Problem, trail: Sequence[str], now: float) -> Record:
    """It ended with a problem of the gateway's own."""
    return replace(
        record,
        state=State.FAILED,
        money=problem.submitted,
        error=problem.error,
        trail=json.dumps(list(trail)),
        ended=now,
        status=problem.status,
        content_type=problem.header_fields()["Content-Type"],
        result=problem.body(),
    )


def left(record: Record, trail: Sequence[str], now: float) -> Record:
    """Nobody waited for it any more. What was handed to a region goes on, or is cut off with what is known of it."""
    if record.state is not State.WAITING:
        return record
    return replace(record, state=State.LEFT, trail=json.dumps(list(trail)), ended=now)


def _location(given: str) -> str | None:
    return given if len(given) <= LONGEST_LOCATION and given.isascii() and given.isprintable() else None


def _text(given: object) -> str | None:
    """A text that can stand in any database and on any terminal; None for what is none."""
    if not isinstance(given, str):
        return None
    return masked(given[:LONGEST_TEXT])
