"""What holds of every strategy, and of each."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attempt.evidence import NotSent
from attempt.outcome import Outcome
from nearway.balancer.choose import Policy, choose
from nearway.balancer.standing import Standing
from nearway.balancer.strategies import STRATEGIES, Draw, Name, by_key, turn_of
from nearway.balancer.worker import Worker

GONE = NotSent("nobody is there")

WEIGHTS = st.lists(st.integers(1, 9), min_size=1, max_size=6)
NAMES = st.sampled_from(sorted(STRATEGIES))


def made(*weights: int, slots: int | None = None) -> list[Worker]:
    return [Worker(f"http://w{number}:1", slots, weight) for number, weight in enumerate(weights)]


def take(workers: list[Worker], standing: Standing, name: Name, key: str = "", chance: float = 0.0) -> Worker | None:
    """Choose, and send a task there."""
    chosen = choose(workers, standing, Policy(name), Draw(key, lambda: chance), 0.0)
    if chosen is not None:
        standing.load.take(chosen.url)
        standing.turns.take(chosen.url, turn_of(name, chosen))
    return chosen


@given(
    NAMES,
    st.lists(st.integers(1, 5), min_size=1, max_size=6),
    st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.floats(0, 1, exclude_max=True)), max_size=60),
)
def test_none_gives_a_worker_more_than_its_slots_or_leaves_a_slot_free(
    name: Name, slots: list[int], steps: list[tuple[bool, int, float]]
) -> None:
    workers = [Worker(f"http://w{number}:1", number_of) for number, number_of in enumerate(slots)]
    standing = Standing()
    held: list[str] = []
    for ends, which, chance in steps:
        if ends and held:
            standing.load.give_back(held.pop(which % len(held)))
            continue
        chosen = take(workers, standing, name, str(which), chance)
        assert (chosen is None) == (len(held) == sum(slots))
        held += [] if chosen is None else [chosen.url]
        assert all(standing.load.in_flight[one.url] <= (one.slots or 0) for one in workers)


@given(NAMES, st.data())
def test_none_chooses_a_worker_that_rests(name: Name, data: st.DataObject) -> None:
    workers, standing = made(*[1] * 5), Standing()
    resting = data.draw(st.sets(st.integers(0, 4)))
    for number in resting:
        standing.load.refused(workers[number].url, 0.0, 5.0, 0.0)
    chosen = take(workers, standing, name, data.draw(st.text()), data.draw(st.floats(0, 1, exclude_max=True)))
    assert chosen is None if len(resting) == 5 else workers.index(chosen or workers[0]) not in resting


@given(WEIGHTS, st.integers(1, 200))
def test_weighted_gives_each_its_share_but_for_a_turn(weights: list[int], tasks: int) -> None:
    workers, standing = made(*weights), Standing()
    got = Counter(chosen.url for _ in range(tasks) if (chosen := take(workers, standing, "weighted")))
    rounds = [got[one.url] / one.weight for one in workers]
    assert max(rounds) - min(rounds) <= 1 / min(weights) + 1 / max(weights) + 1e-6


@given(st.integers(1, 7), st.integers(1, 99), st.lists(st.integers(1, 9), min_size=7, max_size=7))
def test_round_robin_is_even_whatever_the_weights(size: int, tasks: int, weights: list[int]) -> None:
    workers, standing = made(*weights[:size]), Standing()
    got = Counter(chosen.url for _ in range(tasks) if (chosen := take(workers, standing, "round-robin")))
    assert max(got.values()) - min(got[one.url] for one in workers) <= 1


def test_who_comes_late_or_had_no_room_is_not_flooded() -> None:
    workers, standing = made(1, 1, 1), Standing()
    for _ in range(50):
        take(workers[:2], standing, "round-robin")
    got = Counter(chosen.url for _ in range(30) if (chosen := take(workers, standing, "round-robin")))
    assert set(got.values()) == {10}


@given(st.lists(st.integers(1, 20), min_size=2, max_size=5), st.integers(1, 60))
def test_least_fills_all_alike_by_their_slots(slots: list[int], tasks: int) -> None:
    workers = [Worker(f"http://w{number}:1", number_of) for number, number_of in enumerate(slots)]
    standing = Standing()
    for _ in range(min(tasks, sum(slots))):
        take(workers, standing, "least")
    for one in workers:
        for other in workers:
            # Nobody was given a task by which it is fuller than another would be with it.
            held, could = standing.load.in_flight[one.url], standing.load.in_flight[other.url] + 1
            assert held / (one.slots or 1) <= could / (other.slots or 1) + 1e-9


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True), st.integers(2, 6), st.integers(0, 5))
def test_random_takes_the_less_full_of_two_different(first: float, second: float, size: int, busiest: int) -> None:
    workers, standing = made(*[1] * size), Standing()
    busy = workers[busiest % size]
    standing.load.take(busy.url)
    draws = iter([first, second])
    chosen = choose(workers, standing, Policy("random"), Draw("", draws.__next__), 0.0)
    assert chosen != busy


def test_random_reaches_everybody() -> None:
    workers = made(*[1] * 4)
    got = set()
    for first in range(4):
        for second in range(3):
            draws = iter([first / 4, second / 3])
            got.add(choose(workers, Standing(), Policy("random"), Draw("", draws.__next__), 0.0))
    assert got == set(workers)


@given(WEIGHTS, st.integers(0, 5), st.lists(st.text(), min_size=1, max_size=20))
def test_a_key_stays_with_its_worker_when_another_leaves(weights: list[int], leaves: int, keys: list[str]) -> None:
    workers = made(*weights, 1)
    gone = workers[leaves % len(workers)]
    rest = [one for one in workers if one != gone]
    for key in keys:
        before = by_key(workers, Standing(), Draw(key, lambda: 0.0))
        after = by_key(rest, Standing(), Draw(key, lambda: 0.0))
        assert after == before or before == gone


def test_keys_are_spread_by_weight() -> None:
    workers = made(1, 3)
    got = Counter(by_key(workers, Standing(), Draw(str(key), lambda: 0.0)).weight for key in range(4000))
    assert got[3] == pytest.approx(3000, abs=150)


def test_the_next_by_key_takes_what_a_full_one_can_not() -> None:
    workers, standing = made(1, 1, 1, slots=1), Standing()
    first, second, third = (take(workers, standing, "hash", "k") for _ in range(3))
    assert {first, second, third} == set(workers)
    assert take(workers, standing, "hash", "k") is None
    standing.load.give_back(first.url if first else "")
    assert take(workers, standing, "hash", "k") == first


def test_the_preferred_regions_are_filled_in_their_order_and_backups_last() -> None:
    regions = ["us-east", "eu-west", None, "ap-south"]
    workers = [Worker(f"http://w{number}:1", 1, region=region) for number, region in enumerate(regions)]
    workers.append(Worker("http://backup:1", 1, region="eu-west", backup=True))
    standing, got = Standing(), []
    for _ in range(6):
        chosen = choose(workers, standing, Policy(near=("eu-west", "ap-south")), Draw("", lambda: 0.0), 0.0)
        got.append(chosen.url.split("/")[2][:-2] if chosen else None)
        if chosen:
            standing.load.take(chosen.url)
    assert got[:2] == ["w1", "w3"]
    assert set(got[2:4]) == {"w0", "w2"}
    assert got[4:] == ["backup", None]


def test_a_failed_worker_rests_longer_each_time_until_it_takes_a_task() -> None:
    (worker,), standing = made(1), Standing()
    rests, now = [], 0.0
    for _ in range(7):
        standing.tried(worker.url)
        standing.heard(worker.url, GONE, Outcome.UNSENT, now, 0.0, tested=True)
        until = standing.breaker(worker.url).until
        assert choose([worker], standing, Policy(), Draw("", lambda: 0.0), until - 0.01) is None
        rests.append(until - now)
        now = until
        standing.looked_well(worker.url)
    assert rests == [1, 2, 4, 8, 16, 30, 30]
    standing.heard(worker.url, GONE, Outcome.ANSWERED, now, 0.0, tested=True)
    standing.heard(worker.url, GONE, Outcome.UNSENT, now, 0.0, tested=False)
    assert standing.breaker(worker.url).until == now + 1


def test_all_that_fail_with_a_worker_are_one_failure() -> None:
    (worker,), standing = made(1), Standing()
    for _ in range(10):
        standing.heard(worker.url, GONE, Outcome.UNKNOWN, 0.0, 0.0, tested=False)
    assert standing.breaker(worker.url).until == 1.0


def test_one_test_at_a_time() -> None:
    (worker,), standing = made(1), Standing()
    standing.heard(worker.url, GONE, Outcome.UNSENT, 0.0, 0.0, tested=False)
    chosen = [choose([worker], standing, Policy(), Draw("", lambda: 0.0), 1.0)]
    assert standing.tried(worker.url)
    chosen.append(choose([worker], standing, Policy(), Draw("", lambda: 0.0), 1.0))
    standing.untried(worker.url)
    chosen.append(choose([worker], standing, Policy(), Draw("", lambda: 0.0), 1.0))
    assert chosen == [worker, None, worker]
