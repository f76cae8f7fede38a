import pytest

from contract.problem import ProblemError
from gateway.task import check_body, check_content_type, seconds_left


@pytest.mark.parametrize("body", [b"{}", b'{"method": "x"}', '{"a": "ü"}'.encode()])
def test_an_object_passes_unchanged(body: bytes) -> None:
    assert check_body(body) is body


@pytest.mark.parametrize("body", [b"", b"nope", b"[]", b"1", b"null", b'{"a":', b"\xff\xfe", b"[" * 100_000])
def test_anything_else_is_told_so(body: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        check_body(body)
    assert caught.value.problem.error == "BAD_REQUEST"
    assert caught.value.problem.submitted.value == "no"
    assert "JSON object" in caught.value.problem.detail or "no object" in caught.value.problem.detail


@pytest.mark.parametrize(("header", "seconds"), [(None, 300.0), ("10", 10.0), ("2.5", 2.5), ("900", 300.0)])
def test_the_time_a_task_has(header: str | None, seconds: float) -> None:
    assert seconds_left(header) == seconds


@pytest.mark.parametrize("header", ["", "-1", "soon", "1e3", "nan", "inf", "10s", "1_0"])
def test_a_deadline_that_is_none_is_told_so(header: str) -> None:
    with pytest.raises(ProblemError, match="Nearway-Deadline"):
        seconds_left(header)


@pytest.mark.parametrize("fields", [[], ["application/json"], ["Application/JSON; charset=utf-8"]])
def test_json_is_taken_with_or_without_its_name(fields: list[str]) -> None:
    check_content_type(fields)


@pytest.mark.parametrize("field", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", ""])
def test_what_is_said_to_be_something_else_is_refused(field: str) -> None:
    for fields in ([field], ["application/json", field]):
        with pytest.raises(ProblemError) as caught:
            check_content_type(fields)
        assert (caught.value.problem.status, caught.value.problem.submitted.value) == (415, "no")
