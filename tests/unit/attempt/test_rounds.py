from attempt.evidence import Answer, Lost
from attempt.rounds import LONGEST_PAUSE, next_location, pause_after


def test_the_pauses_between_rounds_grow_and_end() -> None:
    assert [pause_after(rounds) for rounds in (1, 2, 3, 4, 5, 99)] == [0.25, 0.5, 1.0, 2.0, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_worker_may_say_where_to_ask_from_now_on() -> None:
    assert next_location(Answer(202, {"location": "/tasks/2"}, b""), "/tasks/1") == "/tasks/2"
    assert next_location(Answer(202, {}, b""), "/tasks/1") == next_location(Lost("reset"), "/tasks/1") == "/tasks/1"
