from collections.abc import Callable

from discovery.instance import Health
from discovery.view import Region
from gateway.moving import fell_silent, next_endpoint
from gateway.rank import Ranked

RANKED = [Ranked("us-east", ""), Ranked("eu-west", ""), Ranked("ap-south", "")]


def where(three: dict[str, Region], *in_vain: str, cut_off: str = "") -> str | None:
    found = next_endpoint([one for one in RANKED if one.region in three], three, in_vain, cut_off.__eq__)
    return found.region if found else None


def test_the_nearest_that_was_not_just_asked(three: dict[str, Region]) -> None:
    assert where(three, "us-east") == "eu-west"
    assert where(three, "us-east", "eu-west") == "ap-south"


def test_from_the_last_back_to_the_nearest(three: dict[str, Region]) -> None:
    assert where(three, "ap-south") == "us-east"


def test_a_region_cut_off_from_us_is_asked_last_but_it_is_asked(three: dict[str, Region]) -> None:
    assert where(three, cut_off="us-east") == "eu-west"
    assert where(three, "eu-west", "ap-south", cut_off="us-east") == "us-east"


def test_none_when_all_were_asked(three: dict[str, Region]) -> None:
    assert where(three, "us-east", "eu-west", "ap-south") is None


def test_a_sick_region_is_asked_last_but_it_is_asked(three: dict[str, Region], region: Callable[..., Region]) -> None:
    three["us-east"] = region("us-east", endpoint=Health.CRITICAL)
    assert where(three) == "eu-west"
    assert where(three, "eu-west", "ap-south") == "us-east"


def test_a_region_without_slots_can_still_be_asked_for_what_is_paid(
    three: dict[str, Region], region: Callable[..., Region]
) -> None:
    assert where({"us-east": region("us-east", workers=())}) == "us-east"


def test_a_region_in_which_a_worker_turned_critical_has_waits_to_ask_again(region: Callable[..., Region]) -> None:
    well, sick = region("us-east", workers=(Health.PASSING,) * 2), region("us-east", workers=(Health.PASSING, Health.CRITICAL))
    assert fell_silent({"us-east": well}, {"us-east": sick}) == ["us-east"]
    assert fell_silent({}, {"us-east": sick}) == ["us-east"]


def test_a_worker_that_is_busy_critical_still_or_gone_is_no_news(region: Callable[..., Region]) -> None:
    well, sick = region("us-east", workers=(Health.PASSING,) * 2), region("us-east", workers=(Health.PASSING, Health.CRITICAL))
    busy, gone = region("us-east", workers=(Health.PASSING, Health.WARNING)), region("us-east", workers=(Health.PASSING,))
    for before, now in ((well, busy), (sick, sick), (well, gone), (sick, well)):
        assert fell_silent({"us-east": before}, {"us-east": now}) == []
    assert fell_silent({"us-east": well}, {}) == []
