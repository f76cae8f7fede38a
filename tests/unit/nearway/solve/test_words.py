"""One task from words."""

import pytest

from nearway.solve.words import task_from


def test_members_are_texts_files_are_base64_and_a_value_may_hold_what_a_member_is_made_of() -> None:
    words = ["method=base64", "body=@a.png", "pageurl=https://example.com/?a=b", "name=@@me", "empty="]
    assert task_from(words, {"a.png": b"\x89PNG"}.__getitem__) == {
        "method": "base64", "body": "iVBORw==", "pageurl": "https://example.com/?a=b", "name": "@me", "empty": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "why"), [(["x"], "'x' is no member"), (["=x"], "no member"), (["a=1", "a=2"], "a is said twice")]
)
def test_words_that_are_no_members_are_told(words: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        task_from(words, lambda path: b"")
