import pytest

from discovery.instance import Health
from nearway.register.health import TEXTS, Answer, Silence, is_there, state_of

OVERLOADED = b'{"status": "overloaded", "active_tasks": 20}'


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (Answer(200, b""), Health.PASSING),
        (Answer(204), Health.PASSING),
        (Answer(200, OVERLOADED), Health.PASSING),
        (Answer(503, OVERLOADED), Health.WARNING),
        (Answer(503, b'{"status": "BUSY"}'), Health.WARNING),
        (Answer(429), Health.WARNING),
        (Answer(503, b'{"status": "draining"}'), Health.CRITICAL),
        (Answer(503, b"overloaded"), Health.CRITICAL),
        (Answer(503, b'{"status": ["overloaded"]}'), Health.CRITICAL),
        (Answer(503, b'["overloaded"]'), Health.CRITICAL),
        (Answer(503, b"\xff"), Health.CRITICAL),
        (Answer(503, b"[" * 60_000), Health.CRITICAL),
        (Answer(500, OVERLOADED), Health.CRITICAL),
        (Answer(302), Health.CRITICAL),
        (Answer(404), Health.CRITICAL),
        (Silence("no answer in 2 s"), Health.CRITICAL),
    ],
    ids=str,
)
def test_overload_is_not_death_and_all_else_that_is_not_well_is(seen: Answer | Silence, state: Health) -> None:
    assert state_of(seen) is state
    assert is_there(seen) is (state is not Health.CRITICAL)


def test_each_state_has_a_text_of_its_own() -> None:
    assert len({TEXTS[state] for state in Health}) == len(Health)
