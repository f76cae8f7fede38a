from hypothesis import given
from hypothesis import strategies as st

from contract.line import console_line, in_order

EVENT = {"time": "2026-01-31T12:00:00Z", "level": "warning", "logger": "gateway", "event": "region eu-west is lost"}


def test_a_line_for_people() -> None:
    line = console_line({**EVENT, "region": "eu-west", "why": "no worker"})
    assert line == '2026-01-31T12:00:00Z WARNING gateway region eu-west is lost region=eu-west why="no worker"'


def test_a_colour_by_level_and_only_where_asked_for() -> None:
    assert console_line(EVENT, colours=True).startswith("\x1b[33m2026")
    assert console_line({**EVENT, "level": "info"}, colours=True).startswith("2026")
    assert "\x1b" not in console_line(EVENT)


def test_a_traceback_stands_below_and_can_pretend_nothing() -> None:
    forged = "Traceback\nValueError: x\r\n2026-01-31T12:00:00Z INFO gateway all is well\x1b[2J"
    head, *below = console_line({**EVENT, "exception": forged}).split("\n")
    assert head.endswith("is lost")
    assert below
    assert all(line.startswith("    ") for line in below)
    assert "\x1b" not in "".join(below)


@given(st.text(), st.text(), st.text())
def test_nothing_begins_a_line_or_moves_the_cursor(event: str, value: str, other: str) -> None:
    line = console_line({**EVENT, "event": event, "value": value, "other": [other]}, colours=False)
    assert line.isprintable()


def test_what_every_event_has_comes_first() -> None:
    assert list(in_order({"region": "x", "event": "e", "level": "info", "time": "t"})) == ["time", "level", "event", "region"]
