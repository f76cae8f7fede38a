from hypothesis import given
from hypothesis import strategies as st

from discovery.instance import Health, Instance
from discovery.watch import LONGEST_PAUSE, LOOK_AGAIN, Bucket, Failed, Reply, State, backoff, step


def instance(name: str = "a", health: Health = Health.PASSING) -> Instance:
    return Instance("dc1", "node", "solver", name, "10.0.0.1", 80, health)


A, B = (instance("a"),), (instance("b"),)


Instances = tuple[Instance, ...]


def run(*events: Reply[Instances] | Failed) -> tuple[State[Instances], list[bool]]:
    """Play events; the last state, and whether each was news."""
    state: State[Instances] = State()
    news = []
    for event in events:
        decided = step(state, event, now=0.0, jitter=0.5)
        state = decided.state
        news.append(decided.news)
    return state, news


def test_the_first_answer_is_news_even_when_nobody_is_there() -> None:
    assert run(Reply(5, ()))[1] == [True]


def test_the_next_question_waits_from_the_answers_index() -> None:
    assert run(Reply(5, A))[0].index == 5


def test_an_answer_without_a_change_is_no_news() -> None:
    assert run(Reply(5, A), Reply(5, A))[1] == [True, False]


def test_the_same_instances_under_a_new_index_are_no_news_but_the_index_is_taken() -> None:
    state, news = run(Reply(5, A), Reply(9, A))
    assert (state.index, news) == (9, [True, False])


def test_a_change_is_news() -> None:
    assert run(Reply(5, A), Reply(6, B), Reply(7, ()))[1] == [True, True, True]


def test_an_index_that_goes_backwards_is_forgotten_and_its_content_taken() -> None:
    state, news = run(Reply(50, A), Reply(5, B))
    assert (state.index, news) == (None, [True, True])


def test_an_index_below_one_is_never_asked_with() -> None:
    assert run(Reply(0, A))[0].index is None


def test_an_index_that_can_not_be_used_does_not_make_us_spin() -> None:
    assert step(State(), Reply(0, A), 0.0, 0.5).pause > 0


def test_a_failure_is_news_once_keeps_what_is_known_and_asks_anew_without_waiting() -> None:
    state, news = run(Reply(5, A), Failed("gone"))
    assert (state.index, state.last, news) == (None, Reply(5, A), [True, True])


def test_after_a_failure_it_is_news_that_there_is_an_answer_again() -> None:
    assert run(Reply(5, A), Failed("gone"), Reply(5, A))[1] == [True, True, True]


def test_one_failure_after_the_other_is_no_news() -> None:
    assert run(Reply(5, A), Failed("gone"), Failed("gone"))[1] == [True, True, False]


def test_what_can_not_be_waited_on_is_asked_again_after_a_while() -> None:
    decided = step(State(), Reply(None, ("dc1",)), 0.0, 0.5)
    assert (decided.state.index, decided.pause) == (None, LOOK_AGAIN)


def test_what_counts_as_the_same_is_for_the_question_to_say() -> None:
    state = step(State(), Reply(5, "ab"), 0.0, 0.5).state
    assert step(state, Reply(6, "ba"), 0.0, 0.5).news
    assert not step(state, Reply(6, "ba"), 0.0, 0.5, lambda one, other: sorted(one) == sorted(other)).news


def test_an_answer_ends_the_count_of_failures() -> None:
    assert run(Failed("x"), Failed("x"))[0].failures == 2
    assert run(Failed("x"), Failed("x"), Reply(1, A))[0].failures == 0


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_pause_after_failures_stays_within_bounds(failures: int, jitter: float) -> None:
    assert 0.125 <= backoff(failures, jitter) <= LONGEST_PAUSE


def test_the_pause_grows() -> None:
    assert [backoff(count, 1.0) for count in (1, 2, 3, 4, 5)] == [0.25, 0.5, 1.0, 1.0, 1.0]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=200))
def test_a_bucket_lets_no_more_through_than_its_size_and_rate(gaps: list[float]) -> None:
    bucket, now = Bucket(), 0.0
    for passed, gap in enumerate(gaps, start=1):
        now += gap
        bucket, pause = bucket.take(now)
        now += pause
        assert passed <= bucket.size + now * bucket.per_second + 1


def test_a_burst_passes_a_bucket_at_once() -> None:
    bucket, pauses = Bucket(), []
    for _ in range(12):
        bucket, pause = bucket.take(0.0)
        pauses.append(pause)
    assert pauses[:10] == [0.0] * 10
    assert pauses[10:] == [0.25, 0.5]
