import json

import pytest

from gateway.dashboard.event import event, identity, number_in


def test_an_event_is_three_lines_and_an_empty_one() -> None:
    made = event("change", {"why": "two\nlines\r\nand data: more"}, identity("ab12", 7)).decode()
    kind, name, data, *rest = made.split("\n")
    assert (kind, name, rest) == ("event: change", "id: ab12-7", ["", ""])
    assert json.loads(data.removeprefix("data: ")) == {"why": "two\nlines\r\nand data: more"}


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\ud800"])
def test_odd_characters_end_no_line(separator: str) -> None:
    made = event("change", {"why": f"a{separator}b"}, "x-1")
    assert made.count(b"\n") == 4


@pytest.mark.parametrize(
    ("last", "number"),
    [
        ("ab12-7", 7),
        ("cd34-7", None),
        ("", None),
        ("ab12-", None),
        ("ab12--1", None),
        ("ab12-7x", None),
        ("ab12-" + "9" * 99, None),
    ],
)
def test_what_a_client_had_last_counts_in_this_run_only(last: str, number: int | None) -> None:
    assert number_in(last, "ab12") == number
