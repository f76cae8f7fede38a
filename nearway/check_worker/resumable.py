"""The rules of the resumable level: what lets a task outlive the worker that took it."""

from nearway.check_worker.ask import LONG_WAIT, Ask
from nearway.check_worker.basic import too_slow
from nearway.check_worker.exchange import Answer, Evidence, Lost, header
from nearway.check_worker.seen import Seen, still_waits
from nearway.check_worker.verdict import Verdict, bad, no, ok, skip

LATEST = LONG_WAIT + 5.0
"""Seconds after which an answer to a wait is late."""

_READY = (200, 429, 503)


def accepts(seen: Seen) -> Verdict:
    """A client that takes a location gets one."""
    evidence = seen.last(Ask.SOLVE_ASYNC)
    if not isinstance(evidence, Answer) or evidence.status not in (200, 202):
        return skip(f"Prefer: respond-async, for the task got {evidence}")
    if evidence.status == 200:
        return no("Prefer: respond-async; a task is lost with the worker that holds it")
    if seen.location is None:
        return bad(f"202 with Location: {header(evidence, 'Location')}", "a path below /tasks/")
    return ok("Prefer: respond-async, wait=0: 202 with a Location")


def waits(seen: Seen) -> Verdict:
    """At the location a client may wait for the solution."""
    answers = seen.of(Ask.WAIT)
    if not answers:
        return skip("waits, for there is no Location")
    slowest = max(evidence.seconds for evidence in answers)
    if slowest > LATEST:
        return bad(f"{Ask.WAIT}: nothing for {slowest:.0f} s", f"200 or 202 within the {LONG_WAIT} s that were asked for")
    return _answered(Ask.WAIT, next((evidence for evidence in answers if not still_waits(evidence)), answers[-1]))


def repeats(seen: Seen) -> Verdict:
    """The location goes on answering."""
    return _same(seen, Ask.WAIT_AGAIN) or skip("whether waits may be repeated, for none was answered")


def elsewhere(seen: Seen) -> Verdict:
    """Another worker answers for the task as well."""
    return _same(seen, Ask.WAIT_OTHER) or skip("whether another worker answers for the task; --other URL checks it")


def waits_when_full(seen: Seen) -> Verdict:
    """A wait is never refused for lack of slots."""
    evidence = seen.last(Ask.WAIT_FULL)
    if evidence is None:
        return skip("waits at a full worker; --fill checks them")
    if isinstance(evidence, Answer) and evidence.status in (200, 202):
        return ok(f"{Ask.WAIT_FULL}: not refused")
    return bad(f"{Ask.WAIT_FULL}: {evidence}", "200 or 202: the task is paid for")


def ready(seen: Seen) -> Verdict:
    """`GET /ready` answers soon, and the same whenever the state is the same."""
    answers = seen.of(Ask.READY, Ask.READY_HELD)
    bodies: dict[int, bytes] = {}
    for evidence in answers:
        if isinstance(evidence, Lost):
            return bad(f"{Ask.READY}: {evidence}", "an answer within 1 s")
        if evidence.status == 404:
            return no(f"{Ask.READY}; Consul's check is /health")
        if evidence.status not in _READY:
            return bad(f"{Ask.READY}: {evidence}", "200, 429 (a warning) or 503")
        if bodies.setdefault(evidence.status, evidence.body) != evidence.body:
            return bad(
                f"{Ask.READY}: {evidence.status} with a changing body", "constant: a change wakes everybody who watches Consul"
            )
    return too_slow(Ask.READY, answers) or ok(f"{Ask.READY}: a constant body")


def _answered(ask: Ask, evidence: Evidence) -> Verdict:
    if isinstance(evidence, Answer):
        if evidence.solution is not None:
            return ok(f"{ask}: 200 with the solution")
        if evidence.status == 202:
            return skip(f"{ask}: the task was not solved in time")
        if evidence.status in (500, 503) and evidence.is_problem:
            return skip(f"{ask}: the task ended with {evidence}")
    return bad(f"{ask}: {evidence}", "200 with the solution")


def _same(seen: Seen, ask: Ask) -> Verdict | None:
    evidence = seen.last(ask)
    if evidence is None:
        return None
    if isinstance(evidence, Answer) and evidence.solution is not None:
        if evidence.solution == seen.solution:
            return ok(f"{ask}: the same solution")
        return bad(f"{ask}: another solution", "the same solution")
    return bad(f"{ask}: {evidence}", "200 with the same solution")
