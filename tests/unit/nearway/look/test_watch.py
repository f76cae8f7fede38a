"""News of a gateway: by its events where it has them."""

import json
from itertools import islice
from typing import Any

import pytest

from nearway.asking.target import Target
from nearway.asking.trouble import RefusedError
from nearway.look.report import Report
from nearway.look.watch import streamed
from nearway.look.watched import Silence
from tests.unit.nearway.asking.saying import http, saying
from tests.unit.nearway.look.test_picture import PICTURE


def event(kind: str, data: Any) -> str:
    return f"event: {kind}\nid: a-1\ndata: {json.dumps(data)}\n\n"


def stream(*events: str) -> bytes:
    return ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 2000\n\n" + "".join(events)).encode()


def news(said: bytes, count: int) -> list[Report | Silence]:
    slept: list[float] = []
    with saying(said) as (port, _):
        return list(islice(streamed(Target(f"http://127.0.0.1:{port}"), slept.append), count))


def test_a_picture_comes_first_and_then_what_changes_in_it_and_its_end_is_told() -> None:
    change = {"at": 1001.0, "regions": {"us": {"in_flight": 4}, "eu": None}}
    first, second, silence = news(stream(event("picture", PICTURE), event("change", change)), 3)
    assert isinstance(first, Report)
    assert isinstance(second, Report)
    assert [one.name for one in first.regions] == ["eu", "us"]
    assert [(one.name, one.in_flight, one.heard) for one in second.regions] == [("us", 4, 4.0)]
    assert isinstance(silence, Silence)
    assert silence.why.endswith("says no more: it is leaving, or has ended")


def test_after_an_end_it_begins_anew_with_a_picture() -> None:
    told = news(stream(event("picture", PICTURE)), 4)
    assert [type(one) for one in told] == [Report, Silence, Report, Silence]


def test_what_is_no_event_is_told_and_no_end() -> None:
    told = news(stream("data: {\n\n"), 2)
    assert all(isinstance(one, Silence) and "can't be read" in one.why for one in told)
    told = news(stream(event("picture", [])), 2)
    assert all(isinstance(one, Silence) and "can't be read" in one.why for one in told)


def test_who_is_not_let_in_at_first_is_told_so_at_once() -> None:
    with pytest.raises(RefusedError, match="asks who you are"):
        news(http(401, ""), 1)


def test_a_gateway_that_has_no_events_is_not_one_of_ours_or_is_asked_for_its_regions() -> None:
    # It says 404 to that, too.
    with pytest.raises(RefusedError, match="no such path"):
        news(http(404, ""), 1)
