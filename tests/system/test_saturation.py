"""More tasks than slots, from two tenants: every slot in use, none used twice, turns by weight, nearest first.

A simulated API for each region is the witness of that region's tasks.
"""

import asyncio
import hashlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio

from demo.layout import PLACES
from tests.integration.consul_lab import eventually
from tests.system.whole import Plan, Solved, Whole, shows, whole

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

WEIGHTS = {"light": 1, "heavy": 3}
NEAREST, NEXT, LAST = "us-east", "eu-west", "ap-south"
REGION_SLOTS = 40
SLOTS = 3 * REGION_SLOTS
TASKS = 600
SECONDS = 3.8
"""A task's own time, so that the first look, 4 s after the submission (worker/methods.py, and the speed below), finds it."""

PLAN = Plan(gateways=2, speed=3.75, own_api=True, worker={"SUBMIT_GAP": "0"}, key="viewer")
POLICY = 'trusted_proxies = ["127.0.0.0/8"]\n'
PLACE = '[[place]]\ncidr = "{}/32"\nregion = "{}"\n'
TENANT = '[[tenant]]\nname = "{}"\nrole = "{}"\nweight = {}\nkeys = ["sha256:{}"]\n'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    folder = tmp_path_factory.mktemp("saturation")
    policy = folder / "gateway.toml"
    places = (PLACE.format(place.client, place.region) for place in PLACES)
    tenants = (tenant(name, "client", weight) for name, weight in WEIGHTS.items())
    policy.write_text(POLICY + "".join([*places, *tenants, tenant("viewer", "viewer")]))
    async with whole(folder / "run", Plan(**{**vars(PLAN), "gateway": {"GATEWAY_CONFIG": str(policy)}})) as made:
        yield made


def tenant(name: str, role: str, weight: float = 1) -> str:
    """With its name for a key."""
    return TENANT.format(name, role, weight, hashlib.sha256(name.encode()).hexdigest())


@dataclass
class Crowd:
    """What became of 600 tasks sent at once, and what was seen meanwhile: the tasks workers held, by how often."""

    answers: list[Solved]
    held: list[int]

    @property
    def took(self) -> float:
        """Seconds from the first request to the last answer."""
        return max(one.ended for one in self.answers) - min(one.begun for one in self.answers)

    @property
    def pace(self) -> float:
        """Answers a second while every slot is taken and many wait: between the first round of all slots and the last."""
        ended = sorted(one.ended for one in self.answers)
        return (TASKS - 2 * SLOTS) / (ended[-SLOTS] - ended[SLOTS])


async def forget(here: Whole) -> None:
    for place in PLACES:
        await here.forget(f"simulated-api-{place.region}")


async def send(here: Whole, name: str, count: int, *gateways: str) -> list[Solved]:
    """So many tasks at once from near one region, the tenants and the gateways in turn."""
    turns = itertools.product(WEIGHTS, gateways)
    return await asyncio.gather(
        *(
            here.solve(NEAREST, f"{name}_{tenant}_{number}", SECONDS, gateway=gateway, Authorization=f"Bearer {tenant}")
            for number, (tenant, gateway) in zip(range(count), itertools.cycle(turns), strict=False)
        )
    )


async def crowd(here: Whole, name: str, *gateways: str) -> Crowd:
    await forget(here)
    async with looking(here) as held:
        return Crowd(await send(here, name, TASKS, *gateways), held)


@asynccontextmanager
async def looking(here: Whole) -> AsyncIterator[list[int]]:
    """How many tasks all workers hold, five times a second."""
    workers = [name for name in here.system.processes if name.startswith("worker-")]
    held: list[int] = []

    async def look() -> None:
        while True:
            healths = await asyncio.gather(*(here.get(name, "/health") for name in workers))
            held.append(sum(health["active_tasks"] for health in healths))
            await asyncio.sleep(0.2)

    looks = asyncio.create_task(look())
    try:
        yield held
    finally:
        looks.cancel()
        await asyncio.wait([looks])


async def witnessed(here: Whole, answers: list[Solved]) -> dict[str, int]:
    """The most tasks each region had at once. Each task was submitted once, in the region that answered for it."""
    most, submissions = {}, Counter[tuple[str, str]]()
    for place in PLACES:
        seen = await here.witness(f"simulated-api-{place.region}")
        most[place.region] = seen["most_in_flight"]
        submissions.update({(place.region, label): count for label, count in seen["submissions"].items()})
    assert submissions == Counter((one.region, one.label) for one in answers)
    return most


def granted(one: Solved) -> float:
    """When a task got its slot, by the client's clock and the gateway's word."""
    return one.ended - one.stages["submit"] - one.stages["solve"]


def utilisation(answers: list[Solved]) -> float:
    """The share of the slots' time in use, by the gateway's word, from when all were first taken until nobody waited."""
    starts = sorted(granted(one) for one in answers)
    first, last = starts[SLOTS - 1], starts[-1]
    used = sum(max(0.0, min(one.ended, last) - max(granted(one), first)) for one in answers)
    return used / (SLOTS * (last - first))


def share_of_heavy(answers: list[Solved]) -> float:
    """Its share of the answers, in their order, to tasks that waited, for as long as both tenants had some waiting."""
    waited = sorted((one for one in answers if one.stages["queue"] > SECONDS / 2), key=lambda one: one.ended)
    tenants = [one.label.split("_")[1] for one in waited]
    both = min(len(tenants) - tenants[::-1].index(tenant) for tenant in WEIGHTS)
    return tenants[:both].count("heavy") / both


async def knows_all(here: Whole) -> bool:
    """Whether the second gateway is up and can use every region."""
    try:
        regions = (await here.get("gateway-2", "/regions"))["regions"]
    except aiohttp.ClientError:
        return False
    return len(regions) == len(PLACES) and all(region["takes_tasks"] for region in regions)


async def test_600_tasks_of_two_tenants_use_every_slot_and_none_twice_through_one_gateway_and_through_two(here: Whole) -> None:
    second = here.system.processes["gateway-2"]
    second.terminate()
    await second.ended()

    await forget(here)
    few = await send(here, "few", REGION_SLOTS + 20, "gateway")
    by_region = Counter(one.region for one in few)
    assert by_region == {NEAREST: REGION_SLOTS, NEXT: 20}, "the nearest is filled first, then the next"

    alone = await crowd(here, "alone", "gateway")
    assert [one.body for one in alone.answers if not one.right] == []
    most = await witnessed(here, alone.answers)
    used, fair = utilisation(alone.answers), share_of_heavy(alone.answers)
    held = sorted(alone.held)[len(alone.held) // 2] / SLOTS
    shows(f"one gateway: {TASKS} tasks in {alone.took:.1f} s; most at once {most}; slots used {used:.1%} by the gateway's word,")
    shows(f"  {held:.1%} (median) by the workers'; the heavy tenant's share while both wait: {fair:.1%}")
    assert most == dict.fromkeys(most, REGION_SLOTS)
    assert used >= 0.97
    assert held >= 0.97
    assert fair == pytest.approx(0.75, rel=0.1)

    await second.start()
    await eventually(lambda: knows_all(here), "the second gateway to know every region")
    both = await crowd(here, "both", "gateway", "gateway-2")
    assert [one.body for one in both.answers if not one.right] == []
    most = await witnessed(here, both.answers)
    halfway = sorted(both.answers, key=lambda one: one.ended)[: TASKS // 2]
    parts = Counter(int(one.label.rpartition("_")[2]) % 2 for one in halfway)
    pace = both.pace / alone.pace
    shows(f"two gateways: {TASKS} tasks in {both.took:.1f} s, {pace:.1%} of the pace; most at once {most}; first answers {parts}")
    assert all(count <= REGION_SLOTS for count in most.values())
    assert min(parts.values()) > TASKS / 20
    assert pace >= 0.95
