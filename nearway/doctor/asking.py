"""Asking Consul and the gateway for what the checks are about."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from discovery.access import Access
from discovery.consul import Consul, ConsulError
from discovery.dialable import QUESTIONS
from discovery.dialling import TELLS, ask_all, first
from discovery.instance import Instance
from discovery.query import Service
from discovery.records import GATEWAYS
from discovery.rights import POLICIES, Right
from discovery.view import Known, View
from nearway.asking.ask import answer_of
from nearway.asking.target import Target
from nearway.asking.trouble import AskError, meaningless
from nearway.doctor.consul import Agent
from nearway.doctor.served import Asked
from nearway.look.reading import ReadingError
from nearway.look.report import report_from

Lacking = Mapping[str, tuple[Right, ...] | str]


@dataclass(frozen=True, slots=True)
class Told:
    """What Consul told: its agents of themselves, every datacenter of what is registered, and what the token may not do, by
    program and datacenter. `trouble` is why none of them says what is registered; then `view` is empty."""

    agents: tuple[Agent, ...]
    trouble: str = ""
    view: View = field(default_factory=View)
    lacking: Mapping[str, Lacking] = field(default_factory=dict)

    @property
    def gateways(self) -> tuple[Instance, ...]:
        """Those in Consul."""
        answers = [self.view.of(datacenter, GATEWAYS) for datacenter in self.view.datacenters]
        return tuple(one for answer in answers if isinstance(answer, Known) for one in answer.said)


async def ask_consul(access: Access, programs: Sequence[str]) -> Told:
    """All of it."""
    agents = [Consul(address, access) for address in access.addresses]
    try:
        told = await asyncio.gather(*map(_about, agents))
        there = [agent for agent, one in zip(agents, told, strict=True) if one.about is not None]
        if not there:
            return Told(tuple(told))
        view = await ask_all(there, (*QUESTIONS, Service(name=GATEWAYS)))
        return Told(tuple(told), "", view, {name: await _lacking(there, view.datacenters, name) for name in programs})
    except ConsulError as error:
        return Told(tuple(told), str(error))
    finally:
        for agent in agents:
            await agent.close()


async def _about(agent: Consul) -> Agent:
    try:
        about = await agent.about()
    except ConsulError as error:
        return Agent(agent.address, trouble=str(error))
    return Agent(agent.address, about, ahead=_ahead_of(about.date))


async def _lacking(agents: Sequence[Consul], datacenters: Sequence[str], program: str) -> Lacking:
    async def of(datacenter: str) -> tuple[Right, ...] | str:
        try:
            async with asyncio.timeout(TELLS):
                return await first(agents, lambda agent: agent.lacks(POLICIES[program], datacenter))
        except TimeoutError:
            return f"no answer in {TELLS:g} s"
        except ConsulError as error:
            return str(error)

    return dict(zip(datacenters, await asyncio.gather(*map(of, datacenters)), strict=True))


def ask_gateway(target: Target) -> Asked:
    """What the gateway says."""
    try:
        answer = answer_of(target, "/regions")
        return Asked(target.url, report_from(answer.body), ahead=_ahead_of(answer.date))
    except ReadingError:
        return Asked(target.url, trouble=meaningless(target.url))
    except AskError as error:
        return Asked(target.url, trouble=str(error))


def _ahead_of(date: str) -> float | None:
    """Seconds by which our clock is ahead of one that said so just now. It says whole seconds: the middle of one is meant."""
    try:
        return time.time() - parsedate_to_datetime(date).timestamp() - 0.5
    except ValueError:
        return None
