from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from discovery.instance import Health, Instance
from discovery.query import Service
from discovery.records import Worker
from discovery.view import Known, View
from renderer.caution import Caution
from renderer.doubt import Weighed, known_at, weigh
from renderer.upstreams import Server, Upstreams

CAUTION = Caution.model_validate({"hold": "10s"})
STEADY = Known((), 100.0)
AWAY = Known((), 50.0, "no leader")
BACK = Known((), 100.0, recovered=100.0)


def server(number: int) -> Server:
    return Server(f"10.0.0.{number}:9", 1)


def worker(number: int, health: Health = Health.PASSING, node: str = "n") -> Worker:
    return Worker(f"w{number}", "us-east", "us-east", node, f"10.0.0.{number}", 9, 1, 1, False, True, "1", health)


def servers(count: int) -> tuple[Server, ...]:
    return tuple(server(number) for number in range(1, count + 1))


def found(*listed: Worker) -> Upstreams:
    serving = (Server(one.address, 1) for one in listed if one.health is not Health.CRITICAL)
    return Upstreams(tuple(serving), listed=listed)


def critical(*numbers: int, node: str = "n") -> list[Worker]:
    return [worker(number, Health.CRITICAL, node) for number in numbers]


def passing(*numbers: int, node: str = "n") -> list[Worker]:
    return [worker(number, node=node) for number in numbers]


FLOOR = CAUTION.model_copy(update={"floor": 3})
ALL = CAUTION.model_copy(update={"share": 1.0})

ROWS: list[tuple[str, int, Sequence[Worker], Known[Any], Caution, list[int]]] = [
    ("all are there", 4, passing(1, 2, 3, 4), STEADY, CAUTION, []),
    ("one of many leaves", 4, passing(1, 2, 3), BACK, CAUTION, []),
    ("half leave a Consul in doubt: not more than the share", 4, passing(1, 2), BACK, CAUTION, []),
    ("more than half leave a Consul that has just come back", 4, passing(1), BACK, CAUTION, [2, 3, 4]),
    ("more than half leave a steady Consul, by their own wish", 4, passing(1), STEADY, CAUTION, []),
    ("a Consul that has just come back knows nobody", 3, [], BACK, CAUTION, [1, 2, 3]),
    ("not even the only one there was", 1, [], BACK, CAUTION, [1]),
    ("a steady Consul loses them all at once", 3, [], STEADY, CAUTION, [1, 2, 3]),
    ("the last one leaves a steady Consul", 1, [], STEADY, CAUTION, []),
    ("all of an agent turn critical at once", 3, critical(1, 2, 3), STEADY, CAUTION, [1, 2, 3]),
    ("the last one turns critical", 1, critical(1), STEADY, CAUTION, []),
    ("many turn critical, but others of their agent are well", 3, [*critical(1, 2), worker(3)], STEADY, CAUTION, []),
    (
        "all of one agent turn critical while the other's are well",
        3,
        [*critical(1, 2, node="a"), *passing(3, node="b")],
        STEADY,
        CAUTION,
        [1, 2],
    ),
    ("one each of many agents turns critical", 2, [*critical(1, node="a"), *critical(2, node="b")], STEADY, CAUTION, []),
    ("fewer would be left than the floor", 3, passing(1, 2), STEADY, FLOOR, [3]),
    ("as many are left as the floor", 4, passing(1, 2, 3), STEADY, FLOOR, []),
    ("a share of one doubts nothing", 3, [], BACK, ALL, []),
]


@pytest.mark.parametrize(
    ("serving", "listed", "answer", "caution", "held"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_who_is_held(serving: int, listed: Sequence[Worker], answer: Known[Any], caution: Caution, held: list[int]) -> None:
    weighed = weigh({}, servers(serving), found(*listed), answer, 101.0, caution)
    assert weighed.held == tuple(server(number) for number in held)
    named = found(*listed).servers
    assert weighed.upstreams.servers == tuple(sorted((*named, *weighed.held), key=lambda one: one.address))


def held_at(now: float, before: Weighed, answer: Known[Any] = BACK, *there: Worker) -> Weighed:
    return weigh(before.hold, servers(3), found(*there), answer, now, CAUTION)


def test_a_hold_ends_when_its_time_is_over_and_is_not_begun_again() -> None:
    begun = held_at(101.0, Weighed(Upstreams(())))
    assert begun.again_at == 111.0
    assert len(held_at(110.9, begun).held) == 3
    over = held_at(111.0, begun)
    assert (over.held, over.upstreams.servers, over.again_at) == ((), (), None)
    assert held_at(111.1, over).held == ()


def test_a_hold_does_not_end_while_consul_is_away_and_lasts_anew_once_it_is_back() -> None:
    begun = held_at(101.0, Weighed(Upstreams(())))
    away = held_at(1_000.0, begun, AWAY)
    assert (len(away.held), away.again_at) == (3, None)
    back = held_at(2_001.0, away, Known((), 2_000.0, recovered=2_000.0))
    assert (len(back.held), back.again_at) == (3, 2_010.0)


def test_who_comes_back_is_held_no_longer_and_newcomers_are_let_in() -> None:
    begun = held_at(101.0, Weighed(Upstreams(())))
    some = held_at(102.0, begun, BACK, worker(1), worker(7))
    assert some.upstreams.servers == (server(1), server(2), server(3), server(7))
    assert some.held == (server(2), server(3))
    left_again = weigh(some.hold, some.upstreams.servers, found(worker(7)), STEADY, 103.0, CAUTION)
    assert left_again.held == (server(2), server(3))


def test_what_is_held_stays_as_it_was_byte_by_byte() -> None:
    serving = (server(9), replace(server(1), backup=True, slots=7, weight=3))
    assert weigh({}, serving, found(), BACK, 101.0, CAUTION).upstreams.servers == serving


@pytest.mark.parametrize(
    ("answer", "there", "at"),
    [(BACK, (), 110.0), (BACK, (worker(1),), 101.0), (STEADY, (), 101.0), (AWAY, (), float("inf"))],
)
def test_when_the_first_answer_counts(answer: Known[Any], there: tuple[Worker, ...], at: float) -> None:
    assert known_at(found(*there), answer, 101.0, CAUTION) == at


def test_the_view_tells_when_consul_came_back() -> None:
    one = Instance("us-east", "n", "solver", "w", "10.0.0.1", 9, Health.PASSING)
    view = View().answered(Service("us-east", "solver"), (one,), 1.0)
    assert _recovered(view) is None
    view = view.failed(Service("us-east", "solver"), "gone").answered(Service("us-east", "solver"), (), 5.0)
    assert _recovered(view) == 5.0
    assert _recovered(view.answered(Service("us-east", "solver"), (one,), 6.0)) == 5.0
    assert _recovered(View().failed(Service("us-east", "solver"), "gone").answered(Service("us-east", "solver"), (), 2.0)) == 2.0


def _recovered(view: View) -> float | None:
    answer = view.of("us-east", "solver")
    assert isinstance(answer, Known)
    return answer.recovered
