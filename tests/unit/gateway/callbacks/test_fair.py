"""Which callbacks are sent now."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as some

from gateway.callbacks.fair import MOST, OF_A_TENANT, TO_A_HOST, Due, UnderWay

HOSTS = some.sampled_from([f"h{n}" for n in range(40)])
DUE = some.lists(some.builds(Due, some.uuids().map(str), some.sampled_from("abc"), HOSTS))


def test_a_receiver_that_does_not_answer_holds_up_nobody_else() -> None:
    due = [Due(f"d{n}", "a", "dead") for n in range(1000)] + [Due("x", "a", "well")]
    assert [one.task for one in UnderWay().chosen(due)] == [*(f"d{n}" for n in range(TO_A_HOST)), "x"]


def test_a_tenant_with_many_receivers_that_do_not_answer_holds_up_no_other() -> None:
    due = [Due(f"d{n}", "a", f"dead{n}") for n in range(1000)] + [Due("x", "b", "well")]
    assert [one.task for one in UnderWay().chosen(due)] == [*(f"d{n}" for n in range(OF_A_TENANT)), "x"]


@given(DUE, DUE)
def test_beside_those_under_way_no_limit_is_passed_and_nothing_waits_that_need_not(before: list[Due], due: list[Due]) -> None:
    under_way = UnderWay()
    for one in under_way.chosen(before):
        under_way.begin(one)
    were = under_way.hosts.copy(), under_way.tenants.copy()
    chosen = under_way.chosen(due)
    assert (under_way.hosts, under_way.tenants) == were, "choosing begins nothing"
    assert [one for one in due if one in chosen] == chosen
    for one in chosen:
        under_way.begin(one)
    assert max(under_way.hosts.values(), default=0) <= TO_A_HOST
    assert max(under_way.tenants.values(), default=0) <= OF_A_TENANT
    assert under_way.room >= 0
    for one in due:
        assert one in chosen or one.host in under_way.full_hosts or one.tenant in under_way.full_tenants or not under_way.room


def test_what_has_ended_leaves_nothing() -> None:
    under_way, one = UnderWay(), Due("t", "a", "h")
    under_way.begin(one)
    under_way.end(one)
    assert under_way == UnderWay(Counter(), Counter())
    assert (UnderWay().room, UnderWay.full().room) == (MOST, 0)
