"""Where to ask next for a task that is paid for: any region can answer, so the nearest that was not just asked in vain.

Pure.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from discovery.instance import Health
from discovery.records import RegionEndpoint
from discovery.view import Region
from gateway.rank import Ranked


def next_endpoint(
    ranked: Sequence[Ranked], regions: Mapping[str, Region], in_vain: Collection[str], is_cut_off: Callable[[str], bool]
) -> RegionEndpoint | None:
    """The nearest endpoint not in `in_vain` that passes and answers our probes; then a sick one; None when all were asked."""
    endpoints = [one for candidate in ranked for one in regions[candidate.region].endpoints if one.region not in in_vain]
    endpoints.sort(key=lambda one: one.health is not Health.PASSING or is_cut_off(one.region))
    return endpoints[0] if endpoints else None


def fell_silent(before: Mapping[str, Region], now: Mapping[str, Region]) -> list[str]:
    """The regions with a worker that has turned critical: it may hang with the waits it holds, for their whole time.

    One that is gone from Consul is not meant: it left in good order, and handed its waits back.
    """

    def silent(region: Region | None) -> set[str]:
        return {worker.id for worker in region.workers if worker.health is Health.CRITICAL} if region else set()

    return [name for name, region in now.items() if silent(region) - silent(before.get(name))]
