from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attempt.evidence import Lost, NotSent
from contract.problem import ProblemError
from contract.route_path import METHODS
from contract.token import CHALLENGE
from gateway.route import Fields, Onward, check_target, to_client, to_region, tries_next

CLIENT = ip_address("203.0.113.7")
OURS = [("X-Forwarded-For", "203.0.113.7"), ("X-Request-ID", "r")]


def passed(fields: Fields, *hide: str) -> Fields:
    made = to_region(fields, CLIENT, "r", hide=hide)
    assert made[-2:] == OURS
    return made[:-2]


@pytest.mark.parametrize(
    "name", ["Content-Type", "Cookie", "Authorization", "traceparent", "X-Keep", "Accept-Encoding", "Origin"]
)
def test_what_is_between_client_and_worker_passes_both_ways(name: str) -> None:
    assert passed([(name, "v"), (name, "w")]) == [(name, "v"), (name, "w")]
    assert to_client([(name, "v")], 200, "us") == [(name, "v"), ("nearway-region", "us")]


@pytest.mark.parametrize(
    "name",
    [
        *("Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Anything", "TE", "Trailer", "Upgrade"),
        *("Transfer-Encoding", "HTTP2-Settings", "NEARWAY-TASK", "nearway-anything", "X-Forwarded-Proto", "X-Forwarded-Any"),
        *("X-Real-IP", "Forwarded", "Prefer", "X-Request-ID", "X-Accel-Redirect", "Host", "Expect"),
    ],
)
def test_what_is_of_a_connection_or_ours_passes_in_neither_direction(name: str) -> None:
    assert passed([(name, "v")]) == []
    assert to_client([(name, "v")], 200, "us") == [("nearway-region", "us")]


def test_what_connection_names_does_not_pass() -> None:
    fields = [("connection", "close, x-A"), ("X-a", "1"), ("X-B", "2"), ("Connection", "X-B , X-C"), ("X-C", "3"), ("X-D", "4")]
    assert passed(fields) == [("X-D", "4")]
    assert to_client(fields, 200, "us") == [("X-D", "4"), ("nearway-region", "us")]


@given(st.lists(st.tuples(st.sampled_from(["Connection", "X-A", "x-a", "Nearway-A"]), st.sampled_from(["x-a", "X-A, b", ""]))))
def test_whatever_the_order_nothing_named_or_ours_passes(fields: Fields) -> None:
    named = any("x-a" in value.lower() for name, value in fields if name == "Connection")
    left = {name.lower() for name, _ in passed(fields)}
    assert left <= (set() if named else {"x-a"})


def test_a_key_of_ours_does_not_pass() -> None:
    assert passed([("AUTHORIZATION", "Bearer key"), ("X", "1")], "authorization") == [("X", "1")]


def test_only_a_worker_says_task_submitted_and_a_length() -> None:
    fields = [("Task-Submitted", "yes"), ("Content-Length", "7")]
    assert passed(fields) == []
    assert to_client(fields, 200, "us") == [*fields, ("nearway-region", "us")]
    assert to_client(fields, 304, "us") == [("Task-Submitted", "yes"), ("nearway-region", "us")]
    assert to_client([("Transfer-Encoding", "chunked"), *fields[1:]], 200, "us") == [("nearway-region", "us")]


def test_what_is_no_utf8_is_refused() -> None:
    with pytest.raises(ProblemError, match="X-A is no UTF-8"):
        passed([("X-A", b"\xff".decode(errors="surrogateescape"))])


def test_dots_in_a_query_are_no_matter() -> None:
    assert check_target("/v1/images/a?b=/../c") == "/v1/images/a?b=/../c"
    with pytest.raises(ProblemError):
        check_target("/v1/images/../a")


@pytest.mark.parametrize("method", METHODS)
def test_only_what_is_safe_is_sent_again_unless_nothing_was_begun(method: str) -> None:
    safe = method in ("GET", "HEAD", "OPTIONS")
    request = Onward(method, "/v1/images/", [], b"", 60)
    assert tries_next(request, NotSent("refused"))
    assert tries_next(request, Lost("reset")) == safe
    for status in (502, 503, 504):
        assert tries_next(request, (status, "no", None))
        assert not tries_next(request, (status, "yes", None)) or safe
    for said in ("unknown", None):
        assert tries_next(request, (502, said, None)) == safe
        assert tries_next(request, (504, said, None)) == safe
        assert not tries_next(request, (503, said, None)), "a worker's own, without a word about money"
    for status in (200, 400, 404, 429, 500):
        assert not tries_next(request, (status, "no", None))


@pytest.mark.parametrize("method", METHODS)
def test_who_refuses_our_token_has_not_begun_and_who_asks_the_client_for_its_credentials_is_passed_on(method: str) -> None:
    request = Onward(method, "/v1/images/", [], b"", 60)
    assert tries_next(request, (401, "no", CHALLENGE))
    assert not tries_next(request, (401, "no", "Bearer"))
    assert not tries_next(request, (401, None, None))
    assert not tries_next(request, (200, None, CHALLENGE))
