"""Whose a task is, over real databases: leases, what is taken over from gateways that are gone, and what those may write."""

import time
from dataclasses import replace

import pytest

from attempt.outcome import Outcome
from contract.problem import problem
from gateway.ledger.address import Address, PostgreSQL, SQLiteFile
from gateway.ledger.record import Record, answered, failed, heard, submitting
from gateway.ledger.verdict import Verdict, judge
from tests.integration.ledger_lab import ACCEPTED, SOLVED, ask, ended, record, rows, sent, store_of

LONG_AGO = "UPDATE nearway_gateways SET until = until - 60, since = since - 120 WHERE run = '{}'"
SINCE_LONG = "UPDATE nearway_gateways SET since = since - 60 WHERE run = '{}'"


def keyed(name: str, run: str) -> Record:
    now = time.time()
    return Record(name, "acme", "g", now, now + 60, key="k", fingerprint="f", run=run)


def judged(wanted: Record) -> tuple[Record, object]:
    return wanted, lambda there, left: judge(there, wanted, wanted.arrived, left=left)


async def claimed(store: object, wanted: Record) -> tuple[Record, Verdict] | None:
    found: tuple[Record, Verdict] | None = await store.claim(*judged(wanted))  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("state", "verdict"), [("waiting", None), ("submitting", Verdict.UNKNOWN), ("accepted", Verdict.CONTINUE)]
)
async def test_what_a_gateway_that_is_gone_has_left_is_taken_over_once(
    server: PostgreSQL, state: str, verdict: Verdict | None
) -> None:
    mine = keyed("a", "r1")
    written = {"waiting": mine, "submitting": submitting(mine, "near", 1.0)}
    written["accepted"] = heard(written["submitting"], Outcome.ACCEPTED, ACCEPTED, [])
    async with store_of(server, "r1") as one, store_of(server, "r2") as two, store_of(server, "r3") as three:
        assert await claimed(one, mine) is None
        await one.write([written[state]])
        await two.beat()
        await three.beat()
        assert await claimed(two, keyed("b", "r2")) == (written[state], Verdict.ELSEWHERE)
        await ask(server, LONG_AGO.format("r1"))
        assert (await claimed(two, keyed("b", "r2")) or (None, None))[1] is Verdict.ELSEWHERE, "who has just come judges nobody"
        await ask(server, SINCE_LONG.format("r2"))
        found = await claimed(two, keyed("b", "r2"))
        assert found == (verdict and (replace(written[state], run="r2"), verdict))
        await ask(server, SINCE_LONG.format("r3"))
        there = await claimed(three, keyed("c", "r3"))
        assert there is not None
        assert (there[0].id, there[0].run, there[1]) == ("b" if verdict is None else "a", "r2", Verdict.ELSEWHERE)


async def test_who_has_lost_a_task_can_write_no_submission_of_it_and_a_late_one_is_not_undone(server: PostgreSQL) -> None:
    async with store_of(server, "r1") as frozen, store_of(server, "r2") as other:
        await frozen.write([record("waits"), sent("was-sent")])
        await ask(server, "UPDATE nearway_tasks SET run = 'r2'")
        unknown = failed(replace(sent("was-sent"), run="r2"), problem("SUBMISSION_UNKNOWN", "gone"), [], 1010.0)
        await other.write([failed(replace(record("waits"), run="r2"), problem("DRAINING", "gone"), [], 1010.0), unknown])
        assert await frozen.write([sent("waits"), sent("new")]) == {"waits"}
        assert await frozen.write([failed(record("waits"), problem("NO_REGION", "no"), [], 1011.0)]) == {"waits"}
        found = await rows(server)
        assert (found["waits"]["state"], found["waits"]["money"], found["new"]["state"]) == ("failed", "no", "submitting")
        accepted = heard(sent("was-sent"), Outcome.ACCEPTED, ACCEPTED, [])
        assert await frozen.write([accepted]) == frozenset()
        assert await other.write([unknown]) == {"was-sent"}
        assert (await rows(server))["was-sent"]["state"] == "accepted", "that it is paid for is known by now"


async def test_whoever_has_the_answer_writes_it_and_nobody_takes_it_away(address: Address) -> None:
    accepted = heard(sent("a"), Outcome.ACCEPTED, ACCEPTED, [])
    async with store_of(address, "r1") as one, store_of(address, "r2") as two:
        await one.write([accepted])
        await two.write([answered(replace(accepted, run="r2"), SOLVED, "far", [], 1010.0)])
        await one.write([failed(accepted, problem("DEADLINE_EXCEEDED", "late"), [], 1011.0)])
    (row,) = (await rows(address)).values()
    assert (row["state"], row["region"], row["result"]) == ("solved", "far", SOLVED.body)


async def test_leftovers_are_taken_in_steps_and_only_from_who_is_gone(server: PostgreSQL) -> None:
    async with store_of(server, "r1") as dead, store_of(server, "r2") as living, store_of(server, "r3") as me:
        await dead.write([sent("d1"), record("d2"), ended("d3")])
        await living.write([replace(sent("l"), run="r2")])
        await me.write([replace(sent("m"), run="r3")])
        assert await me.take(10) == []
        await ask(server, LONG_AGO.format("r1"))
        await ask(server, SINCE_LONG.format("r3"))
        taken = [*await me.take(1), *await me.take(10)]
        assert sorted(one.id for one in taken) == ["d1", "d2"]
        assert {one.run for one in taken} == {"r3"}
        assert await me.take(10) == []
        await dead.leave()
        await living.leave()
        assert [one.id for one in await me.take(10)] == ["l"], "who left in good order is gone at once"


async def test_a_file_is_one_gateways_so_what_is_left_in_it_is_of_an_earlier_run(file: SQLiteFile) -> None:
    async with store_of(file, "r1") as before:
        await before.write([sent("a"), ended("b")])
    await ask(file, "INSERT INTO nearway_tasks (id, tenant, gateway, arrived, deadline, state, money, trail) "
              "VALUES ('old', 'acme', 'g1', 1, 2, 'accepted', 'yes', '[]')")  # fmt: skip
    async with store_of(file, "r2") as now:
        await now.write([replace(sent("c"), run="r2")])
        assert [one.id for one in await now.take(10)] == ["old", "a"]
        assert await now.take(10) == []


async def test_who_could_not_renew_its_lease_judges_nobody_until_it_has_for_as_long(server: PostgreSQL) -> None:
    async with store_of(server, "r1") as one, store_of(server, "r2") as two:
        await one.write([submitting(keyed("a", "r1"), "near", 1.0)])
        await two.beat()
        await ask(server, LONG_AGO.format("r1"))
        await ask(server, LONG_AGO.format("r2"))
        assert [seen.left for seen in (await two.look(["a"])).values()] == [False], "the database was away for both"
        await two.beat()
        assert [seen.left for seen in (await two.look(["a", "none"])).values()] == [False]
        await ask(server, SINCE_LONG.format("r2"))
        assert [seen.left for seen in (await two.look(["a"])).values()] == [True]
        await one.beat()
        assert [seen.left for seen in (await two.look(["a"])).values()] == [False], "it is back, and has lost nothing"


async def test_rows_of_gateways_that_ended_long_ago_are_forgotten(server: PostgreSQL) -> None:
    async with store_of(server, "r1") as one, store_of(server, "r2") as two:
        await one.beat()
        await ask(server, "UPDATE nearway_gateways SET until = until - 86500")
        await two.beat()
    assert await ask(server, "SELECT run, gateway FROM nearway_gateways") == [{"run": "r2", "gateway": "gateway of r2"}]
