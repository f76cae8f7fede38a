"""The command, against a gateway that does what a test says."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nearway.solve.__main__ import main, parser
from nearway.solve.arguments import Paths, UseError, paths
from nearway.solve.feed import Feed
from nearway.solve.journal import KNOWN, line_of


class Gateway(ThreadingHTTPServer):
    """Solves tasks; `says` by the task's `pageurl` is what it says instead. `seen` are keys, `names` tasks."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.says: dict[str, tuple[int, str, str]] = {}
        self.seen: list[str] = []
        self.names: Counter[str] = Counter()
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        task = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append(self.headers["Idempotency-Key"])
        self.server.names[task["pageurl"]] += 1
        status, submitted, error = self.server.says.get(task["pageurl"], (200, "yes", ""))
        told = {"error": error, "detail": "why"} if error else {"solution": f"s-{task['pageurl']}", "captcha_id": "7"}
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in (("Task-Submitted", submitted), ("Nearway-Region", "eu-west"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    made = Gateway()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("NEARWAY_URL", made.url)
    monkeypatch.delenv("NEARWAY_KEY", raising=False)
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def tasks(folder: Path, *names: str) -> Path:
    path = folder / "tasks.jsonl"
    path.write_text("".join(f'{{"id": "{name}", "method": "x", "pageurl": "{name}"}}\n' for name in names))
    return path


def rows(path: Path) -> dict[str, tuple[object, ...]]:
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return {row["id"]: (row["line"], row["solution"], row["error"], row["submitted"], row["may_retry"]) for row in found}


def solve(*words: object) -> int:
    return main(["solve", *map(str, words)])


def test_each_end_is_told_and_only_what_is_not_paid_for_is_sent_again(gateway: Gateway, tmp_path: Path) -> None:
    source, output = tasks(tmp_path, "good", "wrong", "lost", "bad"), tmp_path / "out.jsonl"
    gateway.says = {"wrong": (400, "no", "BAD"), "lost": (502, "unknown", "SUBMISSION_UNKNOWN"), "bad": (422, "yes", "X")}
    assert solve("--file", source, "--output", output) == 1
    expected = {
        "good": (1, "s-good", None, "yes", False),
        "wrong": (2, None, "BAD", "no", False),
        "lost": (3, None, "SUBMISSION_UNKNOWN", "unknown", False),
        "bad": (4, None, "X", "yes", False),
    }
    assert rows(output) == expected
    gateway.says.clear()
    assert solve("--file", source, "--output", output) == 1
    assert rows(output) == {**expected, "wrong": (2, "s-wrong", None, "yes", False)}
    assert gateway.names == Counter(good=1, wrong=2, lost=1, bad=1)
    assert len({*gateway.seen}) == 4


def test_what_was_sent_too_long_ago_is_told_as_unknown_until_again_is_said(gateway: Gateway, tmp_path: Path) -> None:
    source, output = tasks(tmp_path, "old", "new"), tmp_path / "out.jsonl"
    gateway.says = {"old": (502, "unknown", "X"), "new": (502, "unknown", "X")}
    solve("--file", source, "--output", output)
    journal = tmp_path / "out.jsonl.journal"
    told = [json.loads(line) for line in journal.read_text().splitlines()]
    old = [{**one, "at": one["at"] - KNOWN - 1} if one.get("sent") == 1 else one for one in told if "done" not in one]
    journal.write_text("".join(map(line_of, old)))
    gateway.says.clear()
    assert solve("--file", source, "--output", output) == 1
    assert rows(output)["old"] == (1, None, "SUBMISSION_UNKNOWN", "unknown", False)
    assert (rows(output)["new"][1], gateway.names["old"]) == ("s-new", 1)
    assert solve("--file", source, "--output", output, "--again") == 0
    assert (rows(output)["old"][1], gateway.names) == ("s-old", Counter(old=2, new=2))


def test_nothing_is_sent_while_a_line_is_no_task(gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tasks(tmp_path, "a", "b")
    source.write_text(source.read_text() + "no task\n")
    assert solve("--file", source) == 2
    assert f"{source}, line 3: it is not JSON" in capsys.readouterr().err
    assert gateway.seen == []
    assert solve("--file", source, "--skip-unreadable") == 1
    assert sorted(json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()) == ["a", "b"]


def test_where_the_key_is_no_good_nothing_more_is_sent_and_once_it_is_the_run_goes_on(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [str(number) for number in range(9)]
    source = tasks(tmp_path, *names)
    gateway.says = dict.fromkeys(names, (403, "no", "FORBIDDEN"))
    assert solve("--file", source, "--concurrency", "1") == 1
    assert "stopped, nothing more is sent: FORBIDDEN" in capsys.readouterr().err
    assert len(gateway.seen) == 1
    gateway.says.clear()
    assert solve("--file", source) == 0


def test_at_another_gateway_what_was_sent_is_not_paid_for_again_unawares(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tasks(tmp_path, "a")
    assert solve("--file", source) == 0
    other = gateway.url.replace("127.0.0.1", "localhost")
    assert solve("--file", source, "--gateway", other) == 2
    assert f"its tasks were sent to {gateway.url}" in capsys.readouterr().err
    assert solve("--file", source, "--gateway", other, "--same-ledger") == 0
    assert len(gateway.seen) == 1


def test_an_output_of_somebody_else_is_left_alone(gateway: Gateway, tmp_path: Path) -> None:
    source, output = tasks(tmp_path, "a"), tmp_path / "out.csv"
    output.write_text("mine")
    assert solve("--file", source, "--output", output) == 2
    assert (output.read_text(), gateway.seen) == ("mine", [])
    output.unlink()
    assert solve("--file", source, "--output", output) == 0
    assert output.read_text().splitlines()[1] == "1,a,s-a,7,eu-west,,,,yes,false"


def test_one_task_under_its_key(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.says = {"a": (422, "yes", "X")}
    assert solve("pageurl=a", "--idempotency-key", "k") == 1
    assert capsys.readouterr() == ("", "nearway solve: X: why (it is paid for)\n")
    assert (solve("pageurl=b"), capsys.readouterr()) == (0, ("s-b\n", ""))
    assert gateway.seen[0] == '"k"'


def test_a_file_that_is_not_there_leaves_no_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert solve("--file", tmp_path / "no.csv") == 2
    assert capsys.readouterr().err == f"nearway solve: {tmp_path / 'no.csv'}: No such file or directory\n"
    assert list(tmp_path.iterdir()) == []


WRONG = [
    ([], "name the task"),
    (["a=1", "--file", "x.csv"], "name the task"),
    (["--file", "x.txt"], "--format says its format"),
    (["--file", "x.csv", "--output", "y.txt"], "--json makes it JSON lines"),
    (["a=1", "--output", "y.csv"], "--output is for many"),
    (["-", "--idempotency-key", "k"], "is for one task"),
]


@pytest.mark.parametrize(("words", "why"), WRONG, ids=str)
def test_what_does_not_go_together_is_told(words: list[str], why: str) -> None:
    with pytest.raises(UseError, match=why):
        paths(parser().parse_args(words))


def test_formats_are_by_suffix_and_the_journal_lies_beside() -> None:
    def told(*words: str) -> Paths | None:
        return paths(parser().parse_args(words))

    assert told("a=1") is None
    assert told("-") == Paths(None, "jsonl", None, "jsonl", None)
    assert told("-", "--format", "csv") == Paths(None, "csv", None, "csv", None)
    a, b = Path("d/a.csv"), Path("b.ndjson")
    assert told("--file", "d/a.csv") == Paths(a, "csv", None, "csv", Path("d/a.csv.journal"))
    assert told("--file", "d/a.csv", "--json") == Paths(a, "csv", None, "jsonl", Path("d/a.csv.journal"))
    assert told("--file", "d/a.csv", "--output", "b.ndjson") == Paths(a, "csv", b, "jsonl", Path("b.ndjson.journal"))
    assert told("-", "--journal", "j") == Paths(None, "jsonl", None, "jsonl", Path("j"))


async def test_a_feed_tells_its_end_to_all_who_wait_and_what_reading_raised() -> None:
    feed = Feed(iter([1, 2]))
    assert sorted(filter(None, await asyncio.gather(*(feed.next() for _ in range(5))))) == [1, 2]

    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("x")

    feed = Feed(broken())
    assert await feed.next() == 1
    for _ in range(2):
        with pytest.raises(ValueError, match="x"):
            await feed.next()
