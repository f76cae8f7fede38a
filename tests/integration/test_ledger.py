"""The ledger over real SQLite files and a real PostgreSQL, and what happens when they fail."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import time
from collections import Counter
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from attempt.evidence import Answer
from attempt.outcome import Outcome
from contract.settings import SettingsError
from contract.submitted import Submitted
from gateway.callbacks.fair import OF_A_TENANT, TO_A_HOST, UnderWay
from gateway.callbacks.outcome import Called, Sent
from gateway.ledger.address import Address, PostgreSQL, SQLiteFile
from gateway.ledger.away import LedgerAwayError
from gateway.ledger.calling import LEASE, LOST
from gateway.ledger.claims import Judge
from gateway.ledger.hold import HeldError, hold
from gateway.ledger.kept import check
from gateway.ledger.leases import Me
from gateway.ledger.record import Record, answered, heard, withheld
from gateway.ledger.schema import FIRST, VERSION, SchemaError, steps
from gateway.ledger.store import Store
from gateway.ledger.verdict import Verdict
from gateway.ledger.writer import Writer
from tests.integration.consul_lab import eventually
from tests.integration.ledger_lab import SOLVED, ask, ended, record, rows, sent, store_of, writer_of
from tests.integration.mounting import ROOT, fill, mounted
from tests.integration.postgres_lab import Server


async def test_all_of_a_record_is_there_again(address: Address) -> None:
    async with store_of(address) as store:
        await store.write([record("a"), sent("b")])
        await store.write([ended("a")])
        found = await rows(address)
    assert found["a"] == {**{name: getattr(ended("a"), name) for name in Record.__slots__}}
    assert (found["b"]["state"], found["b"]["money"], found["b"]["region"]) == ("submitting", "unknown", "near")
    assert json.loads(found["a"]["trail"]) == ["near: tried"]


async def test_whatever_texts_say_they_can_be_written(address: Address) -> None:
    nasty = "\x00\ud800'; DROP TABLE nearway_tasks; --\r\n\x1b[2J\U0010ffff" + "x" * 10_000
    answer = Answer(202, {"location": nasty, "nearway-worker": nasty}, json.dumps({"captcha_id": nasty}).encode())
    async with store_of(address) as store:
        await store.write([heard(sent("a"), Outcome.ACCEPTED, answer, [nasty])])
        found = (await rows(address))["a"]
    assert json.loads(found["trail"]) == [nasty]
    assert found["captcha_id"].startswith("??'; DROP TABLE")
    assert (len(found["captcha_id"]), found["location"]) == (500, None)


async def test_answers_are_forgotten_after_their_time_and_rows_after_theirs_in_steps(address: Address) -> None:
    async with store_of(address) as store:
        await store.write([ended(f"t{number}", 1000.0 + number) for number in range(5)] + [sent("open")])
        assert [await store.scrub(1013.0, 0.0, 2) for _ in range(3)] == [2, 1, 0]
        assert [name for name, row in (await rows(address)).items() if row["result"] is not None] == ["t3", "t4"]
        assert [await store.prune(1003.0, 2) for _ in range(3)] == [2, 2, 0]
        assert list(await rows(address)) == ["t3", "t4"]


async def test_a_ledger_is_brought_up_to_date_once_however_many_begin_at_the_same_time(server: PostgreSQL) -> None:
    stores = [Store(server, Me(f"r{number}", "g")) for number in range(5)]
    await asyncio.gather(*(store.write([record(f"t{number}")]) for number, store in enumerate(stores)))
    for store in stores:
        await store.close()
    assert await ask(server, "SELECT version FROM nearway_schema") == [{"version": VERSION}]
    assert len(await rows(server)) == 5


async def test_a_ledger_from_the_future_is_left_as_it_is(address: Address) -> None:
    async with store_of(address) as store:
        await store.write([record("a")])
    await ask(address, "UPDATE nearway_schema SET version = version + 1")
    before = await rows(address)
    async with store_of(address) as store:
        with pytest.raises(SchemaError, match="newer gateway"):
            await store.write([record("b")])
    with pytest.raises(SettingsError, match=r"LEDGER_URL.*version.*newer gateway"):
        await check(address)
    assert await rows(address) == before
    assert await ask(address, "SELECT version FROM nearway_schema") == [{"version": VERSION + 1}]


async def test_somebody_elses_table_is_left_alone(address: Address) -> None:
    await ask(address, "CREATE TABLE nearway_tasks (mine TEXT)")
    with pytest.raises(SettingsError, match="none of ours"):
        await check(address)
    assert await ask(address, "SELECT * FROM nearway_tasks") == []


async def test_a_file_that_is_no_ledger_is_left_as_it_is(file: SQLiteFile) -> None:
    file.path.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(SettingsError, match="no ledger, or damaged"):
        await check(file)
    assert file.path.read_bytes() == b"Dear diary, " * 1000


async def test_a_server_that_does_not_run_is_waited_for_and_a_database_that_is_not_there_is_not(server: PostgreSQL) -> None:
    await check(PostgreSQL("postgresql://nearway@127.0.0.1:1/postgres"))
    with pytest.raises(SettingsError, match="does not exist") as caught:
        await check(PostgreSQL(f"{server.dsn}-not"))
    assert "secret-word" not in str(caught.value)


async def test_what_is_committed_is_on_the_disk_whatever_the_server_is_set_to(server: PostgreSQL) -> None:
    await ask(server, "ALTER DATABASE " + server.dsn.rpartition("/")[2] + " SET synchronous_commit = off")
    async with store_of(server) as store:
        await store.write([])
        found = await store._do(lambda connection: connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())
    assert found == "on"


async def test_sqlite_commits_to_the_disk_and_lets_others_read_meanwhile(file: SQLiteFile) -> None:
    async with store_of(file) as store:
        found = await store._do(
            lambda connection: [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("synchronous", "journal_mode")
            ]
        )
        assert found == [2, "wal"]


def test_a_file_belongs_to_one_gateway(file: SQLiteFile) -> None:
    with hold(file.path), pytest.raises(HeldError, match="LEDGER_URL"):
        hold(file.path)
    assert file.path.stat().st_mode & 0o077 == 0, "nobody else may read it"
    hold(file.path).close()


async def test_a_lock_that_another_process_holds_stops_it_only_for_so_long(
    file: SQLiteFile, caplog: pytest.LogCaptureFixture
) -> None:
    async with writer_of(file) as writer:
        await writer.written(record("a"))
        with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(LedgerAwayError, match="lock"):
                await writer.written(sent("b"))
            writer.take_back(withheld(sent("b")))
            assert list(await rows(file)) == ["a"]
            other.execute("ROLLBACK")
        await eventually(lambda: writer.away is None, "the ledger back")
        await writer.written(sent("c"))
    found = await rows(file)
    assert [(name, row["state"]) for name, row in found.items()] == [("a", "waiting"), ("b", "waiting"), ("c", "submitting")]
    assert [one.message for one in caplog.records] == [
        "the ledger can't be written: another process holds its lock",
        "the ledger can be written again",
    ]


async def until_it_fails(writer: Writer, why: str) -> int:
    """How many were written before."""
    for written in range(1000):
        try:
            await writer.written(sent(f"t{written}"))
        except LedgerAwayError as error:
            assert why in str(error)  # noqa: PT017 - the number is wanted, too
            return written
    raise AssertionError("it never failed")


@ROOT
async def test_a_full_disk_stops_it_until_there_is_room(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    file = SQLiteFile(folder / "ledger.sqlite")
    with mounted("-t", "tmpfs", "-o", "size=400k", "tmpfs", on=folder):
        async with writer_of(file) as writer:
            await writer.written(record("a"))
            fill(folder / "filler")
            written = await until_it_fails(writer, "no space")  # some fit into what SQLite has already
            writer.take_back(withheld(sent(f"t{written}")))
            assert len(await rows(file)) == 1 + written, "what was said to be written is there"
            (folder / "filler").unlink()
            await eventually(lambda: writer.away is None, "the ledger back")
            await writer.written(sent("z"))
            found = await rows(file)
            assert found["z"]["state"] == "submitting"
            assert found[f"t{written}"]["money"] == "no"


async def test_a_damaged_file_stops_it_until_another_is_in_its_place(file: SQLiteFile) -> None:
    async with writer_of(file) as writer:
        await writer.written(record("a"))
        copy = file.path.with_name("copy")
        with closing(sqlite3.connect(file.path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        file.path.with_name("ledger.sqlite-wal").unlink()
        file.path.write_bytes(b"\xff" * 50_000)
        await asyncio.to_thread(shutil.copy, file.path, file.path.with_name("new"))
        file.path.with_name("new").replace(file.path)
        with pytest.raises(LedgerAwayError, match="damaged"):
            await writer.written(sent("b"))
        writer.take_back(withheld(sent("b")))
        for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
            file.path.with_name(name).unlink(missing_ok=True)
        copy.replace(file.path)
        await eventually(lambda: writer.away is None, "the ledger back")
        await writer.written(sent("c"))
    assert list(await rows(file)) == ["a", "b", "c"]


async def test_what_is_written_to_a_file_that_was_moved_away_is_not_lost(file: SQLiteFile) -> None:
    async with writer_of(file) as writer:
        await writer.written(record("a"))
        for path in file.path.parent.glob("ledger.sqlite*"):
            path.rename(path.with_name(f"old-{path.name}"))
        await writer.written(sent("b"))
        assert list(await rows(file)) == ["b"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "as if it crashed"])
async def test_a_server_that_stops_and_starts_again(postgres_server: Server, server: PostgreSQL, number: signal.Signals) -> None:
    async with writer_of(server) as writer:
        await writer.written(record("a"))
        postgres_server.stop(number)
        with pytest.raises(LedgerAwayError):
            await writer.written(sent("b"))
        writer.take_back(withheld(sent("b")))
        postgres_server.start()
        await postgres_server.ready()
        await eventually(lambda: writer.away is None, "the ledger back")
        await writer.written(sent("c"))
    assert [(name, row["money"]) for name, row in (await rows(server)).items()] == [("a", "no"), ("b", "no"), ("c", "unknown")]


async def test_a_server_that_hangs_holds_nobody_up_for_long(postgres_server: Server, server: PostgreSQL) -> None:
    async with writer_of(server) as writer:
        await writer.written(record("a"))
        processes = postgres_server.processes()
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
        begun = time.monotonic()
        try:
            with pytest.raises(LedgerAwayError, match="no answer"):
                await writer.written(sent("b"))
        finally:
            for pid in processes:
                os.kill(pid, signal.SIGCONT)
        assert time.monotonic() - begun < 10
        writer.take_back(withheld(sent("b")))
        await eventually(lambda: writer.away is None, "the ledger back")
        await writer.written(sent("c"))
    assert [(name, row["money"]) for name, row in (await rows(server)).items()] == [("a", "no"), ("b", "no"), ("c", "unknown")]


def keyed(name: str, key: str, arrived: float = 1000.0) -> Record:
    return replace(record(name, arrived), key=key, fingerprint="f")


def verdict(found: Verdict) -> Judge:
    return lambda there, left: found


REPLAY, NEW = verdict(Verdict.REPLAY), verdict(Verdict.NEW)


async def test_a_key_is_claimed_once_however_many_try(address: Address) -> None:
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(store_of(address, f"r{number}")) for number in range(4)]
        await stores[0].write([])
        found = await asyncio.gather(*(store.claim(keyed(f"t{n}", "k"), REPLAY) for n, store in enumerate(stores)))
        (claimed,) = [n for n, there in enumerate(found) if there is None]
        assert [there for there in found if there is not None] == [(keyed(f"t{claimed}", "k"), Verdict.REPLAY)] * 3
        assert list(await rows(address)) == [f"t{claimed}"]
        assert await stores[0].claim(replace(keyed("other", "k"), tenant="else"), REPLAY) is None, "keys are a tenant's own"


async def test_a_key_that_is_given_up_means_the_new_task_from_then_on(address: Address) -> None:
    async with store_of(address) as store:
        assert await store.claim(keyed("a", "k"), REPLAY) is None
        assert (
            await store.claim(keyed("b", "k", 1020.0), lambda there, _: Verdict.NEW if there.id == "a" else Verdict.REPLAY)
            is None
        )
        await store.write([answered(keyed("a", "k"), SOLVED, "near", [], 5.0)])  # its last word, late
        there = await store.claim(keyed("c", "k"), REPLAY)
    assert there == (keyed("b", "k", 1020.0), Verdict.REPLAY)
    assert {name: row["key"] for name, row in (await rows(address)).items()} == {"a": None, "b": "k"}


async def test_a_task_never_takes_a_key_by_being_written(address: Address) -> None:
    async with store_of(address) as store:
        assert await store.claim(keyed("a", "k"), REPLAY) is None
        await store.write([keyed("a", "k"), keyed("b", "k")])
        assert {name: row["key"] for name, row in (await rows(address)).items()} == {"a": "k", "b": None}


async def test_answers_that_a_key_may_ask_for_are_kept_longer(address: Address) -> None:
    async with store_of(address) as store:
        assert await store.claim(replace(ended("a"), key="k"), REPLAY) is None
        assert await store.claim(replace(ended("b", 500.0), key="l"), REPLAY) is None
        await store.write([ended("c")])
        assert await store.scrub(5000.0, 900.0, 10) == 2
    assert [name for name, row in (await rows(address)).items() if row["result"] is not None] == ["a"]


async def test_a_ledger_of_the_first_version_is_brought_up_to_date_and_keeps_its_rows(address: Address) -> None:
    dialect = "sqlite" if isinstance(address, SQLiteFile) else "postgresql"
    later = len(steps(1, dialect))
    for statement in [*FIRST, *steps(0, dialect)][:-later]:
        await ask(address, statement)
    await ask(address, "UPDATE nearway_schema SET version = 1")
    await ask(address, "INSERT INTO nearway_tasks (id, tenant, gateway, arrived, deadline, state, money, trail) "
              "VALUES ('old', 'acme', 'g1', 1, 2, 'solved', 'yes', '[]')")  # fmt: skip
    async with store_of(address) as store:
        assert await store.claim(keyed("a", "k"), REPLAY) is None
    assert list(await rows(address)) == ["a", "old"]
    assert await ask(address, "SELECT version FROM nearway_schema") == [{"version": VERSION}]


def calling(name: str, due: float, host: str = "h", tenant: str = "acme") -> Record:
    return replace(ended(name), tenant=tenant, callback=f"https://{host}/", callback_host=host, callback_due=due)


async def test_a_callback_that_is_due_is_taken_by_one_for_a_while(address: Address) -> None:
    running = replace(calling("running", 0.0), ended=None, deadline=2100.0)
    async with store_of(address) as store:
        await store.write([calling("a", 2000.0), calling("later", 2001.0), running, ended("none")])
        assert await store.calls([], UnderWay(), 1999.9) == []
        (taken,) = await store.calls([], UnderWay(), 2000.0)
        assert taken == replace(calling("a", 2000.0 + LEASE), callback_tries=1)
        assert [one.id for one in await store.calls([], UnderWay(), 2001.0)] == ["later"]
        assert await store.calls([], UnderWay(), 2000.0 + LEASE - 0.1) == []
        (again,) = await store.calls([], UnderWay(), 2000.0 + LEASE)
        assert (again.id, again.callback_tries) == ("a", 2)
        assert "running" not in [one.id for one in await store.calls([], UnderWay(), 2100.0 + LOST)]
        assert [one.id for one in await store.calls([], UnderWay(), 2100.1 + LOST)][:1] == ["running"]


async def test_however_many_gateways_look_each_callback_is_one_gateways(server: PostgreSQL) -> None:
    stores = [Store(server, Me(f"r{number}", "g")) for number in range(4)]
    await stores[0].write([calling(f"t{n}", 2000.0, f"h{n % 10}") for n in range(40)])
    found = await asyncio.gather(*(store.calls([], UnderWay(), 2000.0) for store in stores for _ in range(2)))
    for store in stores:
        await store.close()
    names = [one.id for some in found for one in some]
    assert len(names) == len(set(names))
    assert len(names) >= 32, "as many as one gateway may have under way at the least"


async def test_receivers_that_are_busy_hide_nobody_behind_what_waits_for_them(address: Address) -> None:
    under_way = UnderWay(Counter({"dead": TO_A_HOST}), Counter({"greedy": OF_A_TENANT}))
    many = [calling(f"d{n}", 1.0 + n / 1000, "dead") for n in range(300)]
    many += [calling(f"g{n}", 1.0 + n / 1000, "alive", "greedy") for n in range(300)]
    async with store_of(address) as store:
        for begin in range(0, 600, 200):
            await store.write(many[begin : begin + 200])
        await store.write([calling("well", 1999.0)])
        assert [one.id for one in await store.calls([], under_way, 2000.0)] == ["well"]
        assert await store.calls([], UnderWay.full(), 2000.0) == []


async def test_what_came_of_a_callback_stands_in_its_row_and_nobodys_write_brings_it_back(address: Address) -> None:
    names = "delivered", "failed", "late"
    async with store_of(address) as store:
        await store.write([calling(name, 2000.0) for name in names])
        await store.calls([], UnderWay(), 2000.0)
        results = [
            Sent("delivered", 1, Called.DELIVERED, "204"),
            Sent("failed", 1, Called.FAILED, "500", 2005.0),
            Sent("late", 0, Called.FAILED, "no answer", 9999.0),
        ]
        for _ in range(2):  # it may be written twice
            await store.calls(results, UnderWay.full(), 2001.0)
        await store.write([calling(name, 1.0) for name in names])
        found = await rows(address)
    told = [tuple(found[name][f"callback{part}"] for part in ("", "_due", "_tries", "_end")) for name in names]
    assert told == [
        (None, None, 1, "delivered: 204"),
        ("https://h/", 2005.0, 1, "failed: 500"),
        ("https://h/", 2000.0 + LEASE, 1, None),
    ]


async def test_what_is_to_be_delivered_is_kept_until_it_was(address: Address) -> None:
    async with store_of(address) as store:
        await store.write([calling("a", 2000.0), ended("b")])
        assert (await store.scrub(9999.0, 9999.0, 9), await store.prune(9999.0, 9)) == (1, 1)
        await store.calls([Sent("a", 0, Called.DELIVERED, "204")], UnderWay.full(), 2001.0)
        assert (await store.scrub(9999.0, 9999.0, 9), await store.prune(9999.0, 9)) == (1, 1)


async def test_what_tenants_spent_is_counted_but_for_what_a_gateway_knows_itself(address: Address) -> None:
    me = "gateway of r1"

    def spent(name: str, arrived: float = 900.0, **more: object) -> Record:
        return replace(sent(name), **{"tenant": "acme", "gateway": me, "arrived": arrived, "submitted": 1000.0, **more})  # type: ignore[arg-type]

    counted = [
        spent("before", run="r0"),
        spent("paid", money=Submitted.YES),
        spent("others", 990.0, gateway="g2", run="r2"),
        spent("of an earlier version", 990.0, run=None),
        spent("taken over", 990.0, gateway="g2"),
        spent("tiny", tenant="tiny"),
    ]
    not_counted = [
        spent("unpaid", money=Submitted.NO),
        spent("yesterday", submitted=999.0),
        spent("never", submitted=None, money=Submitted.NO),
        spent("ours", 980.0),
        spent("free", tenant="free"),
    ]
    async with store_of(address) as store:
        await store.write([*counted, *not_counted])
        assert await store.spent(("acme", "tiny", "nobody"), 1000.0, 950.0) == {"acme": 5, "tiny": 1}
