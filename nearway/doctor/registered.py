"""What is right and wrong about what is registered.

Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from discovery.instance import Health, Instance
from discovery.view import Region, View
from nearway.doctor.finding import Finding, many, ok, warning, wrong

ALIVE = (Health.PASSING, Health.WARNING)


def of_regions(view: View) -> Iterator[Finding]:
    """Each region: its endpoint, and its workers."""
    regions = view.regions()
    if not regions:
        yield wrong(
            "regions",
            "none is registered",
            "start `nearway renderer` and `nearway worker` of one, with the same CONSUL_HTTP_ADDR",
        )
    for region in regions.values():
        yield _of_region(region, view)


def _of_region(region: Region, view: View) -> Finding:
    check, health = f"region {region.name}", Counter(worker.health for worker in region.workers)
    alive = sum(health[one] for one in ALIVE)
    if not region.endpoints:
        return wrong(
            check, f"{many(len(region.workers), 'worker')} and no endpoint", "start `nearway renderer` with its region file"
        )
    if not any(one.health is Health.PASSING for one in region.endpoints):
        return wrong(
            check, "its endpoint does not pass its check", f"look whether nginx answers at {region.endpoints[0].url}/region"
        )
    if not region.workers:
        return wrong(check, "it has no worker", f"start `nearway worker` with REGION={region.name}")
    if not alive:
        return wrong(
            check,
            f"of its {many(len(region.workers), 'worker')} none passes its check",
            "look at their logs, and at /ready of each",
        )
    dial = view.dials()[0].get(region.name)
    if dial is not None and dial.share == 0:
        return warning(
            check, f"it is drained: its dial is {dial}", f"`nearway undrain {region.name}` when it is to take tasks again"
        )
    if health[Health.CRITICAL]:
        found = f"of its {many(len(region.workers), 'worker')} {health[Health.CRITICAL]} fail their checks"
        return warning(check, found, f"`nearway workers --region {region.name}` names them")
    if health[Health.WARNING]:
        return warning(
            check, f"of its {many(len(region.workers), 'worker')} {health[Health.WARNING]} are busy", "add workers if that lasts"
        )
    slots = many(sum(worker.slots for worker in region.workers), "slot")
    return ok(check, f"its endpoint and {many(alive, 'worker')} pass, with {slots}")


def of_left_out(view: View) -> Iterator[Finding]:
    """Registrations and dials that are not as they must be."""
    for one in (*view.workers()[1], *view.endpoints()[1], *view.dials()[1]):
        yield warning(f"registration {one.id}", f"it is left out: {one.reason}", "register it as it must be, or take it out")


def of_gateways(gateways: Iterable[Instance]) -> Iterator[Finding]:
    """Gateways in Consul: with CONSUL_REGISTER=false one need not be there."""
    for one in gateways:
        check = f"gateway {one.id}"
        if one.health is Health.PASSING:
            yield ok(check, f"it passes, at {one.address}:{one.port}")
        else:
            yield wrong(
                check, f"it does not pass its check ({one.health})", f"look at its log, and at /ready of {one.address}:{one.port}"
            )


def of_versions(own: str, view: View, gateways: Iterable[Instance]) -> Iterator[Finding]:
    """Whether all run one version. Those that tell none, as workers in other languages, do not count."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    found[own]["this command"] += 1
    for worker in view.workers()[0]:
        found[worker.version]["worker"] += 1
    for one in gateways:
        found[one.meta.get("version", "")]["gateway"] += 1
    for endpoint in view.endpoints()[0]:
        found[endpoint.version]["renderer"] += 1
    found.pop("", None)
    if len(found) == 1:
        yield ok("versions", f"all are {own}")
        return
    each = "; ".join(f"{version}: {_counted(who)}" for version, who in sorted(found.items()))
    yield warning("versions", each, "bring all to one: workers and renderers first, then gateways")


def _counted(who: Counter[str]) -> str:
    return ", ".join(name if name == "this command" else many(count, name) for name, count in sorted(who.items()))
