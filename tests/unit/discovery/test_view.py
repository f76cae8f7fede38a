from discovery.dials import DIALS
from discovery.instance import Health, Instance
from discovery.query import Key, Pair, Service
from discovery.records import REGION_ENDPOINTS, WORKERS
from discovery.view import Known, Unknown, View


def worker(name: str, region: str, datacenter: str = "dc1") -> Instance:
    return Instance(datacenter, "n1", WORKERS, name, "10.0.0.1", 80, Health.PASSING, {"region": region, "slots": "5"})


def endpoint(region: str, datacenter: str = "dc1") -> Instance:
    meta = {"region": region, "title": region, "location": "1,2", "url": "http://10.0.0.1:8081"}
    return Instance(datacenter, "n1", REGION_ENDPOINTS, f"e-{region}", "10.0.0.1", 8081, Health.PASSING, meta)


def test_no_answer_is_not_no_workers() -> None:
    assert View().of("dc1", WORKERS) == Unknown()
    assert View().answered(Service("dc1", WORKERS), (), 3.0).of("dc1", WORKERS) == Known((), 3.0)


def test_a_failure_before_any_answer_is_still_no_answer() -> None:
    assert View().failed(Service("dc1", WORKERS), "refused").of("dc1", WORKERS) == Unknown("refused")


def test_a_failure_keeps_the_last_good_answer_and_its_time() -> None:
    known = (worker("a", "us"),)
    view = View().answered(Service("dc1", WORKERS), known, 3.0).failed(Service("dc1", WORKERS), "refused")
    assert view.of("dc1", WORKERS) == Known(known, 3.0, "refused")
    assert view.answered(Service("dc1", WORKERS), known, 9.0).of("dc1", WORKERS) == Known(known, 9.0)


def test_one_datacenters_failure_is_not_anothers() -> None:
    view = (
        View()
        .answered(Service("dc1", WORKERS), (worker("a", "us"),), 1.0)
        .answered(Service("dc2", WORKERS), (worker("b", "eu", "dc2"),), 1.0)
    )
    view = view.failed(Service("dc2", WORKERS), "refused")
    assert view.of("dc1", WORKERS) == Known((worker("a", "us"),), 1.0)
    assert sorted(view.regions()) == ["eu", "us"]


def test_several_regions_may_share_a_datacenter_and_one_region_may_span_two() -> None:
    view = (
        View()
        .answered(Service("dc1", WORKERS), (worker("a", "us"), worker("b", "eu")), 1.0)
        .answered(Service("dc2", WORKERS), (worker("a", "us", "dc2"),), 1.0)
    )
    assert {name: len(region.workers) for name, region in view.regions().items()} == {"eu": 1, "us": 2}


def test_a_region_was_heard_of_when_its_older_answer_came() -> None:
    view = View().answered(Service("dc1", WORKERS), (worker("a", "us"),), 1.0)
    assert view.regions()["us"].heard is None
    assert view.answered(Service("dc1", REGION_ENDPOINTS), (endpoint("us"),), 4.0).regions()["us"].heard == 1.0


def test_a_registration_that_is_none_is_told_of_and_makes_no_region() -> None:
    bad = Instance("dc1", "n1", WORKERS, "bad", "not an address", 80, Health.PASSING, {"region": "us"})
    view = View().answered(Service("dc1", WORKERS), (bad,), 1.0)
    assert view.regions() == {}
    assert [one.id for one in view.workers()[1]] == ["bad"]


def test_what_nobody_asks_any_more_is_forgotten() -> None:
    kept, gone = Service("dc1", WORKERS), Key("dc1", "a")
    view = View().answered(kept, (worker("a", "us"),), 1.0).answered(gone, Pair("a", "1"), 1.0)
    assert view.to(gone) == Known(Pair("a", "1"), 1.0)
    assert (view.only({kept}).to(kept), view.only({kept}).to(gone)) == (view.to(kept), Unknown())


def test_dials_are_those_of_all_datacenters_the_newest_first_and_outlive_an_outage() -> None:
    older = Pair("nearway/dials/us", '{"dial": 1.0, "at": "2026-01-31T12:00:00Z", "by": "ann"}')
    newer = Pair("nearway/dials/us", '{"dial": 0.0, "at": "2026-01-31T12:00:01Z", "by": "bob"}')
    wrong = Pair("nearway/dials/eu", "0.5")
    view = (
        View().answered(DIALS.at("a"), (newer,), 1.0).answered(DIALS.at("b"), (wrong, older), 1.0).failed(DIALS.at("a"), "gone")
    )
    dials, rejected = view.dials()
    assert {region: (dial.share, dial.by) for region, dial in dials.items()} == {"us": (0.0, "bob")}
    assert [one.id for one in rejected] == ["nearway/dials/eu"]
