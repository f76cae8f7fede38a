import json
from typing import Any

import pytest

from gateway.ledger.words import spend_json, spend_table, story, tasks_json, tasks_table

NOON = 1_795_608_000.0
ROW: dict[str, Any] = {
    "id": "t1", "tenant": "acme", "gateway": "front:8000", "arrived": NOON, "deadline": NOON + 60,
    "key": None, "fingerprint": None, "state": "solved", "money": "yes", "region": "eu-west", "worker": "w1",
    "captcha_id": "77", "location": "/tasks/77",
    "error": None, "trail": json.dumps(["us-east: passed over, cut off", "eu-west: tried (nearest), accepted: 202"]),
    "submitted": NOON + 1, "ended": NOON + 12.25, "status": 200,
    "content_type": "application/json", "result": b'{"solution": "s"}', "callback": None, "callback_host": None,
    "callback_due": None, "callback_tries": 0, "callback_end": None,
}  # fmt: skip
SPENT = [
    {"tenant": "acme", "day": 20782, "tasks": 1200, "submitted": 1000, "solved": 990, "failed": 10, "unknown": 2},
    {"tenant": "", "day": 20783, "tasks": 3, "submitted": 1, "solved": 0, "failed": 0, "unknown": 0},
]


def test_a_tasks_life_in_words() -> None:
    assert story(ROW, NOON + 20).splitlines() == [
        "Task t1",
        "2026-11-25 12:00:00  it came to front:8000 for acme, with 60.0 s to go",
        "                     us-east: passed over, cut off",
        "                     eu-west: tried (nearest), accepted: 202",
        "2026-11-25 12:00:01  it was last handed over, to eu-west, worker w1; its id at the API is 77",
        "2026-11-25 12:00:12  solved, after 12.2 s",
        "Money: it is paid for.",
        'Answer (200): {"solution": "s"}',
    ]


@pytest.mark.parametrize(
    ("changed", "now", "said"),
    [
        ({"state": "failed", "money": "unknown", "error": "SUBMISSION_UNKNOWN"}, 20.0, "failed with SUBMISSION_UNKNOWN, after"),
        ({"state": "submitting", "money": "unknown", "ended": None}, 20.0, "It is submitting. It is under way."),
        ({"state": "submitting", "money": "unknown", "ended": None}, 66.0, "Its gateway ended before it did."),
        ({"state": "submitting", "money": "unknown", "ended": None}, 66.0, "Money: whether it is paid for is not known."),
        ({"state": "waiting", "money": "no", "submitted": None, "ended": None}, 1.0, "Money: nothing was spent."),
        ({"callback_host": "h.com", "callback_tries": 1, "callback_end": "delivered: 204"}, 20.0,
         "Callback to h.com, 1 tries: last delivered: 204"),
        ({"callback_host": "h.com", "callback_due": NOON}, 20.0,
         "Callback to h.com, 0 tries: nothing is known of one yet; due at 2026-11-25 12:00:00"),
        ({"tenant": ""}, 20.0, "it came to front:8000, with 60.0 s to go"),
    ],
    ids=str,
)  # fmt: skip
def test_how_it_stands(changed: dict[str, Any], now: float, said: str) -> None:
    assert said in story({**ROW, **changed}, NOON + now)


def test_an_answer_that_is_forgotten_is_left_out() -> None:
    assert "Answer" not in story({**ROW, "result": None}, NOON)


def test_nothing_that_a_region_said_moves_the_cursor() -> None:
    nasty = {**ROW, "trail": json.dumps(["near: \x1b[2J\r\n"]), "result": b"\x1b[2J\x07\r\n"}
    assert not [one for one in story(nasty, NOON) if not one.isprintable() and one != "\n"]
    assert len(story(nasty, NOON).splitlines()) == 7


def test_tasks_as_a_table() -> None:
    waiting = {**ROW, "id": "t22", "tenant": "", "state": "waiting", "money": "no", "region": None, "captcha_id": None}
    assert tasks_table([ROW, waiting], NOON + 99).splitlines() == [
        "task  arrived              tenant  state           money  region   captcha id  error",
        "t1    2026-11-25 12:00:00  acme    solved          yes    eu-west  77          -",
        "t22   2026-11-25 12:00:00  -       waiting (lost)  no     -        -           -",
    ]
    assert tasks_table([], NOON).startswith("task ")


def test_tasks_as_json() -> None:
    (found,) = json.loads(tasks_json([ROW]))
    assert found["trail"][0] == "us-east: passed over, cut off"
    assert (found["result"], found["arrived"], found["tenant"]) == ('{"solution": "s"}', NOON, "acme")


def test_what_was_spent_as_a_table() -> None:
    assert spend_table(SPENT, ("tenant", "day")).splitlines() == [
        "tenant  day         tasks  submitted  solved  failed  unknown",
        "acme    2026-11-25   1200       1000     990      10        2",
        "-       2026-11-26      3          1       0       0        0",
        "all                  1203       1001     990      10        2",
    ]
    assert len(spend_table(SPENT[:1], ("tenant", "day")).splitlines()) == 2
    assert spend_table([], ("day",)).splitlines()[-1].split() == ["all", "0", "0", "0", "0", "0"]


def test_what_was_spent_as_json() -> None:
    assert json.loads(spend_json(SPENT[:1], ("tenant", "day"))) == [
        {"tenant": "acme", "day": "2026-11-25", "tasks": 1200, "submitted": 1000, "solved": 990, "failed": 10, "unknown": 2}
    ]
