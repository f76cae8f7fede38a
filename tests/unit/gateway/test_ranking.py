from ipaddress import ip_address, ip_network
from pathlib import Path

from discovery.view import View
from gateway.config import GatewayConfig, PlaceRow
from gateway.ranking import Ranking
from gateway.standing import Standing
from tests.unit.gateway.test_geoip import PARIS, write


def test_a_clients_places_are_its_own_word_then_the_table_then_geoip(tmp_path: Path) -> None:
    geoip = write(tmp_path / "city.mmdb", {"203.0.112.0/23": PARIS})
    row = PlaceRow(cidr=ip_network("203.0.113.0/24"), region="ap-south")
    ranking = Ranking(GatewayConfig(geoip=geoip, place=(row,)), View, Standing())

    def whys(address: str, preference: str | None = None) -> list[str]:
        return [place.why for place in ranking.places(ip_address(address), preference)]

    by_geoip = "is in 203.0.112.0/23, by GeoIP"
    assert whys("203.0.113.7", "us-east") == [
        "the client prefers it", "203.0.113.7 is in 203.0.113.0/24", f"203.0.113.7 {by_geoip}",
    ]  # fmt: skip
    assert whys("203.0.112.7") == [f"203.0.112.7 {by_geoip}"]
    assert whys("192.0.2.1") == []
    assert Ranking(GatewayConfig(), View, Standing()).places(ip_address("203.0.113.7"), None) == ()
