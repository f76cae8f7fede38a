import pytest

from nearway.check_worker.rules import RULES, Line, Rule, judged, meets, reached
from nearway.check_worker.verdict import Level, Mark, Verdict
from tests.unit.nearway.check_worker.making import seen

BASIC, RESUMABLE = Level


def line(level: Level, mark: Mark, needed: bool = False) -> Line:
    return Line(Rule("some", level, lambda _: Verdict(mark, ""), needed), Verdict(mark, ""))


GOOD = line(BASIC, Mark.OK, needed=True)


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ([GOOD, line(RESUMABLE, Mark.OK, needed=True)], RESUMABLE),
        ([GOOD, line(RESUMABLE, Mark.NO, needed=True)], BASIC),
        ([GOOD, line(RESUMABLE, Mark.SKIP, needed=True)], BASIC),
        ([GOOD, line(RESUMABLE, Mark.BAD)], BASIC),
        ([GOOD, line(RESUMABLE, Mark.SKIP)], RESUMABLE),
        ([GOOD, line(BASIC, Mark.NO), line(BASIC, Mark.SKIP)], RESUMABLE),
        ([GOOD, line(BASIC, Mark.BAD), line(RESUMABLE, Mark.OK)], None),
        ([line(BASIC, Mark.SKIP, needed=True), line(RESUMABLE, Mark.OK)], None),
    ],
)
def test_the_level_reached(lines: list[Line], level: Level | None) -> None:
    assert reached(tuple(lines)) is level


@pytest.mark.parametrize(
    ("got", "claimed", "met"),
    [
        (None, BASIC, False),
        (BASIC, BASIC, True),
        (BASIC, RESUMABLE, False),
        (RESUMABLE, BASIC, True),
        (RESUMABLE, RESUMABLE, True),
    ],
)
def test_more_than_claimed_is_enough(got: Level | None, claimed: Level, met: bool) -> None:
    assert meets(got, claimed) is met


def test_of_a_worker_nothing_was_seen_of_every_rule_says_so_and_no_level_is_reached() -> None:
    lines = judged(seen())
    assert [line.rule for line in lines] == list(RULES)
    assert reached(lines) is None


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
