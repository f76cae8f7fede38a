"""Where to ask next for a task that is paid for: any region can answer, so the nearest that was not just asked in vain.

Pure.
"""

from collections.abc import Collection, Mapping, Sequence

from discovery.instance import Health
from discovery.records import RegionEndpoint
from discovery.view import Region
from gateway.rank import Ranked

SHORTEST_ROUND = 0.25
"""Seconds between two questions to one region, for workers that leave say "not yet" at once."""

LONGEST_PAUSE = 2.0
"""Seconds between two rounds over all regions in vain."""


def next_endpoint(ranked: Sequence[Ranked], regions: Mapping[str, Region], in_vain: Collection[str]) -> RegionEndpoint | None:
    """The nearest endpoint that passes and is not in `in_vain`; then one that does not pass; None when all were asked."""
    endpoints = [one for candidate in ranked for one in regions[candidate.region].endpoints if one.region not in in_vain]
    endpoints.sort(key=lambda one: one.health is not Health.PASSING)
    return endpoints[0] if endpoints else None


def pause_after(rounds_in_vain: int) -> float:
    """Seconds to wait once every region was asked in vain so many times."""
    return min(LONGEST_PAUSE, SHORTEST_ROUND * 2.0 ** min(rounds_in_vain - 1, 10))
