from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demo.api.answers import Accepted, Answer, Refusal, Solution
from demo.api.counter import fetch
from demo.api.desk import Desk
from demo.api.request import Request
from demo.api.switches import Switches

Make = Callable[..., Desk]
Ask = Callable[..., Request]
Submit = Callable[..., Answer]
Take = Callable[..., str]


def code(answer: Answer) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


def test_a_task_is_counted_under_the_label_of_its_page(make_desk: Make, take: Take) -> None:
    desk = make_desk()
    for _ in range(2):
        take(desk, 1.0, task="a", seconds=5)
    report = desk.report(1.0)
    assert report["submissions"] == {"a": 2}
    assert (report["tasks"], report["accepted"], report["in_flight"], report["most_in_flight"]) == (1, 2, 2, 2)


def test_a_task_without_a_label_is_counted_under_its_id(make_desk: Make, take: Take) -> None:
    desk = make_desk()
    id_ = take(desk, 1.0)
    assert desk.report(1.0)["submissions"] == {id_: 1}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        pytest.param({"key": "short"}, "ERROR_WRONG_USER_KEY", id="a key of another length"),
        pytest.param({"key": None}, "ERROR_WRONG_USER_KEY", id="no key"),
        pytest.param({"key": "x" * 32}, "ERROR_KEY_DOES_NOT_EXIST", id="a key that is none"),
        pytest.param({"pageurl": None}, "ERROR_PAGEURL", id="no page"),
        pytest.param({"pingback": "https://me.example/p"}, "ERROR_BAD_PARAMETERS", id="a pingback to an unknown host"),
    ],
)
def test_a_refused_submission_is_no_submission(
    make_desk: Make, submit: Submit, wrong: dict[str, str | None], expected: str
) -> None:
    desk = make_desk()
    assert code(submit(desk, 1.0, **wrong)) == expected
    report = desk.report(1.0)
    assert report["refused"] == {expected: 1}
    assert (report["submissions"], report["accepted"], report["in_flight"]) == ({}, 0, 0)


def test_a_plan_without_threads_looks_like_a_wrong_key(make_desk: Make, submit: Submit) -> None:
    desk = make_desk(threads=0, limits="IP_BANNED")
    assert {code(submit(desk, float(now))) for now in range(20)} == {"ERROR_KEY_DOES_NOT_EXIST"}


@pytest.mark.parametrize(
    ("saturation", "expected"),
    [
        ("zero_balance", "ERROR_ZERO_BALANCE"),
        ("no_slot", "ERROR_NO_SLOT_AVAILABLE"),
        ("http_429", "ERROR_TOO_MUCH_REQUESTS"),
    ],
)
def test_with_every_thread_busy_a_submission_is_refused(
    make_desk: Make, submit: Submit, take: Take, saturation: str, expected: str
) -> None:
    desk = make_desk(threads=1, saturation=saturation)
    take(desk, 0.0, seconds=10)
    assert code(submit(desk, 9.9)) == expected
    take(desk, 10.0)


def test_with_a_queue_it_waits_for_a_thread_up_to_the_queues_limit(make_desk: Make, submit: Submit, take: Take, ask: Ask) -> None:
    desk = make_desk(threads=1, saturation="queue", queue_limit=1)
    take(desk, 0.0, seconds=10)
    waiting = take(desk, 0.0, seconds=10)
    assert code(submit(desk, 0.0)) == "ERROR_NO_SLOT_AVAILABLE"
    assert desk.report(0.0)["in_flight"] == 2
    assert code(fetch(desk, ask(action="get", id=waiting), 19.9)) == "CAPCHA_NOT_READY"
    assert isinstance(fetch(desk, ask(action="get", id=waiting), 20.0), Solution)


def test_a_code_can_be_asked_for(make_desk: Make, submit: Submit) -> None:
    desk = make_desk(submit_error="ERROR_DOMAIN_NOT_ALLOWED")
    assert code(submit(desk, 0.0)) == "ERROR_DOMAIN_NOT_ALLOWED"
    assert desk.report(0.0)["accepted"] == 0


def test_a_code_can_be_asked_for_at_a_rate(make_desk: Make, submit: Submit) -> None:
    desk = make_desk(submit_error="ERROR_SERVER_ERROR", submit_error_rate=0.25, threads=10_000)
    answers = [submit(desk, 0.0) for _ in range(1000)]
    assert 200 < sum(isinstance(answer, Refusal) for answer in answers) < 300


def test_five_wrong_keys_shut_an_address_out_with_the_right_key_too(make_desk: Make, ask: Ask) -> None:
    desk = make_desk(limits="IP_BANNED")
    wrong = ask(key="x" * 32, action="getbalance")
    assert [code(fetch(desk, wrong, 0.0)) for _ in range(6)] == ["ERROR_KEY_DOES_NOT_EXIST"] * 5 + ["IP_BANNED"]
    assert code(fetch(desk, ask(action="getbalance"), 1.0)) == "IP_BANNED"
    assert code(desk.submit(ask(), 1.0)) == "IP_BANNED"
    assert not isinstance(fetch(desk, ask(action="getbalance", address="10.0.0.2"), 1.0), Refusal)


def test_busy_answers_lead_to_their_block(make_desk: Make, submit: Submit, take: Take) -> None:
    desk = make_desk(threads=1, saturation="no_slot", limits="1001")
    take(desk, 0.0, seconds=100)
    assert {code(submit(desk, 1.0)) for _ in range(120)} == {"ERROR_NO_SLOT_AVAILABLE"}
    assert code(submit(desk, 1.0)) == "ERROR: 1001"


def test_a_proxy_that_cannot_be_reached_fails_its_task_and_is_then_refused(
    make_desk: Make, submit: Submit, take: Take, ask: Ask
) -> None:
    desk = make_desk(bad_proxies="192.0.2.1")
    bad = {"proxy": "192.0.2.1:3128", "proxytype": "HTTP"}
    id_ = take(desk, 0.0, seconds=2, **bad)
    assert code(fetch(desk, ask(action="get", id=id_), 5.0)) == "ERROR_PROXY_CONNECTION_FAILED"
    assert code(submit(desk, 601.9, **bad)) == "ERROR_BAD_PROXY"
    take(desk, 601.9, proxy="192.0.2.2:3128", proxytype="HTTP")
    take(desk, 602.0, **bad)


@pytest.mark.parametrize(
    ("id_type", "expected"),
    [("int", "41"), ("string", "41"), ("padded", "00000000000000000041")],
)
def test_ids_go_up_one_by_one_in_the_type_asked_for(take: Take, key: str, id_type: str, expected: str) -> None:
    desk = Desk(key, Switches.model_validate({"id_type": id_type}), 0.0, first_id=41)
    assert take(desk, 0.0) == expected
    assert int(take(desk, 0.0)) == 42


def test_switches_set_while_running_hold_from_then_on(make_desk: Make, submit: Submit, take: Take) -> None:
    desk = make_desk(threads=1)
    take(desk, 0.0, seconds=100)
    desk.switch(desk.switches.patched({"threads": 2}), 1.0, reseed=False)
    take(desk, 1.0)
    desk.switch(desk.switches.patched({"threads": 0}), 2.0, reseed=False)
    assert code(submit(desk, 2.0)) == "ERROR_KEY_DOES_NOT_EXIST"


def test_more_threads_take_what_waits_when_they_come(make_desk: Make, take: Take, ask: Ask) -> None:
    desk = make_desk(threads=1, saturation="queue")
    take(desk, 0.0, seconds=100)
    waiting = take(desk, 0.0, seconds=5)
    desk.switch(desk.switches.patched({"threads": 2}), 1.0, reseed=False)
    assert isinstance(fetch(desk, ask(action="get", id=waiting), 6.0), Solution)


def test_the_same_seed_gives_the_same_ends(make_desk: Make, take: Take) -> None:
    def ends(desk: Desk) -> list[object]:
        tasks = [desk.book.find(take(desk, 0.0)) for _ in range(50)]
        return [(task.end, task.seconds) for task in tasks if task]

    switches: dict[str, Any] = {"seed": 7, "unsolvable": 0.5, "solve_time": "lognormal"}
    desk = make_desk(**switches)
    first = ends(desk)
    assert ends(make_desk(**switches)) == first
    assert ends(desk) != first
    desk.switch(desk.switches, 0.0, reseed=True)
    desk.switch(desk.switches.patched({"threads": 1000}), 0.0, reseed=False)
    assert ends(desk) == first


def test_a_reset_witness_counts_from_nothing_and_tasks_go_on(make_desk: Make, take: Take, ask: Ask) -> None:
    desk = make_desk()
    id_ = take(desk, 0.0, task="a", seconds=10)
    take(desk, 0.0, task="b", seconds=1)
    fetch(desk, ask(action="get", id=id_), 1.5)
    desk.reset_witness(2.0)
    report = desk.report(2.0)
    assert (report["submissions"], report["polls"], report["accepted"], report["tasks"]) == ({}, {}, 0, 0)
    assert (report["in_flight"], report["most_in_flight"]) == (1, 1)
    assert isinstance(fetch(desk, ask(action="get", id=id_), 10.0), Solution)
    report = desk.report(10.0)
    assert (report["polls"], report["answered"], report["shortest_poll_gap"]) == ({"a": 1}, {"a": 1}, {})


def test_the_shortest_gap_is_between_two_polls_of_one_id(make_desk: Make, take: Take, ask: Ask) -> None:
    desk = make_desk()
    first, second = (take(desk, 0.0, task="a", seconds=100) for _ in range(2))
    for id_, now in ((first, 1.0), (second, 1.5), (first, 6.0), (second, 8.5), (first, 10.0), (second, 18.0)):
        fetch(desk, ask(action="get", id=id_), now)
    report = desk.report(18.0)
    assert (report["shortest_poll_gap"], report["polls"]) == ({"a": 4.0}, {"a": 6})


def test_the_most_in_flight_is_the_peak_not_the_last(make_desk: Make, take: Take) -> None:
    desk = make_desk()
    for _ in range(3):
        take(desk, 0.0, seconds=5)
    take(desk, 6.0, seconds=5)
    report = desk.report(6.0)
    assert (report["in_flight"], report["most_in_flight"]) == (1, 3)


steps = st.lists(
    st.tuples(st.sampled_from(["submit", "poll", "wrong", "resize"]), st.integers(0, 5), st.integers(0, 4), st.integers(0, 6)),
    max_size=60,
)


@pytest.mark.parametrize("saturation", ["queue", "zero_balance", "no_slot", "http_429"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_whatever_is_asked_the_witness_agrees_with_the_client(
    make_desk: Make, submit: Submit, ask: Ask, saturation: str, steps: list[tuple[str, int, int, int]]
) -> None:
    """Counts what a client saw beside the desk: accepted tasks, polls, answers; each after its time, always the same."""
    desk, now = make_desk(threads=2, saturation=saturation), 0.0
    due: dict[str, float] = {}
    seen: dict[str, Solution] = {}
    submissions: dict[str, int] = {}
    polls = answered = refused = most_threads = 0
    for kind, label, gap, seconds in steps:
        now += gap
        if kind == "resize":
            desk.switch(desk.switches.patched({"threads": label}), now, reseed=False)
        elif kind in ("submit", "wrong"):
            answer = submit(desk, now, task=f"t{label}", seconds=seconds, **({"googlekey": ""} if kind == "wrong" else {}))
            if isinstance(answer, Accepted):
                submissions[f"t{label}"] = submissions.get(f"t{label}", 0) + 1
                assert answer.id not in due
                due[answer.id] = now + seconds
            else:
                refused += 1
        elif due:
            id_ = sorted(due)[label % len(due)]
            fetched, polls = fetch(desk, ask(action="get", id=id_), now), polls + 1
            if isinstance(fetched, Solution):
                answered += 1
                assert due[id_] <= now
                assert seen.setdefault(id_, fetched) == fetched
            elif saturation != "queue":
                assert now < due[id_], "a task on a thread is solved in time"
        most_threads = max(most_threads, desk.switches.threads, 2)
    report = desk.report(now)
    assert report["submissions"] == submissions
    assert report["accepted"] == len(due)
    assert sum(report["polls"].values()) == polls  # type: ignore[attr-defined]
    assert sum(report["answered"].values()) == answered  # type: ignore[attr-defined]
    assert sum(report["refused"].values()) == refused  # type: ignore[attr-defined]
    assert len({str(solution.value) for solution in seen.values()}) == len(seen)
    if saturation != "queue":
        assert report["most_in_flight"] <= most_threads  # type: ignore[operator]
        assert report["in_flight"] == sum(end > now for end in due.values())
