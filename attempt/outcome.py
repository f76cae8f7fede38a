"""The outcome of an attempt, and of a wait: the table of design, as two functions.

Pure. Workers keep 503 for "not begun" and never answer 502 or 504, so those tell of what stands in between.
"""

from enum import StrEnum

from attempt.evidence import Answer, BrokenOff, Evidence, NotSent, members
from contract.submitted import HEADER, Submitted, parse_submitted
from contract.token import CHALLENGE


class Outcome(StrEnum):
    """What an attempt to submit a task at a region came to."""

    UNSENT = "unsent"
    """No money was spent there: on to the next region."""
    REFUSED = "refused"
    """The region is full: on to the next, and not back to it for a moment."""
    ACCEPTED = "accepted"
    """Paid, once: wait for it."""
    ANSWERED = "answered"
    """The worker's own word, to be passed on."""
    UNKNOWN = "unknown"
    """Perhaps paid: stop."""


def outcome_of(evidence: Evidence) -> Outcome:
    """Classify an attempt. What can't be told apart from a paid task counts as unknown."""
    if isinstance(evidence, NotSent):
        return Outcome.UNSENT
    if not isinstance(evidence, Answer):
        return Outcome.UNKNOWN
    said = submitted_of(evidence)
    if evidence.status == 202:
        return Outcome.ACCEPTED if "location" in evidence.headers else Outcome.UNKNOWN
    if evidence.status in (429, 503) and said is Submitted.NO:
        return Outcome.REFUSED
    if said is Submitted.NO and (evidence.status >= 500 or is_ours_to_mend(evidence)):
        return Outcome.UNSENT
    if 200 <= evidence.status < 300 or said in (Submitted.NO, Submitted.YES):
        return Outcome.ANSWERED
    return Outcome.UNKNOWN


class Waited(StrEnum):
    """What one wait for a task came to."""

    DONE = "done"
    """The worker's last word on the task."""
    NOT_YET = "not yet"
    """Ask again, at the same region."""
    NO_WORD = "no word"
    """The region could not say: ask at another."""


def waited_for(evidence: Evidence) -> Waited:
    """Classify one wait. Waits are safe to repeat, so whatever is not a worker's last word is asked again."""
    if isinstance(evidence, BrokenOff):
        return Waited.NO_WORD if evidence.elsewhere else Waited.NOT_YET
    if not isinstance(evidence, Answer):
        return Waited.NO_WORD
    if evidence.status == 202:
        return Waited.NOT_YET
    last_word = evidence.status == 200 or submitted_of(evidence) is Submitted.YES
    return Waited.DONE if last_word and evidence.status not in (502, 503, 504) else Waited.NO_WORD


def asked_for(evidence: Evidence) -> Waited:
    """Classify a wait that a client asked for, by a location that may be old: that it can't be answered is a last word, too."""
    if not isinstance(evidence, Answer) or is_ours_to_mend(evidence):
        return waited_for(evidence)
    is_mistake = 400 <= evidence.status < 500 and evidence.status not in (408, 429)
    return Waited.DONE if is_mistake else waited_for(evidence)


def submitted_of(answer: Answer) -> Submitted | None:
    """What the answer itself says of the money."""
    return parse_submitted(answer.headers.get(HEADER.lower()))


def is_ours_to_mend(answer: Answer) -> bool:
    """Whether a certificate or a token is refused that the parts show one another: no caller's mistake, and another region may
    be set right."""
    if answer.status == 401:
        return refuses_token(answer.status, answer.headers.get("www-authenticate"))
    error = members(answer.body).get("error") if answer.status in (403, 502) else None
    return (answer.status, error) in ((403, "CERTIFICATE_REQUIRED"), (502, "WORKER_TOKEN_REFUSED"))


def refuses_token(status: int, challenge: str | None) -> bool:
    """Whether an answer with that `WWW-Authenticate` refuses a token of ours, and not a client's credentials."""
    return status == 401 and challenge == CHALLENGE
