from random import Random
from typing import Any

import pytest

from demo.api.book import Task
from demo.api.methods import METHODS
from demo.api.order import Order
from demo.api.page import Page
from demo.api.pingbacks import Call, Pingbacks
from demo.api.solutions import token
from demo.api.solve_times import End
from demo.api.switches import Switches

TOKEN = token("7", "https://example.org/", "a")
URL = "http://me.example/p?q=1"


def calls(now: float, end: End = End.SOLVED, url: str = URL, **switches: Any) -> list[Call]:
    pingbacks = Pingbacks()
    pingbacks.expect(Task("7", "a", Order(METHODS[3], Page("https://example.org/"), pingback=url), end, 5.0, 0.0, 5.0))
    settings = Switches(**switches)
    due = pingbacks.due(settings, Random(1), now)
    assert pingbacks.due(settings, Random(1), now) == [], "each task's come once"
    return due


def test_a_post_carries_a_form() -> None:
    assert calls(5.0, pingback="post") == [Call(URL, f"id=7&code={TOKEN}")]


@pytest.mark.parametrize(("url", "joint"), [(URL, "&"), ("http://me.example/p", "?")])
def test_a_get_carries_a_query(url: str, joint: str) -> None:
    assert calls(5.0, url=url, pingback="get") == [Call(f"{url}{joint}id=7&code={TOKEN}", "")]


def test_nothing_is_sent_before_the_solution_and_the_delay() -> None:
    assert calls(4.9, pingback="post") == []
    assert calls(7.9, pingback="post", pingback_delay=3) == []
    assert calls(8.0, pingback="post", pingback_delay=3) != []


def test_nothing_is_sent_when_it_is_off_or_never_ready() -> None:
    assert calls(9.0) == []
    assert calls(9.0, End.NEVER_READY, pingback="post") == []


def test_an_unsolvable_task_sends_its_code() -> None:
    assert calls(5.0, End.UNSOLVABLE, pingback="post") == [Call(URL, "id=7&code=ERROR_CAPTCHA_UNSOLVABLE")]


def test_forged_and_second_ones() -> None:
    sent = [call.form for call in calls(5.0, pingback="post", pingback_twice=1, pingback_forged=1)]
    assert sent == ["id=7&code=forged", f"id=7&code={TOKEN}", f"id=7&code={TOKEN}"]


@pytest.mark.parametrize(
    ("registered", "url", "allowed"),
    [
        ("https://me.example/any", URL, True),
        ("me.example", URL, True),
        ("ME.example", URL, True),
        ("you.example", URL, False),
        ("me.example:81", URL, False),
        ("me.example", "me.example", False),
        ("me.example", "ftp://me.example/", False),
    ],
)
def test_only_registered_hosts_are_told(registered: str, url: str, allowed: bool) -> None:
    pingbacks = Pingbacks()
    assert pingbacks.add(registered)
    assert pingbacks.allows(url) is allowed
