"""What one look for a solution means for the wait."""

from dataclasses import dataclass, replace

from worker.codes import Class, Code, code_of
from worker.outcome import PollOutcome
from worker.reply import Refused, Solved

_GOES_ON = frozenset({Class.BUSY, Class.PACE, Class.TRANSIENT, Class.BLOCKED})
_PROXY_LOOKS = 2
_YOUNG = 30.0


@dataclass(frozen=True, slots=True)
class Done:
    """It is solved."""

    solved: Solved


@dataclass(frozen=True, slots=True)
class Failed:
    """It ends with a code of the API."""

    code: Code
    text: str | None


@dataclass(frozen=True, slots=True)
class GoOn:
    """Look again, at the grid's next point but not before so many seconds; `spared` counts refusals that were let pass."""

    spared: int = 0
    after: float = 0.0


def judge(outcome: PollOutcome, so_far: GoOn, age: float) -> Done | Failed | GoOn:
    """Decide on one look; `age` is the task's in seconds.

    Trouble on the way, and pages that are no answer, never end a task that is paid for: only its deadline does.
    """
    if isinstance(outcome, Solved):
        return Done(outcome)
    if not isinstance(outcome, Refused):
        return GoOn(so_far.spared)
    code = code_of(outcome.code)
    if code.kind in _GOES_ON:
        return GoOn(so_far.spared, 0.0 if code.kind is Class.BLOCKED else code.seconds)
    if so_far.spared < _spared(code, age):
        return replace(so_far, spared=so_far.spared + 1, after=0.0)
    return Failed(code, outcome.text)


def _spared(code: Code, age: float) -> int:
    # The API may look for another way round a proxy, and a copy of its data may know of a new task a little later.
    if code.name == "ERROR_PROXY_CONNECTION_FAILED":
        return _PROXY_LOOKS
    return 1 if code.kind is Class.MISSING and age < _YOUNG else 0
