from ipaddress import ip_address

from gateway.dashboard import tries
from gateway.dashboard.tries import MOST, WITHIN, Tries

HERE = ip_address("203.0.113.7")


def test_after_so_many_wrong_keys_one_waits_until_the_first_is_a_minute_old() -> None:
    made = Tries()
    for second in range(MOST):
        assert made.wait(HERE, float(second)) == 0
        made.failed(HERE, float(second))
    assert made.wait(HERE, 10.0) == WITHIN - 10
    assert made.wait(ip_address("203.0.113.8"), 10.0) == 0
    assert made.wait(HERE, WITHIN) == 0


def test_a_network_of_ipv6_is_one(monkeypatch: object) -> None:
    made = Tries()
    for number in range(MOST):
        made.failed(ip_address(f"2001:db8::{number:x}"), 0.0)
    assert made.wait(ip_address("2001:db8::ffff"), 1.0) > 0
    assert made.wait(ip_address("2001:db8:0:1::1"), 1.0) == 0


def test_addresses_without_end_are_not_kept() -> None:
    made = Tries()
    for number in range(tries.MOST_ADDRESSES + 10):
        made.failed(ip_address(number + 1), 0.0)
    assert len(made._failed) == tries.MOST_ADDRESSES
