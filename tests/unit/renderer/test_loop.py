from dataclasses import replace

import pytest

from renderer.caution import Caution
from renderer.gathering import Gathered
from renderer.loop import (
    PATIENCE,
    RETRY,
    Action,
    Change,
    Event,
    NoAnswer,
    Nothing,
    State,
    Unrendered,
    UseLastGood,
    Wanted,
    after,
    decide,
)
from renderer.stage import Refused, Swapped, Unchanged
from renderer.upstreams import Server

CAUTION = Caution()
ONE, TWO = Server("10.0.0.1:1", 1), Server("10.0.0.2:1", 1)
OLD, NEW_TEXT, BAD = Wanted("old", (ONE,)), Wanted("new", (ONE, TWO)), Wanted("bad", (ONE, TWO))
NONE_LEFT: Wanted[Server] = Wanted("none", ())

NEW: State[Server] = State(began=100.0)
SERVING = replace(NEW, served="old", servers=(ONE,), tried_at=101.0)
REFUSED = replace(SERVING, refused="bad", retry_at=200.0)
LATELY = replace(SERVING, tried_at=499.8)
GATHERING = replace(SERVING, gathered=Gathered("new", 499.9, 499.9))

STEPS: list[tuple[str, State[Server], Event[Server], float, Action[Server], float | None]] = [
    ("Consul has a moment for its first answer", NEW, NoAnswer(), 100.5, Nothing(), 100.0 + PATIENCE),
    ("then nginx starts with the last good", NEW, NoAnswer(), 100.0 + PATIENCE, UseLastGood(), None),
    ("no answer while serving changes nothing", SERVING, NoAnswer(), 500.0, Nothing(), None),
    ("the first answer is put in place at once", NEW, NEW_TEXT, 100.1, Change(NEW_TEXT), None),
    ("an addition waits for quiet", SERVING, NEW_TEXT, 500.0, Nothing(), 500.2),
    ("and goes out after it", GATHERING, NEW_TEXT, 500.2, Change(NEW_TEXT), None),
    ("a removal goes out at once", SERVING, NONE_LEFT, 500.0, Change(NONE_LEFT), None),
    ("a removal keeps the spacing", LATELY, NONE_LEFT, 500.0, Nothing(), 500.3),
    ("equal bytes do nothing", SERVING, OLD, 500.0, Nothing(), None),
    ("what was gathered is dropped when it is taken back", GATHERING, OLD, 501.0, Nothing(), None),
    ("what was refused waits", REFUSED, BAD, 199.0, Nothing(), 200.0),
    ("what was refused is tried again", replace(REFUSED, gathered=Gathered("bad", 190, 190)), BAD, 200.0, Change(BAD), None),
    ("a refusal holds up nothing else", REFUSED, NONE_LEFT, 150.0, Change(NONE_LEFT), None),
    ("back to what is served after a refusal", REFUSED, OLD, 150.0, Nothing(), None),
    ("a wrong template keeps what is served", SERVING, Unrendered("x"), 500.0, Nothing(), 500.0 + RETRY),
    ("a wrong template at the start: the last good", NEW, Unrendered("x"), 100.0, UseLastGood(), 100.0 + RETRY),
]


@pytest.mark.parametrize(
    ("state", "event", "now", "action", "again_at"), [row[1:] for row in STEPS], ids=[row[0] for row in STEPS]
)
def test_the_next_step(
    state: State[Server], event: Event[Server], now: float, action: Action[Server], again_at: float | None
) -> None:
    step = decide(state, event, now, CAUTION)
    assert step.action == action
    assert step.again_at == (again_at if again_at is None else pytest.approx(again_at))


@pytest.mark.parametrize("event", [OLD, NoAnswer(), Unrendered("x")])
def test_nothing_stays_gathered_that_is_not_wanted(event: Event[Server]) -> None:
    assert decide(GATHERING, event, 600.0, CAUTION).state.gathered is None


@pytest.mark.parametrize("outcome", [Swapped(), Unchanged()])
def test_what_is_in_place_is_served_and_no_refusal_is_left(outcome: Swapped | Unchanged) -> None:
    served = replace(NEW, served="new", servers=NEW_TEXT.servers, tried_at=300.0)
    assert after(replace(REFUSED, gathered=GATHERING.gathered), NEW_TEXT, outcome, 300.0) == served


def test_what_was_refused_is_remembered_and_the_old_still_served() -> None:
    state = after(SERVING, BAD, Refused("why"), 300.0)
    assert state == replace(SERVING, refused="bad", retry_at=300.0 + RETRY, tried_at=300.0)


def test_a_change_that_stays_refused_is_tried_at_each_retry_and_never_in_between() -> None:
    state, tried = SERVING, []
    for tenth in range(200):
        now = 300.0 + tenth / 10
        step = decide(state, BAD, now, CAUTION)
        state = step.state
        if step.action == Change(BAD):
            tried.append(now)
            state = after(state, BAD, Refused("why"), now)
    assert tried == [300.2, 305.2, 310.2, 315.2]
