"""What is right and wrong about Consul, by what it said.

Pure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from discovery.about import About
from discovery.query import Service
from discovery.records import GATEWAYS
from discovery.rights import Right, told
from discovery.view import View
from nearway.doctor.finding import Finding, ok, warning, wrong

OLDEST = (1, 8)
"""The oldest version that is tried."""

SKEW, MUCH_SKEW = 2.0, 30.0
"""Seconds between two clocks. Consul tells whole seconds only. Of two dials the one with the later time counts, and keys of TLS
are refused by who lives in another time."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An address of Consul's: what it told of itself, or why it told nothing. `ahead` is by how much our clock is, in seconds."""

    address: str
    about: About | None = None
    trouble: str = ""
    ahead: float | None = None


def of_agents(agents: Sequence[Agent]) -> Iterator[Finding]:
    """Each address of `CONSUL_HTTP_ADDR`."""
    for agent in agents:
        yield from _of_agent(agent, spare=any(other.about for other in agents))


def _of_agent(agent: Agent, *, spare: bool) -> Iterator[Finding]:
    check, about = f"consul {agent.address}", agent.about
    if about is None:
        mend = "start it, or look at CONSUL_HTTP_ADDR, CONSUL_HTTP_SSL and CONSUL_CACERT"
        yield (warning if spare else wrong)(check, agent.trouble, mend)
        return
    if not about.leader:
        mend = "bring back a majority of them: `consul operator raft list-peers` names them"
        yield wrong(check, "its servers have no leader", mend)
    elif about.version is None:
        mend = "give the token agent:read, as deploy/consul/gateway.hcl does"
        yield warning(check, f"it does not tell its version: {about.refusal}", mend)
    elif _number(about.version) < OLDEST:
        yield wrong(check, f"it is version {about.version}", "use Consul 1.8 or newer")
    else:
        yield ok(check, f"version {about.version}, datacenter {about.datacenter}, with a leader")
    yield from of_clock(check, agent.ahead)


def of_clock(whose: str, ahead: float | None) -> Iterator[Finding]:
    """This machine's clock against another's; None: it told no time."""
    if ahead is None:
        return
    words = f"this machine's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} that of {whose}"
    if abs(ahead) > MUCH_SKEW:
        yield wrong("clock", words, "have both set by NTP (chrony, systemd-timesyncd): the newest dial counts, by its time")
    elif abs(ahead) > SKEW:
        yield warning("clock", words, "have both set by NTP (chrony, systemd-timesyncd)")
    else:
        yield ok("clock", f"it goes with that of {whose}")


def of_datacenters(view: View) -> Iterator[Finding]:
    """Each datacenter that Consul knows."""
    for name in view.datacenters:
        # Gateways are for us alone to see: most tokens need not.
        asked = {query: answer for query, answer in view.answers.items() if query != Service(name, GATEWAYS)}
        troubles = {answer.trouble for query, answer in asked.items() if query.datacenter == name and answer.trouble}
        if troubles:
            mend = "look at its servers, and from them at the others: `consul members -wan`; its regions are in use as last known"
            yield wrong(f"datacenter {name}", "; ".join(sorted(troubles)), mend)
        else:
            yield ok(f"datacenter {name}", "it answers")


def of_rights(program: str, lacking: Mapping[str, tuple[Right, ...] | str], *, has_token: bool) -> Iterator[Finding]:
    """What the token may not do in each datacenter; a text is why that is not known."""
    for datacenter, missing in lacking.items():
        check = f"rights of {program} in {datacenter}"
        if isinstance(missing, str):
            yield warning(check, f"it is not known what the token may do: {missing}", "see docs/consul-acl.md")
        elif missing:
            yield wrong(check, told(missing, has_token), f"give it the policy deploy/consul/{program}.hcl")
        else:
            yield ok(check, "it has all that is needed")


def _number(version: str) -> tuple[int, int]:
    found = re.match(r"v?([0-9]{1,6})\.([0-9]{1,6})", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
