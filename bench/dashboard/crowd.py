"""Fifty regions and two thousand workers in Consul's catalog. One stand-in is behind all endpoints, nobody behind the workers."""

import asyncio
import random

import aiohttp

from bench.renderer.crowd import address, node, registered
from discovery.records import REGION_ENDPOINTS

REGIONS, WORKERS = 50, 2_000
SLOTS = 20

_chance = random.Random(7)
PLACES = [(round(_chance.uniform(-45, 65), 1), round(_chance.uniform(-120, 150), 1)) for _ in range(REGIONS)]


def region(number: int) -> str:
    """A region's name."""
    return f"region-{number:02}"


async def join(consul: str, client: aiohttp.ClientSession, endpoint: str) -> None:
    """Register all of them."""
    entries = [
        *(_worker(number, SLOTS) for number in range(WORKERS)),
        *(_endpoint(number, endpoint) for number in range(REGIONS)),
    ]
    todo = iter(entries)

    async def some() -> None:
        for entry in todo:
            await put(consul, client, entry)

    await asyncio.gather(*(some() for _ in range(16)))


async def churn(consul: str, client: aiohttp.ClientSession) -> None:
    """Until cancelled: twice a second some worker has other slots."""
    while True:
        await put(consul, client, _worker(_chance.randrange(WORKERS), _chance.choice((10, 20, 30))))
        await asyncio.sleep(0.5)


async def put(consul: str, client: aiohttp.ClientSession, entry: object) -> None:
    """One entry."""
    async with client.put(f"{consul}/v1/catalog/register", json=entry) as response:
        response.raise_for_status()


def _worker(number: int, slots: int) -> dict[str, object]:
    entry = registered(number, slots)
    service = entry["Service"]
    if not isinstance(service, dict):
        raise TypeError("an entry of the crowd is of a service")
    service["Meta"] = {**service["Meta"], "region": region(number % REGIONS)}
    return entry


def _endpoint(number: int, url: str) -> dict[str, object]:
    latitude, longitude = PLACES[number]
    name = region(number)
    meta = {"region": name, "title": f"Region {number} of the bench", "location": f"{latitude},{longitude}", "url": url}
    check = {"CheckID": f"service:e-{name}", "Name": "up", "Status": "passing", "ServiceID": f"e-{name}"}
    service = {"ID": f"e-{name}", "Service": REGION_ENDPOINTS, "Address": "127.0.0.1", "Port": 80, "Meta": meta}
    return {"Node": node(0), "Address": address(0), "SkipNodeUpdate": True, "Service": service, "Checks": [check]}
