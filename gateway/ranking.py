"""Where clients are, and the order of regions for them: what the policy file, GeoIP and measured round trips say, together."""

from collections.abc import Callable, Mapping

from discovery import background
from discovery.view import Region, View
from gateway.config import GatewayConfig
from gateway.geoip import GeoIP
from gateway.nearness import by_round_trip, reorder, trips_to
from gateway.place import Address, Place, client_address, is_trusted, locate, preferred
from gateway.rank import Ranked, rank
from gateway.standing import Standing
from gateway.task import Task


class Ranking:
    """One gateway's."""

    def __init__(self, config: GatewayConfig, view: Callable[[], View], standing: Standing) -> None:
        self._config, self._view, self._standing = config, view, standing
        self._geoip = GeoIP(config.geoip) if config.geoip else None

    def use(self, config: GatewayConfig) -> None:
        """Proxies and networks as they are there, from now on."""
        self._config = config

    def open(self) -> None:
        """Begin to follow the GeoIP file."""
        if self._geoip:
            self._reopening = background.begin(self._geoip.keep_fresh(), "keeping GeoIP fresh")

    def close(self) -> None:
        """End."""
        if self._geoip:
            self._reopening.cancel()
            self._geoip.close()

    def client(self, peer: str, forwarded_for: list[str]) -> Address:
        """The client's address, behind the proxies that are trusted."""
        return client_address(peer, forwarded_for, self._config.trusted_proxies)

    def trusts(self, peer: str) -> bool:
        """Whether a peer is one of our proxies."""
        return is_trusted(peer, self._config.trusted_proxies)

    def places(self, address: Address, preference: str | None) -> tuple[Place, ...]:
        """Where a client at an address is, the first that applies: its own word, the table of networks, GeoIP."""
        found = (
            preferred(preference),
            locate(address, self._config.place),
            self._geoip.place(address) if self._geoip else None,
        )
        return tuple(place for place in found if place)

    def rank(self, places: tuple[Place, ...], regions: Mapping[str, Region]) -> list[Ranked]:
        """The regions, nearest first, with the reason of each one's place."""
        ranked = rank(regions, places)
        if ranked is None:
            trips = trips_to(regions, self._standing.round_trips.seconds, self._view().round_trips())
            self._standing.order = reorder(self._standing.order, regions, trips)
            ranked = by_round_trip(self._standing.order, trips)
        return ranked

    def for_task(self, task: Task, regions: Mapping[str, Region]) -> list[Ranked]:
        """The same for a task."""
        return self.rank(task.places, regions)
