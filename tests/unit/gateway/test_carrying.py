import asyncio
import gc
import math
import time
from ipaddress import ip_address
from typing import Any

from prometheus_client import CollectorRegistry

from attempt.evidence import Answer
from gateway.carrying import Carrying
from gateway.errand import Errand
from gateway.ledger.ledger import Ledger
from gateway.locations import Locations
from gateway.settings import GatewaySettings
from gateway.task import Task


class AtOnce:
    """Stands for the carrier: every task is accepted and solved at once."""

    async def carry(self, errand: Errand) -> Answer:
        errand.on_accepted()
        return Answer(200, {}, b"{}")


async def test_a_task_that_is_over_leaves_nothing_to_the_garbage_collector() -> None:
    carrier: Any = AtOnce()
    ledger = Ledger(GatewaySettings(), CollectorRegistry(), clock=time.monotonic)
    carrying = Carrying(carrier, ledger, Locations(b"k" * 32), time.monotonic)
    gc.disable()
    try:
        answer = await carrying.carry(Task("ours", "r", b"{}", ip_address("192.0.2.1"), math.inf))
        await asyncio.sleep(0)
        assert answer.status == 200
        assert [one for one in gc.get_objects() if isinstance(one, Errand) and one.task.id == "ours"] == []
    finally:
        gc.enable()
