import logging

import pytest

from discovery.records import Rejected
from renderer.stage import Refused, Swapped, Unchanged
from renderer.telling import Record, Teller
from renderer.upstreams import Server


@pytest.fixture
def teller(caplog: pytest.LogCaptureFixture) -> Teller:
    caplog.set_level(logging.INFO)
    return Teller()


def test_a_registration_is_told_once_and_again_after_it_was_right(teller: Teller, caplog: pytest.LogCaptureFixture) -> None:
    for told in ((Rejected("w", "bad"),), (Rejected("w", "bad"),), (), (Rejected("w", "bad"),)):
        teller.left_out(told)
    assert caplog.messages == ["registration 'w': bad"] * 2
    assert teller.record.left_out == (Rejected("w", "bad"),)


def test_a_hold_is_told_when_it_grows_and_when_it_ends(teller: Teller, caplog: pytest.LogCaptureFixture) -> None:
    one, two = Server("10.0.0.1:1", 1), Server("10.0.0.2:1", 1)
    for held in ((one, two), (one, two), (one,), (), ()):
        teller.holding(held, 3)
    assert len(caplog.messages) == 2
    assert caplog.messages[0].startswith("2 of 3 workers are gone at once")
    assert caplog.messages[1] == "no worker is held any more"


def test_a_template_that_stays_wrong_is_told_once(teller: Teller, caplog: pytest.LogCaptureFixture) -> None:
    teller.unrendered("line 1", 1.0)
    teller.unrendered("line 1", 2.0)
    assert caplog.messages == ["the configuration stays as it was: line 1"]
    assert (teller.record.failures, teller.record.failed_at) == (1, 1.0)


@pytest.mark.parametrize("outcome", [Swapped(), Unchanged()])
def test_what_was_the_matter_is_over_with_the_next_change_but_remembered(teller: Teller, outcome: Swapped | Unchanged) -> None:
    teller.rendered(1.0)
    teller.changed(Refused("full"), 1.0, 2.0)
    assert teller.record == Record(rendered_at=1.0, failures=1, failed_at=2.0, trouble="full", last_trouble="full", renders=1)
    teller.changed(outcome, 3.0, 4.0)
    assert teller.record == Record(1.0, 1, 4.0, 1, 2.0, None, "full", renders=1)


def test_it_is_over_too_when_the_change_is_not_wanted_any_more(teller: Teller) -> None:
    teller.changed(Refused("full"), 1.0, 2.0)
    teller.as_wanted()
    assert (teller.record.trouble, teller.record.last_trouble) == (None, "full")
