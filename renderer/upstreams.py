"""From the view to the servers nginx gets: this region's workers, those that pass or warn, each address once, in stable order."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from discovery.instance import Health
from discovery.records import WORKERS, Rejected, Worker, as_worker, sift
from discovery.view import Unknown, View
from renderer.region import Listen, Region, Strategy

TAKES_BACKUP = frozenset({Strategy.ROUND_ROBIN, Strategy.LEAST_CONN, Strategy.WEIGHTED})
"""nginx refuses `backup` with every other method (nginx manual, ngx_http_upstream_module, `server`)."""


@dataclass(frozen=True, slots=True)
class Server:
    """One `server` of nginx. `address` is an IP address with its port; `resumable` when it can continue others' tasks."""

    address: str
    slots: int
    weight: int = 1
    backup: bool = False
    resumable: bool = True


@dataclass(frozen=True, slots=True)
class Upstreams:
    """What is rendered: primaries first, then backups; `told` are registrations left out or changed, with the reason.

    `listed` are all valid workers of the region that Consul names, the critical ones too.
    """

    servers: tuple[Server, ...]
    told: tuple[Rejected, ...] = ()
    listed: tuple[Worker, ...] = field(default=(), compare=False, repr=False)

    @property
    def resumable(self) -> tuple[Server, ...]:
        """Those that may be asked for any task of the region."""
        return tuple(server for server in self.servers if server.resumable)


def upstreams(view: View, region: Region) -> Upstreams | Unknown:
    """The servers of a region. Unknown while Consul has not answered: that is not "no workers"."""
    answer = view.of(region.datacenter, WORKERS)
    if isinstance(answer, Unknown):
        return answer
    # A registration that names another region, whatever else is wrong with it, is that region's to tell of.
    ours = [one for one in answer.said if one.meta.get("region", region.name) == region.name]
    workers, rejected = sift(ours, as_worker)
    serving = sorted((worker for worker in workers if worker.health is not Health.CRITICAL), key=_place)
    others, circular = _without_ourselves(serving, region)
    speaking, foreign = _who_speak_as_we_do(others, region.workers is not None)
    servers, twice = _each_once(speaking)
    kept, flagged = _backups(servers, region.balancer.strategy)
    return Upstreams(in_order(kept), (*rejected, *circular, *foreign, *twice, *flagged), tuple(workers))


def _place(worker: Worker) -> tuple[int, int, int, str, str]:
    return (*_number(worker.host), worker.port, worker.node, worker.id)


def _where(server: Server) -> tuple[int, int, int]:
    host, _, port = server.address.rpartition(":")
    return (*_number(host.strip("[]")), int(port))


@lru_cache(65_536)
def _number(host: str) -> tuple[int, int]:
    """Where an IP address stands among all. Parsing one is what takes longest for a large region, and they stay the same."""
    address = ipaddress.ip_address(host)
    return address.version, int(address)


def _without_ourselves(workers: Sequence[Worker], region: Region) -> tuple[list[Worker], list[Rejected]]:
    listen, advertised = region.endpoint.listen, Listen(*region.endpoint.address)
    ourselves = {str(listen), listen.reached_at, str(advertised)}
    reason = "is the region's own endpoint: tasks would go round in circles"
    circular = [Rejected(worker.id, f"{worker.address} {reason}") for worker in workers if worker.address in ourselves]
    return [worker for worker in workers if worker.address not in ourselves], circular


def _who_speak_as_we_do(workers: Sequence[Worker], tls: bool) -> tuple[list[Worker], list[Rejected]]:
    """nginx speaks alike to all of a group; a task sent in the clear to one that speaks TLS would be lost as unknown."""
    reason = (
        "speaks plain HTTP, or its Meta lacks `tls` = `true`, and the region file has [workers]"
        if tls
        else "speaks TLS, and the region file has no [workers]"
    )
    foreign = [Rejected(worker.id, f"{worker.address} {reason}") for worker in workers if worker.tls is not tls]
    return [worker for worker in workers if worker.tls is tls], foreign


def _each_once(workers: Iterable[Worker]) -> tuple[list[tuple[str, Server]], list[Rejected]]:
    servers: dict[str, tuple[str, Server]] = {}
    twice = []
    for worker in workers:
        if worker.address in servers:
            twice.append(Rejected(worker.id, f"{worker.address} is registered already, as {servers[worker.address][0]}"))
        else:
            servers[worker.address] = (worker.id, _server(worker))
    return list(servers.values()), twice


def _server(worker: Worker) -> Server:
    return Server(worker.address, worker.slots, worker.weight, worker.backup, worker.resumable)


def _backups(named: list[tuple[str, Server]], strategy: Strategy) -> tuple[list[Server], list[Rejected]]:
    """Where nginx would refuse `backup`, the worker is an ordinary one: it has slots, and nothing may stop a change."""
    if strategy in TAKES_BACKUP:
        return [server for _, server in named], []
    allowed = ", ".join(sorted(TAKES_BACKUP))
    reason = f"`backup` can't be had with the strategy {strategy}, so it takes tasks like the others; it can be with {allowed}"
    told = [Rejected(name, reason) for name, server in named if server.backup]
    return [replace(server, backup=False) for _, server in named], told


def in_order(servers: Iterable[Server]) -> tuple[Server, ...]:
    """Primaries first, then backups, each by address: the same servers give the same bytes."""
    servers = sorted(servers, key=_where)
    primaries = [server for server in servers if not server.backup]
    if not primaries:  # nginx refuses a group of backups only; the backup of nothing is a primary
        return tuple(replace(server, backup=False) for server in servers)
    return (*primaries, *(server for server in servers if server.backup))
