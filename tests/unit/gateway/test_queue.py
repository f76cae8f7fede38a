from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.queue import Queue

WEIGHTS = {"one": 1.0, "three": 3.0, "half": 0.5}


def join(queue: Queue[str], who: str, tenant: str = "one") -> None:
    queue.join(who, tenant, queue.ticket(tenant, WEIGHTS[tenant]))


def serve(queue: Queue[str]) -> str:
    first = queue.first()
    assert first is not None
    queue.served(first)
    return first


def test_first_come_first_served_within_a_tenant() -> None:
    queue: Queue[str] = Queue(10)
    for who in "abc":
        join(queue, who)
    assert [serve(queue) for _ in range(3)] == ["a", "b", "c"]
    assert queue.first() is None


def test_it_is_bounded() -> None:
    queue: Queue[str] = Queue(2)
    join(queue, "a")
    assert not queue.is_full
    join(queue, "b")
    assert queue.is_full


def test_one_who_leaves_is_not_served() -> None:
    queue: Queue[str] = Queue(10)
    for who in "abc":
        join(queue, who)
    queue.leave("a")
    queue.leave("a")
    assert [serve(queue), len(queue)] == ["b", 1]


def test_tenants_are_served_by_their_weights_however_they_arrive() -> None:
    queue: Queue[str] = Queue(1000)
    for number in range(300):
        join(queue, f"one {number}", "one")
    for number in range(300):
        join(queue, f"three {number}", "three")
    served = Counter(serve(queue).split()[0] for _ in range(200))
    assert served == {"one": 50, "three": 150}


def test_a_tenant_that_was_away_has_not_saved_up_turns() -> None:
    queue: Queue[str] = Queue(1000)
    for number in range(200):
        join(queue, f"one {number}", "one")
    for _ in range(100):
        serve(queue)
    for number in range(50):
        join(queue, f"half {number}", "half")
    served = Counter(serve(queue).split()[0] for _ in range(30))
    assert served == {"one": 20, "half": 10}


def test_one_that_must_queue_again_keeps_its_place() -> None:
    queue: Queue[str] = Queue(10)
    ticket = queue.ticket("one")
    queue.join("first", "one", ticket)
    join(queue, "second")
    assert serve(queue) == "first"
    queue.join("first", "one", ticket)
    assert serve(queue) == "first"


def test_only_the_next_is_served() -> None:
    queue: Queue[str] = Queue(10)
    join(queue, "a")
    join(queue, "b")
    with pytest.raises(ValueError, match="next"):
        queue.served("b")


@given(st.lists(st.sampled_from(sorted(WEIGHTS)), min_size=1, max_size=60))
def test_nobody_is_starved_and_each_is_served_once(tenants: list[str]) -> None:
    queue: Queue[str] = Queue(1000)
    names = [f"{tenant} {number}" for number, tenant in enumerate(tenants)]
    for name, tenant in zip(names, tenants, strict=True):
        join(queue, name, tenant)
    assert sorted(serve(queue) for _ in names) == sorted(names)


class AnyOrder(RuleBasedStateMachine):
    """Joining, leaving and serving in any order, against a plain list per tenant."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: Queue[str] = Queue(1000)
        self.lists: dict[str, list[str]] = {tenant: [] for tenant in WEIGHTS}
        self.count = 0

    @rule(tenant=st.sampled_from(sorted(WEIGHTS)))
    def someone_joins(self, tenant: str) -> None:
        self.count += 1
        self.lists[tenant].append(f"{tenant} {self.count}")
        join(self.queue, f"{tenant} {self.count}", tenant)

    @precondition(lambda self: any(self.lists.values()))
    @rule(data=st.data())
    def someone_leaves(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from([one for waiting in self.lists.values() for one in waiting]))
        self.lists[who.split()[0]].remove(who)
        self.queue.leave(who)

    @precondition(lambda self: any(self.lists.values()))
    @rule()
    def one_is_served(self) -> None:
        who = serve(self.queue)
        assert self.lists[who.split()[0]].pop(0) == who

    @invariant()
    def the_counts_agree(self) -> None:
        assert len(self.queue) == sum(map(len, self.lists.values()))
        assert dict(self.queue.lengths()) == {tenant: len(waiting) for tenant, waiting in self.lists.items() if waiting}


TestAnyOrder = AnyOrder.TestCase
