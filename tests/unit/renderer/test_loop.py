from dataclasses import replace

import pytest

from renderer.loop import (
    PATIENCE,
    RETRY,
    Change,
    Event,
    NoAnswer,
    Nothing,
    State,
    Step,
    Unrendered,
    UseLastGood,
    Wanted,
    after,
    decide,
)
from renderer.stage import Refused, Swapped, Unchanged

NEW = State(began=100.0)
SERVING = replace(NEW, served="old")
REFUSED = replace(SERVING, refused="bad", retry_at=200.0)

STEPS: list[tuple[str, State, Event, float, Step]] = [
    ("Consul has a moment for its first answer", NEW, NoAnswer(), 100.5, Step(Nothing(), 100.0 + PATIENCE)),
    ("then nginx starts with the last good", NEW, NoAnswer(), 100.0 + PATIENCE, Step(UseLastGood())),
    ("no answer while serving changes nothing", SERVING, NoAnswer(), 500.0, Step(Nothing())),
    ("the first answer is put in place", NEW, Wanted("new"), 100.1, Step(Change("new"))),
    ("another text is put in place", SERVING, Wanted("new"), 500.0, Step(Change("new"))),
    ("equal bytes do nothing", SERVING, Wanted("old"), 500.0, Step(Nothing())),
    ("what was refused waits", REFUSED, Wanted("bad"), 199.0, Step(Nothing(), 200.0)),
    ("what was refused is tried again", REFUSED, Wanted("bad"), 200.0, Step(Change("bad"))),
    ("a refusal holds up nothing else", REFUSED, Wanted("good"), 150.0, Step(Change("good"))),
    ("back to what is served after a refusal", REFUSED, Wanted("old"), 150.0, Step(Nothing())),
    ("a wrong template keeps what is served", SERVING, Unrendered("x"), 500.0, Step(Nothing(), 500.0 + RETRY)),
    ("a wrong template at the start: the last good", NEW, Unrendered("x"), 100.0, Step(UseLastGood(), 100.0 + RETRY)),
]


@pytest.mark.parametrize(("state", "event", "now", "step"), [row[1:] for row in STEPS], ids=[row[0] for row in STEPS])
def test_the_next_step(state: State, event: Event, now: float, step: Step) -> None:
    assert decide(state, event, now) == step


@pytest.mark.parametrize("outcome", [Swapped(), Unchanged()])
def test_what_is_in_place_is_served_and_no_refusal_is_left(outcome: Swapped | Unchanged) -> None:
    assert after(REFUSED, "new", outcome, 300.0) == replace(NEW, served="new")


def test_what_was_refused_is_remembered_and_the_old_still_served() -> None:
    assert after(SERVING, "bad", Refused("why"), 300.0) == replace(NEW, served="old", refused="bad", retry_at=300.0 + RETRY)


def test_a_change_that_stays_refused_is_tried_at_each_retry_and_never_in_between() -> None:
    state, tried = SERVING, []
    for tenth in range(200):
        now = 300.0 + tenth / 10
        if decide(state, Wanted("bad"), now).action == Change("bad"):
            tried.append(now)
            state = after(state, "bad", Refused("why"), now)
    assert tried == [300.0, 305.0, 310.0, 315.0]
