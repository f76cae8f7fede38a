import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.one_line import LONGEST, one_line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("as it is: ü", "as it is: ü"),
        ("a\r\n2026-01-01 ERROR forged", "a 2026-01-01 ERROR forged"),
        ("Data after:\n\n  b'x'\n    ^", "Data after: b'x' ^"),
        ("a\x1b[2Jb\x9bc\x07", "a?[2Jb?c?"),
        ("a\0b\u202ec\ud800", "a?b?c?"),
        ("a\x85b\u2028c", "a b c"),
        ("x" * 10_000, "x" * LONGEST + "…"),
    ],
)
def test_what_could_be_more_than_a_text_is_none(text: str, told: str) -> None:
    assert one_line(text) == told


@given(st.text())
def test_whatever_comes_is_one_line_of_bounded_length_that_can_be_printed(text: str) -> None:
    told = one_line(text)
    assert told.isprintable()
    assert len(told) <= LONGEST + 1
    assert told == one_line(told)
