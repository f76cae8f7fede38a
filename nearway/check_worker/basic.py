"""The rules of the basic level: what every worker owes."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime

from contract.submitted import HEADER, Submitted
from nearway.check_worker.ask import Ask
from nearway.check_worker.exchange import Answer, Evidence, Lost, header
from nearway.check_worker.seen import TASKS, WAITS, WRONG, Seen
from nearway.check_worker.verdict import Mark, Verdict, bad, no, ok, skip

LONGEST_CHECK = 1.0
"""Seconds after which Consul gives a health check up."""

_KINDS = {"status": str, "active_tasks": int, "max_concurrent": int, "load_pct": int | float}
_HEALTH = f"200 or 503 with a JSON object of {', '.join(_KINDS)}"
_PROBLEM = f"a problem document with `error`, and {HEADER}: no"


def health(seen: Seen) -> Verdict:
    """`GET /health` answers soon, with the four members."""
    answers = seen.of(Ask.HEALTH, Ask.HEALTH_HELD)
    for evidence in answers:
        if isinstance(evidence, Lost):
            return bad(f"{Ask.HEALTH}: {evidence}", f"an answer within {LONGEST_CHECK:.0f} s")
        if evidence.status not in (200, 503) or evidence.members is None:
            return bad(f"{Ask.HEALTH}: {evidence}", _HEALTH)
        wrong = [name for name, kind in _KINDS.items() if not _is(evidence.members.get(name), kind)]
        if wrong:
            return bad(f"{Ask.HEALTH}: {', '.join(wrong)} missing or of the wrong type", _HEALTH)
    return too_slow(Ask.HEALTH, answers) or ok(f"{Ask.HEALTH}: status, active_tasks, max_concurrent, load_pct")


def too_slow(ask: Ask, answers: tuple[Evidence, ...]) -> Verdict | None:
    """BAD when even the fastest of some answers to a health check came too late."""
    fastest = min((evidence.seconds for evidence in answers), default=0.0)
    if fastest <= LONGEST_CHECK:
        return None
    return bad(f"{ask}: answered after {fastest:.1f} s", f"within {LONGEST_CHECK:.0f} s, or Consul takes the worker for dead")


def asks_for_token(seen: Seen) -> Verdict:
    """Who shows no token is refused, and nothing was begun."""
    evidence = seen.last(Ask.UNTRUSTED)
    if isinstance(evidence, Answer) and evidence.status in (401, 403) and evidence.submitted is Submitted.NO:
        return ok(f"{Ask.UNTRUSTED}: {evidence}")
    return no(f"a refusal of who shows no token: {Ask.UNTRUSTED} came to {evidence}, so whoever reaches it can spend")


def solve(seen: Seen) -> Verdict:
    """A task is answered with its solution. Of several the worst counts, but for tasks that came to nothing."""
    verdicts = [_solved(evidence) for evidence in seen.of(Ask.SOLVE) or seen.of(Ask.SOLVE_ASYNC)]
    order = (Mark.BAD, Mark.OK, Mark.SKIP)
    return min(verdicts, key=lambda verdict: order.index(verdict.mark), default=skip("POST /solve, for no task was submitted"))


def _solved(evidence: Evidence) -> Verdict:
    if isinstance(evidence, Lost):
        return bad(f"POST /solve: {evidence}", "an answer, whatever becomes of the task")
    if evidence.status in (502, 503, 504):
        return skip(f"POST /solve, which answered {evidence}")
    if evidence.solution is not None:
        return ok("POST /solve: 200 with a solution")
    if evidence.status >= 400 and isinstance((evidence.members or {}).get("error"), str):
        return skip(f"POST /solve: the task ended with {evidence}; give one that can be solved with --task")
    return bad(f"POST /solve: {evidence}", "200 with a JSON object that has `solution`, or an error as JSON with `error`")


def told(seen: Seen) -> Verdict:
    """Answers about a task say whether it was paid for, and say it right."""
    answers = [(ask, answer) for ask, answer in seen.answers(*TASKS, *WAITS) if answer.status not in (502, 503, 504)]
    for ask, answer in answers:
        if HEADER.lower() in answer.headers and answer.submitted is None:
            return bad(f"{ask}: {HEADER}: {header(answer, HEADER)}", "yes, no or unknown")
        if answer.status in (200, 202) and answer.submitted not in (None, Submitted.YES):
            return bad(f"{ask}: {answer.status} with {HEADER}: {answer.submitted}", "yes, since the task is paid for")
    if not answers:
        return skip(f"{HEADER} on answers")
    if any(answer.submitted is None for _, answer in answers):
        return no(f"{HEADER} on every answer about a task; without it nobody may try an error again")
    return ok(f"{HEADER} on every answer about a task")


def never_a_proxys(seen: Seen) -> Verdict:
    """502 and 504 are left to proxies."""
    for ask, answer in seen.answers():
        if answer.status in (502, 504):
            return bad(f"{ask}: {answer.status}", "500 or another status: 502 and 504 are left to proxies")
    return ok("502 and 504 are left to proxies")


def busy(seen: Seen) -> Verdict:
    """503 to a task says that nothing was begun, and when to come again."""
    refusals = [(ask, answer) for ask, answer in seen.answers(*TASKS, *WRONG) if answer.status == 503]
    for ask, answer in refusals:
        if answer.submitted is not Submitted.NO:
            shown = f"{ask}: 503 with {HEADER}: {header(answer, HEADER)}"
            return bad(shown, "no, since on 503 the task is sent to another worker")
        leaving = (answer.members or {}).get("error") == "WORKER_DRAINING"
        if not leaving and not _is_retry_after(answer.headers.get("retry-after", "")):
            return bad(f"{ask}: 503 with Retry-After: {header(answer, 'Retry-After')}", "a number of seconds or a date")
    return ok(f"503 with {HEADER}: no and Retry-After") if refusals else skip("503 of a busy worker, for none was seen")


def counts(seen: Seen) -> Verdict:
    """`active_tasks` counts a task that is held."""
    if seen.active is None or seen.active_held is None:
        return skip("whether held tasks are counted, for none was seen held")
    if seen.active_held > seen.active:
        return ok(f"active_tasks: {seen.active}, and {seen.active_held} with tasks held")
    if seen.active:
        return skip(f"whether held tasks are counted, for {seen.active} others are held; check an idle worker")
    return bad("active_tasks: 0 while a task is held", "at least 1, or nobody knows how many slots are free")


def refuses(seen: Seen) -> Verdict:
    """No task is taken beyond `max_concurrent`."""
    evidence = seen.last(Ask.SOLVE_FULL)
    if evidence is None:
        return skip("what a full worker does; --fill, at a task per slot, checks it")
    if isinstance(evidence, Answer) and evidence.status == 503:
        return ok(f"at capacity ({seen.slots}) a task is refused")
    return bad(f"{Ask.SOLVE_FULL} ({seen.slots}): {evidence}", "503")


def no_path(seen: Seen) -> Verdict:
    """An unknown path is 404."""
    evidence = seen.last(Ask.NO_PATH)
    if isinstance(evidence, Answer) and evidence.status == 404:
        return ok(f"{Ask.NO_PATH}: 404")
    return bad(f"{Ask.NO_PATH}: {evidence}", "404")


def refused(ask: Ask) -> Callable[[Seen], Verdict]:
    """The rule that a wrong body is refused as the caller's mistake."""

    def judge(seen: Seen) -> Verdict:
        evidence = seen.last(ask)
        if not isinstance(evidence, Answer) or not 400 <= evidence.status < 500 or evidence.members is None:
            return bad(f"{ask}: {evidence}", f"4xx with {_PROBLEM}")
        if HEADER.lower() in evidence.headers and evidence.submitted is not Submitted.NO:
            return bad(f"{ask}: {evidence.status} with {HEADER}: {header(evidence, HEADER)}", "no")
        if evidence.is_problem and evidence.submitted is Submitted.NO:
            return ok(f"{ask}: {evidence}")
        return no(f"{_PROBLEM} ({ask}: {evidence}, {HEADER} {header(evidence, HEADER)})")

    return judge


def _is(value: object, kind: object) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)  # type: ignore[arg-type]


def _is_retry_after(text: str) -> bool:
    # RFC 9110 §10.2.3: seconds or a date.
    try:
        return text.strip().isdigit() or parsedate_to_datetime(text) is not None
    except ValueError:
        return False
