"""Which removals are held back for a while, since what says so may be wrong. Pure.

Workers leave one by one. A Consul that lost its data answers with an empty list until all have registered again, and an agent
that starts again calls all its services critical until it has asked each once. Taken at their word, both would empty a
region that is well. A worker that is held and gone costs little: its connections are refused, and the task moves on unsent.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from discovery.instance import Health
from discovery.records import Worker
from discovery.view import Known
from renderer.caution import Caution
from renderer.upstreams import Server, Upstreams, in_order

Hold = Mapping[str, float]
"""Since when each doubted worker is held, by address; one whose time is over stays in it until nginx has let it go."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What nginx is to serve: Consul's word and what is `held`; `again_at` is when a hold is over if nothing happens."""

    upstreams: Upstreams
    hold: Hold = field(default_factory=dict)
    held: tuple[Server, ...] = ()
    again_at: float | None = None


def weigh(hold: Hold, serving: Sequence[Server], found: Upstreams, answer: Known[Any], now: float, caution: Caution) -> Weighed:
    """Decide what becomes of the workers that nginx serves and Consul no longer names."""
    there = {server.address for server in found.servers}
    missing = [server for server in serving if server.address not in there]
    fresh = {server.address for server in missing} - hold.keys()
    if len(there) >= caution.floor:
        fresh = _doubted(fresh, len(serving), found.listed, answer, now, caution)
    since = {server.address: hold.get(server.address, now) for server in missing if server.address in hold.keys() | fresh}
    ends = {address: _over_at(began, answer, caution) for address, began in since.items()}
    held = tuple(server for server in missing if server.address in ends and now < ends[server.address])
    if not held:
        return Weighed(found, since)
    again_at = min(ends[server.address] for server in held)
    servers = in_order([*found.servers, *held])
    return Weighed(replace(found, servers=servers), since, held, again_at if again_at < inf else None)


def consul_in_doubt(answer: Known[Any], now: float, caution: Caution) -> bool:
    """Whether Consul is away, or came back so lately that it may not know all again."""
    if answer.trouble is not None:
        return True
    return answer.recovered is not None and now < answer.recovered + caution.hold.seconds


def known_at(found: Upstreams, answer: Known[Any], now: float, caution: Caution) -> float:
    """From when on an answer counts at our start, while nginx could serve what an earlier run left: an empty one may be early."""
    early = not found.servers and consul_in_doubt(answer, now, caution)
    return _over_at(answer.heard if answer.recovered is None else answer.recovered, answer, caution) if early else now


def _over_at(since: float, answer: Known[Any], caution: Caution) -> float:
    """When a hold ends: after Consul has answered for all of its time, so never while Consul is away."""
    if answer.trouble is not None:
        return inf
    return max(since, answer.recovered or since) + caution.hold.seconds


def _doubted(
    missing: set[str], serving: int, listed: Sequence[Worker], answer: Known[Any], now: float, caution: Caution
) -> set[str]:
    few = caution.share * serving
    if len(missing) <= few:
        return set()
    in_doubt = missing if consul_in_doubt(answer, now, caution) else _in_doubt(missing, serving, listed)
    return in_doubt if len(in_doubt) > few else set()


def _in_doubt(missing: set[str], serving: int, listed: Sequence[Worker]) -> set[str]:
    if not listed and len(missing) == serving > 1:
        return missing
    well = {worker.node for worker in listed if worker.health is not Health.CRITICAL}
    critical = {worker.address: worker.node for worker in listed if worker.address in missing and worker.node not in well}
    together = Counter(critical.values())
    return {address for address, node in critical.items() if together[node] > 1}
