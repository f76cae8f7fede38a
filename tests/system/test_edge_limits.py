"""What a running gateway, and a worker by the same code, make of requests that are too large, too slow or too many."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import pytest

from gateway.app import LARGEST_BODY
from tests.certificates import Authority
from tests.system.edge_lab import Edge, running, wait_until
from tests.system.wire import LAST, POST, Heard, Wire, chunks, request

pytestmark = pytest.mark.timeout(150)

BIG = b"x" * (LARGEST_BODY + 1)
LIMITS: dict[str, tuple[bytes, tuple[int, str, str]]] = {
    "a field too long": (request("GET /health HTTP/1.1", f"X-A: {'a' * 16_384}"), (431, "HEADERS_TOO_LARGE", "no")),
    "a head without end": (b"GET /health HTTP/1.1\r\nX-A: " + b"a" * 1_000_000, (431, "HEADERS_TOO_LARGE", "no")),
    "too many fields": (request("GET /health HTTP/1.1", *["a: b"] * 100), (431, "HEADERS_TOO_LARGE", "no")),
    "a path too long": (request(f"GET /{'a' * 8192} HTTP/1.1"), (431, "HEADERS_TOO_LARGE", "no")),
    "a path without end": (b"GET /" + b"a" * 12_000, (431, "HEADERS_TOO_LARGE", "no")),
    "a body too long": (request(POST, f"Content-Length: {len(BIG)}", body=BIG), (413, "BODY_TOO_LARGE", "no")),
    "a body far too long": (request(POST, f"Content-Length: {10 * len(BIG)}", body=10 * BIG), (413, "BODY_TOO_LARGE", "no")),
    "a body too long, on a path there is not": (
        request("POST /nowhere HTTP/1.1", f"Content-Length: {len(BIG)}", body=BIG),
        (413, "BODY_TOO_LARGE", "no"),
    ),
    "a body too long, that is announced": (
        request(POST, f"Content-Length: {len(BIG)}", "Expect: 100-continue"),
        (413, "BODY_TOO_LARGE", "no"),
    ),
    "chunks too long": (chunks(*[b"10000", b"x" * 65_536] * 33, b"0", b""), (413, "BODY_TOO_LARGE", "no")),
    "a chunk too long, that is announced": (chunks(b"fffffff"), (413, "BODY_TOO_LARGE", "no")),
    "too many chunks": (chunks(*[b"1", b"x"] * 20_000, b"0", b""), (400, "BAD_REQUEST", "no")),
}


@pytest.mark.parametrize(("said", "told"), LIMITS.values(), ids=LIMITS)
def test_what_is_over_a_limit_is_told_so_and_the_answer_can_be_read(edge: Edge, said: bytes, told: tuple[int, str, str]) -> None:
    with edge.wire() as wire, ThreadPoolExecutor(1) as sender:
        sending = sender.submit(wire.say, said)
        heard = wire.rest()
        sending.result()
        assert [one.told for one in heard] == [told]
        assert heard[0].headers["connection"] == "close"
        assert wire.seconds < 8


def test_what_is_just_within_the_limits_is_read(edge: Edge) -> None:
    fields = [f"a: {'a' * 100}"] * 96
    long = request(f"POST /solve?{'a' * 4000} HTTP/1.1", "Content-Length: 1000000", *fields, body=b"x" * 1_000_000)
    with edge.wire() as wire:
        heard = wire.say(long + LAST).rest()
    assert [one.status for one in heard] == [400, 200]
    assert "JSON" in heard[0].problem["detail"]


def test_a_client_that_waits_to_be_told_to_go_on_is_told_so_once(edge: Edge) -> None:
    with edge.wire() as wire:
        wire.say(request(POST, "Content-Length: 5", "Expect: 100-continue"))
        went_on = wire.hear()
        assert went_on is not None
        assert went_on.status == 100
        assert [one.status for one in wire.say(b"12345" + LAST).rest()] == [400, 200]


ODD = {
    "HEAD where tasks are sent": ("HEAD /solve HTTP/1.1", 405),
    "OPTIONS": ("OPTIONS /solve HTTP/1.1", 405),
    "TRACE": ("TRACE /solve HTTP/1.1", 405),
    "a method of nobody's": ("BREW /solve HTTP/1.1", 405),
    "a method in small letters": ("post /solve HTTP/1.1", 405),
    "GET where tasks are sent": ("GET /solve HTTP/1.1", 405),
    "two slashes": ("POST //solve HTTP/1.1", 404),
    "a slash at the end": ("POST /solve/ HTTP/1.1", 404),
    "a letter that is encoded": ("POST /%73olve HTTP/1.1", 404),
    "capitals": ("POST /Solve HTTP/1.1", 404),
    "dots": ("POST /x/../solve HTTP/1.1", 404),
    "NUL, encoded": ("POST /solve%00 HTTP/1.1", 404),
    "an odd byte, encoded": ("POST /%ff HTTP/1.1", 404),
    "a percent sign alone": ("POST /% HTTP/1.1", 404),
}


@pytest.mark.parametrize(("line", "status"), ODD.values(), ids=ODD)
def test_a_path_or_method_that_is_not_there_is_a_problem(edge: Edge, line: str, status: int) -> None:
    with edge.wire() as wire:
        answer = wire.say(request(line, "Content-Length: 0") + LAST).hear(of_head=line.startswith("HEAD"))
        (last,) = wire.rest()
    assert answer is not None
    assert (answer.status, answer.headers["task-submitted"]) == (status, "no")
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("allow" in answer.headers) == (status == 405)
    assert last.status == 200


def _but_ids(headers: Mapping[str, str]) -> dict[str, str]:
    """Each request has ids of its own."""
    return {name: value for name, value in headers.items() if name not in ("x-request-id", "traceresponse")}


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_who_asks_with_head_is_told_what_get_would_tell(edge: Edge, path: str) -> None:
    with edge.wire() as wire:
        whole, head = (
            wire.say(request(f"GET {path} HTTP/1.1")).hear(),
            wire.say(request(f"HEAD {path} HTTP/1.1")).hear(of_head=True),
        )
        assert whole is not None
        assert head is not None
        assert (head.status, _but_ids(head.headers), head.body) == (whole.status, _but_ids(whole.headers), b"")
        assert whole.body
        (last,) = wire.say(LAST).rest()
        assert last.status == 200, "and no byte of a body came"


def trickle(wire: Wire, head: bytes, drop: bytes) -> tuple[list[Heard], float]:
    """Say one byte every half a second, until the other side has had enough: what it said, and after how many seconds."""
    wire.say(head)
    try:
        while not wire.can_hear(0.5):
            wire.say(drop)
    except ConnectionError:
        pass  # it shows in what can be heard
    return wire.rest(), wire.seconds


SLOW: dict[str, tuple[bytes, bytes, tuple[int, str, str] | None]] = {
    "nothing at all": (b"", b"", None),
    "half a head": (b"GET /health HTTP/1.1\r\n", b"", (408, "REQUEST_TIMEOUT", "no")),
    "a head in drops": (b"GET /health HTTP/1.1\r\nX-A: ", b"a", (408, "REQUEST_TIMEOUT", "no")),
    "half a body": (request(POST, "Content-Length: 9", body=b"123"), b"", (408, "REQUEST_TIMEOUT", "no")),
    "a body in drops": (request(POST, "Content-Length: 900", body=b"123"), b"1", (408, "REQUEST_TIMEOUT", "no")),
    "no body after all": (request(POST, "Content-Length: 9", "Expect: 100-continue"), b"", (408, "REQUEST_TIMEOUT", "no")),
    "half a chunk": (chunks(b"9", b"123"), b"", (408, "REQUEST_TIMEOUT", "no")),
    "chunks in drops": (chunks(b"900", b"123"), b"1", (408, "REQUEST_TIMEOUT", "no")),
    "no last chunk": (chunks(b"3", b"123"), b"", (408, "REQUEST_TIMEOUT", "no")),
    "no body, on a path there is not": (request("POST /nowhere HTTP/1.1", "Content-Length: 9"), b"", (404, "NOT_FOUND", "no")),
    "a body in drops, on a path there is not": (
        request("POST /nowhere HTTP/1.1", "Content-Length: 900"),
        b"1",
        (404, "NOT_FOUND", "no"),
    ),
}


def test_who_is_slow_is_waited_for_20_s_and_holds_nobody_up(gateway: Edge) -> None:
    def slow(row: tuple[bytes, bytes, tuple[int, str, str] | None]) -> None:
        head, drop, told = row
        with gateway.wire(40) as wire:
            heard, seconds = trickle(wire, head, drop)
        assert [one.told for one in heard if one.status != 100] == ([told] if told else [])
        assert 15 < seconds < 35

    rows = [*SLOW.values()] * 24
    with ThreadPoolExecutor(len(rows)) as many:
        waiting = [many.submit(slow, row) for row in rows]
        wait_until(lambda: gateway.connections() >= len(rows))
        assert max(gateway.answers() for _ in range(50)) < 5
        for one in waiting:
            one.result()
    assert gateway.connections() == 0


def test_who_sends_many_requests_at_once_has_them_answered_in_turn_with_others(gateway: Edge) -> None:
    many = request("GET /metrics HTTP/1.1") * 10_000 + LAST
    with gateway.wire(60) as wire, ThreadPoolExecutor(2) as others:
        others.submit(wire.say, many)
        answered = others.submit(wire.rest)
        waited = []
        while not answered.done():
            waited.append(gateway.answers())
        assert len(answered.result()) == 10_001
    assert median(waited) < 0.1


def test_an_answer_nobody_takes_is_kept_for_30_s(gateway: Edge) -> None:
    with gateway.wire(60, small=True) as wire:
        # Answers enough for every buffer between us, and one more that is kept waiting.
        asked = request("GET /metrics HTTP/1.1")
        with ThreadPoolExecutor(1) as sender:
            sending = sender.submit(wire.say_until_refused, asked)
            wait_until(lambda: gateway.connections() == 1)
            assert gateway.answers() < 2
            wait_until(lambda: gateway.connections() == 0, seconds=50)
            sending.result()
        assert 20 < wire.seconds < 55


def test_more_connections_than_may_be_are_told_so_and_there_is_room_again(tmp_path: Path) -> None:
    with running(tmp_path, "gateway", MAX_CONNECTIONS="40") as edge, ExitStack() as open_ones:
        wires = [open_ones.enter_context(edge.wire()) for _ in range(40)]
        assert {wire.say(request()).hear().status for wire in wires} == {200}  # type: ignore[union-attr]
        for said in (b"", request(), request(POST, "Content-Length: 1000000", body=b"x" * 1_000_000)):
            with edge.wire() as wire:
                (answer,) = wire.say(said).rest()
                assert answer.told == (503, "TOO_MANY_CONNECTIONS", "no")
                assert answer.headers["retry-after"] == "1"
        assert {wire.say(request()).hear().status for wire in wires} == {200}  # type: ignore[union-attr]
        wires[0].__exit__()
        wait_until(lambda: edge.connections() < 40)
        assert edge.answers() < 2


def test_a_flood_of_connections_takes_no_file_that_is_needed_and_fills_no_log(tmp_path: Path) -> None:
    with running(tmp_path, "gateway", files=256) as edge, ExitStack() as open_ones:
        inside = open_ones.enter_context(edge.wire(30))
        inside.say(request("GET /health HTTP/1.1", "X-A: b")).hear()
        for _ in range(1000):
            open_ones.enter_context(edge.wire(30))
            assert edge.files() < 256 - 20
        wait_until(lambda: edge.connections() <= 64)
        assert inside.say(request()).hear() is not None
        assert edge.program.said().count("turned away") == 1


def test_who_begins_no_handshake_counts_and_is_let_go_after_10_s(tmp_path: Path) -> None:
    ours = Authority(tmp_path, "ours")
    pair = ours.issue("127.0.0.1")
    certificate, key = str(pair.certificate), str(pair.key)
    serving = running(tmp_path, "gateway", tls=ours.client(), MAX_CONNECTIONS="40", TLS_CERTIFICATE=certificate, TLS_KEY=key)
    with serving as edge, ExitStack() as open_ones:
        for _ in range(40):
            open_ones.enter_context(edge.silent())
        with edge.wire() as wire:
            (answer,) = wire.rest()
            assert answer.told == (503, "TOO_MANY_CONNECTIONS", "no")
            wait_until(lambda: edge.connections() == 0)
            assert 5 < wire.seconds < 20
        assert edge.answers() < 2
