from datetime import UTC, datetime

from discovery.dials import DIALS
from discovery.instance import Health, Instance
from discovery.query import Pair, Service
from discovery.records import REGION_ENDPOINTS, WORKERS
from discovery.view import View
from gateway.changes import Change, changes

AT = datetime(2026, 1, 31, 12, tzinfo=UTC).isoformat()


def view(worker: Health | None = Health.PASSING, endpoint: Health | None = Health.PASSING, dial: float | None = None) -> View:
    meta = {"region": "us", "title": "US", "location": "1.5,2", "url": "http://us:81"}
    workers = () if worker is None else (Instance("dc", "n", WORKERS, "w", "10.0.0.1", 80, worker, {"region": "us"}),)
    endpoints = () if endpoint is None else (Instance("dc", "n", REGION_ENDPOINTS, "e", "10.0.0.1", 81, endpoint, meta),)
    dials = () if dial is None else (Pair("nearway/dials/us", f'{{"dial": {dial}, "at": "{AT}", "by": "ann"}}'),)
    known = View().answered(Service("dc", WORKERS), workers, 1.0).answered(Service("dc", REGION_ENDPOINTS), endpoints, 1.0)
    return known.answered(DIALS.at("dc"), dials, 1.0)


WELL = view()
LOST = {
    "its endpoint is not passing": view(endpoint=Health.CRITICAL),
    "it has no endpoint": view(endpoint=None),
    "it has no healthy worker": view(worker=Health.CRITICAL),
    "nothing of it is registered": view(None, None),
}


def test_a_region_is_lost_with_the_reason_and_once() -> None:
    for why, lost in LOST.items():
        assert list(changes(WELL, lost)) == [Change("us", "lost", f"region us can take no task: {why}")]
        assert list(changes(lost, lost)) == []
        assert next(changes(WELL, lost)).is_grave


def test_it_is_back_or_new() -> None:
    assert [one.change for one in changes(LOST["it has no healthy worker"], WELL)] == ["back"]
    assert [one.change for one in changes(View(), WELL)] == ["new"]


def test_one_that_changes_from_one_trouble_to_another_is_not_lost_twice() -> None:
    assert list(changes(LOST["it has no endpoint"], LOST["it has no healthy worker"])) == []


def test_a_busy_worker_is_no_change() -> None:
    assert list(changes(WELL, view(worker=Health.WARNING))) == []


def test_dials_are_told_of_with_who_set_them() -> None:
    (drained,) = changes(WELL, view(dial=0))
    assert (drained.change, "ann" in drained.text) == ("drained", True)
    assert [one.change for one in changes(view(dial=0), view(dial=0.5))] == ["dialled"]
    assert [one.change for one in changes(view(dial=0.5), WELL)] == ["undialled"]
    assert list(changes(view(dial=0.5), view(dial=0.5))) == []
