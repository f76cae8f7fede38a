"""Who means harm by much: bodies that cost memory or time, connections that hold others up, and pages that spend unseen."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from contract.room import open_files
from gateway.app import LARGEST_BODY
from tests.system.edge_lab import Edge, running, wait_until
from tests.system.wire import POST, Wire, chunks, request

pytestmark = pytest.mark.timeout(120)

MIB = 1024 * 1024


def sized(body: bytes, *fields: str) -> bytes:
    return request(POST, f"Content-Length: {len(body)}", "Connection: close", *fields, body=body)


COSTLY = {
    "10 MB": (sized(b"x" * 10_000_000), 413),
    "10 MB in chunks": (chunks(*[b"%x" % MIB, b"x" * MIB] * 10, b"0", b""), 413),
    "10,000 lists in each other": (sized(b"[" * 10_000 + b"]" * 10_000), 400),
    "lists in each other without end": (sized(b"[" * 1_400_000), 400),
    "objects in each other": (sized(b'{"a":' * 250_000), 400),
    "many lists beside each other": (sized(b'{"a":[' + b"[]," * 400_000 + b"1]}"), 400),
    "many members": (sized(b"{" + b",".join(b'"%d":1' % one for one in range(110_000)) + b"}"), 400),
    "a number of a million digits": (sized(b'{"a":' + b"9" * 1_000_000 + b"}"), 400),
    "many numbers of thousands of digits": (sized(b'{"a":[' + b",".join([b"9" * 4300] * 300) + b"]}"), 503),
    "packed": (sized(b"\x1f\x8b\x08\x00" + b"\x00" * 1_000_000, "Content-Encoding: gzip"), 400),
}


def most_memory(edge: Edge) -> int:
    """The most bytes of memory it ever had (proc(5), VmHWM)."""
    status = Path(f"/proc/{edge.program.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def told_to(edge: Edge, said: bytes) -> int:
    """The status of its one answer."""
    with edge.wire(30) as wire, ThreadPoolExecutor(1) as sender:
        sending = sender.submit(wire.say, said)
        heard = wire.rest()
        sending.exception()  # who is refused need not be able to say all
    assert [one.headers["task-submitted"] for one in heard] == ["no"]
    return heard[0].status


def test_costly_bodies_cost_little_memory_and_hold_nobody_up(edge: Edge) -> None:
    before = most_memory(edge)
    rows = [*COSTLY.values()] * 4
    with ThreadPoolExecutor(len(rows)) as many:
        asked = [many.submit(told_to, edge, said) for said, _ in rows]
        slowest = 0.0
        while not all(one.done() for one in asked):
            slowest = max(slowest, edge.answers())
        statuses = [one.result() for one in asked]
    wanted = [status for _, status in rows]
    # A worker has a smaller limit, and looks into the body: where the gateway sees no mistake, it does.
    assert statuses == wanted or [400 if one == 503 else one for one in wanted] == statuses
    assert slowest < 3
    assert most_memory(edge) - before < 250 * MIB, "a fraction of what was sent, at any time"


def test_bodies_together_take_no_more_memory_than_they_may(tmp_path: Path) -> None:
    held = request(POST, f"Content-Length: {LARGEST_BODY}", body=b"x" * (LARGEST_BODY - 1))
    small = request(POST, "Content-Length: 2", "Connection: close", body=b"{}")
    with running(tmp_path, "gateway", BODY_MEMORY="4") as edge, ExitStack() as open_ones:
        first, second = [open_ones.enter_context(edge.wire(30)).say(held) for _ in range(2)]

        def is_full() -> bool:
            with edge.wire() as wire:
                (heard,) = wire.say(request(POST, "Content-Length: 1000", "Connection: close", body=b"x" * 1000)).rest()
                return heard.told == (503, "NO_ROOM", "no") and heard.headers["retry-after"] == "1"

        wait_until(is_full)
        with edge.wire() as wire:
            assert [one.status for one in wire.say(small).rest()] == [503], "two bytes were left, and it has no region"
        first.__exit__()
        wait_until(lambda: not is_full())
        (answer,) = second.say(b"x" + request(POST, "Content-Length: 2", "Connection: close", body=b"{}")).rest()[:1]
        assert answer.status == 400
        wait_until(lambda: edge.connections() == 0)
        with edge.wire() as wire:
            assert wire.say(held + b"x").hear().status == 400  # type: ignore[union-attr]


SLOW = [b"GET /health HTTP/1.1\r\nX-A: ", request(POST, "Content-Length: 100000", body=b"1")]


def test_a_thousand_slow_clients_hold_nobody_up(edge: Edge) -> None:
    assert open_files() > 2500, "or this test can't open so many"
    with ExitStack() as open_ones:
        slow: list[Wire] = [open_ones.enter_context(edge.wire(60)).say(SLOW[number % 2]) for number in range(1000)]
        wait_until(lambda: edge.connections() >= 1000)
        slowest = 0.0
        for _ in range(2):
            for number, wire in enumerate(slow):
                wire.say(b"1")
                if number % 100 == 0:
                    slowest = max(slowest, edge.answers())
        assert edge.connections() >= 1000, "nobody was sent away"
        assert slowest < 2
    wait_until(lambda: edge.connections() == 0)


@pytest.mark.parametrize(
    ("fields", "host", "status"),
    [
        (["Origin: https://evil.example", "Content-Type: text/plain"], "127.0.0.1:{}", 403),
        (["Origin: https://evil.example"], "127.0.0.1:{}", 403),
        (["Origin: null"], "127.0.0.1:{}", 403),
        (["Origin: http://evil.example:{}"], "evil.example:{}", 403),
        (["Content-Type: text/plain"], "127.0.0.1:{}", 415),
        (["Origin: http://127.0.0.1:{}", "Content-Type: application/json"], "127.0.0.1:{}", 503),
        ([], "127.0.0.1:{}", 503),
    ],
)
def test_no_page_in_a_browser_can_spend_but_the_gateways_own(gateway: Edge, fields: list[str], host: str, status: int) -> None:
    said = [one.replace("{}", str(gateway.port)) for one in fields]
    with gateway.wire() as wire:
        heard = wire.say(request(POST, *said, "Content-Length: 2", body=b"{}", host=f"Host: {host.format(gateway.port)}")).hear()
    assert heard is not None
    assert (heard.status, heard.headers["task-submitted"]) == (status, "no"), "503: it goes on, and there is no region"
