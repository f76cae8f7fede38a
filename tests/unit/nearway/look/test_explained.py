from typing import Any

import pytest

from nearway.look.explained import explained_from, sentences
from nearway.look.reading import ReadingError


def body(**more: Any) -> dict[str, Any]:
    return {
        "ip": "203.0.113.7",
        "places": [{"why": "203.0.113.7 is in 203.0.113.0/24", "location": [48.9, 2.4], "region": None}],
        "goes_to": "us-east",
        "why": "6191 km away",
        "then": "it is submitted there",
        "regions": [
            {"region": "eu-west", "place": "779 km away", "takes_tasks": False, "why_not": "drained: its dial is 0"},
            {"region": "us-east", "place": "6191 km away", "takes_tasks": True, "why_not": None},
            {"region": "ap-south", "place": "7006 km away", "takes_tasks": True, "why_not": None},
        ],
        **more,
    }


def test_it_is_told_in_words_region_by_region() -> None:
    assert sentences(explained_from(body())) == [
        "A task of a client at 203.0.113.7 goes to us-east: 6191 km away.",
        "Then it is submitted there.",
        "",
        "1. eu-west: drained: its dial is 0 (779 km away)",
        "2. us-east: this is where it goes (6191 km away)",
        "3. ap-south: it would take it (7006 km away)",
    ]


@pytest.mark.parametrize(
    ("then", "is_refused"),
    [
        ("it is submitted there", False),
        ("it waits its turn, behind 3 tasks", False),
        ("it is refused: NO_REGION", True),
        ("it is refused: NO_FREE_SLOT, for 5 tasks wait already", True),
    ],
)
def test_it_is_known_whether_the_task_is_refused(then: str, is_refused: bool) -> None:
    assert explained_from(body(then=then, goes_to=None)).is_refused is is_refused


def test_a_task_that_goes_nowhere_is_told_of() -> None:
    told = explained_from(body(goes_to=None, why="no region takes it", then="it is refused: NO_REGION", regions=[]))
    assert sentences(told)[0] == "A task of a client at 203.0.113.7 goes nowhere now: no region takes it."
    assert sentences(told)[-1].startswith("No region is known")


@pytest.mark.parametrize("wrong", [None, [], {"regions": {}}], ids=str)
def test_what_is_no_explanation_is_known_as_that(wrong: object) -> None:
    with pytest.raises(ReadingError):
        explained_from(wrong)
