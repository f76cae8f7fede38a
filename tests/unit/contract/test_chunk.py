import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.chunk import LONGEST_LINE, check_begun_line, chunk_size
from contract.problem import ProblemError


@given(st.integers(0, 2**64 - 1), st.sampled_from(["x", "X"]), st.sampled_from(["", ";", ";a", " ; a=b", '\t;a="b c";d']))
def test_a_size_is_read_whatever_its_letters_and_extensions(size: int, letters: str, extension: str) -> None:
    assert chunk_size(f"\r\n{size:{letters}}{extension}".encode()) == size


@given(st.text("0123456789abcdefxX+-_ \t\r\n;,.\x0b\x00\u0665", max_size=12).map(str.encode))
def test_what_is_read_is_hexadecimal_digits_and_nothing_else(line: bytes) -> None:
    try:
        size = chunk_size(b"\r\n" + line)
    except ProblemError:
        return
    digits = line.partition(b";")[0].rstrip(b" \t")
    assert digits.isalnum()
    assert int(digits, 16) == size


@given(st.integers(0, 2**64 - 1), st.integers(0, 30))
def test_no_line_is_refused_for_its_beginning_that_is_good_when_whole(size: int, cut: int) -> None:
    check_begun_line(f"\r\n{size:x};a=b".encode()[:cut])


@pytest.mark.parametrize("begun", [b"5", b"\n", b"\r5", b"\r\n5\n", b"\r\n\n", b"\r\n" + b"0" * LONGEST_LINE])
def test_a_beginning_that_can_become_no_line_is_refused_at_once(begun: bytes) -> None:
    with pytest.raises(ProblemError):
        check_begun_line(begun)
