"""The commands that look, against a server that says what a gateway would."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nearway.look.__main__ import main
from tests.unit.nearway.asking.saying import http, saying
from tests.unit.nearway.look.saying import region, regions, worker

Run = Callable[..., tuple[int, str, str]]
BOTH = regions(region(), region("eu", workers=[]))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def running(body: Any, *words: str) -> tuple[int, str, str]:
        with saying(http(200, json.dumps(body))) as (port, _):
            status = main([*words, "--gateway", f"http://127.0.0.1:{port}"])
        return status, *capsys.readouterr()

    return running


def test_status_is_fine_while_some_region_takes_tasks(run: Run) -> None:
    assert run(BOTH, "status")[0] == 0
    assert run(regions(region(state="full", why_not="all its 10 slots are taken")), "status")[0] == 0
    assert run(regions(region(state="unhealthy", takes_tasks=False)), "status")[0] == 1
    assert run(regions(), "status")[0] == 1


def test_json_is_what_the_gateway_says(run: Run) -> None:
    assert json.loads(run(BOTH, "status", "--json")[1]) == BOTH
    assert json.loads(run(BOTH, "regions", "--json")[1]) == BOTH["regions"]
    assert json.loads(run(BOTH, "regions", "--json", "--region", "eu")[1]) == [BOTH["regions"][1]]
    assert json.loads(run(BOTH, "workers", "--json")[1]) == [{"region": "us", **worker()}]
    assert json.loads(run(BOTH, "workers", "--json", "--region", "eu")[1]) == []


def test_only_what_is_asked_for_is_shown(run: Run) -> None:
    assert run(BOTH, "regions", "--names") == (0, "us\neu\n", "")
    assert [line.split()[0] for line in run(BOTH, "regions", "--region", "eu")[1].splitlines()] == ["region", "eu"]
    assert [line.split()[0] for line in run(BOTH, "workers", "--region", "us")[1].splitlines()] == ["worker", "w"]


def test_what_is_not_there_is_told_of_with_what_is(run: Run) -> None:
    for command in ("regions", "workers"):
        told = f"nearway {command}: the gateway knows no region 'ap'. There are: us, eu\n"
        assert run(BOTH, command, "--region", "ap") == (1, "", told)
    assert run(BOTH, "workers", "--region", "eu") == (1, "", "nearway workers: no worker is registered there\n")
    assert run(regions(), "regions") == (1, "", "nearway regions: the gateway knows no region. There are: none\n")
    assert run(regions(), "regions", "--names")[:2] == (1, "")


@pytest.mark.parametrize("command", ["status", "regions", "workers", "explain"])
def test_what_is_no_gateway_is_told_of_in_a_line(run: Run, command: str) -> None:
    status, out, failed = run({"hello": "world"}, command)
    assert (status, out) == (1, "")
    assert failed.startswith(f"nearway {command}: what answers at http://127.0.0.1:")
    assert failed.count("\n") == 1


def test_lines_for_a_program_are_whole_and_without_colours(run: Run) -> None:
    out = run(regions(region(why_not="long " * 100)), "status")[1]
    assert "\x1b" not in out
    assert ("long " * 100).strip() in out
    assert [line for line in out.splitlines() if line != line.rstrip()] == []


def test_explain_asks_for_the_address_and_the_region_that_are_given(capsys: pytest.CaptureFixture[str]) -> None:
    body: dict[str, Any] = {
        "ip": "2001:db8::7",
        "goes_to": None,
        "why": "no region takes it",
        "then": "it is refused: NO_REGION",
        "regions": [],
    }
    with saying(http(200, json.dumps(body))) as (port, asked):
        url = f"http://127.0.0.1:{port}"
        assert main(["explain", "--ip", "2001:DB8::7", "--region", "eu-west", "--gateway", url]) == 1
        assert main(["explain", "--gateway", url]) == 1
    assert [one.split(b" ")[1] for one in asked] == [b"/explain?ip=2001%3Adb8%3A%3A7&region=eu-west", b"/explain?"]
    assert "goes nowhere now" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["explain", "--ip", "paris"], "'paris' is no IP address"),
        (["explain", "--region", "EU"], "region 'EU' is not"),
        (["status", "--jsn"], "unrecognized arguments: --jsn"),
        (["regions", "--region", "\x1b[2J"], "is not 1 to 63 small letters"),
    ],
    ids=str,
)
def test_wrong_use_is_told_with_what_is_right(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_gateway_that_can_not_be_meant_is_wrong_use(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["status", "--gateway", "nowhere"]) == 2
    assert main(["status", "--key-file", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 2
