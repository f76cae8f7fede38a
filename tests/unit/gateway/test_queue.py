from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.queue import MOST_TURNS, Queue, Ticket

WEIGHTS = {"one": 1.0, "three": 3.0, "half": 0.5}


def join(queue: Queue[str], who: str, tenant: str = "one", ticket: Ticket | None = None) -> Ticket:
    ticket = ticket or queue.ticket()
    queue.join(who, ticket, tenant, WEIGHTS[tenant])
    return ticket


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


def test_a_tenant_has_not_paid_for_tasks_that_left_unserved() -> None:
    queue: Queue[str] = Queue(1000)
    for number in range(200):
        join(queue, f"one {number}", "one")
        join(queue, f"three {number}", "three")
    for number in range(200):
        queue.leave(f"one {number}")
    for number in range(200, 300):
        join(queue, f"one {number}", "one")
    served = Counter(serve(queue).split()[0] for _ in range(40))
    assert served == {"one": 10, "three": 30}


def test_one_that_comes_back_from_a_turn_in_vain_is_before_all_others_and_its_tenant_does_not_pay_again() -> None:
    queue: Queue[str] = Queue(100)
    ticket = join(queue, "first", "half")
    for number in range(20):
        join(queue, f"one {number}", "one")
        join(queue, f"half {number}", "half")
    for _ in range(3):
        assert serve(queue) == "first"
        ticket = queue.after_turn(ticket)
        join(queue, "first", "half", ticket)
    assert serve(queue) == "first"
    assert Counter(serve(queue).split()[0] for _ in range(15)) == {"one": 10, "half": 5}


def test_several_that_come_back_are_served_in_the_order_they_first_came() -> None:
    queue: Queue[str] = Queue(100)
    tickets = {who: queue.after_turn(join(queue, who)) for who in "abc"}
    for _ in "abc":
        serve(queue)
    for who in "cab":
        join(queue, who, "one", tickets[who])
    assert [serve(queue) for _ in range(3)] == ["a", "b", "c"]


def test_those_who_had_a_turn_can_be_left_out() -> None:
    queue: Queue[str] = Queue(100)
    join(queue, "back", "one", queue.after_turn(queue.ticket()))
    assert queue.first(returned=False) is None
    join(queue, "new")
    assert (queue.first(returned=False), queue.first()) == ("new", "back")
    queue.served("new")
    assert serve(queue) == "back"


def test_one_that_is_refused_again_and_again_lets_the_others_go_first() -> None:
    queue: Queue[str] = Queue(100)
    ticket = join(queue, "poison")
    join(queue, "good")
    served: list[str] = []
    while not served or served[-1] != "good":
        served.append(serve(queue))
        ticket = queue.after_turn(ticket)
        join(queue, "poison", "one", ticket)
    assert served == ["poison"] * (MOST_TURNS + 1) + ["good"]


def test_what_comes_and_goes_behind_one_that_is_stuck_leaves_nothing_behind() -> None:
    queue: Queue[str] = Queue(100)
    join(queue, "stuck")
    for number in range(1000):
        join(queue, f"{number}", "three")
        queue.leave(f"{number}")
    assert len(queue._order) == 2
    assert sum(len(lane.waiting) for lane in queue._lanes.values()) == 1


def test_only_the_next_is_served() -> None:
    queue: Queue[str] = Queue(10)
    join(queue, "a")
    join(queue, "b")
    with pytest.raises(ValueError, match="next"):
        queue.served("b")
    join(queue, "back", "one", Ticket(0, 1))
    join(queue, "back later", "one", Ticket(9, 1))
    with pytest.raises(ValueError, match="next"):
        queue.served("back later")


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
        self.returned: list[str] = []
        self.tickets: dict[str, Ticket] = {}
        self.away: list[str] = []
        self.count = 0
        self.held: set[str] = set()

    @rule(tenant=st.sampled_from(sorted(WEIGHTS)))
    def a_tenant_is_held_or_released(self, tenant: str) -> None:
        (self.queue.release if tenant in self.held else self.queue.hold)(tenant)
        self.held ^= {tenant}

    @rule(tenant=st.sampled_from(sorted(WEIGHTS)))
    def someone_joins(self, tenant: str) -> None:
        self.count += 1
        who = f"{tenant} {self.count}"
        self.lists[tenant].append(who)
        self.tickets[who] = join(self.queue, who, tenant)

    @precondition(lambda self: self.waiting())
    @rule(data=st.data())
    def someone_leaves(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(self.waiting()))
        (self.returned if who in self.returned else self.lists[who.split()[0]]).remove(who)
        self.queue.leave(who)

    @precondition(lambda self: self.eligible(self.waiting()))
    @rule()
    def one_is_served(self) -> None:
        who = serve(self.queue)
        assert who.split()[0] not in self.held
        if returned := self.eligible(self.returned):
            assert who == min(returned, key=lambda one: self.tickets[one].number)
            self.returned.remove(who)
        else:
            assert self.lists[who.split()[0]].pop(0) == who
        self.away.append(who)

    @precondition(lambda self: self.away)
    @rule(data=st.data())
    def one_comes_back(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(self.away))
        self.away.remove(who)
        self.tickets[who] = self.queue.after_turn(self.tickets[who])
        (self.returned if self.tickets[who].turns else self.lists[who.split()[0]]).append(who)
        join(self.queue, who, who.split()[0], self.tickets[who])

    def eligible(self, those: list[str]) -> list[str]:
        return [who for who in those if who.split()[0] not in self.held]

    def waiting(self) -> list[str]:
        return [who for waiting in (self.returned, *self.lists.values()) for who in waiting]

    @invariant()
    def the_counts_agree(self) -> None:
        assert len(self.queue) == len(self.waiting())
        assert self.queue.lengths() == Counter(who.split()[0] for who in self.waiting())
        assert (self.queue.first() is None) == (not self.eligible(self.waiting()))
        assert all(self.queue.length(tenant) == self.queue.lengths()[tenant] for tenant in WEIGHTS)


TestAnyOrder = AnyOrder.TestCase


@given(st.lists(st.sampled_from(["serve", "one leaves", "three leaves", "one comes", "three comes"]), max_size=300))
def test_while_two_tenants_wait_neither_is_ahead_by_more_than_a_turn_of_each(events: list[str]) -> None:
    queue: Queue[str] = Queue(10_000)
    names = {tenant: [f"{tenant} {number}" for number in range(400)] for tenant in ("one", "three")}
    waiting: dict[str, list[str]] = {tenant: [] for tenant in names}
    for tenant in ["one", "three"] * 320:
        waiting[tenant].append(names[tenant][len(waiting[tenant])])
        join(queue, waiting[tenant][-1], tenant)
    served: Counter[str] = Counter()
    for event in events:
        tenant, _, what = event.partition(" ")
        if what == "leaves" and len(waiting[tenant]) > 301:
            queue.leave(waiting[tenant].pop(len(waiting[tenant]) // 2))
        elif what == "comes":
            waiting[tenant].append(f"{tenant} late {len(waiting[tenant])} {sum(served.values())}")
            join(queue, waiting[tenant][-1], tenant)
        elif event == "serve":
            who = serve(queue)
            waiting[who.split()[0]].remove(who)
            served[who.split()[0]] += 1
        assert abs(served["one"] / WEIGHTS["one"] - served["three"] / WEIGHTS["three"]) <= 1 + 1 / 3 + 1e-9
