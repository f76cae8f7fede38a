from collections.abc import Callable

import pytest

from demo.api.answers import Answer, Batch, Refusal, Said, Solution, Threads
from demo.api.counter import fetch
from demo.api.desk import Desk
from demo.api.reports import COMPLAINTS_COUNT_FROM
from demo.api.request import Request

Make = Callable[..., Desk]
Ask = Callable[..., Request]
Take = Callable[..., str]


def code(answer: Answer) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param({}, "ERROR_EMPTY_ACTION", id="no action"),
        pytest.param({"action": "cancel"}, "ERROR_EMPTY_ACTION", id="an action there is not"),
        pytest.param({"action": "get"}, "ERROR_WRONG_ID_FORMAT", id="no id"),
        pytest.param({"action": "get", "id": "12x"}, "ERROR_WRONG_ID_FORMAT", id="an id with letters"),
        pytest.param({"action": "get", "id": "٣"}, "ERROR_WRONG_ID_FORMAT", id="digits of another script"),
        pytest.param({"action": "get", "id": "7"}, "ERROR_WRONG_CAPTCHA_ID", id="an id never given"),
        pytest.param({"action": "get2", "id": "7"}, "ERROR_WRONG_CAPTCHA_ID", id="the same with get2"),
        pytest.param({"action": "get", "ids": "7,8"}, "ERROR_WRONG_ID_FORMAT", id="several ids while that is off"),
        pytest.param({"action": "reportbad", "id": "7"}, "ERROR_WRONG_CAPTCHA_ID", id="a report on an unknown id"),
        pytest.param({"action": "get", "id": "7", "key": "k"}, "ERROR_WRONG_USER_KEY", id="a key of another length"),
        pytest.param({"action": "get", "id": "7", "key": "x" * 32}, "ERROR_KEY_DOES_NOT_EXIST", id="a wrong key"),
        pytest.param({"action": "add_pingback", "addr": ""}, "ERROR_BAD_PARAMETERS", id="a pingback address without host"),
    ],
)
def test_a_wrong_request_is_refused_and_counted(make_desk: Make, ask: Ask, parameters: dict[str, str], expected: str) -> None:
    desk = make_desk()
    assert code(fetch(desk, ask(**parameters), 0.0)) == expected
    assert desk.report(0.0)["refused_polls"] == {expected: 1}
    assert desk.report(0.0)["refused"] == {}


def test_a_solution_comes_at_its_time_and_again_and_again(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk()
    id_ = take(desk, 0.0, task="a", seconds=7.5)
    get = ask(action="get", id=id_)
    assert code(fetch(desk, get, 7.4)) == "CAPCHA_NOT_READY"
    first = fetch(desk, get, 7.5)
    assert isinstance(first, Solution)
    assert fetch(desk, get, 100.0) == first
    report = desk.report(100.0)
    assert (report["polls"], report["answered"], report["refused_polls"]) == ({"a": 3}, {"a": 2}, {})


def test_the_pages_seconds_are_real_ones_whatever_the_speed(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk(speed=20)
    named, drawn = take(desk, 0.0, seconds=40), take(desk, 0.0)
    assert code(fetch(desk, ask(action="get", id=named), 39.9)) == "CAPCHA_NOT_READY"
    assert code(fetch(desk, ask(action="get", id=drawn), 2.2)) == "CAPCHA_NOT_READY"
    assert isinstance(fetch(desk, ask(action="get", id=drawn), 2.25), Solution), "45 s is the median of v2"


def test_get2_tells_the_price(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk()
    answer = fetch(desk, ask(action="get2", id=take(desk, 0.0, seconds=0)), 0.0)
    assert isinstance(answer, Solution)
    assert float(answer.price) > 0


def test_the_id_of_20_digits_is_known_only_with_its_zeros(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk(id_type="padded")
    id_ = take(desk, 0.0, seconds=0)
    assert code(fetch(desk, ask(action="get", id=id_.lstrip("0")), 0.0)) == "ERROR_WRONG_CAPTCHA_ID"
    assert isinstance(fetch(desk, ask(action="get", id=id_), 0.0), Solution)


@pytest.mark.parametrize(("mode", "told"), [("right", 3), ("short", 2)])
def test_several_ids_are_answered_in_order(make_desk: Make, ask: Ask, take: Take, mode: str, told: int) -> None:
    desk = make_desk(multi_id=mode)
    slow, quick = take(desk, 0.0, task="slow", seconds=9), take(desk, 0.0, task="quick", seconds=1)
    answer = fetch(desk, ask(action="get", ids=f"{slow},{quick},7"), 1.0)
    assert isinstance(answer, Batch)
    kinds = [part.code if isinstance(part, Refusal) else "solved" for part in answer.parts]
    assert kinds == ["CAPCHA_NOT_READY", "solved", "ERROR_WRONG_CAPTCHA_ID"][:told]
    assert desk.report(1.0)["polls"] == {"slow": 1, "quick": 1}


def test_an_unsolvable_task_says_so_when_it_is_over(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk(unsolvable=1)
    get = ask(action="get", id=take(desk, 0.0, seconds=3))
    assert code(fetch(desk, get, 2.9)) == "CAPCHA_NOT_READY"
    assert code(fetch(desk, get, 3.0)) == "ERROR_CAPTCHA_UNSOLVABLE"
    assert desk.report(3.0)["answered"] == {}


def test_a_task_that_is_never_ready_holds_its_thread_for_a_while(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk(never_ready=1, speed=10, keep_seconds=1000)
    get = ask(action="get", id=take(desk, 0.0, seconds=1))
    assert desk.report(29.9)["in_flight"] == 1
    assert desk.report(30.0)["in_flight"] == 0
    assert code(fetch(desk, get, 500.0)) == "CAPCHA_NOT_READY"


def test_any_code_can_be_asked_for_while_polling(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk(poll_error="ERROR_TOKEN_EXPIRED")
    assert code(fetch(desk, ask(action="get", id=take(desk, 0.0, seconds=0)), 1.0)) == "ERROR_TOKEN_EXPIRED"
    assert desk.report(1.0)["answered"] == {}


@pytest.mark.parametrize(("tasks", "allowed"), [(0, 1200), (2, 1240)])
def test_too_many_polls_for_the_tasks_sent_are_refused(make_desk: Make, ask: Ask, take: Take, tasks: int, allowed: int) -> None:
    desk = make_desk(limits="1005")
    for _ in range(tasks):
        take(desk, 0.0)
    answers = [fetch(desk, ask(action="getbalance"), 0.0) for _ in range(allowed + 1)]
    assert all(isinstance(answer, Said) for answer in answers[:allowed])
    assert code(answers[allowed]) == "ERROR: 1005"


def test_threadsinfo_counts_the_threads_at_work(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk(threads=2, saturation="queue")
    for seconds in (1, 9, 9, 9):
        take(desk, 0.0, seconds=seconds)
    assert fetch(desk, ask(action="threadsinfo"), 0.5) == Threads(2, 2)
    assert fetch(desk, ask(action="threadsinfo"), 11.0) == Threads(2, 1)


def test_the_balance_is_what_the_switch_says(make_desk: Make, ask: Ask) -> None:
    assert fetch(make_desk(balance=1.5), ask(action="getbalance"), 0.0) == Said("1.50")


@pytest.mark.parametrize("action", ["getbalance", "threadsinfo"])
def test_a_dead_plan_has_neither_balance_nor_threads(make_desk: Make, ask: Ask, action: str) -> None:
    assert code(fetch(make_desk(threads=0), ask(action=action), 0.0)) == "ERROR_KEY_DOES_NOT_EXIST"


def test_what_was_accepted_can_be_fetched_after_the_plan_died(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk()
    id_ = take(desk, 0.0, seconds=1)
    desk.switch(desk.switches.patched({"threads": 0}), 0.5, reseed=False)
    assert isinstance(fetch(desk, ask(action="get", id=id_), 1.0), Solution)


@pytest.mark.parametrize("action", ["reportgood", "reportbad"])
def test_a_solution_is_reported_once(make_desk: Make, ask: Ask, take: Take, action: str) -> None:
    desk = make_desk(keep_seconds=2000)
    id_ = take(desk, 0.0, seconds=1)
    assert code(fetch(desk, ask(action=action, id=id_), 0.5)) == "ERROR_REPORT_NOT_RECORDED"
    assert fetch(desk, ask(action=action, id=id_), 1.0) == Said("OK_REPORT_RECORDED")
    assert code(fetch(desk, ask(action=action, id=id_), 1.0)) == "ERROR_DUPLICATE_REPORT"
    late = take(desk, 10.0, seconds=1)
    assert code(fetch(desk, ask(action=action, id=late), 910.1)) == "ERROR_WRONG_CAPTCHA_ID"


def test_who_complains_too_much_is_not_heard(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk()
    ids = [take(desk, 0.0, seconds=0) for _ in range(COMPLAINTS_COUNT_FROM + 1)]
    answers = [fetch(desk, ask(action="reportbad", id=id_), 0.0) for id_ in ids]
    assert answers[:-1] == [Said("OK_REPORT_RECORDED")] * COMPLAINTS_COUNT_FROM
    assert code(answers[-1]) == "ERROR_REPORT_NOT_RECORDED"
    assert fetch(desk, ask(action="reportgood", id=ids[-1]), 0.0) == Said("OK_REPORT_RECORDED")


def test_pingback_addresses_are_added_listed_and_deleted(make_desk: Make, ask: Ask, take: Take) -> None:
    desk = make_desk()
    for address in ("https://a.example/p", "b.example:8080"):
        assert fetch(desk, ask(action="add_pingback", addr=address), 0.0) == Said("OK")
    assert fetch(desk, ask(action="get_pingback"), 0.0) == Said("OK|https://a.example/p|b.example:8080")
    take(desk, 0.0, pingback="http://b.example:8080/x?y=1")
    fetch(desk, ask(action="del_pingback", addr="a.example"), 0.0)
    assert fetch(desk, ask(action="get_pingback"), 0.0) == Said("OK|b.example:8080")
    fetch(desk, ask(action="del_pingback", addr="all"), 0.0)
    assert fetch(desk, ask(action="get_pingback"), 0.0) == Said("OK")
