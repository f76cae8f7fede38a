import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.token import LONGEST, SHORTEST, Tokens, parse_tokens

ONE, OTHER = "a" * 40, "b" * 40
tokens = st.text("abcXYZ019+/=._-", min_size=SHORTEST, max_size=LONGEST)


@pytest.mark.parametrize("text", [ONE, f" {ONE}\n", f"\n{ONE}\r\n"])
def test_one_token_is_shown_and_accepted(text: str) -> None:
    assert parse_tokens(text) == Tokens((ONE,))
    assert parse_tokens(text).shown == ONE


@pytest.mark.parametrize("text", [f"{ONE},{OTHER}", f"{ONE} , {OTHER}", f"{ONE}\n{OTHER}\n", f"{ONE}\n\n{OTHER}"])
def test_of_two_the_first_is_shown_and_each_accepted(text: str) -> None:
    known = parse_tokens(text)
    assert known.shown == ONE
    assert known.accept([ONE])
    assert known.accept([OTHER])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no token"),
        (" \n ", "no token"),
        (",", "token 1 has 0 characters"),
        ("a" * (SHORTEST - 1), "has 31 characters"),
        ("a" * (LONGEST + 1), "has 101 characters"),
        (f"{ONE},", "token 2 has 0 characters"),
        (f"{ONE},short", "token 2 has 5 characters"),
        (f'{"a" * 31}"', "other characters"),
        ("~" + ONE, "other characters"),
        ("$" + ONE, "other characters"),
        ("é" * 40, "other characters"),
        ("a" * 39 + ";", "other characters"),
        (f"{ONE},{ONE}", "the same"),
        (f"{ONE},{ONE.upper()}", "the same"),
        (f"{ONE},{OTHER},{'c' * 40}", "3 tokens"),
    ],
)
def test_what_is_no_token_is_refused_and_not_repeated(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        parse_tokens(text)
    assert all(word not in str(caught.value) for word in text.replace(",", " ").split() if len(word) > 20)


@given(tokens, st.text(max_size=120))
def test_only_what_is_known_is_accepted(token: str, shown: str) -> None:
    assert parse_tokens(token).accept([shown]) == (shown == token)
    assert parse_tokens(token).accept([shown, token])
    assert not parse_tokens(token).accept([])


@pytest.mark.parametrize("shown", [ONE.upper(), ONE[:-1], ONE + "a", f"{ONE},{OTHER}", f"{ONE} ", "", "none", "\udc80"])
def test_what_is_nearly_right_is_wrong(shown: str) -> None:
    assert not Tokens((ONE, OTHER)).accept([shown])


def test_a_token_is_in_no_repr() -> None:
    assert ONE not in repr(Tokens((ONE,)))
