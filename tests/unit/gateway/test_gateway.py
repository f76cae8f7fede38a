import asyncio
import gc
import math
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from discovery.access import Access
from gateway.config import GatewayConfig, PlaceRow
from gateway.errand import Errand
from gateway.evidence import Answer
from gateway.gateway import Gateway
from gateway.settings import GatewaySettings
from gateway.task import Task
from tests.unit.gateway.test_geoip import PARIS, write


def test_a_clients_places_are_its_own_word_then_the_table_then_geoip(tmp_path: Path) -> None:
    geoip = write(tmp_path / "city.mmdb", {"203.0.112.0/23": PARIS})
    row = PlaceRow(cidr=ip_network("203.0.113.0/24"), region="ap-south")
    gateway = Gateway(GatewaySettings(), GatewayConfig(geoip=geoip, place=(row,)), Access())

    def whys(address: str, preference: str | None = None) -> list[str]:
        return [place.why for place in gateway.places(ip_address(address), preference)]

    by_geoip = "is in 203.0.112.0/23, by GeoIP"
    assert whys("203.0.113.7", "us-east") == [
        "the client prefers it", "203.0.113.7 is in 203.0.113.0/24", f"203.0.113.7 {by_geoip}",
    ]  # fmt: skip
    assert whys("203.0.112.7") == [f"203.0.112.7 {by_geoip}"]
    assert whys("192.0.2.1") == []
    assert Gateway(GatewaySettings(), GatewayConfig(), Access()).places(ip_address("203.0.113.7"), None) == ()


class Carrying:
    """Stands for the carrier: every task is accepted and solved at once."""

    async def carry(self, errand: Errand) -> Answer:
        errand.on_accepted()
        return Answer(200, {}, b"{}")


async def test_a_task_that_is_over_leaves_nothing_to_the_garbage_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway(GatewaySettings(), GatewayConfig(), Access())
    monkeypatch.setattr(gateway, "_carrier", Carrying(), raising=False)
    gc.disable()
    try:
        answer = await gateway.carry(Task("ours", "r", b"{}", ip_address("192.0.2.1"), math.inf))
        await asyncio.sleep(0)
        assert answer.status == 200
        assert [one for one in gc.get_objects() if isinstance(one, Errand) and one.task.id == "ours"] == []
    finally:
        gc.enable()
