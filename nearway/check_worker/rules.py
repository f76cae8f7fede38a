"""The contract as a table, and what a worker reaches by it."""

from collections.abc import Callable
from dataclasses import dataclass

from nearway.check_worker import basic, resumable
from nearway.check_worker.ask import Ask
from nearway.check_worker.seen import WRONG, Seen
from nearway.check_worker.verdict import Level, Mark, Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. A level is reached when none of its rules is BAD, and all that are `needed` are ok."""

    name: str
    level: Level
    judge: Callable[[Seen], Verdict]
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report."""

    rule: Rule
    verdict: Verdict


_WRONG = {Ask.NOT_JSON: "no-json", Ask.NO_FIELDS: "no-fields", Ask.NO_METHOD: "no-method", Ask.TOO_LARGE: "too-large"}

RULES = (
    Rule("health", Level.BASIC, basic.health, needed=True),
    Rule("unknown-path", Level.BASIC, basic.no_path),
    *(Rule(_WRONG[ask], Level.BASIC, basic.refused(ask)) for ask in WRONG),
    Rule("solve", Level.BASIC, basic.solve, needed=True),
    Rule("slots-counted", Level.BASIC, basic.counts),
    Rule("task-submitted", Level.BASIC, basic.told),
    Rule("busy", Level.BASIC, basic.busy),
    Rule("capacity", Level.BASIC, basic.refuses),
    Rule("proxy-statuses", Level.BASIC, basic.never_a_proxys),
    Rule("ready", Level.RESUMABLE, resumable.ready, needed=True),
    Rule("respond-async", Level.RESUMABLE, resumable.accepts, needed=True),
    Rule("wait", Level.RESUMABLE, resumable.waits, needed=True),
    Rule("wait-repeated", Level.RESUMABLE, resumable.repeats, needed=True),
    Rule("wait-elsewhere", Level.RESUMABLE, resumable.elsewhere),
    Rule("wait-at-capacity", Level.RESUMABLE, resumable.waits_when_full),
)


TOKEN = Rule("token", Level.BASIC, basic.asks_for_token)
"""Of those who were given one to show."""


def judged(seen: Seen) -> tuple[Line, ...]:
    """Every rule's verdict, in the table's order."""
    rules = (*RULES, TOKEN) if seen.of(Ask.UNTRUSTED) else RULES
    return tuple(Line(rule, rule.judge(seen)) for rule in rules)


def reached(lines: tuple[Line, ...]) -> Level | None:
    """The highest level a worker reaches, each on top of the one before."""
    highest = None
    for level in Level:
        if not all(_kept(line) for line in lines if line.rule.level is level):
            return highest
        highest = level
    return highest


def meets(got: Level | None, claimed: Level) -> bool:
    """Whether the level reached is at least the one claimed."""
    levels = list(Level)
    return got is not None and levels.index(got) >= levels.index(claimed)


def _kept(line: Line) -> bool:
    return line.verdict.mark is Mark.OK if line.rule.needed else line.verdict.mark is not Mark.BAD
