from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearway.look.reading import ReadingError
from nearway.look.report import Worker, report_from
from tests.unit.nearway.look.saying import DIAL, region, regions, worker

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*region(), *worker(), *DIAL]), inner),
)


def test_a_report_is_read() -> None:
    report = report_from(regions(region(dial=DIAL, limit=5), waiting=2, rejected=[{"id": "bad", "reason": "no address"}]))
    (one,) = report.regions
    assert (report.version, report.waiting, report.in_flight, report.left_out) == ("0.1.0", 2, 3, (("bad", "no address"),))
    assert (one.name, one.title, one.state, one.why_not, one.takes_tasks) == ("us", "US", "well", None, True)
    assert (one.slots, one.limit, one.in_flight, one.share, one.dialled_by) == (10, 5, 3, 0.5, "ann@host")
    assert (one.round_trip, one.heard, one.trouble, one.endpoints) == (12.5, 0.3, None, 1)
    assert report.workers == (Worker("w", "us", "10.0.0.1:80", "passing", 5, 1, "dc", "0.1.0", False, True),)


def test_what_an_older_gateway_does_not_tell_is_not_known_and_nothing_else_is_lost() -> None:
    rows = [region("us"), region("eu", takes_tasks=False, why_not="drained: its dial is 0")]
    for row in rows:
        del row["state"], row["limit"], row["workers"][0]["weight"], row["workers"][0]["datacenter"]
    report = report_from({"regions": rows, "rejected": [], "waiting": 0})
    assert [(one.state, one.takes_tasks, one.why_not) for one in report.regions] == [
        ("well", True, None),
        ("takes none", False, "drained: its dial is 0"),
    ]
    assert (report.version, report.regions[0].limit) == (None, 10)
    assert (report.workers[0].weight, report.workers[0].datacenter, report.workers[0].slots) == (None, None, 5)


@pytest.mark.parametrize("body", [None, [], "regions", {}, {"regions": None}, {"regions": {"us": {}}}], ids=str)
def test_what_is_no_report_is_told_apart_from_one_without_regions(body: object) -> None:
    with pytest.raises(ReadingError, match="regions"):
        report_from(body)
    assert report_from(regions()).regions == ()


@pytest.mark.parametrize(("rows", "heard", "is_blank"), [([], None, True), ([], 0.5, False), ([region()], None, False)], ids=str)
def test_a_gateway_that_has_heard_nothing_yet_is_known_as_that(rows: list[Any], heard: float | None, is_blank: bool) -> None:
    answer = {"heard_seconds_ago": heard, "trouble": None}
    datacenters = [{"name": "dc", "services": {"solver": answer}, "dials": answer}]
    assert report_from(regions(*rows, datacenters=datacenters)).is_blank is is_blank
    assert report_from(regions(*rows)).is_blank is (not rows)


@given(ANYTHING)
def test_whatever_comes_is_read_or_is_no_report(body: Any) -> None:
    report_from(regions(region(workers=body, dial=body, rejected=body), body, rejected=body))
    try:
        report_from(body)
    except ReadingError:
        return
    assert isinstance(body["regions"], list)
