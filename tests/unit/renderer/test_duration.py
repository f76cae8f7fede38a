import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.duration import Duration, parse_duration, parse_whole_seconds


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("500ms", 500), ("1s", 1_000), ("30s", 30_000), ("5m", 300_000), ("24h", 86_400_000), ("1500ms", 1_500)],
)
def test_a_number_and_a_unit_are_read(text: str, milliseconds: int) -> None:
    assert parse_duration(text) == Duration(milliseconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30",
        "s",
        "0s",
        "0ms",
        "-1s",
        "1.5s",
        " 30s",
        "30s ",
        "30 s",
        "25h",
        "1d",
        "30S",
        "٣s",
        "1s\n",
        "999999999h",
        30,
        30.0,
        None,
        True,
    ],
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"is no duration|is out of range"):
        parse_duration(text)


@pytest.mark.parametrize(("milliseconds", "text"), [(500, "500ms"), (1_500, "1500ms"), (30_000, "30s"), (300_000, "300s")])
def test_nginx_is_told_whole_seconds_where_it_can_be(milliseconds: int, text: str) -> None:
    assert str(Duration(milliseconds)) == text


@given(st.integers(1, 86_400_000))
def test_what_is_written_reads_back(milliseconds: int) -> None:
    assert parse_duration(str(Duration(milliseconds))) == Duration(milliseconds)


@pytest.mark.parametrize("text", ["500ms", "1001ms"])
def test_a_fraction_is_refused_where_nginx_takes_none(text: str) -> None:
    with pytest.raises(ValueError, match="whole number of seconds"):
        parse_whole_seconds(text)


def test_a_thousand_milliseconds_are_a_whole_second() -> None:
    assert str(parse_whole_seconds("1000ms")) == "1s"


def test_durations_add_up() -> None:
    assert Duration(1_500) + Duration(500) == Duration(2_000)
