"""Several addresses at once. The agents are stand-ins; real ones are in tests/system/test_dials.py."""

import asyncio
from typing import Any, cast

import pytest

from discovery import dialling
from discovery.consul import Consul, ConsulError
from discovery.dialable import dialable
from discovery.dialling import first
from discovery.query import Datacenters, Query
from discovery.watch import Reply


async def good(agent: Any) -> str:
    await asyncio.sleep(0)
    if agent == "bad":
        raise ConsulError("refused")
    if agent == "frozen":
        await asyncio.Event().wait()
    return str(agent)


def agents(*names: str) -> list[Consul]:
    return cast("list[Consul]", list(names))


async def test_one_that_hangs_and_one_that_fails_hold_up_none_that_answers() -> None:
    assert await first(agents("frozen", "bad", "good"), good) == "good"


async def test_when_all_fail_every_reason_is_told() -> None:
    with pytest.raises(ConsulError, match="refused; refused"):
        await first(agents("bad", "bad"), good)


async def test_nothing_goes_on_after_the_answer() -> None:
    before = asyncio.all_tasks()
    await first(agents("frozen", "good"), good)
    assert asyncio.all_tasks() == before


class Half:
    """An agent that hears nothing of datacenter b."""

    async def ask(self, query: Query[Any]) -> Reply[Any]:
        if query.datacenter == "b":
            await asyncio.Event().wait()
        return Reply(None, ("a", "b") if isinstance(query, Datacenters) else ())


async def test_a_datacenter_that_hangs_is_silent_and_the_others_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "TELLS", 0.01)
    view = await dialling.ask_all(cast("list[Consul]", [Half()]))
    assert view.datacenters == ("a", "b")
    assert dialable(view).silent == {"b": "no answer in 0.01 s"}
