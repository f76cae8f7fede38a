import pytest

from worker.checking import said
from worker.outcome import Lost, NotSent
from worker.reply import Refused, Unreadable
from worker.standing import Balance, Threads, Trouble


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Threads(5, 2), "the account has 5 threads, of which 2 work"),
        (Balance(12.5), "its balance is 12.5"),
        (NotSent("its name can't be resolved"), "the API gives no answer: its name can't be resolved"),
        (Lost("no answer in time"), "the API gives no answer: no answer in time"),
        (Unreadable("HTML"), "what answers is not the API"),
    ],
    ids=str,
)
def test_what_the_api_says_of_the_account_is_told_in_words(answer: Threads | Balance | Trouble, words: str) -> None:
    assert said(answer) == words


def test_a_refusal_is_told_with_what_to_do_and_without_the_apis_own_text() -> None:
    words = said(Refused("ERROR_KEY_DOES_NOT_EXIST", "\x1b[2J"))
    assert words.startswith("it is refused: ERROR_KEY_DOES_NOT_EXIST: ")
    assert words.isprintable()
