"""Real Consul agents for tests: one development server per datacenter, joined over WAN, on ports of their own."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from demo.processes import die_with_parent
from demo.tools import find_tools
from tests.ports import free_ports

PATIENCE = 20.0


async def eventually(condition: Callable[[], bool | Awaitable[bool]], what: str, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds; TimeoutError names it."""
    async with asyncio.timeout(seconds) as limit:
        try:
            while True:
                held = condition()
                if held if isinstance(held, bool) else await held:
                    return
                await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            if limit.expired():
                raise TimeoutError(f"waited {seconds} s for {what}, in vain") from None
            raise


@dataclass
class Agent:
    """One Consul server. `-dev`: its data are in memory, so a restart loses them."""

    datacenter: str
    http: int
    command: list[str]
    token: str | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def headers(self) -> dict[str, str]:
        """With these all may be done."""
        return {"X-Consul-Token": self.token} if self.token else {}

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent
        )

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    async def ready(self, datacenters: list[str]) -> None:
        """Until it can tell of every datacenter: a list of datacenters is there long before their leaders are."""

        async def answers() -> bool:
            try:
                return all([await self._knows(datacenter) for datacenter in datacenters])
            except (aiohttp.ClientError, TimeoutError):
                return False

        await eventually(answers, f"Consul in {self.datacenter}", 2 * PATIENCE)  # several may start at once

    async def _knows(self, datacenter: str) -> bool:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2), headers=self.headers) as session,
            session.get(f"{self.address}/v1/catalog/nodes", params={"dc": datacenter}) as response,
        ):
            return response.status == 200 and bool(await response.json())


@asynccontextmanager
async def federation(*datacenters: str, token: str | None = None) -> AsyncIterator[dict[str, Agent]]:
    """A Consul server per datacenter, all of them ready.

    With a `token`, ACLs are on and deny by default: with it everything may be done. The first datacenter is the primary one.
    """
    binary = find_tools().consul
    ports = {datacenter: free_ports(4) for datacenter in datacenters}
    agents = {}
    for datacenter, (http, server, lan, wan) in ports.items():
        joins = [f"-retry-join-wan=127.0.0.1:{other[3]}" for name, other in ports.items() if name != datacenter]
        command = [
            binary, "agent", "-dev", f"-datacenter={datacenter}", f"-node=node-{datacenter}", "-disable-host-node-id",
            "-bind=127.0.0.1", "-client=127.0.0.1", "-advertise-wan=127.0.0.1", f"-http-port={http}", f"-server-port={server}",
            f"-serf-lan-port={lan}", f"-serf-wan-port={wan}", "-dns-port=-1", "-grpc-port=-1", "-retry-interval-wan=1s", *joins,
            *([f"-hcl={_acl(datacenters[0], datacenter, token)}"] if token else []),
        ]  # fmt: skip
        agents[datacenter] = Agent(datacenter, http, command, token)
    try:
        for agent in agents.values():
            agent.start()
        await asyncio.gather(*(agent.ready(list(datacenters)) for agent in agents.values()))
        yield agents
    finally:
        for agent in agents.values():
            agent.kill()


def _acl(primary: str, datacenter: str, token: str) -> str:
    kind = "master" if datacenter == primary else "replication"
    return (
        f'primary_datacenter = "{primary}" acl {{ enabled = true default_policy = "deny" policy_ttl = "0s" '
        f'enable_token_replication = true tokens {{ {kind} = "{token}" agent = "{token}" }} }}'
    )
