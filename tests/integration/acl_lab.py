"""Tokens of a Consul that denies by default, made as an operator makes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

import aiohttp

from discovery.rights import Right
from tests.integration.consul_lab import Agent, eventually

MANAGEMENT = "5c0ffee0-0000-4000-8000-00000000000a"
"""With this all may be done."""

_numbers = count(1)


@dataclass
class Given:
    """Who gives tokens; the first of the agents is the primary datacenter's."""

    agents: Mapping[str, Agent]
    session: aiohttp.ClientSession
    _policies: dict[str, Any] = field(default_factory=dict)

    async def token(self, name: str, rights: Iterable[Right]) -> str:
        """A token with these rights, once every datacenter knows it."""
        name = f"{name}-{next(_numbers)}"
        policy = await self._made("policy", {"Name": name, "Rules": "\n".join(map(str, rights))})
        # First the policy: a datacenter that meets a token before its policy may deny for as long as it caches that, 30 s.
        await self._known(f"policy/{policy['ID']}", MANAGEMENT)
        token: str = (await self._made("token", {"Description": name, "Policies": [{"Name": name}]}))["SecretID"]
        await self._known("token/self", token)
        self._policies[token] = policy
        return token

    async def change(self, token: str, rights: Iterable[Right]) -> None:
        """From now on the token has these rights; it takes as long as Consul's agents cache them."""
        policy = self._policies[token]
        await self._made(f"policy/{policy['ID']}", {**policy, "Rules": "\n".join(map(str, rights))})

    async def _made(self, kind: str, body: Mapping[str, object]) -> Any:
        primary = next(iter(self.agents.values()))
        async with self.session.put(f"{primary.address}/v1/acl/{kind}", json=body, headers=primary.headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def _known(self, what: str, token: str) -> None:
        for agent in self.agents.values():
            await eventually(partial(self._finds, agent, what, token), f"{what} in {agent.datacenter}")

    async def _finds(self, agent: Agent, what: str, token: str) -> bool:
        async with self.session.get(f"{agent.address}/v1/acl/{what}", headers={"X-Consul-Token": token}) as response:
            return response.status == 200 and bool(await response.json())
