import pytest

from renderer.caution import Caution
from renderer.gathering import CROWDED, Gathered, due, gather, spaced

CAUTION = Caution.model_validate({"wait": "200ms:2s", "spacing": "500ms"})


def test_each_other_text_begins_the_quiet_anew_and_the_same_does_not() -> None:
    first = gather(None, "a", 1.0)
    assert first == Gathered("a", 1.0, 1.0)
    assert gather(first, "a", 2.0) == first
    assert gather(first, "b", 2.0) == Gathered("b", 1.0, 2.0)


DUE = [
    ("an addition waits for quiet", Gathered("a", 10.0, 10.0), False, None, 10.2),
    ("counted from the last change", Gathered("a", 10.0, 11.0), False, None, 11.2),
    ("but not for ever", Gathered("a", 10.0, 11.9), False, None, 12.0),
    ("and keeps the spacing", Gathered("a", 10.0, 10.0), False, 9.9, 10.4),
    ("a removal waits for no quiet", Gathered("a", 10.0, 11.0), True, None, 10.0),
    ("but keeps the spacing", Gathered("a", 10.0, 10.0), True, 9.9, 10.4),
    ("a spacing long over delays nothing", Gathered("a", 10.0, 10.0), True, 1.0, 10.0),
]


@pytest.mark.parametrize(("gathered", "removes", "tried_at", "at"), [row[1:] for row in DUE], ids=[row[0] for row in DUE])
def test_when_it_goes_out(gathered: Gathered, removes: bool, tried_at: float | None, at: float) -> None:
    assert due(gathered, CAUTION, removes=removes, tried_at=tried_at) == pytest.approx(at)


@pytest.mark.parametrize(("old", "spacing"), [(0, CAUTION.spacing), (31, CAUTION.spacing), (32, CROWDED), (500, CROWDED)])
def test_reloads_come_rarely_while_many_old_processes_live(old: int, spacing: object) -> None:
    assert spaced(CAUTION, old).spacing == spacing


def test_a_crowd_never_makes_reloads_more_frequent() -> None:
    slow = Caution.model_validate({"spacing": "1m"})
    assert spaced(slow, 100).spacing == slow.spacing


def test_old_processes_are_bounded_however_often_workers_leave() -> None:
    now = 0.0
    tried_at: float | None = None
    old: list[float] = []
    while now < 2_000:
        alive = 2 * len([at for at in old if now < at + 330])
        assert alive <= CAUTION.old_processes + 2 * 330 / CROWDED.seconds + 2
        at = due(Gathered("x", now, now), spaced(CAUTION, alive), removes=True, tried_at=tried_at)
        if at <= now:
            tried_at = now
            old.append(now)
        now += 0.25
