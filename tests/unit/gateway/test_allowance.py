"""What each tenant may still do, on clocks that only the test moves."""

from collections import Counter
from ipaddress import ip_address

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contract.problem import Problem, ProblemError
from gateway.allowance import DAY, Allowances
from gateway.limits import Limits
from gateway.rate import Rate
from gateway.share import Share
from gateway.task import Task
from gateway.tenants import Tenant

NOON = 20_000 * DAY + DAY // 2


class Desk:
    """Allowances of one tenant, `acme`."""

    def __init__(self, **limits: object) -> None:
        self.clock, self.now = 0.0, float(NOON)
        self.allowances = Allowances(clock=lambda: self.clock, now=lambda: self.now)
        self.use(**limits)

    def use(self, **limits: object) -> None:
        self.tenant = Tenant("acme", limits=Limits(**limits))  # type: ignore[arg-type]
        self.allowances.use({"acme": self.tenant}, ("pageurl",))

    def begin(self, body: bytes = b"{}") -> Share:
        return self.allowances.begin(Task("t", "r", body, ip_address("::1"), 0.0, tenant=self.tenant))

    def refused(self, body: bytes = b"{}") -> Problem:
        with pytest.raises(ProblemError) as caught:
            self.begin(body)
        return caught.value.problem

    @property
    def spent(self) -> int:
        return self.allowances.spent_today("acme")


def test_without_limits_nothing_is_refused_and_nothing_told() -> None:
    desk = Desk()
    for _ in range(1000):
        desk.begin()
    assert desk.allowances.fields("acme") == {}
    assert desk.allowances.fields("somebody else") == {}


def test_who_comes_too_fast_is_told_when_to_come_again() -> None:
    desk = Desk(rate=Rate(0.5, 2))
    desk.begin()
    desk.begin()
    problem = desk.refused()
    assert (problem.error, problem.status, problem.submitted.value, problem.retry_after) == ("RATE_LIMITED", 429, "no", 2)
    assert problem.header_fields()["ratelimit"] == '"rate";r=0;t=4'
    assert problem.header_fields()["ratelimit-policy"] == '"rate";q=2;w=4'
    desk.clock += 2.0
    desk.begin()
    assert desk.refused().error == "RATE_LIMITED"


def test_a_refused_task_costs_no_turn() -> None:
    desk = Desk(rate=Rate(1.0, 1), hosts=frozenset({"good.com"}))
    for _ in range(5):
        assert desk.refused(b'{"pageurl": "https://evil.com/"}').error == "HOST_FORBIDDEN"
    desk.begin(b'{"pageurl": "https://good.com/"}')
    for _ in range(5):
        assert desk.refused().error == "RATE_LIMITED"
    desk.clock += 1.0
    desk.begin()


def test_the_day_has_so_many_submissions_and_tasks_on_the_way_hold_theirs() -> None:
    desk = Desk(daily=2)
    first, second = desk.begin(), desk.begin()
    held = desk.refused()
    assert (held.error, held.status, held.submitted.value, held.retry_after) == ("DAILY_LIMIT", 429, "no", 5)
    first.submitting()
    first.not_spent()
    first.end()
    assert desk.spent == 0
    third = desk.begin()
    for share in (second, third):
        share.submitting()
        share.end()
    assert desk.spent == 2
    used_up = desk.refused()
    assert used_up.retry_after == DAY // 2
    assert used_up.headers["ratelimit"] == f'"daily";r=0;t={DAY // 2}'
    desk.now = float(NOON + DAY // 2)
    assert desk.spent == 0
    desk.begin()


def test_a_submission_counts_on_the_day_it_was_made() -> None:
    desk = Desk(daily=1)
    share = desk.begin()
    desk.now += DAY
    share.submitting()
    assert desk.spent == 1
    assert desk.refused().error == "DAILY_LIMIT"


def test_what_was_spent_elsewhere_counts_on_its_day_only() -> None:
    desk = Desk(daily=10)
    desk.allowances.spent_elsewhere(NOON // DAY, {"acme": 9, "tiny": 100})
    share = desk.begin()
    assert desk.refused().error == "DAILY_LIMIT"
    share.end()
    desk.allowances.spent_elsewhere(NOON // DAY, {"acme": 10})
    assert desk.refused().error == "DAILY_LIMIT"
    desk.now += DAY
    desk.begin()


def test_what_is_used_survives_new_limits() -> None:
    desk = Desk(daily=2, rate=Rate(0.001, 2))
    desk.begin().submitting()
    desk.begin().submitting()
    desk.use()
    desk.begin()
    desk.use(daily=3)
    assert desk.refused().error == "DAILY_LIMIT", "two are spent, and one is on its way"
    desk.use(rate=Rate(0.001, 2))
    assert desk.refused().error == "RATE_LIMITED"
    desk.use(daily=0)
    assert desk.refused().error == "DAILY_LIMIT"


def test_slots_are_counted() -> None:
    desk = Desk(slots=2)
    for _ in range(2):
        assert desk.allowances.has_slot("acme")
        desk.allowances.take_slot("acme")
    assert not desk.allowances.has_slot("acme")
    desk.use(slots=3)
    assert desk.allowances.has_slot("acme")
    desk.use(slots=1)
    desk.allowances.give_slot("acme")
    assert not desk.allowances.has_slot("acme")


def test_once_more_takes_of_the_day_and_only_who_wants_it_may() -> None:
    assert not Desk().allowances.may_try_again("acme")
    desk = Desk(retry_unknown=True, daily=2)
    share = desk.begin()
    share.submitting()
    assert desk.allowances.may_try_again("acme")
    share.again()
    share.submitting()
    assert desk.spent == 2
    assert not desk.allowances.may_try_again("acme")


def test_usage_is_told_for_every_configured_tenant() -> None:
    desk = Desk(slots=5, daily=7, rate=Rate(2.0, 3), queue=4)
    desk.begin().submitting()
    desk.allowances.take_slot("acme")
    assert desk.allowances.usage() == {
        "acme": {
            "in_flight": 1, "submitted_today": 1, "slots": 5, "queue": 4, "daily": 7, "rate_per_second": 2.0, "burst": 3,
        }
    }  # fmt: skip


class AnyOrder(RuleBasedStateMachine):
    """Tasks of one tenant begin, are submitted, refused, sent once more and end, over midnights, against plain sets."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(daily=5)
        self.waiting: list[Share] = []
        self.submitted: list[tuple[Share, int]] = []
        self.spent: Counter[int] = Counter()

    @property
    def day(self) -> int:
        return int(self.desk.now // DAY)

    @rule()
    def one_comes(self) -> None:
        if self.spent[self.day] + len(self.waiting) < 5:
            self.waiting.append(self.desk.begin())
        else:
            assert self.desk.refused().error == "DAILY_LIMIT"

    @precondition(lambda self: self.waiting)
    @rule()
    def one_is_submitted(self) -> None:
        share = self.waiting.pop()
        share.submitting()
        self.submitted.append((share, self.day))
        self.spent[self.day] += 1

    @precondition(lambda self: self.submitted)
    @rule(cost=st.booleans())
    def one_goes_on(self, cost: bool) -> None:
        share, day = self.submitted.pop()
        if cost:
            share.again()
        else:
            share.not_spent()
            self.spent[day] -= 1
        self.waiting.append(share)

    @precondition(lambda self: self.submitted)
    @rule()
    def one_that_is_paid_for_ends(self) -> None:
        self.submitted.pop()[0].end()

    @precondition(lambda self: self.waiting)
    @rule(twice=st.booleans())
    def one_ends_unsubmitted(self, twice: bool) -> None:
        share = self.waiting.pop()
        share.end()
        if twice:
            share.end()

    @rule()
    def a_day_begins(self) -> None:
        self.desk.now += DAY

    @invariant()
    def the_counts_agree(self) -> None:
        assert self.desk.spent == self.spent[self.day]
        assert self.desk.allowances._used["acme"].reserved == len(self.waiting)


TestAnyOrder = AnyOrder.TestCase
