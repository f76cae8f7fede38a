from random import Random
from statistics import median

import pytest

from demo.api.methods import METHODS, Method
from demo.api.order import Order
from demo.api.page import Page
from demo.api.solve_times import End, draw_end, draw_seconds
from demo.api.switches import Switches


def an_order(method: Method = METHODS[3], seconds: float | None = None, proxy: str = "") -> Order:
    return Order(method, Page("https://example.org/", None, seconds), proxy_host=proxy)


@pytest.mark.parametrize("method", METHODS, ids=lambda row: row.title)
@pytest.mark.parametrize("kind", ["lognormal", "normal"])
def test_drawn_times_lie_around_the_methods_median_within_5_to_120_seconds(method: Method, kind: str) -> None:
    random, switches = Random(1), Switches.model_validate({"solve_time": kind})
    times = [draw_seconds(an_order(method), End.SOLVED, switches, random) for _ in range(2000)]
    assert median(times) == pytest.approx(method.median, rel=0.1)
    assert min(times) >= 5
    assert max(times) <= 120
    assert len(set(times)) > 500


def test_a_lognormal_time_leans_to_the_long_side() -> None:
    random, switches = Random(1), Switches()
    times = [draw_seconds(an_order(), End.SOLVED, switches, random) for _ in range(2000)]
    assert sum(times) / len(times) > median(times) * 1.02


@pytest.mark.parametrize(
    ("end", "seconds", "speed", "expected"),
    [
        pytest.param(End.SOLVED, None, 1.0, 45.0, id="the median"),
        pytest.param(End.SOLVED, None, 20.0, 2.25, id="twenty times faster"),
        pytest.param(End.SOLVED, 3.0, 20.0, 3.0, id="the page's seconds are real ones"),
        pytest.param(End.SOLVED, 0.0, 1.0, 0.0, id="at once"),
        pytest.param(End.UNSOLVABLE, 3.0, 20.0, 3.0, id="found unsolvable when it would be solved"),
        pytest.param(End.NEVER_READY, 3.0, 20.0, 15.0, id="given up"),
        pytest.param(End.PROXY_FAILED, None, 20.0, 0.5, id="a proxy fails sooner"),
    ],
)
def test_the_time_on_a_thread(end: End, seconds: float | None, speed: float, expected: float) -> None:
    switches = Switches.model_validate({"solve_time": "fixed", "speed": speed})
    assert draw_seconds(an_order(seconds=seconds), end, switches, Random(1)) == expected


def test_ends_come_in_their_shares() -> None:
    random, switches = Random(1), Switches(unsolvable=0.2, never_ready=0.1)
    ends = [draw_end(an_order(), switches, random) for _ in range(10_000)]
    assert ends.count(End.UNSOLVABLE) == pytest.approx(2000, rel=0.1)
    assert ends.count(End.NEVER_READY) == pytest.approx(1000, rel=0.1)


def test_a_bad_proxy_fails_its_task_and_no_other() -> None:
    switches = Switches(bad_proxies=frozenset({"h"}))
    assert draw_end(an_order(proxy="h"), switches, Random(1)) is End.PROXY_FAILED
    assert draw_end(an_order(proxy="g"), switches, Random(1)) is End.SOLVED
    assert draw_end(an_order(), switches, Random(1)) is End.SOLVED
