from hypothesis import given
from hypothesis import strategies as st

from contract.printable import printable


def test_what_moves_the_cursor_or_turns_a_line_around_is_escaped() -> None:
    assert printable("\x1b[2Ja\r\n\x9b\u202e\u2028é 東") == "\\x1b[2Ja\\r\\n\\x9b\\u202e\\u2028é 東"


@given(st.text())
def test_nothing_but_what_is_seen_comes_out_and_that_as_it_was(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)
    if text.isprintable():
        assert printable(text) == text
