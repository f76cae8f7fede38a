"""The picture and the page, from a view such as Consul gives, hostile words in it."""

import re
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from contract.submitted import Submitted
from discovery.dials import DIALS, Dial, value_of
from discovery.instance import Health, Instance
from discovery.query import Pair, Service
from discovery.records import REGION_ENDPOINTS, WORKERS
from discovery.view import View
from gateway.choose import Scene
from gateway.dashboard.assets import assets
from gateway.dashboard.ended import Ended, Wanted
from gateway.dashboard.finding import as_row
from gateway.dashboard.happened import Happening
from gateway.dashboard.page import TEMPLATES, age, count, page, sign_in
from gateway.dashboard.picture import Facts, picture
from gateway.dashboard.seen import Seen
from gateway.policy import Policy
from gateway.roundtrip import RoundTrips
from gateway.standing import Standing

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
DIAL = Dial(0.5, datetime(2026, 1, 31, 12, tzinfo=UTC), "ann@desk", EVIL[:100])


def view() -> View:
    def worker(name: str, health: Health = Health.PASSING) -> Instance:
        return Instance("dc", "n", WORKERS, name, "10.0.0.1", 80, health, {"region": "us", "slots": "5", "version": EVIL})

    meta = {"region": "us", "title": EVIL, "location": "38.9,-77.4", "url": "http://us:81"}
    endpoint = Instance("dc", "n", REGION_ENDPOINTS, "e", "10.0.0.1", 81, Health.PASSING, meta)
    wrong = Instance("dc", "n", WORKERS, EVIL, "nowhere", 80, Health.PASSING, {"region": "us"})
    return (
        View()
        .answered(Service("dc", WORKERS), (worker("w1"), worker("w2", Health.CRITICAL), wrong), 10.0)
        .answered(Service("dc", REGION_ENDPOINTS), (endpoint,), 12.0)
        .answered(DIALS.at("dc"), (Pair("nearway/dials/us", value_of(DIAL)),), 12.0)
    )


def made(seen_view: View | None = None, **more: Any) -> dict[str, Any]:
    there = view() if seen_view is None else seen_view
    standing = Standing(round_trips=RoundTrips({"us": 0.01234}))
    standing.load.in_flight["us"] = 2
    seen = Seen(lambda: 20.0, lambda: 1e9)
    seen.flows.count(((49, 2), "us"), 20.0)
    seen.flows.count((EVIL, "us"), 20.0)
    seen.moves.count(("us", "eu"), 20.0)
    seen.at_worker["w1"] = 2
    facts = {
        "name": "front:8000", "version": "1.2.3", "since": 5.0, "offset": 1000.0, "view": there,
        "scene": Scene(there.regions(), standing, Policy(there.dials()[0]), 20.0), "seen": seen,
        "waiting": Counter({EVIL: 2}), "may_wait": 1000, "happened": [Happening(3, 1019.0, EVIL, "bad", EVIL)],
        "money": {"from": "ledger", "submitted": 1204, "unknown": 1}, "ledger_away": None, **more,
    }  # fmt: skip
    return picture(Facts(**facts))


def test_a_region_is_shown_with_all_that_is_known_and_moments_for_ages() -> None:
    region = made()["regions"]["us"]
    assert (region["slots"], region["limit"], region["in_flight"], region["state"]) == (5, 3, 2, "well")
    assert (region["round_trip"], region["heard"], region["health"]) == (12.0, 1010, {"passing": 1, "critical": 1})
    assert region["dial"] == {"share": 0.5, "at": 1769860800, "by": "ann@desk", "why": DIAL.why}
    assert region["workers"]["w1"]["in_flight"] == 2
    assert (region["x"], region["label"]) == (308.1, True)


def test_flows_are_told_by_where_they_begin_on_the_map() -> None:
    (sent,) = made()["flows"]["sent"]
    assert sent == "504.6,70.4>us"
    assert made()["flows"]["moved"] == {"us>eu": 1}


def nulls(told: object) -> bool:
    return told is None or (isinstance(told, dict) and any(map(nulls, told.values())))


def test_there_is_no_null_in_it_which_in_a_patch_would_take_something_away() -> None:
    assert not nulls(made())
    assert not nulls(made(View()))
    assert not nulls(made(view().failed(Service("dc", WORKERS), "refused")))


class Seeing(HTMLParser):
    """The elements and texts that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.texts = list[tuple[str, dict[str, str | None]]](), list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


ENDED = Ended("<b>t1</b>", EVIL, EVIL, EVIL, Submitted.UNKNOWN, 1e9, 5.0, 0.0, (EVIL,))


def shown(told: dict[str, Any] | None = None, **more: Any) -> str:
    given = {
        "may_dial": True, "signed_in": EVIL, "opened": "us", "tasks": [as_row(ENDED)],
        "wanted": Wanted(EVIL, EVIL, EVIL, EVIL), "tasks_from": EVIL, **more,
    }  # fmt: skip
    return page(made() if told is None else told, **given)


def test_words_from_outside_stay_words() -> None:
    seen = Seeing(shown())
    assert [attributes for tag, attributes in seen.tags if tag == "script"] == [
        {"type": "module", "src": "/dashboard/assets/main.js"}
    ]
    assert not [tag for tag, _ in seen.tags if tag in ("img", "b") and tag == "img"]
    assert not [name for _, attributes in seen.tags for name in attributes if name.startswith("on") or name == "style"]
    assert sum(EVIL in text for text in seen.texts) >= 8


def test_nothing_is_asked_of_another_host_and_nothing_stands_inline() -> None:
    seen = Seeing(shown() + sign_in("x"))
    used = [value for _, attributes in seen.tags for name, value in attributes.items() if name in ("src", "href", "action")]
    assert used
    assert all(re.match(r"[/#?][^/]?", str(value)) for value in used), used
    assert "style" not in {tag for tag, _ in seen.tags}


def test_without_javascript_all_is_there() -> None:
    text = " ".join(" ".join(Seeing(shown()).texts).split())
    for word in ("us", "w2", "critical", "50 %", "12 ms", "10 s", "front:8000"):
        assert word in text
    assert "1\u2009204" in shown()


def test_who_may_not_set_dials_is_shown_no_way_to() -> None:
    assert 'data-do="dial"' in shown()
    without = shown(may_dial=False)
    assert 'data-do="dial"' not in without
    assert "<dialog" not in without


def test_with_no_region_it_says_what_to_start() -> None:
    heard = View().answered(Service("dc", WORKERS), (), 1.0)
    told = made(heard)
    assert told["summary"]["mood"] == "bad"
    assert "nearway renderer regions/us-east.toml" in told["summary"]["text"]
    assert "nearway renderer" in shown(told, opened="")


def test_every_file_the_page_names_is_served_and_nothing_in_them_is_from_elsewhere() -> None:
    files = assets()
    named = set(re.findall(r"/dashboard/assets/([\w.]+)", shown() + sign_in()))
    named |= {name for one in files.values() for name in re.findall(r'from "\./([\w.]+)"', one.content.decode())}
    assert named == set(files)
    for name, one in files.items():
        text = one.content.decode()
        assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text), name
        assert set(re.findall(r"https?://[^\s\"')]+", text)) <= {"http://www.w3.org/2000/svg"}, name


def test_the_outline_is_small_and_says_where_it_is_from() -> None:
    outline = (TEMPLATES / "land.svg").read_text()
    assert len(outline) < 30_000
    assert "Natural Earth" in outline
    assert "public domain" in outline


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (86_400 * 2, "2 d")]
)
def test_ages_are_short(seconds: int, text: str) -> None:
    assert age(1000, 1000 + seconds) == text


def test_large_numbers_are_grouped() -> None:
    assert [count(number) for number in (0, 999, 1000, 1234567)] == ["0", "999", "1\u2009000", "1\u2009234\u2009567"]
