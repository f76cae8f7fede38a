import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.api.answers import Solution
from demo.api.book import Task
from demo.api.methods import METHODS
from demo.api.order import Order
from demo.api.page import Page
from demo.api.solutions import solution_of, token
from demo.api.solve_times import End
from demo.api.switches import AnswerForm

PAGE = "https://example.org/?task=a"
TOKEN = token("7", PAGE, "a")


def solved(title: str, form: AnswerForm = AnswerForm.BY_METHOD, agent: str = "UA") -> Solution:
    method = next(row for row in METHODS if row.title == title)
    order = Order(method, Page(PAGE, "a"), user_agent=agent, challenge="ch")
    return solution_of(Task("7", "a", order, End.SOLVED, 1.0, 0.0, 1.0), form)


def test_a_token_tells_label_and_id() -> None:
    assert TOKEN.startswith("sim-a-7-")


@given(st.tuples(st.integers(0), st.text()), st.tuples(st.integers(0), st.text()))
def test_tokens_of_different_tasks_are_unlike(one: tuple[int, str], other: tuple[int, str]) -> None:
    assert (token(str(one[0]), one[1]) == token(str(other[0]), other[1])) == (one == other)


@given(st.text())
def test_a_token_holds_nothing_that_a_text_reply_would_be_split_at(label: str) -> None:
    assert not set(token("7", PAGE, label)) & set("|,\n \"'&")


@pytest.mark.parametrize("title", ["v2", "v3", "turnstile", "friendly captcha", "normal image", "normal image, as a file"])
def test_a_plain_token_is_in_request(title: str) -> None:
    assert solved(title) == Solution(TOKEN)


@pytest.mark.parametrize("title", ["v2 enterprise", "v3 enterprise", "cloudflare challenge"])
def test_enterprise_and_the_challenge_answer_in_result_with_the_user_agent(title: str) -> None:
    assert solved(title) == Solution(TOKEN, field="result", fields={"user_agent": "UA"})


def test_captchafox_answers_in_request_with_the_user_agent() -> None:
    assert solved("captchafox") == Solution(TOKEN, fields={"user_agent": "UA"})


def test_without_a_user_agent_of_the_tasks_own_there_is_one() -> None:
    assert "Mozilla" in str(solved("captchafox", agent="").fields)


@pytest.mark.parametrize("title", ["grid", "bls"])
def test_cells_are_a_json_array_as_text(title: str) -> None:
    value = solved(title).value
    assert isinstance(value, str)
    cells = json.loads(value)
    assert cells
    assert set(cells) <= set(range(1, 10))


def test_geetest_and_lemin_answer_objects() -> None:
    assert solved("geetest v3").value == {"challenge": "ch", "validate": TOKEN, "seccode": f"{TOKEN}|jordan"}
    lemin = solved("lemin").value
    assert isinstance(lemin, dict)
    assert lemin["answer"] == TOKEN
    assert set(lemin) == {"answer", "challenge_uuid"}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (AnswerForm.REQUEST, Solution(TOKEN)),
        (AnswerForm.RESULT, Solution(TOKEN, field="result", fields={"user_agent": "UA"})),
        (AnswerForm.OBJECT, Solution({"token": TOKEN})),
        (AnswerForm.LIST, Solution([TOKEN])),
        (AnswerForm.JSON_STRING, Solution(json.dumps({"token": TOKEN}))),
        (AnswerForm.PIPE, Solution(f"{TOKEN}|jordan")),
    ],
)
@pytest.mark.parametrize("title", ["v2", "v2 enterprise", "geetest v3"])
def test_a_switch_changes_the_form_for_every_method(title: str, form: AnswerForm, expected: Solution) -> None:
    assert solved(title, form) == expected
