"""What the headers say of time."""

import pytest

from worker.request import Wish, wish_of_task, wish_of_wait


@pytest.mark.parametrize(
    ("headers", "wish"),
    [
        pytest.param({}, Wish(300, 300, False), id="nothing said: the longest task"),
        pytest.param({"nearway-deadline": "42.5"}, Wish(42.5, 42.5, False), id="a deadline"),
        pytest.param({"nearway-deadline": "9999"}, Wish(300, 300, False), id="a deadline beyond the longest task"),
        pytest.param({"nearway-deadline": "0"}, Wish(0, 0, False), id="no time left"),
        pytest.param({"prefer": "wait=60"}, Wish(60, 60, False), id="a client that stays for a minute"),
        pytest.param({"prefer": "wait=0"}, Wish(300, 300, False), id="no wait and no location either: held"),
        pytest.param({"prefer": "respond-async"}, Wish(300, 0, True), id="a location at once"),
        pytest.param({"prefer": "respond-async, wait=0"}, Wish(300, 0, True), id="a location at once, in so many words"),
        pytest.param({"prefer": "respond-async, wait=20"}, Wish(300, 20, True), id="a location after a while"),
        pytest.param(
            {"prefer": "respond-async, wait=20", "nearway-deadline": "5"}, Wish(5, 5, True), id="no wait beyond the deadline"
        ),
    ],
)
def test_of_a_task(headers: dict[str, str], wish: Wish) -> None:
    assert wish_of_task(headers) == wish


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({}, 0), ({"prefer": "wait=20"}, 20), ({"prefer": "wait=9999"}, 300), ({"prefer": "wait=20", "nearway-deadline": "3"}, 3)],
)
def test_of_a_wait(headers: dict[str, str], wait: float) -> None:
    assert wish_of_wait(headers).wait == wait


@pytest.mark.parametrize("read", [wish_of_task, wish_of_wait])
def test_a_deadline_that_is_none(read: object) -> None:
    assert callable(read)
    with pytest.raises(ValueError, match="Nearway-Deadline"):
        read({"nearway-deadline": "tomorrow"})
