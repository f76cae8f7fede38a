"""`nearway tasks` and `nearway spend` over real ledgers."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contract.submitted import Submitted
from gateway.ledger.__main__ import main
from gateway.ledger.address import Address, PostgreSQL
from gateway.ledger.record import State
from tests.integration.ledger_lab import ask, ended, record, sent, store_of

HOME = Path(__file__).resolve().parents[2]
DAY = 86_400.0


@dataclass
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.status == 0, self.err
        return json.loads(self.out)


Nearway = Callable[..., Awaitable[Done]]


@pytest.fixture
def nearway(address: Address, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Nearway:
    """The commands, in this process."""
    monkeypatch.setenv("LEDGER_URL", address.dsn if isinstance(address, PostgreSQL) else f"sqlite:///{address.path}")

    async def run(*arguments: str) -> Done:
        status = await asyncio.to_thread(main, arguments)  # it runs a loop of its own
        return Done(status, *capsys.readouterr())

    return run


async def test_what_was_spent_by_tenant_region_and_day(address: Address, nearway: Nearway) -> None:
    async with store_of(address) as store:
        await store.write([ended("a", 0.9 * DAY), ended("b", 0.1 * DAY), ended("c", 1.6 * DAY), sent("d"), record("e", DAY)])
        assert (await nearway("spend", "--by", "day", "--json")).json == [
            {"day": "1970-01-01", "tasks": 3, "submitted": 2, "solved": 2, "failed": 0, "unknown": 1},
            {"day": "1970-01-02", "tasks": 2, "submitted": 1, "solved": 1, "failed": 0, "unknown": 0},
        ]
        assert [(row["tenant"], row["region"], row["tasks"]) for row in (await nearway("spend", "--json")).json] == [
            ("acme", "-", 1), ("acme", "near", 3), ("acme", "near", 1),
        ]  # fmt: skip
        assert (await nearway("spend", "--by", "tenant")).out.split()[-6:] == ["acme", "5", "3", "3", "0", "1"]


async def test_tasks_are_found_by_what_they_are(address: Address, nearway: Nearway) -> None:
    async def names(*arguments: str) -> list[str]:
        return [row["id"] for row in (await nearway("tasks", "--json", *arguments)).json]

    async with store_of(address) as store:
        await store.write([ended("a", 5.0), sent("b"), record("c", 3.0), record("cc", 2.0)])
        assert await names() == ["b", "a", "c", "cc"]
        assert await names("--money", Submitted.UNKNOWN) == ["b"]
        assert await names("--state", State.WAITING, "--most", "1") == ["c"]
        assert await names("--tenant", "nobody") == await names("--since", "1d") == []
        assert (await nearway("tasks", "a")).out.startswith("Task a\n")
        assert "several tasks begin with c" in (await nearway("tasks", "c")).err
        gone = await nearway("tasks", "%")
    assert (gone.status, gone.out) == (1, "")
    assert "there is no task" in gone.err


async def test_reading_changes_nothing_and_makes_nothing(address: Address, nearway: Nearway) -> None:
    missing = await nearway("spend")
    assert missing.status == 1
    assert "there is no" in missing.err
    async with store_of(address) as store:
        await store.write([record("a")])
    await ask(address, "UPDATE nearway_schema SET version = version + 1")
    newer = await nearway("tasks")
    assert (newer.status, newer.out) == (1, "")
    assert "use the program that came with the newer gateway" in newer.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["tasks", "--most", "0"], "--most"),
        (["tasks", "--since", "yesterday"], "--since"),
        (["tasks", "--state", "gone"], "--state"),
        (["spend", "--by", "hour"], "--by"),
        (["spend", "--by", "day,day"], "--by"),
    ],
    ids=str,
)
def test_wrong_use_is_told(capsys: pytest.CaptureFixture[str], arguments: list[str], named: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert named in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environ", "status", "said"),
    [
        ({"LEDGER_URL": "none"}, 2, "LEDGER_URL is none: there is no ledger to read\n"),
        (
            {"STATE_DIRECTORY": "/nowhere"}, 1,
            "the ledger in /nowhere/ledger.sqlite can't be read: there is no such file: set LEDGER_URL or STATE_DIRECTORY as its "
            "gateway has them\n",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_without_a_ledger_there_is_nothing_to_read(environ: dict[str, str], status: int, said: str) -> None:
    command = [sys.executable, "-m", "nearway", "spend"]
    done = subprocess.run(command, env=environ, cwd=HOME, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (status, f"nearway spend: {said}")
