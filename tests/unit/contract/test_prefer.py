import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.prefer import Prefer, parse_prefer


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        pytest.param(None, Prefer(), id="no header prefers nothing"),
        pytest.param("respond-async", Prefer(True), id="a token alone"),
        pytest.param("respond-async, wait=10", Prefer(True, 10), id="the example of RFC 7240 §4.3"),
        pytest.param("wait=0,respond-async", Prefer(True, 0), id="no space is needed, and zero is not nothing"),
        pytest.param("Wait = 7", Prefer(False, 7), id="names know no case, and bad white space is borne"),
        pytest.param('wait="5"', Prefer(False, 5), id="a quoted word is the word"),
        pytest.param("wait=5, wait=9", Prefer(False, 5), id="of a repeated preference the first counts"),
        pytest.param("wait=soon, respond-async", Prefer(True), id="what can't be understood is ignored"),
        pytest.param("wait=-1", Prefer(), id="a time does not run backwards"),
        pytest.param("handling=lenient; a=b, wait=3", Prefer(False, 3), id="parameters and other preferences are skipped"),
        pytest.param('x="a, wait=9", wait=2', Prefer(False, 2), id="a comma inside quotes divides nothing"),
    ],
)
def test_reading(header: str | None, meaning: Prefer) -> None:
    assert parse_prefer(header) == meaning


@given(st.text(max_size=200))
def test_any_header_is_survived(header: str) -> None:
    parse_prefer(header)


@given(st.booleans(), st.none() | st.integers(0, 999_999_999))
def test_what_is_written_is_read_again(respond_async: bool, wait: int | None) -> None:
    prefer = Prefer(respond_async, wait)
    assert parse_prefer(str(prefer)) == prefer
