"""A crowd of workers in Consul's catalog, as their agents would have put them there. Nobody is behind them, nobody checks them.

A hundred to a node, each with the check an agent keeps for a service and the one of its node, so that an entry of Consul's answer
is as long as a real one. The node's check is not named `serfHealth`: Consul takes out nodes that have that and are no member.
"""

import asyncio

import aiohttp

from discovery.records import WORKERS

REGION = "us-east"
PER_NODE = 100
SLOTS = 20


class Crowd:
    """So many workers, by number from 0."""

    def __init__(self, consul: str, client: aiohttp.ClientSession) -> None:
        self._consul, self._client = consul, client

    async def join(self, count: int) -> None:
        """All of them, several at a time."""
        numbers = iter(range(count))

        async def some() -> None:
            for number in numbers:
                await self.put(number)

        await asyncio.gather(*(some() for _ in range(16)))

    async def put(self, number: int, slots: int = SLOTS) -> None:
        """Register one, or change it."""
        await self._tell("register", registered(number, slots))

    async def drop(self, number: int) -> None:
        """Take one out."""
        await self._tell("deregister", {"Node": node(number), "ServiceID": service(number)})

    async def _tell(self, what: str, body: object) -> None:
        async with self._client.put(f"{self._consul}/v1/catalog/{what}", json=body) as response:
            response.raise_for_status()


def address(number: int) -> str:
    """An address of the block for benchmarks (RFC 2544): 198.18.0.0/15."""
    return f"198.{18 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def node(number: int) -> str:
    return f"front-{number // PER_NODE}"


def service(number: int) -> str:
    return f"{WORKERS}-{REGION}-{address(number)}-8080"


def registered(number: int, slots: int) -> dict[str, object]:
    """What the catalog takes: https://developer.hashicorp.com/consul/api-docs/catalog#register-entity."""
    host, name = address(number), service(number)
    flags = {"weight": "1", "backup": "false", "resumable": "true", "version": "0.1.0"}
    output = f'HTTP GET http://{host}:8080/ready: 200 OK Output: {{"status": "passing"}}'
    return {
        "Node": node(number),
        "Address": address(number // PER_NODE * PER_NODE),
        "SkipNodeUpdate": number % PER_NODE != 0,
        "Service": {
            "ID": name,
            "Service": WORKERS,
            "Tags": [REGION],
            "Address": host,
            "Port": 8080,
            "Meta": {"region": REGION, "slots": str(slots), **flags},
        },
        "Checks": [
            {"CheckID": "alive", "Name": "Alive", "Status": "passing", "Output": "Agent alive and reachable"},
            {
                "CheckID": f"service:{name}",
                "Name": "ready",
                "Status": "passing",
                "ServiceID": name,
                "ServiceName": WORKERS,
                "Output": output,
            },
        ],
    }
