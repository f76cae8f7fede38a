from discovery.dialable import dialable, unknown
from discovery.dials import DIALS
from discovery.instance import Health, Instance
from discovery.query import Pair, Service
from discovery.records import REGION_ENDPOINTS, WORKERS
from discovery.view import View


def view() -> View:
    worker = Instance("a", "n", WORKERS, "w", "10.0.0.1", 80, Health.PASSING, {"region": "us-east"})
    drained = Pair("nearway/dials/sa-east", '{"dial": 0.0, "at": "2026-01-31T12:00:00Z", "by": "ann"}')
    answered = View().answered(Service("a", WORKERS), (worker,), 0.0).answered(DIALS.at("a"), (drained,), 0.0)
    return answered.failed(Service("eu-west", REGION_ENDPOINTS), "EOF").failed(DIALS.at("eu-west"), "EOF")


def test_a_region_is_known_by_its_registrations_its_dial_or_a_silent_datacenter_of_its_name() -> None:
    known = dialable(view())
    assert known.regions == {"us-east", "sa-east", "eu-west"}
    assert (known.dials["sa-east"].share, known.silent) == (0.0, {"eu-west": "EOF"})


def test_an_unknown_region_is_told_with_those_there_are_and_who_was_silent() -> None:
    told = unknown("eu-wst", dialable(view()))
    assert told == "no region 'eu-wst' is known; eu-west gave no answer. There are: eu-west, sa-east, us-east"
    assert "There are: none" in unknown("us", dialable(View()))
