"""What a region's nginx writes of each request."""

import os
import re
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.ids import request_id, task_id
from contract.trace import trace_of
from tests.integration.nginx_lab import REFUSING, RegionNginx, StandIn, answering, servers_of, until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


async def test_a_line_of_json_per_request_and_no_query(tmp_path: Path) -> None:
    said = {"Task-Submitted": "yes", "Location": "/tasks/7"}
    async with StandIn(answering(202, said)) as worker, RegionNginx(tmp_path).running(*servers_of([worker])) as region:
        await region.post(Nearway_Task="t-1", X_Request_ID="r-1", traceparent=TRACEPARENT)
        await region.get("/tasks/7?secret=1")
        await region.get("/region")
        lines = await region.logged(2)
        assert [(line["method"], line["path"], line["status"]) for line in lines] == [
            ("POST", "/solve", "202"),
            ("GET", "/tasks/7", "202"),
        ]
        ids = {"task": "t-1", "request": "r-1", "trace": TRACE}
        told = {**ids, "region": "us-east", "submitted": "yes", "upstream": worker.address, "upstream_status": "202"}
        assert {name: lines[0][name] for name in told} == told
        assert all(float(lines[0][name]) >= 0 for name in ("seconds", "upstream_connect", "upstream_header", "upstream_seconds"))
        assert "secret" not in (tmp_path / "access.log").read_text()
        headers = worker.seen[0].headers
        assert (headers["traceparent"], headers["x-request-id"], headers["nearway-task"]) == (TRACEPARENT, "r-1", "t-1")


async def test_of_a_task_that_moved_on_every_worker_is_there(tmp_path: Path) -> None:
    async with (
        StandIn(REFUSING) as full,
        StandIn(REFUSING) as other,
        RegionNginx(tmp_path).running(*servers_of([full, other])) as region,
    ):
        await region.post(Nearway_Task="t-1")
        (line,) = await region.logged(1)
        assert set(re.findall(r"127\.0\.0\.1:\d+", line["upstream"])) == {full.address, other.address}
        assert (line["upstream_status"], line["status"], line["submitted"]) == ("503 : 503", "503", "no")


ODD = ["r:1@a/b+c=", "a b", 'a"b', "x" * 128, "x" * 129, "ü", "a\tb"]


async def test_nginx_takes_the_same_ids_as_gateway_and_worker(tmp_path: Path) -> None:
    """Else one of them would log another id in its place, and nobody would find the task there."""
    async with StandIn(answering()) as worker, RegionNginx(tmp_path).running(*servers_of([worker])) as region:
        for odd in ODD:
            await region.post(X_Request_ID=odd, Nearway_Task=odd, traceparent=odd)
        for trace in (TRACEPARENT, TRACEPARENT.upper(), TRACEPARENT[:-1]):
            await region.post(traceparent=trace)
        lines = await region.logged(len(ODD) + 3)
    assert [line["request"] == odd for line, odd in zip(lines, ODD, strict=False)] == [request_id(odd, "-") == odd for odd in ODD]
    assert [line["task"] for line in lines[: len(ODD)]] == [task_id(odd) or "" for odd in ODD]
    traces = [trace_of({"traceparent": one}, "", "0" * 16).id for one in (TRACEPARENT, TRACEPARENT.upper(), TRACEPARENT[:-1])]
    assert [line["trace"] for line in lines[len(ODD) :]] == traces == [TRACE, "", ""]
    assert all(re.fullmatch("[0-9a-f]{32}", line["request"]) for line in lines if line["request"] not in ODD)


@pytest.fixture
def entered() -> Iterator[Path]:
    """A folder that nginx's own user may enter, as a run folder is: its processes open the log themselves then."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def test_the_log_is_opened_anew_when_it_was_moved_away(entered: Path) -> None:
    """As logrotate does it; docs/renderer.md has the words for it."""
    tmp_path = entered
    async with StandIn(answering()) as worker, RegionNginx(tmp_path).running(*servers_of([worker])) as region:
        await region.post(X_Request_ID="before")
        await region.logged(1)
        log = tmp_path / "access.log"
        log.rename(tmp_path / "access.log.1")
        os.kill(region.master(), signal.SIGUSR1)
        await until(log.exists, "a new log")
        await until(lambda: _open_in_all(region, log), "nginx's processes to have it open")
        await region.post(X_Request_ID="after")
        assert [line["request"] for line in await region.logged(1)] == ["after"]
        assert "after" not in (tmp_path / "access.log.1").read_text()


def _open_in_all(region: RegionNginx, log: Path) -> bool:
    return all(
        str(log) in {os.readlink(one) for one in Path(f"/proc/{process}/fd").iterdir() if one.is_symlink()}
        for process in region.workers()
    )


async def test_off_writes_none(tmp_path: Path) -> None:
    async with StandIn(answering()) as worker, RegionNginx(tmp_path, access_log="off").running(*servers_of([worker])) as region:
        assert (await region.post()).status == 200
    assert not (tmp_path / "access.log").exists()


async def test_stdout_is_for_containers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with (
        StandIn(answering()) as worker,
        RegionNginx(tmp_path, access_log="stdout").running(*servers_of([worker])) as region,
    ):
        await region.post(X_Request_ID="r-1")
        seen = ""

        def said() -> bool:
            nonlocal seen
            seen += capfd.readouterr().out
            return '"request":"r-1"' in seen

        await until(said, "the line on standard output")
    assert not (tmp_path / "access.log").exists()
